"""Every shipped phased workflow is walked to its end, with a new server on the same store between every two calls."""

import asyncio
import json
import re
from pathlib import Path
from typing import Final

import pytest

from engine.gates import examine, read_gate
from engine.library import Library
from engine.sources import BUNDLED_FOLDER, Source
from engine.task_steps import task_steps
from schema.values import Json, JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.workflows.restarting import SPEC, Restarting

WAIT: Final = 120  # seconds one walk may take; it takes about one
PHASED: Final = sorted(path.parent.name for path in BUNDLED_FOLDER.glob("*/metadata.json"))
REPORT: Final = re.compile(r"A passing report:\n\n```json\n(.*?)```", re.DOTALL)
MAX_PAGE_LINES: Final = 100  # what an agent reads of one task before it begins
MAX_LINE: Final = 120  # characters of a line of prose


def bundled() -> Library:
    return Library((Source("bundled", str(BUNDLED_FOLDER)),), None, FakeClock())


def whole_document(workflow_id: str) -> JsonObject:
    """Give the document as a session has it."""
    entry = bundled().entry(workflow_id)
    return entry.document if entry.dynamic is None else entry.dynamic.render(SPEC).document


def members(value: Json) -> list[JsonObject]:
    """Give the objects of a list."""
    assert isinstance(value, list)
    return [each for each in value if isinstance(each, dict)]


def member(value: Json) -> JsonObject:
    assert isinstance(value, dict)
    return value


def evidence_of(workflow_id: str) -> dict[int, JsonObject]:
    """Give evidence that passes each phase: the examples its own gate shows."""
    found: dict[int, JsonObject] = {}
    for phase in members(whole_document(workflow_id)["phases"]):
        fields = member(member(phase["gate"])["evidence"])
        number = phase["number"]
        assert isinstance(number, int)
        found[number] = {name: member(field)["example"] for name, field in fields.items()}
    return found


@pytest.mark.requirement("SHIP-2")
@pytest.mark.parametrize("workflow_id", PHASED)
def test_shipped_phased_workflows_are_valid_without_a_finding(workflow_id: str) -> None:
    summary = bundled().entry(workflow_id).summary
    assert (summary.id, summary.valid, summary.problems) == (workflow_id, True, ())


@pytest.mark.parametrize("workflow_id", PHASED)
def test_every_shipped_phase_has_a_strict_gate_whose_examples_pass_together(workflow_id: str) -> None:
    evidence = evidence_of(workflow_id)
    for phase in members(whole_document(workflow_id)["phases"]):
        gate = read_gate(member(phase["gate"]))
        assert gate.strict
        assert any(field.validators for field in gate.fields)
        assert all(field.description for field in gate.fields)
        assert examine(gate, evidence[int(str(phase["number"]))]).issues == ()
        assert not examine(gate, {}).passed


@pytest.mark.parametrize("page", sorted(str(path.relative_to(BUNDLED_FOLDER)) for path in BUNDLED_FOLDER.rglob("*.md")))
def test_shipped_pages_are_short_and_their_lines_too(page: str) -> None:
    lines = (BUNDLED_FOLDER / page).read_text().splitlines()
    assert len(lines) <= MAX_PAGE_LINES
    prose = [line for line in lines if "](" not in line]
    assert max(map(len, prose)) <= MAX_LINE


def reports() -> list[tuple[str, str]]:
    """Give each report that a shipped page calls passing, with the page."""
    pages = sorted(BUNDLED_FOLDER.rglob("phases/[0-9]*/task-*.md"))
    return [(str(page), found) for page in pages for found in REPORT.findall(page.read_text())]


@pytest.mark.parametrize(("page", "report"), reports())
def test_a_report_that_a_page_calls_passing_passes_the_gate_of_its_phase(page: str, report: str) -> None:
    folder = Path(page).parent
    document = whole_document(folder.parent.parent.name)
    phase = next(each for each in members(document["phases"]) if str(each["number"]) == folder.name)

    assert examine(read_gate(member(phase["gate"])), json.loads(report)).issues == ()


def test_every_gate_of_a_shipped_page_has_such_a_report_but_the_first_of_test_generation() -> None:
    told = {str(Path(page).parent) for page, _ in reports()}
    missing = {str(each.parent) for each in BUNDLED_FOLDER.rglob("phases/[0-9]*/gate-definition.yaml")} - told

    assert missing == {str(BUNDLED_FOLDER / "test_generation_v3/phases/1")}  # its two values stand on two pages


