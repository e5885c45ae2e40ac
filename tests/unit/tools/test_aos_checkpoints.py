"""aos_workflow at a checkpoint: what passes, what does not, how often, and whose word counts instead."""

from pathlib import Path

import pytest

from engine.sessions.codes import hashed
from engine.sessions.decide import Policy
from engine.sessions.model import Approval
from engine.sessions.session_family import IssueCode
from engine.sessions.step_family import ReportStep
from schema.values import Json, JsonObject
from tests.unit.tools.aos_world import GOOD, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def fields(answer: JsonObject) -> list[Json]:
    found = answer["validation_errors"]
    assert isinstance(found, list)
    return [one["field"] for one in found if isinstance(one, dict)]


async def test_good_evidence_completes_a_phase_and_shows_the_next(world: World) -> None:
    session_id = await world.begun()
    answer = await world.good("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])

    assert (answer["phase_completed"], answer["checkpoint_passed"]) == (1, True)
    assert answer["evidence_accepted"] == ["functions", "names"]
    assert answer["unreported_tasks"] == ["p1-t1", "p1-t2"]
    assert isinstance(answer["next_phase"], dict)
    assert (answer["next_phase"]["phase_number"], answer["next_phase"]["title"]) == (2, "Test it")
    assert isinstance(answer["next_phase"]["checkpoint"], dict)
    assert answer["next_phase"]["checkpoint"]["rules"] == ["All tests must pass."]


async def test_the_last_phase_completes_the_workflow(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2)
    answer = await world.good("complete_phase", session_id=session_id, phase=3, evidence=GOOD[3])

    assert answer["workflow_complete"] is True
    assert "next_phase" not in answer


async def test_bad_evidence_is_told_field_by_field_with_an_example(world: World) -> None:
    session_id = await world.begun()
    evidence: JsonObject = {"functions": 0, "remark": 3}
    answer = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence=evidence)

    assert answer["checkpoint_passed"] is False
    assert answer["missing_evidence"] == ["names"]
    assert set(map(str, fields(answer))) == {"functions", "names", "remark"}
    assert (answer["attempts"], answer["attempts_left"]) == (1, 2)
    assert str(answer["remediation"]).startswith(f"aos_workflow action=complete_phase session_id={session_id} phase=1")
    assert isinstance(answer["validation_errors"], list)
    for one in answer["validation_errors"]:
        assert isinstance(one, dict)
        assert {"field", "message", "expected", "received"} <= set(one)


@pytest.mark.requirement("AOS-5")
async def test_empty_evidence_fails_is_counted_and_can_be_sent_again(world: World) -> None:
    session_id = await world.begun()
    answer = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={})
    errors = await world.good("get_errors", session_id=session_id)

    assert answer["missing_evidence"] == ["functions", "names"]
    assert errors["error_count"] == 1
    assert await world.good("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])


async def test_null_is_no_evidence_and_the_examples_are_called_examples(world: World) -> None:
    session_id = await world.begun()
    evidence: JsonObject = {"functions": None, "names": ["a"]}
    answer = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence=evidence)

    assert answer["missing_evidence"] == ["functions"]
    assert str(answer["error"]).endswith("the values of remediation are examples, send what is true of your work")


async def test_the_same_evidence_again_is_no_new_attempt(world: World) -> None:
    session_id = await world.begun()
    first = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={"a": 1})
    again = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={"a": 1})

    assert first == again
    assert (await world.good("get_errors", session_id=session_id))["error_count"] == 1


