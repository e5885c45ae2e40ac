import pytest

from engine.sessions import firing
from engine.sessions.model import Status
from schema.values import JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, flow, names, prompt


def test_a_run_whose_time_is_over_has_timed_out_for_good() -> None:
    play = Clocked(flow(prompt("ask"), config={"timeout": 100}))
    assert play.due() == 100.0
    assert names(play.later(100)) == ["TimerFired", "SessionTimedOut"]
    assert play.state.status is Status.TIMED_OUT
    assert play.state.cause is not None
    assert play.state.cause.message == "Workflow flow ran out of time at step ask (prompt)"
    assert play.later(1000) == ()
    assert play.report("done") == ()
    assert play.refusal.reason == "finished"


def test_a_run_may_run_out_of_time_at_a_gate() -> None:
    phase: JsonObject = {
        "number": 1,
        "title": "One",
        "purpose": "P.",
        "tasks": [],
        "gate": {"evidence": {"ok": {"type": "boolean"}}},
    }
    document: JsonObject = {
        "id": "flow",
        "name": "Flow",
        "description": "d",
        "version": "1.0.0",
        "schemaVersion": "1.2.0",
        "config": {"timeout": 100},
        "phases": [phase],
    }
    play = Clocked(document)
    play.later(100)
    assert play.state.cause is not None
    assert play.state.cause.message == "Workflow flow ran out of time at gate:1"


def test_nothing_due_means_no_events() -> None:
    play = Clocked(flow(prompt("ask")))
    assert play.later(1e6) == ()


def test_a_paused_session_fires_nothing() -> None:
    play = Clocked(flow(prompt("ask", timeout=10), config={"timeout": 100}))
    play.pause()
    assert play.due() is None
    assert play.later(1000) == ()
    assert play.state.status is Status.PAUSED


def test_a_pause_costs_nobody_time() -> None:
    play = Clocked(flow(prompt("ask", timeout=50), config={"timeout": 100}))
    play.now = BEGAN + 10
    play.pause()
    play.now = BEGAN + 1010
    play.resume()
    assert (play.state.step_deadline, play.state.deadline) == (BEGAN + 1050, BEGAN + 1100)
    assert play.key == "ask"


def test_a_wait_goes_on_in_a_pause_and_is_over_when_the_session_is_resumed() -> None:
    play = Clocked(flow({"id": "hold", "type": "wait", "for": 60}, prompt("next")))
    play.pause()
    play.now = BEGAN + 30
    play.resume()
    assert (play.key, play.due()) == ("hold", 60.0)
    play.pause()
    play.now = BEGAN + 90
    play.resume()
    assert play.key == "next"


def test_a_try_that_came_due_in_a_pause_is_made_when_the_session_is_resumed() -> None:
    play = Clocked(flow(call(onError={"strategy": "retry"})))
    play.fails()
    play.pause()
    play.now = BEGAN + 60
    play.resume()
    assert play.key == "charge+1"


def test_two_limits_at_the_same_time_end_the_run_and_not_only_the_step() -> None:
    play = Clocked(flow(prompt("ask", timeout=500), config={"timeout": 100}))
    play.later(100)
    assert play.state.status is Status.TIMED_OUT


def test_a_chain_of_waits_that_came_due_while_nobody_looked_is_worked_off_from_now_on() -> None:
    steps: list[JsonObject] = [{"id": f"hold{number}", "type": "wait", "for": 10} for number in range(3)]
    play = Clocked(flow(*steps, prompt("next")))
    play.later(100)
    assert (play.key, play.due()) == ("hold1", 110.0)
    play.later(110)
    play.later(120)
    assert play.key == "next"


def test_no_call_looks_for_what_is_due_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firing, "MAX_ROUNDS", 1)
    on_error: JsonObject = {"strategy": "continue", "maxRetries": 1, "backoff": {"initial": 5}}
    play = Clocked(flow({"id": "hold", "type": "wait", "for": 10}, call(timeout=0.001, onError=on_error)))
    assert names(play.later(20))[:2] == ["TimerFired", "WaitEnded"]
    play.later(21)
    assert play.due() is not None
