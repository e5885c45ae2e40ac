"""Tasks that nobody reports come back; late and repeated reports do no harm."""

import pytest

from engine.sessions.due import due_at
from engine.sessions.model import Status
from engine.sessions.step_family import ReportStep
from engine.sessions.task_joining import STEADY_LEASES
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.sessions.fanned import ITEMS, Fanned, parallel, spread

TWO = (prompt("read"), prompt("judge"))


def test_a_task_not_reported_within_its_lease_goes_to_the_next_in_line_with_what_was_done() -> None:
    play = Fanned(spread(ITEMS, *TWO, maxParallel=1, lease=100))
    play.say("check#0::read")
    play.later(100)
    assert play.status() == ["leased", "pending", "pending"]
    assert play.open == ["check#0::judge"]
    assert play.all()["check#0"].attempts == 2


def test_every_report_of_a_task_begins_its_lease_anew() -> None:
    play = Fanned(spread(["a"], *TWO, lease=100))
    assert play.all()["check#0"].lease_expires == play.now + 100
    play.now += 90
    play.say("check#0::read")
    assert play.all()["check#0"].lease_expires == play.now + 100
    play.later(99)
    assert play.all()["check#0"].attempts == 1
    play.later(1)
    assert play.all()["check#0"].attempts == 2


def test_the_session_is_due_when_the_first_lease_ends() -> None:
    play = Fanned(spread(ITEMS, maxParallel=2, lease=100))
    assert due_at(play.state) == play.now + 100
    play.now += 50
    play.work("check#0")
    assert due_at(play.state) == play.now + 50


def test_a_late_report_of_a_task_that_was_handed_out_again_is_taken_once() -> None:
    play = Fanned(spread(["a"], *TWO, lease=100))
    play.later(100)
    play.say("check#0::read", "late")
    taken = play.state.version
    play.do(ReportStep("check#0::read", "late", None, {}))
    assert play.repeated <= taken
    assert play.state.version == taken


def test_a_report_of_a_task_in_the_pool_is_refused_and_says_so() -> None:
    play = Fanned(spread(ITEMS, maxParallel=2))
    play.do(ReportStep("check#2::read", "early", None, {}))
    assert play.refusal.reason == "not_open"
    assert "check#2 is not handed out now" in play.refusal.message
    assert play.refusal.open == ("check#0::read", "check#1::read")


def test_the_last_report_of_a_task_may_come_twice_even_after_the_step_is_done() -> None:
    play = Fanned(spread(["a"]))
    play.say("check#0::read", "text")
    version = play.state.version
    play.do(ReportStep("check#0::read", "text", None, {}))
    assert play.repeated == version
    play.do(ReportStep("check#0::read", "another", None, {}))
    assert play.refusal.reason == "not_open"


def test_a_report_for_a_task_that_never_was_is_refused() -> None:
    play = Fanned(spread(["a"]))
    for key in ("check#7::read", "check#x::read", "other#0::read", "check#0/deep#1::read"):
        play.do(ReportStep(key, "text", None, {}))
        assert play.refusal.reason == "not_open", key


def test_a_lease_grows_where_nobody_takes_the_task_up_for_long() -> None:
    play = Fanned(spread(["a"], lease=10))
    for _ in range(STEADY_LEASES - 1):
        play.later(10)
    assert play.all()["check#0"].attempts == STEADY_LEASES
    for seconds in (10, 20, 40):
        assert play.all()["check#0"].lease_expires == play.now + seconds
        play.later(seconds)
    assert play.all()["check#0"].attempts == STEADY_LEASES + 3


def test_no_lease_runs_while_a_task_waits_for_time() -> None:
    wait: JsonObject = {"id": "rest", "type": "wait", "for": 1000}
    play = Fanned(spread(["a"], wait, prompt("read"), lease=100))
    play.later(100)
    assert play.all()["check#0"].attempts == 1
    play.later(900)
    assert play.open == ["check#0::read"]
    assert play.all()["check#0"].lease_expires == play.now + 100


def test_what_the_clock_does_in_a_task_is_no_word_of_whoever_has_it() -> None:
    wait: JsonObject = {"id": "rest", "type": "wait", "for": 10}
    play = Fanned(spread(["a"], wait, prompt("read"), lease=100))
    began = play.now
    play.later(10)
    assert play.open == ["check#0::read"]
    assert play.all()["check#0"].lease_expires == began + 100


def test_each_task_has_its_own_time_and_the_others_are_not_touched() -> None:
    play = Fanned(
        spread(ITEMS, *TWO, maxParallel=2, timeout=30, onError={"strategy": "continue"}, collect="state.found")
    )
    play.now += 20
    play.work("check#0")
    play.later(10)
    assert play.status() == ["completed", "failed", "leased"]
    error = play.all()["check#1"].error
    assert error is not None
    assert error.error_type == "TimeoutError"
    play.work("check#2")
    assert play.values["found"] == ["done", None, "done"]


def test_a_task_that_is_handed_out_again_has_its_whole_time_again() -> None:
    play = Fanned(spread(["a"], *TWO, timeout=150, lease=100))
    play.later(100)
    play.later(99)
    assert play.state.status is Status.WAITING
    assert play.inner("check#0").deadline == 1000 + 100 + 150


