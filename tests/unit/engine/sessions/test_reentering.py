from engine.build import build
from engine.sessions.change_family import SessionRetried, evolve_retried
from engine.sessions.limits import MAX_NOTE
from engine.sessions.model import PhaseStatus, Status, TaskStatus
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, flow, names, prompt
from tests.unit.engine.sessions.resting import rests


def test_only_a_failed_session_is_retried() -> None:
    play = Clocked(flow(prompt("ask")))
    assert play.again() == ()
    assert "running" in play.refusal.message


def failed() -> Clocked:
    on_error: JsonObject = {"strategy": "retry", "maxRetries": 1}
    play = Clocked(flow(call(onError=on_error, timeout=30), prompt("next"), config={"timeout": 100}))
    play.fails()
    play.later(1)
    play.fails()
    assert play.status() == "failed"
    return play


def test_a_retry_enters_at_the_failed_step_under_a_new_key_with_all_its_tries() -> None:
    play = failed()
    play.again()
    assert (play.key, play.state.status) == ("charge+2", Status.RUNNING)
    play.fails()
    assert play.status() == "waiting"
    play.later(10)
    assert play.key == "charge+3"
    play.fails()
    assert play.status() == "failed"
    assert play.state.cause is not None
    assert "try 2 of 2" in play.state.cause.message


def test_a_retry_moves_the_limits_by_the_time_the_session_had_failed_for() -> None:
    play = failed()
    play.now = BEGAN + 1001
    play.again()
    assert (play.state.deadline, play.state.step_deadline) == (BEGAN + 1100, BEGAN + 1031)
    assert play.state.phases[-1].attempt == 2
    assert [row.status for row in play.state.history] == ["failed", "active"]


def test_a_retry_after_an_update_mends_a_step_of_the_server() -> None:
    broken: JsonObject = {
        "id": "sum",
        "type": "set",
        "update": [{"path": "total", "value": "{{ state.missing.price }}"}],
    }
    play = Clocked(flow(broken, prompt("next")))
    assert play.status() == "failed"
    assert names(play.update("missing", {"price": 3})) == ["StateUpdated"]
    assert play.status() == "failed"
    play.again()
    assert (play.key, play.state.variables["total"]) == ("next", 3)


def test_a_reason_to_retry_may_not_be_endless() -> None:
    play = failed()
    assert play.again("x" * (MAX_NOTE + 1)) == ()
    assert play.refusal.reason == "argument"


def test_a_session_that_failed_at_its_gate_is_retried_as_its_phase_is() -> None:
    gate: JsonObject = {"evidence": {"ok": {"type": "boolean"}}, "maxAttempts": 1}
    play = Clocked(flow(prompt("ask", evidence=gate)))
    play.report("done", evidence={"ok": 1})
    assert play.status() == "failed"
    assert names(play.again()) == ["PhaseRetried"]
    assert play.status() == "running"


CHILD: JsonObject = {
    "id": "child",
    "name": "Child",
    "description": "d",
    "version": "1.0.0",
    "schemaVersion": "1.2.0",
    "steps": [prompt("first"), call("pay", skippable=True), {"id": "hold", "type": "wait", "signal": "go"}],
}


def parent(**keys: Json) -> Clocked:
    step: JsonObject = {"id": "sub", "type": "workflow", "workflowId": "child", **keys}
    return Clocked(flow(step, prompt("next"))._replace(children={"child": build(CHILD)}))


def test_a_retry_goes_on_inside_the_child_the_session_failed_in() -> None:
    play = parent()
    play.report("one", key="sub#0::first")
    play.report('{"status": "error"}', key="sub#0::pay")
    assert play.status() == "failed"
    assert play.state.cause is not None
    assert "pay" in play.state.cause.message
    assert "sub (workflow)" in play.state.cause.message
    play.again()
    assert play.state.nested["sub#0"].status is TaskStatus.LEASED
    assert play.state.nested["sub#0"].state.position == "pay+1"
    play.report('{"id": 1}', key="sub#0::pay+1")
    play.signal("go")
    assert play.key == "next"


