import pytest

from engine.definition import FAIL
from engine.sessions.draft import Draft
from engine.sessions.failing import fail_step, failure_shown
from engine.sessions.faults import StepFault
from engine.sessions.model import Status, WaitKind
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, flow, names, prompt

RETRY: JsonObject = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 10, "factor": 3}}
BROKEN: JsonObject = {"id": "sum", "type": "set", "update": [{"path": "total", "value": "{{ state.missing.price }}"}]}


def broken(**on_error: Json) -> JsonObject:
    return {**BROKEN, "onError": {**on_error}}


def test_a_call_that_returns_an_error_twice_and_then_succeeds_takes_exactly_three_attempts() -> None:
    play = Clocked(flow(call(store="state.receipt", onError=RETRY), prompt("thank")))
    keys = [play.key]
    play.fails()
    assert (play.state.status, play.due()) == (Status.WAITING, 10.0)
    assert play.later(9.9) == ()
    play.later(10)
    keys.append(play.key)
    play.fails()
    assert play.due() == 40.0
    play.later(40)
    keys.append(play.key)
    play.report('{"id": "r-1"}')

    assert keys == ["charge", "charge+1", "charge+2"]
    assert (play.key, play.state.variables) == ("thank", {"receipt": {"id": "r-1"}})
    assert play.state.error_count == 2


def test_when_all_tries_are_used_up_the_session_fails_and_says_where_why_and_what_next() -> None:
    play = Clocked(flow(call(onError=RETRY), prompt("thank")))
    for at in (10, 40):
        play.fails()
        play.later(at)
    play.fails()

    assert play.state.status is Status.FAILED
    shown = failure_shown(play.state)
    assert shown is not None
    assert (shown["type"], shown["stepKey"], shown["workflowId"]) == ("CallError", "charge+2", "flow")
    message, remediation = shown["message"], shown["remediation"]
    assert isinstance(message, str)
    assert isinstance(remediation, str)
    assert message.startswith("Step charge (call) of workflow flow failed at try 3 of 3: ")
    assert "retry" in remediation
    assert play.state.session_id in remediation
    assert play.due() is None


def test_without_on_error_a_step_that_cannot_be_done_fails_the_session_at_once() -> None:
    play = Clocked(flow(BROKEN, prompt("ask")))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.key == "sum"
    assert "missing" in play.state.cause.message


def test_a_session_that_has_not_failed_shows_no_failure() -> None:
    assert failure_shown(Clocked(flow(prompt("ask"))).state) is None


def test_continue_records_the_failure_changes_nothing_and_goes_on() -> None:
    play = Clocked(flow(broken(strategy="continue"), prompt("ask"), state={"total": 1}))
    assert play.key == "ask"
    assert play.state.variables == {"total": 1}
    assert play.state.error_count == 1
    assert play.state.errors[0].error_type == "TemplateError"


def test_the_fallback_becomes_the_result_of_the_step() -> None:
    on_error: JsonObject = {"strategy": "fallback", "fallbackValue": {"id": "{{ state.none }}"}}
    update: JsonObject = {"path": "id", "value": "{{ result.id }}"}
    play = Clocked(flow(call(store="state.receipt", update=[update], onError=on_error), state={"none": "cash"}))
    play.fails()
    assert play.state.status is Status.COMPLETED
    assert play.state.variables == {"none": "cash", "receipt": {"id": "cash"}, "id": "cash"}


def test_a_fallback_that_cannot_be_used_fails_the_session_with_both_reasons() -> None:
    on_error: JsonObject = {"strategy": "fallback", "fallbackValue": "{{ state.none.at.all }}"}
    play = Clocked(flow(call(onError=on_error)))
    play.fails()
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert "INSUFFICIENT_FUNDS" in play.state.cause.message
    assert "fallbackValue cannot be used" in play.state.cause.message


def test_a_retry_with_a_fallback_value_ends_in_it() -> None:
    on_error: JsonObject = {"strategy": "retry", "maxRetries": 1, "fallbackValue": "cash"}
    play = Clocked(flow(call(store="state.paid", onError=on_error)))
    play.fails()
    play.later(1)
    play.fails()
    assert (play.state.status, play.state.variables) == (Status.COMPLETED, {"paid": "cash"})


def test_tries_may_come_before_a_step_is_passed_over() -> None:
    play = Clocked(flow(broken(strategy="continue", maxRetries=1), prompt("ask")))
    assert (play.state.status, play.due()) == (Status.WAITING, 1.0)
    play.later(1)
    assert play.key == "ask"
    assert play.state.error_count == 2


def test_a_step_of_the_server_is_tried_again_with_the_state_as_it_is_then() -> None:
    play = Clocked(flow(broken(strategy="retry"), prompt("ask")))
    play.update("missing", {"price": 7})
    play.later(1)
    assert (play.key, play.state.variables["total"]) == ("ask", 7)


def test_while_a_step_rests_until_its_next_try_nobody_can_report_it() -> None:
    play = Clocked(flow(call(onError=RETRY)))
    key = play.key
    play.fails()
    assert play.report("late", key=key) == ()
    assert play.refusal.reason == "not_open"


def test_a_report_of_an_earlier_try_is_refused() -> None:
    play = Clocked(flow(call(onError=RETRY)))
    play.fails()
    play.later(10)
    assert play.report('{"id": "r-0"}', key="charge") == ()
    assert play.refusal.reason == "not_open"
    assert play.refusal.open == ("charge+1",)