def test_every_shipped_task_comes_as_steps_with_something_to_do() -> None:
    for page in BUNDLED_FOLDER.rglob("phases/[0-9]*/task-*.md"):
        steps = task_steps(page.read_text()).steps
        doing = [step for step in steps if not str(step["description"]).startswith(("NEXT-MANDATORY", "CONTEXT"))]

        assert len(doing) > 1, page
        assert all(step["command"] for step in steps if step["kind"] == "command"), page


def test_the_three_promised_workflows_are_shipped() -> None:
    assert PHASED == ["spec_creation_v1", "spec_execution_v1", "test_generation_v3"]
    found = bundled().entry("test_gen_v3").summary
    assert (found.id, found.category) == ("test_generation_v3", "code_generation")


async def start(server: Restarting, workflow_id: str) -> JsonObject:
    options: JsonObject = {"spec_path": "specs/undo"} if workflow_id == "spec_execution_v1" else {}
    return await server.good("start", workflow_type=workflow_id, target_file="src/refunds.py", options=options)


def asked_for(answer: JsonObject, key: str) -> list[Json]:
    """Give the names of the fields a phase's checkpoint asks for."""
    checkpoint = member(member(answer[key])["checkpoint"])
    return [each["field"] for each in members(checkpoint["required_evidence"])]


async def test_the_first_gate_of_test_generation_asks_for_structure_and_candidates(tmp_path: Path) -> None:
    answer = await start(Restarting(tmp_path), "test_gen_v3")
    assert (answer["current_phase"], answer["total_phases"]) == (1, 5)
    assert sorted(map(str, asked_for(answer, "phase_content"))) == ["code_structure", "test_candidates"]


async def test_a_specification_adds_its_phases_its_criteria_and_its_gates(tmp_path: Path) -> None:
    server = Restarting(tmp_path)
    answer = await start(server, "spec_execution_v1")
    session = answer["session_id"]
    assert (answer["current_phase"], answer["total_phases"]) == (0, 3)
    evidence = evidence_of("spec_execution_v1")
    passed = await server.good("complete_phase", session_id=session, phase=0, evidence=evidence[0])
    assert sorted(map(str, asked_for(passed, "next_phase"))) == [
        "all_tests_pass",
        "exit_code",
        "files_changed",
        "test_command",
        "the_migration_was_run_forwards_and_backwards",
    ]
    task = member((await server.good("get_task", session_id=session, phase=1, task_number=1))["task_content"])
    assert task["title"] == "Add the column"
    assert "rolling it back leaves the old schema" in str(task)
    assert task["estimated_duration"] == "1 hour"


async def test_a_start_says_what_of_a_specification_is_not_handed_out(tmp_path: Path) -> None:
    server = Restarting(tmp_path)
    (tmp_path / "project/specs/messy.md").write_text(f"{SPEC}\n## Risks\n\nRain.\n")
    arguments: JsonObject = {"workflow_type": "spec_execution_v1", "target_file": "a.py"}
    answer = await server.good("start", **arguments, options={"spec_path": "specs/messy.md"})

    assert "'Risks'" in str(answer["warnings"])


@pytest.mark.parametrize("missing", [{}, {"spec_path": "specs/none"}, {"spec_path": "../outside"}])
async def test_a_specification_that_is_not_there_cannot_be_started(tmp_path: Path, missing: JsonObject) -> None:
    server = Restarting(tmp_path)
    arguments: JsonObject = {"workflow_type": "spec_execution_v1", "target_file": "a.py", "options": missing}
    answer = await server.call("start", **arguments)
    assert answer["status"] == "error"
    assert (await server.good("list_sessions"))["count"] == 0


