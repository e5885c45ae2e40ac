import pytest

from engine.sessions.limits import MAX_ROLLBACKS
from engine.sessions.model import PhaseStatus, Status
from engine.sessions.restoring import is_at_rest
from engine.sessions.session_family import RolledBack
from schema.values import JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, flow, names, prompt


def steps() -> Clocked:
    return Clocked(flow(prompt("one"), prompt("two"), prompt("three")))


def rolled_back(play: Clocked) -> RolledBack:
    return next(event for event, _ in reversed(play.log) if isinstance(event, RolledBack))


def test_a_session_goes_back_to_a_checkpoint_and_what_was_done_since_counts_no_more() -> None:
    play = steps()
    play.report("first")
    play.checkpoint("here")
    play.report("second", number=1)
    play.restore_label("here")
    assert (play.key, play.state.status) == ("two~1", Status.RUNNING)
    assert play.state.variables == {}
    event = rolled_back(play)
    assert (event.undone, event.crossed, event.label) == (("two",), (), "here")
    assert play.report("late", key="two") == ()
    assert play.refusal.reason == "not_open"
    assert play.refusal.open == ("two~1",)
    play.report("anew")
    assert play.key == "three~1"


def test_a_completed_and_a_failed_session_go_back_too() -> None:
    play = Clocked(flow(call(), prompt("next")))
    play.fails()
    assert play.status() == "failed"
    play.restore(2)
    assert play.key == "charge~1"
    play.report('{"id": 1}')
    play.report("done")
    assert play.status() == "completed"
    play.restore(2)
    assert (play.key, play.state.completed_at) == ("charge~2", None)


def test_a_step_that_was_about_to_fail_is_tried_again() -> None:
    play = Clocked(flow(call(), prompt("next")))
    play.fails()
    play.restore(play.state.version - 1)
    assert play.key == "charge+1~1"
    play.report('{"id": 1}')
    assert play.key == "next~1"


def test_where_a_session_was_on_its_way_it_goes_on_from_there() -> None:
    play = Clocked(
        flow(
            prompt("ask"),
            {"id": "sum", "type": "set", "update": [{"path": "n", "operation": "increment", "value": 1}]},
            {"id": "tell", "type": "message", "message": "n = {{ state.n }}"},
            prompt("next"),
        )
    )
    play.report("go")
    whole = play.state
    for version in range(1, whole.version):
        again = Clocked(play.workflow)
        again.report("go")
        again.restore(version)
        if again.key.startswith("ask"):
            again.report("go")
        assert (again.key, again.state.variables) == ("next~1", {"n": 1}), version


def test_going_back_over_what_cannot_be_undone_wants_a_reason() -> None:
    play = Clocked(flow(prompt("one"), prompt("drop", irreversible=True), prompt("three")))
    play.report()
    play.report()
    version = play.state.version
    assert play.restore(2) == ()
    assert "drop" in play.refusal.message
    assert play.refusal.remedy.arguments["action"] == "restore"
    assert play.restore(2, reason="the table was kept")
    assert rolled_back(play).crossed == ("drop",)
    assert play.restore(version - 1, reason="forward again")
    assert play.key == "three~2"


@pytest.mark.parametrize("version", [0, 99])
def test_a_version_there_is_not_is_refused_with_the_checkpoints_there_are(version: int) -> None:
    play = steps()
    play.checkpoint("here")
    assert play.restore(version) == ()
    assert play.refusal.reason == "argument"
    assert "here" in play.refusal.message
    assert steps().restore_label("nowhere") == ()


def test_a_version_at_which_the_session_was_over_is_refused() -> None:
    play = Clocked(flow(call()))
    play.fails()
    failed_at = play.state.version
    play.again()
    assert play.restore(failed_at) == ()
    assert "failed" in play.refusal.message


def test_a_paused_a_cancelled_and_a_timed_out_session_do_not_go_back() -> None:
    play = steps()
    play.pause()
    assert play.restore(2) == ()
    assert play.refusal.reason == "paused"
    play.cancel()
    assert play.restore(2) == ()
    assert play.refusal.reason == "finished"


def test_the_pause_at_a_version_is_not_gone_back_to() -> None:
    play = Clocked(flow(prompt("ask", timeout=50), prompt("next")))
    play.now = BEGAN + 10
    play.pause()
    version = play.state.version
    play.now = BEGAN + 500
    play.resume()
    play.report()
    play.now = BEGAN + 1000
    play.restore(version)
    assert (play.key, play.state.status) == ("ask~1", Status.RUNNING)
    assert play.state.step_deadline == BEGAN + 1040


