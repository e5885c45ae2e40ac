"""Trying a phase again in documents whose steps are not all reported: only what waits for a report begins anew."""

import pytest

from engine.sessions.model import WaitKind
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import Clocked, call, flow
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
