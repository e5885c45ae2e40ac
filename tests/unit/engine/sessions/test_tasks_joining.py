"""When a parallel step is done, and what becomes of it when tasks fail."""

import pytest

from engine.sessions.decide import Refusal
from engine.sessions.model import Status
from engine.sessions.step_family import ReportStep
from engine.sessions.task_joining import MAX_NAMED
from schema.values import Json, JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.sessions.fanned import ITEMS, Fanned, spread

ASK: JsonObject = {
    "id": "ask",
    "type": "input",
    "title": "Ask",
    "prompt": "Which?",
    "kind": "integer",
    "maxAttempts": 1,
}
"""A step that fails with the first answer that is no number."""
CONTINUE: JsonObject = {"strategy": "continue"}
FALLBACK: JsonObject = {"strategy": "fallback", "fallbackValue": "nothing"}


def failing(items: list[Json], **step: Json) -> Fanned:
    """Give a session whose tasks fail where their answer is no number."""
    return Fanned(spread(items, ASK, task={}, collect="state.found", **step))


def test_with_any_the_first_task_that_succeeds_ends_the_step() -> None:
    play = failing(ITEMS, join="any")
    play.say("check#1::ask", "2")
    assert play.is_behind()
    assert play.values["found"] == [2]
    assert play.status() == ["cancelled", "completed", "cancelled"]


def test_with_a_number_so_many_tasks_end_the_step_and_count_in_item_order() -> None:
    play = failing([1, 2, 3, 4], join=2)
    play.say("check#3::ask", "30")
    assert not play.is_behind()
    play.say("check#0::ask", "0")
    assert play.is_behind()
    assert play.values["found"] == [0, 30]


def test_a_failed_task_does_not_count_for_a_join_of_some() -> None:
    play = failing(ITEMS, join="any")
    play.say("check#0::ask", "x")
    assert play.status() == ["failed", "leased", "leased"]
    play.say("check#2::ask", "7")
    assert play.values["found"] == [7]
    assert play.is_behind()


def test_a_join_that_cannot_be_reached_any_more_fails_the_step() -> None:
    play = failing(ITEMS, join=2)
    play.say("check#0::ask", "x")
    play.say("check#1::ask", "y")
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "TasksError"
    assert "2 of 3 tasks failed (0 succeeded, 1 had not ended)" in play.state.cause.message
    assert "2 had to succeed" in play.state.cause.message
    assert "check#0" in play.state.cause.message
    assert "check#1" in play.state.cause.message


def test_a_join_of_more_tasks_than_there_are_fails_at_once() -> None:
    assert failing(ITEMS, join=4).state.status is Status.FAILED


def test_a_task_that_fails_fails_the_step_where_nothing_else_is_said() -> None:
    play = failing(ITEMS)
    play.say("check#2::ask", "1")
    play.say("check#1::ask", "x")
    assert play.state.status is Status.FAILED
    assert play.status() == ["cancelled", "failed", "completed"]
    assert play.out == []


def test_with_continue_the_others_go_on_and_the_failed_item_is_null() -> None:
    play = failing(ITEMS, onError=CONTINUE)
    play.say("check#0::ask", "x")
    assert play.status() == ["failed", "leased", "leased"]
    play.say("check#2::ask", "3")
    play.say("check#1::ask", "2")
    assert play.is_behind()
    assert play.values["found"] == [None, 2, 3]
    assert any("1 of 3 tasks failed (2 succeeded)" in warning for warning in play.state.warnings)
    assert play.state.error_count == 1


def test_with_a_fallback_it_stands_for_the_failed_item() -> None:
    play = failing(ITEMS, onError=FALLBACK)
    for task, said in (("check#0", "1"), ("check#1", "x"), ("check#2", "3")):
        play.say(f"{task}::ask", said)
    assert play.values["found"] == [1, "nothing", 3]


def test_a_fallback_that_cannot_be_read_fails_the_step() -> None:
    play = failing(["a"], onError={"strategy": "fallback", "fallbackValue": "{{ state.nothing.there }}"})
    play.say("check#0::ask", "x")
    assert play.state.status is Status.FAILED
    play.try_again()
    assert play.open == ["check#0::ask+1"]
    play.say("check#0::ask+1", "4")
    assert play.values["found"] == [4]


def test_a_join_of_some_that_fails_may_be_passed_over() -> None:
    play = failing(["a"], join="any", onError=CONTINUE)
    play.say("check#0::ask", "x")
    assert play.is_behind()
    assert play.values["found"] == []


def test_a_join_of_some_that_fails_may_have_a_fallback_as_a_whole() -> None:
    play = failing(["a"], join="any", onError=FALLBACK)
    play.say("check#0::ask", "x")
    assert play.is_behind()
    assert play.values["found"] == "nothing"