def test_a_child_that_failed_is_gone_once_its_step_is_passed_over() -> None:
    play = parent(onError={"strategy": "continue"})
    play.report("one", key="sub#0::first")
    play.report('{"status": "error"}', key="sub#0::pay")
    assert play.key == "next"
    assert play.state.nested == {}


def test_a_step_inside_a_child_may_be_skipped_and_a_signal_reaches_it() -> None:
    play = parent()
    play.report("one", key="sub#0::first")
    play.skip("sub#0::pay")
    assert play.signal("stop") == ()
    assert "go" in play.refusal.message
    play.signal("go")
    assert play.key == "next"


def test_a_child_never_outlives_the_limit_of_its_step() -> None:
    play = parent(timeout=50, onError={"strategy": "continue"})
    assert play.due() == 50.0
    play.later(50)
    assert (play.key, play.state.error_count) == ("next", 1)
    assert "sub (workflow)" in play.state.errors[0].message


def test_a_session_that_failed_at_its_first_condition_is_retried_there() -> None:
    play = Clocked(flow(prompt("ask", runCondition="state.kind.name == 1"), prompt("next"), state={"kind": None}))
    assert play.status() == "failed"
    assert play.state.cause is not None
    assert play.state.cause.key == "ask"
    play.update("kind", {"name": 1})
    play.again()
    assert (play.key.partition("+")[0], play.status()) == ("ask", "running")


def test_a_session_that_failed_at_a_later_condition_is_retried_there() -> None:
    play = Clocked(flow(prompt("one"), prompt("two", runCondition="state.kind.name == 1"), state={"kind": None}))
    play.report()
    assert play.status() == "failed"
    play.update("kind", {"name": 1})
    play.again()
    assert (play.key.partition("+")[0], play.status()) == ("two", "running")
    assert [each.status for each in play.state.phases] == [PhaseStatus.COMPLETED, PhaseStatus.ACTIVE]


def test_a_failed_session_may_be_cancelled() -> None:
    play = failed()
    play.cancel("given up")
    assert play.status() == "cancelled"
    assert play.again() == ()


def test_a_run_that_had_reached_no_phase_opens_none_when_it_is_retried() -> None:
    state = evolve_retried(rests(status=Status.FAILED), SessionRetried("ask", "", 0.0), 5.0)
    assert (state.phases, state.status) == ((), Status.RUNNING)


def test_a_session_that_failed_at_a_step_is_not_retried_as_a_phase() -> None:
    play = failed()
    assert play.retry() == ()
    assert play.refusal.remedy.arguments["action"] == "retry"


def test_a_child_that_failed_begins_anew_where_its_step_is_tried_again() -> None:
    play = parent(onError={"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}})
    play.report("one", key="sub#0::first")
    play.report('{"status": "error"}', key="sub#0::pay")
    assert (play.status(), play.due()) == ("waiting", 5.0)
    play.later(5)
    inner = play.state.nested["sub#0"].state
    assert inner.position.startswith("first+")
    assert play.report("late", key="sub#0::first") == ()
    play.report("one", key=f"sub#0::{inner.position}")
    assert play.state.nested["sub#0"].state.position.startswith("pay")


def test_a_pause_of_no_seconds_before_the_next_try_is_none() -> None:
    play = Clocked(flow(call(onError={"strategy": "retry", "backoff": {"initial": 0}})))
    assert names(play.fails())[-3:] == ["StepFailed", "TimerFired", "StepOpened"]
    assert play.key == "charge+1"


def test_steps_done_before_a_failure_are_done_anew_under_other_keys_at_a_retry() -> None:
    each: JsonObject = {
        "id": "each",
        "type": "loop",
        "title": "Each",
        "loop": {"type": "for", "count": 1, "maxIterations": 1},
        "body": [prompt("tell")],
    }
    on_error: JsonObject = {"strategy": "fail", "then": [prompt("tidy"), each]}
    play = Clocked(flow(call(onError=on_error), prompt("next")))
    for number in range(3):
        mark = f"+{number}" if number else ""
        assert play.key == f"charge{mark}"
        play.fails()
        assert play.key == f"tidy{mark}"
        play.report("swept")
        assert play.key == f"each@0::tell{mark}"
        play.report("told")
        assert play.status() == "failed"
        play.again()
    play.report("{}")
    assert play.key == "next"