@pytest.mark.parametrize("limit", [{}, {"timeout": 500}])
def test_limits_inside_a_task_stand_still_while_it_is_in_the_pool(limit: JsonObject) -> None:
    wait: JsonObject = {"id": "rest", "type": "wait", "for": 35}
    body = (wait, prompt("read", timeout=90))
    play = Fanned(spread(["a", "b", "c"], *body, task={}, lease=30, maxParallel=2, **limit))
    play.later(35)
    assert play.inner("check#0").step_deadline == 1125
    play.later(30)
    assert play.out == ["check#0", "check#1"]
    assert play.all()["check#0"].attempts == 2
    assert play.inner("check#0").step_deadline == 1125


def test_what_was_limited_by_its_task_is_limited_by_the_new_time_of_the_task() -> None:
    inner = parallel(id="deeper", items=["x"], task="leaf")
    tasks: JsonObject = {
        "check": {"description": "Look.", "steps": [inner]},
        "leaf": {"description": "Closer.", "steps": [prompt("see", timeout=1000), prompt("say")]},
    }
    step = parallel(timeout=30, onError={"strategy": "fail"})
    play = Fanned(document(step, prompt("end"), state={"files": ["a", "b"]}, tasks=tasks))
    play.later(40)
    assert play.state.status is Status.FAILED
    play.try_again()
    assert play.inner("check#1").deadline == play.now + 30
    assert play.inner("check#1/deeper#0").deadline == play.now + 30
    assert play.inner("check#1/deeper#0").step_deadline == play.now + 30
    play.work_all()
    assert play.is_behind()


@pytest.mark.requirement("AC-PR-022")
def test_a_task_has_no_more_time_than_the_session() -> None:
    source = spread(["a"], timeout=500)
    source["config"] = {"timeout": 60}
    play = Fanned(source)
    assert play.inner("check#0").deadline == play.state.deadline


@pytest.mark.parametrize("status", ["cancelled", "timed_out"])
@pytest.mark.requirement("AC-EHV-026")
def test_the_end_of_a_session_is_the_end_of_its_tasks(status: str) -> None:
    source = spread(ITEMS, maxParallel=2)
    source["config"] = {"timeout": 60}
    play = Fanned(source)
    play.work("check#0")
    if status == "cancelled":
        play.cancel()
    else:
        play.later(60)
    assert play.state.status.value == status
    assert play.status() == ["completed", "cancelled", "cancelled"]
    assert play.out == []
    play.do(ReportStep("check#1::read", "late", None, {}))
    assert play.refusal.reason in ("finished", "not_open")


def test_after_a_rollback_tasks_have_new_ids_and_reports_for_the_old_ones_are_refused() -> None:
    source = spread(ITEMS, *TWO, maxParallel=2)
    play = Fanned(source)
    play.say("check#0::read")
    play.say("check#0::judge")
    play.roll_back(1)
    assert play.out == ["check#0~1", "check#1~1"]
    play.do(ReportStep("check#1::read", "late", None, {}))
    assert play.refusal.reason == "not_open"
    play.do(ReportStep("check#0::judge", "done", None, {}))
    assert play.refusal.reason == "not_open"
    play.say("check#0::read~1")
    assert play.open == ["check#0::judge~1", "check#1::read~1"]


def test_a_report_that_leaves_the_pool_waiting_for_a_retry_is_due_then() -> None:
    ask: JsonObject = {"id": "ask", "type": "input", "prompt": "Which?", "kind": "integer", "maxAttempts": 1}
    retry: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 7}}
    play = Fanned(spread(["a"], ask, onError=retry))
    play.say("check#0::ask", "x")
    assert due_at(play.state) == play.now + 7
    play.later(7)
    assert play.open == ["check#0::ask+1"]


def test_what_was_reported_in_tasks_that_are_made_anew_stays_known() -> None:
    ask: JsonObject = {"id": "ask", "type": "input", "prompt": "Which?", "kind": "integer", "maxAttempts": 1}
    play = Fanned(spread(ITEMS, prompt("read"), ask))
    play.say("check#0::read", "zero")
    play.say("check#1::read", "one")
    play.say("check#1::ask", "x")
    before = play.names().index("StepFailed") + 1
    play.restore(before)
    play.later(0)
    assert play.open == [f"check#{number}::read+1~1" for number in range(3)]
    for key, said in (("check#0::read", "zero"), ("check#1::read", "one")):
        play.do(ReportStep(key, said, None, {}))
        assert play.repeated < before
    play.do(ReportStep("check#0::read", "else", None, {}))
    assert play.refusal.reason == "not_open"


def test_a_task_that_waits_for_its_next_try_is_not_due_while_there_is_no_room_for_it() -> None:
    ask: JsonObject = {"id": "ask", "type": "input", "prompt": "Which?", "kind": "integer", "maxAttempts": 1}
    retry: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 7}}
    play = Fanned(spread(["a", "b"], ask, onError=retry, maxParallel=1, lease=600))
    began = play.now
    play.say("check#0::ask", "x")
    assert play.out == ["check#1"]
    assert due_at(play.state) == began + 600
    play.later(7)
    assert due_at(play.state) == began + 600
    play.say("check#1::ask", "1")
    assert play.out == ["check#0"]