def test_results_that_cannot_be_stored_fail_the_step() -> None:
    source = spread(["a"], ASK, collect="state.found.x")
    play = Fanned(source)
    play.say("check#0::ask", "1")
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.key == "check"


def test_a_value_for_collect_that_cannot_be_read_is_the_failure_of_its_task() -> None:
    value: Json = {"store": "found", "value": "{{ state.missing.deep }}"}
    play = Fanned(spread(ITEMS, prompt("read"), collect=value, onError=CONTINUE))
    play.work_all()
    assert play.status() == ["failed"] * 3
    assert play.values["found"] == [None] * 3


def test_the_report_of_a_cancelled_task_is_refused_and_names_its_status() -> None:
    play = failing(ITEMS, join="any")
    play.say("check#0::ask", "1")
    play.do(ReportStep("check#1::ask", "2", None, {}))
    assert isinstance(play.last, Refusal)
    assert play.last.reason == "not_open"
    assert "check#1 is cancelled" in play.last.message


def test_a_long_list_of_failures_is_cut() -> None:
    play = failing(list(range(MAX_NAMED + 5)), join="any", maxParallel=50)
    while play.open:
        play.say(play.open[0], "x")
    assert play.state.cause is not None
    assert "and 5 more" in play.state.cause.message


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_task_that_fails_is_tried_again_by_itself(retries: int) -> None:
    play = failing(ITEMS, onError={"strategy": "retry", "maxRetries": retries, "backoff": {"initial": 5, "factor": 1}})
    play.say("check#1::ask", "1")
    for tried in range(retries):
        play.say(f"check#0::ask+{tried}" if tried else "check#0::ask", "x")
        assert play.status() == ["pending", "completed", "leased"]
        play.later(5)
        assert play.out == ["check#0", "check#2"]
        assert play.all()["check#0"].attempts == tried + 2
    play.say(f"check#0::ask+{retries}" if retries else "check#0::ask", "x")
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert "check#0" in play.state.cause.message


def test_a_task_that_is_tried_again_begins_with_a_fresh_state() -> None:
    update: Json = [{"path": "seen", "operation": "append", "value": "x"}]
    retry: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 0}}
    source = spread(
        ["a"], prompt("read", update=update), ASK, prompt("last"), task={"state": {"seen": []}}, onError=retry
    )
    play = Fanned(source)
    play.say("check#0::read")
    assert play.inner("check#0").variables == {"seen": ["x"]}
    play.say("check#0::ask", "x")
    assert play.open == ["check#0::read+1"]
    assert play.inner("check#0").variables == {"seen": []}


def test_a_late_report_of_a_failed_try_is_not_taken_for_the_new_one() -> None:
    retry: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 0}}
    play = Fanned(spread(["a"], prompt("read"), ASK, onError=retry))
    play.say("check#0::read")
    first = play.state.version
    play.say("check#0::ask", "x")
    play.do(ReportStep("check#0::read", "done", None, {}))
    assert play.repeated <= first
    play.do(ReportStep("check#0::read", "something else", None, {}))
    assert play.refusal.reason == "not_open"
    assert play.refusal.open == ("check#0::read+1",)


def test_while_one_task_waits_for_its_next_try_others_use_its_place() -> None:
    retry: JsonObject = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 60}}
    play = failing(ITEMS, maxParallel=1, onError=retry)
    play.say("check#0::ask", "x")
    assert play.out == ["check#1"]
    play.later(60)
    assert play.out == ["check#1"]
    play.say("check#1::ask", "1")
    assert play.out == ["check#0"]


def test_retries_end_in_the_fallback_where_there_is_one() -> None:
    retry: JsonObject = {"strategy": "fallback", "maxRetries": 1, "backoff": {"initial": 0}, "fallbackValue": 0}
    play = failing(["a", "b"], onError=retry)
    play.say("check#0::ask", "x")
    play.say("check#0::ask+1", "x")
    play.say("check#1::ask", "5")
    assert play.values["found"] == [0, 5]


def test_a_session_that_failed_at_its_tasks_is_retried_with_those_that_did_not_succeed() -> None:
    play = Fanned(spread(ITEMS, prompt("read"), ASK, collect="state.found"))
    play.say("check#1::read", "b")
    play.say("check#1::ask", "1")
    play.say("check#2::read", "c")
    play.say("check#0::read", "a")
    play.say("check#0::ask", "x")
    assert play.state.status is Status.FAILED
    play.try_again()
    assert play.status() == ["leased", "completed", "leased"]
    assert play.open == ["check#0::read+1", "check#2::ask"]
    play.say("check#0::read+1", "a")
    play.say("check#0::ask+1", "0")
    play.say("check#2::ask", "2")
    assert play.is_behind()
    assert play.values["found"] == [0, 1, 2]