def test_limits_have_as_long_to_run_as_they_had_and_waits_in_seconds_too() -> None:
    play = Clocked(
        flow(prompt("ask"), {"id": "hold", "type": "wait", "for": 60}, prompt("next"), config={"timeout": 500})
    )
    play.now = BEGAN + 100
    play.report()
    version = play.state.version
    play.later(160)
    assert play.key == "next"
    play.now = BEGAN + 300
    play.restore(version)
    assert (play.key, play.due()) == ("hold~1", 360.0)
    assert play.state.deadline == BEGAN + 700


def test_a_wait_for_a_point_in_time_still_waits_for_that() -> None:
    play = Clocked(
        flow(
            prompt("ask"), {"id": "hold", "type": "wait", "until": "state.at"}, prompt("next"), state={"at": 1_200_000}
        )
    )
    play.report()
    version = play.state.version
    play.update("at", 0)
    assert play.key == "next"
    play.now = BEGAN + 100
    play.restore(version)
    assert (play.key, play.due()) == ("hold~1", 200.0)


def test_a_try_anew_that_was_waited_for_is_waited_for_as_long_as_then() -> None:
    play = Clocked(flow(call(onError={"strategy": "retry", "backoff": {"initial": 10}}), prompt("next")))
    play.fails()
    version = play.state.version
    play.later(10)
    play.report('{"id": 1}')
    play.now = BEGAN + 100
    play.restore(version)
    assert (play.state.status, play.due()) == (Status.WAITING, 110.0)
    play.later(110)
    assert play.key == "charge+1~1"


def test_what_happened_stays_though_it_was_undone() -> None:
    play = Clocked(flow(prompt("one"), call("two", onError={"strategy": "continue"}), prompt("three")))
    play.report()
    play.checkpoint("here")
    play.fails()
    play.checkpoint("later")
    play.restore_label("here")
    assert play.state.error_count == 1
    assert [each.label for each in play.state.checkpoints] == ["here", "later"]
    assert [(row.phase, row.status) for row in play.state.history][-2:] == [(3, "rolled_back"), (2, "active")]
    later = play.state.checkpoints[-1].version
    play.restore(later)
    assert play.key == "three~2"


def test_a_session_goes_back_to_its_first_event() -> None:
    play = steps()
    play.report()
    play.restore(1)
    assert play.key == "one~1"
    assert play.state.phases[-1].status is PhaseStatus.ACTIVE


def test_only_so_many_rollbacks_are_allowed() -> None:
    play = steps()
    play._state = play.state._replace(rollbacks=MAX_ROLLBACKS)
    assert play.restore(1) == ()
    assert str(MAX_ROLLBACKS) in play.refusal.message


LOOP: JsonObject = {
    "id": "each",
    "type": "loop",
    "title": "Each",
    "loop": {"type": "for", "count": 2, "maxIterations": 2},
    "body": [prompt("one"), prompt("two")],
}


def test_every_version_of_a_session_can_be_gone_back_to_and_leads_to_the_same_end() -> None:
    document = flow(LOOP, {"id": "hold", "type": "wait", "for": 5}, call(onError={"strategy": "retry"}), state={"n": 0})

    def walk(play: Clocked) -> None:
        for _ in range(40):
            if play.state.status is Status.COMPLETED:
                return
            if play.due() is not None:
                play.later(play.now - BEGAN + 5)
            elif play.state.position.startswith("charge"):
                play.report('{"id": 1}')
            else:
                play.report("done")

    play = Clocked(document)
    walk(play)
    assert play.status() == "completed"
    for version in range(1, play.state.version):
        play.restore(version)
        walk(play)
        assert (play.state.status, play.state.variables) == (Status.COMPLETED, {"n": 0}), version


def test_the_answer_to_a_restore_begins_with_the_event_that_says_so() -> None:
    play = steps()
    play.report()
    assert names(play.restore(2)) == ["RolledBack"]


def test_a_failure_whose_clean_up_was_under_way_is_gone_back_to_as_a_try_anew() -> None:
    on_error: JsonObject = {"strategy": "fail", "then": [{"id": "sorry", "type": "message", "message": "Sorry."}]}
    play = Clocked(flow(call(onError=on_error), prompt("next")))
    play.fails()
    assert play.status() == "failed"
    play.restore(play.state.version - 1)
    assert (play.key, play.state.failing) == ("charge+1~1", ())
    play.report('{"id": 1}')
    assert play.key == "next~1"


def test_a_rest_in_the_clean_up_of_a_failure_is_gone_back_to_as_it_was() -> None:
    play = Clocked(flow(call(onError={"strategy": "continue", "then": [prompt("look")]}), prompt("next")))
    play.fails()
    version = play.state.version
    play.report("seen")
    play.restore(version)
    assert play.key == "look~1"
    play.report("seen again")
    assert (play.key, play.state.failing) == ("next~1", ())


def test_a_session_that_is_over_or_paused_is_at_rest() -> None:
    play = steps()
    assert is_at_rest(play.state)
    assert not is_at_rest(play.state._replace(waiting=None))
    play.cancel()
    assert is_at_rest(play.state)
