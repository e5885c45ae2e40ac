import pytest

from engine.errors import ArgumentError
from engine.sessions.model import PhaseStatus, Status
from engine.sessions.phase_family import GateRefused, PhaseCompleted
from engine.sessions.position import phase_of, valid_actions
from engine.sessions.step_family import ConfirmationDeclined
from engine.sessions.way_family import LoopLeft
from schema.values import Json, JsonObject
from tests.unit.engine.flows import flow, loop, phase, phased, prompt, times
from tests.unit.engine.sessions.play import OVERRIDE, REJECT, Play

OK: JsonObject = {"evidence": {"ok": {"type": "boolean"}}}
GOOD: JsonObject = {"ok": True}


def two(**gate: int | bool) -> Play:
    """Give a session over two phases, the first with a gate."""
    first = phase(1, prompt("one"), prompt("two", runCondition={"var": "never", "equals": None}), gate={**OK, **gate})
    return Play(phased(first, phase(2, prompt("end"))))


def test_a_phase_is_completed_by_its_gate_and_names_what_was_not_reported() -> None:
    play = two()
    play.report()
    events = play.complete(GOOD)
    assert isinstance(events[0], PhaseCompleted)
    assert (events[0].unreported, events[0].key, play.key) == (("two",), "gate:1", "end")
    done = play.state.phases[0]
    assert (done.status, done.evidence, done.unreported) == (PhaseStatus.COMPLETED, GOOD, ("two",))
    assert events[0].settled == play.state.version


def test_the_same_evidence_again_is_answered_as_it_was() -> None:
    play = two()
    play.complete(GOOD)
    version = play.state.version
    assert play.complete(GOOD, 1) == ()
    assert play.repeated == version


@pytest.mark.parametrize("number", [0, 2, 9, -1])
def test_only_the_current_phase_can_be_completed(number: int) -> None:
    play = two()
    play.complete(GOOD, number)
    assert (play.refusal.reason, play.refusal.remedy.arguments["action"]) == ("state", "get_phase")


def test_a_phase_that_is_complete_takes_no_other_evidence() -> None:
    play = two()
    play.complete(GOOD)
    play.complete({"ok": False}, 1)
    assert play.refusal.reason == "state"


def test_empty_evidence_is_an_attempt_that_fails_and_is_kept() -> None:
    play = two()
    (refused,) = play.complete({})
    assert isinstance(refused, GateRefused)
    assert (play.state.status, play.state.error_count, play.state.phases[0].attempt) == (Status.RUNNING, 1, 2)
    assert [(row.attempt, row.status) for row in play.state.history] == [(1, "failed"), (2, "active")]
    assert play.state.phases[0].supplied == {}
    assert play.complete({}) == ()
    assert play.repeated == play.state.version


def test_a_gate_whose_attempts_are_used_up_fails_the_session_and_a_retry_opens_it_again() -> None:
    play = two(maxAttempts=2)
    play.complete({})
    play.complete({"ok": 1})
    assert (play.state.status, play.state.phases[0].status) == (Status.FAILED, PhaseStatus.FAILED)
    failed = play.state
    assert valid_actions(play.state)[-2:] == ("retry_phase", "rollback")
    play.complete(GOOD)
    assert play.refusal.reason == "finished"
    play.retry(reset=True)
    assert (failed.completed_at, play.state.completed_at) == (play.now, None)
    now = play.state.phases[0]
    assert (now.status, now.attempt, now.failures, now.supplied) == (PhaseStatus.ACTIVE, 3, 0, None)
    assert [row.status for row in play.state.history] == ["failed", "failed", "active"]
    assert Status(play.state.status) is Status.RUNNING
    play.complete(GOOD)
    assert play.state.phase == 2


def test_a_retry_lets_the_same_evidence_be_an_attempt_again_and_keeps_what_was_supplied() -> None:
    play = two()
    play.complete({})
    play.retry()
    assert (play.state.phases[0].attempt, play.state.phases[0].supplied) == (2, {})
    assert isinstance(play.complete({})[0], GateRefused)


def test_a_phase_without_a_failed_attempt_is_not_retried_nor_is_another_one() -> None:
    play = two()
    play.retry()
    assert "no failed attempt" in play.refusal.message
    play.retry(2)
    assert "not the current one" in play.refusal.message
    play.pause()
    play.retry()
    assert play.refusal.reason == "paused"


def test_a_phase_that_holds_a_step_for_a_person_is_not_completed_at_once() -> None:
    last = prompt("last", requireConfirmation={"var": "risky"})
    play = Play(phased(phase(1, prompt("one"), last, gate=OK)))
    play.complete(GOOD)
    assert (play.refusal.reason, play.refusal.remedy.tool) == ("state", "workflow_next")
    assert "last" in play.refusal.message
    play.report(risky=False)
    play.complete(GOOD)
    assert play.state.status is Status.COMPLETED


def test_the_open_step_that_needs_a_person_is_named_by_its_key() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True)))
    play.complete()
    assert "the step one," in play.refusal.message


def test_a_loop_ahead_that_needs_a_person_is_named_and_one_that_will_not_run_is_not() -> None:
    body: list[Json] = [prompt("aaa", requireConfirmation=True)]
    ahead = loop("rep", times(1), body)
    play = Play(phased(phase(1, prompt("one"), ahead)))
    play.complete()
    assert "aaa" in play.refusal.message
    never = loop("rep", times(1), body, runCondition={"var": "on"})
    play = Play(phased(phase(1, prompt("one"), never)), {"on": False})
    play.complete()
    assert play.state.status is Status.COMPLETED


def test_an_open_loop_is_closed_with_its_phase() -> None:
    inner = loop("inner", times(2), [prompt("aaa"), prompt("bbb")])
    play = Play(flow(loop("outer", times(2), [inner]), prompt("end")))
    play.report()
    events = play.complete()
    assert [each.key for each in events if isinstance(each, LoopLeft)] == ["outer@0::inner", "outer"]
    assert isinstance(events[0], PhaseCompleted)
    assert (events[0].unreported, play.key, play.state.frames) == (("bbb",), "end", ())


def test_a_person_may_override_a_gate_that_allows_it_and_may_say_no() -> None:
    play = two(allowOverride=True)
    events = play.complete({"ok": 1}, approval=OVERRIDE)
    assert isinstance(events[0], PhaseCompleted)
    assert (events[0].approval, play.state.phase) == (OVERRIDE, 2)
    closed = two()
    closed.complete({"ok": 1}, approval=OVERRIDE)
    assert closed.refusal.reason == "permission"
    (declined,) = closed.complete(GOOD, approval=REJECT)
    assert isinstance(declined, ConfirmationDeclined)
    assert closed.state.phase == 1


def test_a_gate_refused_while_variables_are_awaited_leaves_them_awaited() -> None:
    play = Play(phased(phase(1, prompt("one", runCondition={"var": "on"}), gate=OK)))
    play.complete({})
    before = play.state.status
    play.complete(GOOD)
    assert (before, play.state.status) == (Status.WAITING, Status.COMPLETED)


def test_a_phase_number_the_workflow_does_not_have_is_named() -> None:
    play = two()
    with pytest.raises(ArgumentError) as caught:
        phase_of(play.workflow, 3)
    assert caught.value.details == "the workflow has the phases 1 to 2"


def test_too_much_evidence_is_no_attempt() -> None:
    play = two()
    play.complete({"text": "x" * (10 * 1024 * 1024)})
    assert "too large" in play.refusal.message
    assert play.state.phases[0].failures == 0
