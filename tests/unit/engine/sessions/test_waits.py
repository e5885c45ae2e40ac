from datetime import UTC, datetime

import pytest

from engine.sessions.decide import Refusal
from engine.sessions.model import Status, WaitKind
from engine.sessions.step_family import ReportStep
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, flow, names, prompt


def wait(step_id: str = "hold", **keys: Json) -> JsonObject:
    return {"id": step_id, "type": "wait", **{name.rstrip("_"): value for name, value in keys.items()}}


def waiting(*steps: JsonObject, **root: Json) -> Clocked:
    return Clocked(flow(*steps, prompt("next"), **root))


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(BEGAN + seconds, UTC).isoformat()


def test_a_wait_of_seconds_is_over_when_they_have_gone_by_and_only_once() -> None:
    play = waiting(wait(for_=60))
    assert (play.key, play.state.status, play.due()) == ("hold", Status.WAITING, 60.0)
    assert play.later(59) == ()
    assert names(play.later(60)) == ["TimerFired", "WaitEnded", "StepOpened"]
    assert play.key == "next"
    assert play.later(60) == ()


def test_the_seconds_may_come_from_the_state() -> None:
    play = waiting(wait(for_="{{ state.pause * 2 }}"), state={"pause": 15})
    assert play.due() == 30.0


@pytest.mark.parametrize("seconds", ["soon", -1, True, 1e12, None])
def test_seconds_that_are_none_fail_the_step(seconds: Json) -> None:
    play = waiting(wait(for_="{{ state.pause }}"), state={"pause": seconds})
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert (play.state.cause.key, play.state.cause.error_type) == ("hold", "WaitError")
    assert "hold (wait)" in play.state.cause.message


def test_seconds_that_cannot_be_read_fail_the_step() -> None:
    play = waiting(wait(for_="{{ state.none.at.all }}"))
    assert play.state.cause is not None
    assert "`for` cannot be read" in play.state.cause.message


def test_a_poll_with_variables_that_cannot_be_written_is_refused() -> None:
    play = waiting(wait(until="state.ready"), state={"ready": None})
    assert play.do(ReportStep("hold", None, None, {'a"b': 1})) == ()
    assert play.refusal.reason == "argument"


def test_no_seconds_at_all_are_over_at_once() -> None:
    play = waiting(wait(for_=0))
    assert play.key == "next"
    assert "WaitBegun" in names(tuple(event for event, _ in play.log))


def test_a_wait_for_nothing_is_over_when_it_is_polled() -> None:
    play = waiting(wait())
    assert (play.key, play.due()) == ("hold", None)
    assert names(play.report(None)) == ["WaitEnded", "StepOpened"]
    assert play.key == "next"


def test_a_poll_that_comes_too_early_changes_nothing() -> None:
    play = waiting(wait(for_=60))
    assert play.report(None) == ()
    assert (play.key, play.state.version) == ("hold", len(play.log))


def test_a_poll_after_the_time_ends_the_wait_where_no_timer_had() -> None:
    play = waiting(wait(for_=60))
    play.now = BEGAN + 61
    play.report(None, key="hold")
    assert play.key == "next"


def test_a_poll_of_a_wait_that_is_over_changes_nothing_and_is_no_mistake() -> None:
    play = waiting(wait(for_=60))
    play.later(60)
    assert play.report(None, key="hold") == ()
    assert play.last == ()


def test_a_wait_takes_no_output() -> None:
    play = waiting(wait())
    assert play.report("done") == ()
    assert play.refusal.reason == "argument"
    assert "hold (wait)" in play.refusal.message


def test_variables_that_come_with_a_poll_are_taken_before_the_condition_is_looked_at() -> None:
    play = waiting(wait(until="state.ready"), state={"ready": False})
    assert play.report(None) == ()
    play.report(None, ready=True)
    assert (play.key, play.state.variables["ready"]) == ("next", True)


def test_variables_that_may_not_be_written_are_refused_with_the_poll() -> None:
    play = waiting(
        wait(until="state.ready"), computed={"sum": {"from": "state.n", "expression": "input"}}, state={"n": 1}
    )
    assert play.report(None, sum=2) == ()
    assert play.refusal.reason == "argument"
    assert "sum" in play.refusal.message


def test_a_condition_that_holds_already_never_rests() -> None:
    assert waiting(wait(until="state.n > 1"), state={"n": 2}).key == "next"


def test_a_condition_is_looked_at_when_the_state_changes() -> None:
    play = waiting(wait(until="state.n > 1"), state={"n": 1})
    play.update("n", 1.5)
    assert play.key == "next"


@pytest.mark.parametrize("until", [iso(60), iso(60).replace("+00:00", ""), (BEGAN + 60) * 1000])
def test_a_time_to_wait_for_is_iso_text_or_milliseconds(until: Json) -> None:
    play = waiting(wait(until="state.at"), state={"at": until})
    assert play.due() == 60.0
    play.later(60)
    assert play.key == "next"


