"""aos_workflow on sessions others drove or brought: reports of single steps, imported sessions, long libraries."""

from pathlib import Path

import pytest

from engine.errors import (
    CriterionError,
    DomainError,
    RefusedError,
    SessionStateError,
    StepNotFoundError,
    StoreError,
)
from engine.pinned import canonical
from engine.projection import row_of
from engine.sessions.codec import encode
from engine.sessions.decide import Policy, decide
from engine.sessions.evolve import fold
from engine.sessions.refusals import Refusal, Repeated
from engine.sessions.session_family import StartSession
from engine.sessions.step_family import ReportStep
from engine.store.port import Append, NewEvent
from tests.unit.tools.aos_world import GOOD, MODULE, World
from tools import aos_lists
from tools.aos_errors import TYPES, from_domain

OLD = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def imported(world: World) -> str:
    """Store a session as an import does: begun here, known by another id before."""
    entry, now = world.library.entry(MODULE), world.clock.now()
    pinned = canonical(entry.document)
    start = StartSession("wf_imported", "1.0.0", pinned.hash, "a.py", "", {}, {}, OLD)
    events = decide(start, None, entry.workflow, now, Policy(strict_gates=False, verified=False))
    assert not isinstance(events, Refusal | Repeated)
    stored = tuple(NewEvent(kind, version, now, "import", data) for kind, version, data in map(encode, events))
    row = row_of(fold((event, now) for event in events), entry.workflow)
    await world.store.append(Append("wf_imported", 0, stored, row, (pinned,)))
    return "wf_imported"


async def test_an_imported_session_is_found_under_both_ids_and_says_so(world: World) -> None:
    session_id = await imported(world)
    by_new, by_old = [await world.good("get_session", session_id=each) for each in (session_id, OLD)]

    assert by_new == by_old
    assert isinstance(by_old["session"], dict)
    assert by_old["session"]["imported_from"] == OLD
    assert (await world.good("complete_phase", session_id=OLD, phase=1, evidence=GOOD[1]))["session_id"] == session_id
    assert (await world.good("delete_session", session_id=OLD))["deleted"] is True
    await world.bad("NotFoundError", "get_state", session_id=session_id)


async def test_going_back_over_an_irreversible_step_asks_for_a_reason_and_names_it(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2)
    await world.runner.perform(session_id, ReportStep("p3-t1", "told", None, {}), "workflow_next")
    refused = await world.bad("ValidationError", "rollback", session_id=session_id, to_phase=2)
    answer = await world.good("rollback", session_id=session_id, to_phase=2, reason="it was the wrong report")

    assert "p3-t1" in str(refused["error"])
    assert answer["irreversible_steps_crossed"] == ["p3-t1"]


async def test_steps_reported_one_by_one_are_not_named_as_unreported(world: World) -> None:
    session_id = await world.begun()
    await world.runner.perform(session_id, ReportStep("p1-t1", "read", None, {}), "workflow_next")
    await world.runner.perform(session_id, ReportStep("p1-t2", "picked", None, {}), "workflow_next")
    answer = await world.good("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])

    assert "unreported_tasks" not in answer


async def test_a_finished_session_says_so_whenever_its_phase_is_read(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2, 3)
    answer = await world.good("get_phase", session_id=session_id)

    assert (answer["workflow_complete"], answer["current_phase"]) == (True, 3)


async def test_a_library_too_long_for_one_answer_is_cut_with_a_warning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aos_lists, "MAX_WORKFLOWS", 1)
    answer = await world.good("list_workflows")

    assert answer["count"] == 1
    assert "workflow_list" in str(answer["warning"])


async def test_a_person_may_say_no_without_a_word_more(world: World) -> None:
    session_id = await world.begun()
    answer = await world.bad(
        "PermissionError",
        "complete_phase",
        session_id=session_id,
        phase=1,
        evidence=GOOD[1],
        approval={"decision": "reject"},
    )

    assert answer["error"] == "a person said no; the phase stays open"


@pytest.mark.parametrize(
    ("error", "kind", "remediation"),
    [
        (
            SessionStateError("conflict", "wf_a", "others were quicker", "Read it"),
            "StateError",
            "get_state session_id=wf_a",
        ),
        (CriterionError("regex", "it takes too long"), "RuntimeError", "get_state session_id=wf_a"),
        (StepNotFoundError("x", "w"), "NotFoundError", "get_state session_id=wf_a"),
        (RefusedError("size", "it is too large"), "ValidationError", "get_phase session_id=wf_a"),
        (StoreError("read", "it is locked"), "RuntimeError", "get_state session_id=wf_a"),
    ],
)
def test_errors_of_the_engine_have_a_type_and_a_call_of_this_tool(
    error: DomainError, kind: str, remediation: str
) -> None:
    said = from_domain(error, "get_phase", "wf_a", {"action": "get_phase", "session_id": "wf_a"})

    assert (said.error_type, said.remediation) == (kind, f"aos_workflow action={remediation}")


def test_every_error_of_the_engine_has_a_type() -> None:
    ours = {each for each in DomainError.__subclasses__() if each.__module__ == "engine.errors"}

    assert set(TYPES) == ours