async def test_a_completion_sent_again_is_answered_again(world: World) -> None:
    session_id = await world.begun()
    first = await world.good("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])
    again = await world.good("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])

    assert first == again
    assert (await world.good("get_state", session_id=session_id))["completed_phases"] == [1]


async def test_a_rule_over_several_fields_fails_with_its_own_message(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    evidence: JsonObject = {"passed": 3, "total": 4}
    answer = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=2, evidence=evidence)

    assert "All tests must pass." in str(answer["validation_errors"])
    assert answer["missing_evidence"] == []


@pytest.mark.parametrize("phase", [2, 3, 7, 0])
async def test_only_the_current_phase_can_be_completed(world: World, phase: int) -> None:
    session_id = await world.begun()
    answer = await world.call("complete_phase", session_id=session_id, phase=phase, evidence={"a": 1})

    assert answer["status"] == "error"
    assert answer["error_type"] in {"StateError", "ValidationError"}
    assert (await world.good("get_state", session_id=session_id))["current_phase"] == 1


@pytest.mark.requirement("AOS-5")
async def test_a_session_fails_when_its_attempts_are_used_up_and_a_retry_opens_a_new_row(world: World) -> None:
    session_id = await world.begun()
    for number in range(3):
        last = await world.bad(
            "ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={"functions": -number}
        )
    state = await world.good("get_state", session_id=session_id)
    refused = await world.bad("StateError", "complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])
    retried = await world.good("retry_phase", session_id=session_id, phase=1)

    assert (last["attempts"], last["attempts_left"]) == (3, 0)
    assert last["remediation"] == f"aos_workflow action=retry_phase session_id={session_id} phase=1"
    assert (state["session_status"], state["resume_capable"]) == ("failed", False)
    assert "retry_phase" in str(refused["valid_actions"])
    assert (retried["retrying"], retried["evidence_reset"]) == (True, False)
    assert isinstance(retried["previous_errors"], list)
    assert len(retried["previous_errors"]) == 3
    assert await world.good("complete_phase", session_id=session_id, phase=1, evidence=GOOD[1])


async def test_a_retry_may_drop_what_was_supplied(world: World) -> None:
    session_id = await world.begun()
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={"functions": 0})
    answer = await world.good("retry_phase", session_id=session_id, phase=1, reset_evidence=True)

    assert answer["evidence_reset"] is True
    assert (await world.good("get_state", session_id=session_id))["artifacts"] == {}


async def test_a_phase_that_never_failed_is_not_retried(world: World) -> None:
    session_id = await world.begun()
    answer = await world.bad("StateError", "retry_phase", session_id=session_id, phase=1)

    assert "complete_phase" in str(answer["valid_actions"])


async def test_a_lenient_gate_passes_and_its_findings_are_shown(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2)
    answer = await world.good("complete_phase", session_id=session_id, phase=3, evidence={"other": "said"})

    assert answer["checkpoint_passed"] is True
    assert "summary" in str(answer["warnings"])
    session = (await world.good("get_session", session_id=session_id))["session"]
    assert isinstance(session, dict)
    assert session["phase_warnings"] == {"phase_3": answer["warnings"]}


async def test_strict_gates_make_a_lenient_gate_strict(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(strict_gates=True, verified=False))
    session_id = await world.begun()
    await world.passed(session_id, 1, 2)
    answer = await world.bad(
        "ValidationError", "complete_phase", session_id=session_id, phase=3, evidence={"other": "said"}
    )

    assert answer["missing_evidence"] == ["summary"]


async def test_an_override_needs_a_person_and_stays_visible(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    evidence: JsonObject = {"passed": 3, "total": 4}
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=2, evidence=evidence)
    word: JsonObject = {"decision": "override", "comment": "known flake"}
    answer = await world.good("complete_phase", session_id=session_id, phase=2, evidence=evidence, approval=word)
    session = (await world.good("get_session", session_id=session_id))["session"]

    assert answer["phase_completed"] == 2
    assert isinstance(session, dict)
    assert isinstance(session["approvals"], list)
    (approval,) = session["approvals"]
    assert isinstance(approval, dict)
    assert (approval["decision"], approval["comment"], approval["how"]) == ("override", "known flake", "agent")
    assert approval["issues"]
    assert session["phase_warnings"] == {"phase_2": approval["issues"]}


async def test_an_override_is_refused_where_the_gate_does_not_allow_it(world: World) -> None:
    session_id = await world.begun()
    word: JsonObject = {"decision": "override", "comment": "please"}
    answer = await world.call("complete_phase", session_id=session_id, phase=1, evidence={"a": 1}, approval=word)

    assert answer["status"] == "error"
    assert (await world.good("get_state", session_id=session_id))["current_phase"] == 1


async def test_where_approvals_are_verified_an_override_needs_a_code_from_a_terminal(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(strict_gates=False, verified=True))
    session_id = await world.begun()
    await world.passed(session_id, 1)
    sent: JsonObject = {"session_id": session_id, "phase": 2, "evidence": {"passed": 3, "total": 4}}
    word: JsonObject = {"decision": "override", "comment": "known flake"}
    await world.bad("ValidationError", "complete_phase", **sent)
    bare = await world.bad("PermissionError", "complete_phase", **sent, approval=word)
    salt = "00" * 16
    await world.runner.perform(session_id, IssueCode(salt, hashed("ABCDEFGH", salt)), "a person")
    wrong = await world.bad("PermissionError", "complete_phase", **sent, approval={**word, "code": "HGFEDCBA"})
    right = await world.good("complete_phase", **sent, approval={**word, "code": "ABCD-EFGH"})

    assert "sessions approve" in str(bare["error"])
    assert wrong["checkpoint_passed"] is False
    assert "code" in str(wrong["error"])
    assert right["phase_completed"] == 2


async def test_a_persons_no_keeps_the_phase_open(world: World) -> None:
    session_id = await world.begun()
    word: JsonObject = {"decision": "reject", "comment": "read it again"}
    answer = await world.bad(
        "PermissionError", "complete_phase", session_id=session_id, phase=1, evidence=GOOD[1], approval=word
    )

    assert "read it again" in str(answer["error"])
    assert (await world.good("get_state", session_id=session_id))["current_phase"] == 1


@pytest.mark.parametrize("approval", [{"decision": "perhaps"}, {"decision": "override", "colour": "red"}, {"code": 5}])
async def test_an_approval_of_the_wrong_form_is_refused(world: World, approval: JsonObject) -> None:
    session_id = await world.begun()
    answer = await world.bad(
        "ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={"a": 1}, approval=approval
    )

    assert "approval" in str(answer["error"])


async def test_a_phase_that_needs_a_person_is_completed_step_by_step_and_the_call_is_named(world: World) -> None:
    session_id = await world.begun("with-confirmation")
    evidence: JsonObject = {"asked": True}
    answer = await world.bad("StateError", "complete_phase", session_id=session_id, phase=0, evidence=evidence)

    assert answer["remediation"] == f"workflow_next sessionId={session_id}"
    assert "ask-it" in str(answer["error"])


async def test_a_phase_without_tasks_is_completed_by_its_evidence_alone(world: World) -> None:
    session_id = await world.begun("with-confirmation")
    word = Approval("approve", "fine", "agent")
    await world.runner.perform(session_id, ReportStep("ask-it", "asked", None, {}, word), "workflow_next")
    await world.good("complete_phase", session_id=session_id, phase=0, evidence={"asked": True})
    empty = await world.bad("ValidationError", "get_task", session_id=session_id, phase=1, task_number=1)
    answer = await world.good("complete_phase", session_id=session_id, phase=1, evidence={"summary": "rested"})

    assert "it has 0" in str(empty["error"])
    assert answer["workflow_complete"] is True


async def test_an_override_of_evidence_nobody_saw_is_told_to_show_it_first(tmp_path: Path) -> None:
    world = World(tmp_path, policy=Policy(strict_gates=False, verified=True))
    session_id = await world.begun()
    await world.passed(session_id, 1)
    call: JsonObject = {"session_id": session_id, "phase": 2, "evidence": {"passed": 3, "total": 4}}
    approval: JsonObject = {"decision": "override", "comment": "flaky"}
    early = await world.bad("PermissionError", "complete_phase", **call, approval=approval)
    await world.bad("ValidationError", "complete_phase", **call)
    late = await world.bad("PermissionError", "complete_phase", **call, approval=approval)

    assert "send it without approval first" in str(early["error"])
    assert "sessions approve" in str(late["error"])
