import pytest

from engine.sessions.due import HEAD_START_S, due_at, timer_at
from engine.sessions.model import Effect, State, Status, TaskStatus, Waiting, WaitKind
from tests.unit.engine.sessions.resting import BEGAN, rests, task


def effect(lease_until: float | None) -> Effect:
    return Effect("e1", "run", 1, ("ls",), "", ".", {}, 60.0, "text", repeatable=False, lease_until=lease_until)


def waits(until: float | None) -> Waiting:
    return Waiting(WaitKind.TIMER, "ask", until=until)


@pytest.mark.parametrize(
    ("state", "due", "timer"),
    [
        (rests(), None, None),
        (rests(deadline=90.0, step_deadline=80.0), 80.0, 80.0),
        (rests(waiting=waits(70.0), status=Status.WAITING), 70.0, 70.0),
        (rests(waiting=None), None, None),
        (rests(effect=effect(None)), BEGAN + HEAD_START_S, None),
        (rests(effect=effect(60.0), deadline=70.0), 60.0, 70.0),
        (rests(deadline=90.0, status=Status.PAUSED), None, None),
        (rests(deadline=90.0, status=Status.FAILED), None, None),
    ],
)
def test_what_is_due_first_counts_and_only_while_a_session_is_active(
    state: State, due: float | None, timer: float | None
) -> None:
    assert (due_at(state), timer_at(state)) == (due, timer)


def test_what_runs_inside_a_session_counts_as_its_own() -> None:
    inner = rests(deadline=50.0, waiting=waits(40.0))
    state = rests(deadline=90.0, nested={"all#0": task("all#0", inner)})
    assert (due_at(state), timer_at(state)) == (40.0, 40.0)


def test_a_task_in_the_pool_has_no_timers_but_may_be_handed_out_again_at_a_time() -> None:
    pooled = task("all#0", rests(deadline=50.0), status=TaskStatus.PENDING, lease_until=60.0)
    state = rests(nested={"all#0": pooled})
    assert (due_at(state), timer_at(state)) == (60.0, None)


def test_the_lease_of_a_task_is_due() -> None:
    state = rests(nested={"all#0": task("all#0", rests(), lease_until=55.0)})
    assert (due_at(state), timer_at(state)) == (55.0, None)


def test_a_paused_run_inside_has_nothing_due() -> None:
    state = rests(nested={"all#0": task("all#0", rests(deadline=5.0, status=Status.COMPLETED))})
    assert due_at(state) is None