async def attempts(server: Restarting, session: Json, phase: int, good: JsonObject) -> None:
    """Fail at a gate in two ways, try again, rest, go on: what happens on bad days."""
    failed = await server.call("complete_phase", session_id=session, phase=phase, evidence={})
    assert (failed["status"], failed["checkpoint_passed"]) == ("error", False)
    first = next(iter(good))
    wrong: JsonObject = {**good, first: None}
    refused = await server.call("complete_phase", session_id=session, phase=phase, evidence=wrong)
    assert [each["field"] for each in members(refused["validation_errors"])] == [first]
    assert (await server.good("get_errors", session_id=session))["error_count"]
    again = await server.good("retry_phase", session_id=session, phase=phase)
    assert again["retrying"] is True
    await server.good("pause", session_id=session, checkpoint_note="lunch")
    paused = await server.call("complete_phase", session_id=session, phase=phase, evidence=good)
    assert paused["error_type"] == "StateError"
    assert (await server.good("resume", session_id=session))["current_phase"] == phase


async def read_tasks(server: Restarting, session: Json, phase: int) -> None:
    """Read every task of the phase as an agent does."""
    content = member((await server.good("get_phase", session_id=session))["phase_content"])
    tasks = members(content["tasks"])
    assert tasks
    for task in tasks:
        number = task["task_number"]
        answer = await server.good("get_task", session_id=session, phase=phase, task_number=number)
        steps = members(member(answer["task_content"])["execution_steps"])
        assert any("command" in step for step in steps) or len(steps) > 1


async def walk(server: Restarting, workflow_id: str) -> JsonObject:
    """Walk to the end, back to the first phase, and to the end again; give the state at the end."""
    evidence = evidence_of(workflow_id)
    numbers = sorted(evidence)
    answer = await start(server, workflow_id)
    session = answer["session_id"]
    for phase in numbers[:-1]:
        await read_tasks(server, session, phase)
        await attempts(server, session, phase, evidence[phase])
        answer = await server.good("complete_phase", session_id=session, phase=phase, evidence=evidence[phase])
        assert answer["checkpoint_passed"] is True
    back = await server.good("rollback", session_id=session, to_phase=numbers[0], reason="one thing was forgotten")
    assert back["artifacts_cleared"] == numbers[1:]
    for phase in numbers:
        state = await server.good("get_state", session_id=session)
        assert (state["current_phase"], state["total_phases"]) == (phase, len(numbers))
        answer = await server.good("complete_phase", session_id=session, phase=phase, evidence=evidence[phase])
    assert answer["workflow_complete"] is True
    return await server.good("get_state", session_id=session)


@pytest.mark.requirement("SHIP-5")
@pytest.mark.parametrize("workflow_id", PHASED)
async def test_a_walk_with_failures_retries_pauses_and_a_rollback_ends(tmp_path: Path, workflow_id: str) -> None:
    state = await asyncio.wait_for(walk(Restarting(tmp_path), workflow_id), WAIT)
    numbers = sorted(evidence_of(workflow_id))
    assert (state["session_status"], state["completed_phases"], state["progress_percent"]) == (
        "completed",
        numbers,
        100,
    )


async def step_through(server: Restarting, workflow_id: str) -> list[Json]:
    """Walk step by step, each report made twice; give the keys of the steps in the order they were handed out."""
    evidence = evidence_of(workflow_id)
    session = (await start(server, workflow_id))["session_id"]
    answer = await server.step(sessionId=session)
    seen: list[Json] = []
    while not answer["isComplete"]:
        key = answer["stepKey"]
        seen.append(key)
        report: JsonObject = {"sessionId": session, "stepKey": key, "output": "done, and looked at"}
        if str(key).startswith("gate:"):
            refused = await server.step(sessionId=session, stepKey=key, evidence={})
            assert (refused["accepted"], refused["stepKey"]) == (False, key)
            report = {"sessionId": session, "stepKey": key, "evidence": evidence[int(str(key).partition(":")[2])]}
        answer = await server.step(**report)
        assert answer["accepted"] is True
        assert await server.step(**report) == answer
    return seen


def task_ids(phase: JsonObject) -> list[Json]:
    return [task["id"] for task in members(phase["tasks"])]


@pytest.mark.parametrize("workflow_id", PHASED)
async def test_a_walk_step_by_step_hands_out_every_task_and_then_the_gate(tmp_path: Path, workflow_id: str) -> None:
    seen = await asyncio.wait_for(step_through(Restarting(tmp_path), workflow_id), WAIT)
    phases = members(whole_document(workflow_id)["phases"])
    assert seen == [key for phase in phases for key in [*task_ids(phase), f"gate:{phase['number']}"]]
