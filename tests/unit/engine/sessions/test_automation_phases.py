"""Phases that hold steps of automation: what may be completed at once, and who is asked."""

import pytest

from engine.build import build
from engine.sessions.position import phase_at
from engine.sessions.refusals import Remedy
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.automatic import END, put, say, when
from tests.unit.engine.sessions.clocked import Clocked, call, document, flow, prompt
from tests.unit.engine.sessions.play import APPROVE

GATE: JsonObject = {"evidence": {"ok": {"type": "boolean"}}}


def phased(*tasks: JsonObject) -> Clocked:
    """Begin a session of one phase of these tasks and another behind it."""
    whole = document([])
    first: JsonObject = {
        "number": 1,
        "title": "One",
        "purpose": "p",
        "tasks": [*tasks],
        "gate": GATE,
    }
    second: JsonObject = {"number": 2, "title": "Two", "purpose": "p", "tasks": [END]}
    rest = {key: each for key, each in whole.items() if key != "steps"}
    return Clocked(build({**rest, "phases": [first, second]}))


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (put("later", "n", 1), "set"),
        (say("later", "x"), "message"),
        (call("later"), "call"),
        ({"id": "later", "type": "wait", "signal": "go"}, "wait"),
    ],
)
def test_a_phase_that_holds_a_step_that_is_no_prompt_is_not_completed_at_once(step: JsonObject, kind: str) -> None:
    play = phased(prompt("first"), step)
    play.complete({"ok": True})
    assert play.refusal.error_type == "StateError"
    assert play.refusal.remedy.tool == "workflow_next"
    assert (
        f"the step later, which is of type {kind}: report its steps one by one with workflow_next"
        in play.refusal.message
    )


def test_steps_in_branches_that_may_be_taken_count_and_those_behind_the_position_do_not() -> None:
    inner: list[Json] = [call("later")]
    play = phased(put("before", "n", 1), prompt("first"), when("check", "state.n == 1", inner))
    play.complete({"ok": True})
    assert "later" in play.refusal.message
    play = phased(put("before", "n", 1), prompt("first"), when("check", "state.n == 1", [prompt("second")]))
    play.complete({"ok": True})
    assert play.key == "end"
    assert play.state.phases[0].unreported == ("first", "second")


def test_a_phase_whose_gate_is_passed_is_followed_by_the_steps_of_the_next() -> None:
    play = phased(put("before", "n", 1), prompt("first"))
    play.report()
    assert play.key == "gate:1"
    assert (phase_at(play.workflow, "gate:1"), phase_at(play.workflow, "end")) == (1, 2)
    play.report(None, evidence={"ok": True})
    assert play.key == "end"


def test_a_word_that_comes_with_the_variables_that_ask_for_it_is_taken() -> None:
    asks: JsonObject = {"var": "risk", "equals": "high"}
    play = Clocked(flow(prompt("ask", requireConfirmation=asks), END, state={}))
    play.report("done", risk="high", approval=APPROVE)
    assert play.key == "end"
    assert play.state.approvals[0].key == "ask"


def test_a_session_that_failed_at_a_step_is_retried_as_a_session_and_not_as_a_phase() -> None:
    play = Clocked(flow(call("pay"), END, state={}))
    play.fails()
    play.retry()
    assert play.refusal.remedy == Remedy("workflow_session", {"action": "retry", "sessionId": "wf_test"})