def test_a_time_that_is_past_never_rests() -> None:
    assert waiting(wait(until="state.at"), state={"at": iso(-60)}).key == "next"


@pytest.mark.parametrize("until", ["tomorrow", [1], 1e300, {"at": 1}])
def test_what_is_no_time_fails_the_step(until: Json) -> None:
    play = waiting(wait(until="state.at"), state={"at": until})
    assert play.state.cause is not None
    assert play.state.cause.error_type == "WaitError"
    assert "`until` gives" in play.state.cause.message


def test_an_expression_that_cannot_be_read_fails_the_step() -> None:
    play = waiting(wait(until="state.a.b.c > 1"), state={"a": None})
    assert play.state.cause is not None
    assert "`until` cannot be read" in play.state.cause.message


def test_an_expression_that_breaks_when_the_state_changes_fails_the_step_then() -> None:
    play = waiting(wait(until="state.at", onError={"strategy": "continue"}), state={"at": None})
    play.update("at", "tomorrow")
    assert play.key == "next"
    assert play.state.error_count == 1


def test_a_time_that_moves_with_the_state_moves_the_timer() -> None:
    play = waiting(wait(until="state.at", timeout=500), state={"at": iso(60)})
    play.update("at", iso(90))
    assert (play.key, play.due()) == ("hold", 90.0)
    assert play.later(60) == ()
    play.update("at", None)
    assert play.due() == 500.0


def test_of_seconds_and_a_time_the_earlier_one_counts() -> None:
    play = waiting(wait(for_=60, until="state.at"), state={"at": iso(90)})
    assert play.due() == 60.0
    play.update("at", iso(30))
    assert play.due() == 30.0
    play.later(30)
    assert play.key == "next"


def test_a_signal_ends_the_wait_and_its_payload_is_the_result() -> None:
    update: JsonObject = {"path": "who", "value": "{{ result.by }}"}
    play = waiting(wait(signal="approved", store="state.word", update=[update]))
    assert play.state.waiting is not None
    assert (play.state.waiting.kind, play.state.waiting.signal) == (WaitKind.SIGNAL, "approved")
    events = play.signal("approved", {"by": "ann"})
    assert names(events)[0] == "SignalReceived"
    assert play.key == "next"
    assert play.state.variables == {"word": {"by": "ann"}, "who": "ann"}


def test_a_payload_that_cannot_be_stored_fails_the_step() -> None:
    update: JsonObject = {"path": "who", "value": "{{ result.by.name }}"}
    play = waiting(wait(signal="approved", update=[update], onError={"strategy": "continue"}))
    play.signal("approved", {})
    assert play.key == "next"
    assert play.state.error_count == 1


def test_a_signal_nobody_waits_for_is_refused_and_not_kept() -> None:
    play = waiting(wait(signal="approved"))
    assert play.signal("aproved") == ()
    assert "approved" in play.refusal.message
    assert play.key == "hold"
    still = Clocked(flow(prompt("ask")))
    assert still.signal("approved") == ()
    assert "no signal is waited for" in still.refusal.message


def test_a_signal_may_come_before_the_time_and_the_time_before_the_signal() -> None:
    play = waiting(wait(signal="approved", for_=60))
    assert play.due() == 60.0
    play.later(60)
    assert play.key == "next"


@pytest.mark.requirement("AC-UI-018")
def test_a_wait_that_takes_too_long_has_failed() -> None:
    play = waiting(wait(signal="approved", timeout=60, onError={"strategy": "continue"}))
    assert play.due() == 60.0
    assert names(play.later(60)) == ["TimerFired", "StepFailed", "StepOpened"]
    assert play.state.errors[0].error_type == "TimeoutError"


def test_what_was_due_first_is_done_first_however_late_it_is_looked_at() -> None:
    play = waiting(wait(for_=10, timeout=20))
    play.later(100)
    assert (play.key, play.state.error_count) == ("next", 0)


def test_a_wait_that_failed_and_is_tried_again_counts_its_seconds_anew() -> None:
    on_error: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}}
    play = waiting(wait(signal="approved", timeout=60, onError=on_error))
    play.later(60)
    assert play.due() == 65.0
    assert play.signal("approved") == ()
    play.later(65)
    assert (play.key, play.due()) == ("hold+1", 125.0)
    play.signal("approved")
    assert play.key == "next"


def test_a_report_of_another_step_is_no_poll() -> None:
    play = waiting(wait())
    assert play.report(None, key="next") == ()
    assert play.refusal.reason == "not_open"


@pytest.mark.parametrize(
    ("report", "named"),
    [(ReportStep("hold", "fine", None, {}), "output"), (ReportStep("hold", None, {"a": 1}, {}), "evidence")],
)
def test_what_a_wait_does_not_take_is_refused_by_its_name(report: ReportStep, named: str) -> None:
    play = waiting(wait(signal="go"))
    assert play.do(report) == ()
    assert isinstance(play.last, Refusal)
    assert play.last.message.startswith(f"{named} is not taken by step hold (wait)")
