"""Phases of documents whose steps are not all reported: which are retried, and which completed by their gate."""

import pytest

from engine.build import build
from engine.sessions.model import WaitKind
from engine.sessions.phase_view import tasks_of
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import Clocked, call, document, flow, prompt
from tests.unit.engine.sessions.commanded import Commanded, command

ASK: JsonObject = {"id": "ask", "type": "input", "prompt": "How many?", "kind": "integer"}
WAITS: list[JsonObject] = [
    command(),
    {"id": "rest", "type": "wait", "for": 10},
    {"id": "all", "type": "parallel", "items": [1], "task": "work"},
    call(onError={"strategy": "retry", "backoff": {"initial": 10}}),
]
WORK: JsonObject = {"work": {"description": "Work.", "prompt": "Work."}}


@pytest.mark.parametrize("step", WAITS, ids=lambda step: str(step["id"]))
def test_a_phase_that_rests_at_a_step_nobody_reports_is_not_retried(step: JsonObject) -> None:
    each: JsonObject = {
        "id": "each",
        "type": "loop",
        "title": "Each",
        "loop": {"type": "for", "count": 1, "maxIterations": 1},
        "body": [ASK, step],
    }
    used: Json = WORK if step["id"] == "all" else {}
    play = Commanded(each, tasks=used)
    play.report("many")
    play.report("3")
    if step["id"] == "charge":
        play.fails()
    before = play.state
    assert before.failures
    play.retry()
    assert "does not rest at a report" in play.refusal.message
    assert play.state is before


def test_a_phase_that_waits_for_a_report_is_retried() -> None:
    play = Clocked(flow(ASK))
    play.report("many")
    play.retry()
    assert play.state.failures == {}
    assert play.state.waiting is not None
    assert play.state.waiting.kind is WaitKind.REPORT


def test_a_phase_is_not_completed_over_a_step_whose_condition_cannot_be_read_yet() -> None:
    later = command(runCondition="state.o.x.y == 1")
    gate: JsonObject = {"evidence": {"ok": {"type": "boolean"}}}
    tasks: list[Json] = [prompt("ask"), {**later, "title": "Later"}]
    source = document([], state={"o": {}})
    phase: JsonObject = {"number": 1, "title": "One", "purpose": "Work.", "tasks": tasks, "gate": gate}
    held = Clocked(build({**{key: each for key, each in source.items() if key != "steps"}, "phases": [phase]}))
    held.complete({"ok": True})
    assert "is of type command" in held.refusal.message


@pytest.mark.parametrize("step", [WAITS[2], ASK], ids=["tasks", "input"])
def test_a_phase_is_not_completed_over_an_open_step_whose_condition_would_not_hold_any_more(step: JsonObject) -> None:
    used: Json = {} if step is ASK else WORK
    asked: JsonObject = {**step, "runCondition": "!state.ready"}
    play = Clocked(build(document([asked, prompt("last")], state={"ready": False}, tasks=used)))
    play.update("ready", value=True)
    play.complete()
    assert f"is of type {step['type']}" in play.refusal.message


def test_the_tasks_of_a_phase_are_its_prompts() -> None:
    put: JsonObject = {"id": "put", "type": "set", "update": [{"path": "x", "value": 1}]}
    workflow = flow(put, prompt("ask-it"))
    assert tasks_of(workflow, workflow.phases[0]) == ()
    assert [step.id for step in tasks_of(workflow, workflow.phases[1])] == ["ask-it"]