THEN: list[JsonObject] = [{"id": "sorry", "type": "message", "message": "It did not work."}, prompt("look")]


@pytest.mark.parametrize(
    ("end", "status", "variables"),
    [
        ({"strategy": "fail"}, Status.FAILED, {}),
        ({"strategy": "continue"}, Status.COMPLETED, {}),
        ({"strategy": "fallback", "fallbackValue": 5}, Status.COMPLETED, {"paid": 5}),
    ],
)
def test_the_steps_of_then_come_before_the_end_of_the_strategy(
    end: JsonObject, status: Status, variables: JsonObject
) -> None:
    play = Clocked(flow(call(store="state.paid", onError={**end, "then": [*THEN]})))
    play.fails()
    assert (play.key, play.state.status) == ("look", Status.RUNNING)
    assert [each.id for each in play.state.messages] == ["sorry"]
    play.report("seen")
    assert (play.state.status, play.state.variables) == (status, variables)
    assert play.state.failing == () or status is Status.FAILED


def test_after_then_the_walk_goes_on_behind_the_step_that_failed() -> None:
    on_error: JsonObject = {"strategy": "continue", "then": [prompt("look")]}
    play = Clocked(flow(call(onError=on_error), prompt("ask")))
    play.fails()
    play.report("seen")
    assert play.key == "ask"
    assert play.state.failing == ()


def test_a_step_of_then_that_fails_follows_its_own_on_error() -> None:
    inner = broken(strategy="continue", then=[prompt("mend")])
    play = Clocked(flow(call(onError={"strategy": "continue", "then": [inner, prompt("look")]}), prompt("ask")))
    play.fails()
    assert (play.key, len(play.state.failing)) == ("mend", 2)
    play.report("mended")
    assert (play.key, len(play.state.failing)) == ("look", 1)
    play.report("seen")
    assert play.key == "ask"


def test_then_whose_steps_do_not_run_ends_at_once() -> None:
    never = prompt("look", runCondition="false")
    play = Clocked(flow(call(onError={"strategy": "continue", "then": [never]}), prompt("ask")))
    play.fails()
    assert play.key == "ask"


def test_a_break_in_then_leaves_the_loop_and_the_failure_behind() -> None:
    loop: JsonObject = {
        "id": "each",
        "type": "loop",
        "title": "Each",
        "loop": {"type": "for", "count": 3, "maxIterations": 3},
        "body": [call(onError={"strategy": "fail", "then": [{"id": "stop", "type": "break"}]})],
    }
    play = Clocked(flow(loop, prompt("ask")))
    play.fails()
    assert play.key == "ask"
    assert play.state.failing == ()


def test_a_continue_in_then_goes_on_with_the_next_pass() -> None:
    loop: JsonObject = {
        "id": "each",
        "type": "loop",
        "title": "Each",
        "loop": {"type": "for", "count": 2, "maxIterations": 3},
        "body": [call(onError={"strategy": "fail", "then": [{"id": "next", "type": "continue"}]})],
    }
    play = Clocked(flow(loop, prompt("ask")))
    play.fails()
    assert play.key == "each@1::charge"
    assert play.state.failing == ()
    play.report('{"id": "r"}')
    assert play.key == "ask"


def test_many_failing_steps_in_a_row_are_passed_over_in_one_call() -> None:
    loop: JsonObject = {
        "id": "each",
        "type": "loop",
        "title": "Each",
        "loop": {"type": "for", "count": 900, "maxIterations": 1000},
        "body": [broken(strategy="continue")],
    }
    play = Clocked(flow(loop, prompt("ask")))
    assert play.key == "ask"
    assert play.state.error_count == 900


def test_a_timeout_of_a_step_is_a_failure_like_others() -> None:
    play = Clocked(flow(prompt("ask", timeout=30, onError={"strategy": "retry", "maxRetries": 1}), prompt("next")))
    assert play.due() == 30.0
    assert play.later(29) == ()
    assert names(play.later(30)) == ["TimerFired", "StepFailed"]
    play.later(31)
    assert (play.key, play.due()) == ("ask+1", 61.0)
    play.later(61)
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "TimeoutError"


def test_a_report_after_the_deadline_is_too_late_even_where_no_timer_had_fired() -> None:
    play = Clocked(flow(prompt("ask", timeout=30), prompt("next")))
    play.now = BEGAN + 31
    assert play.report("done") == ()
    assert play.refusal.reason in {"not_open", "finished"}
    assert play.state.waiting is not None
    assert play.state.waiting.kind is WaitKind.REPORT


def test_a_run_that_is_over_fails_no_more() -> None:
    play = Clocked(flow(prompt("ask")))
    play.cancel()
    draft = Draft(play.state, play.workflow, play.now, play.policy)
    fail_step(draft, "ask", FAIL, StepFault("AnyError", "whatever"))
    assert draft.events == []


def test_what_a_failed_session_is_asked_for_is_answered_with_why_it_failed_and_the_call_that_helps() -> None:
    play = Clocked(flow(call(), prompt("next")))
    play.fails()
    assert play.report("late", key="next") == ()
    assert (play.refusal.reason, play.refusal.remedy.tool) == ("finished", "workflow_session")
    assert play.refusal.remedy.arguments == {"action": "retry", "sessionId": "wf_test"}
    assert "charge (call)" in play.refusal.message
    assert "retry_phase" not in play.refusal.valid_actions
