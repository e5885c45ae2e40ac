"""Due: when something is to be done in a session that nobody reports.

Above: the runner (keeps it beside the log), firing. Below: model. A paused session has nothing due, nor has one that
rests for good; what runs inside a session counts as the session's own.
"""

from collections.abc import Iterator
from typing import Final

from engine.sessions.model import Nested, State, TaskStatus
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.task_joining import lease_points

HEAD_START_S: Final = 2.0
"""Seconds in which only the process that asked for a command takes it: its caller waits for the outcome."""
_NO_POINTS: Final = (None, None, None, None)


def due_at(state: State) -> float | None:
    """Give the earliest point in time (seconds since 1970) at which a timer or an effect is due; None = never.

    A command nobody has taken yet is due soon: whoever asked for it takes it at once, if he is still there.
    """
    return None if _is_plain(state) else min(_points(state), default=None)


def _is_plain(state: State) -> bool:
    """Tell whether a run has nothing that time could bring about, as most have: no need to look at each."""
    until = None if state.waiting is None else state.waiting.until
    points = (until, state.deadline, state.step_deadline, state.effect)
    return points == _NO_POINTS and not state.nested


def timer_at(state: State) -> float | None:
    """Give the earliest point in time at which a deadline, a wait or a try anew is due; leases and effects aside."""
    return None if _is_plain(state) else min(_timers(state), default=None)


def leased(state: State) -> Iterator[tuple[str, Nested]]:
    """Give the runs inside a run that are under way, by id."""
    return ((run, each) for run, each in state.nested.items() if each.status is TaskStatus.LEASED)


def _timers(state: State) -> Iterator[float]:
    if state.status not in UNDER_WAY:
        return
    until = None if state.waiting is None else state.waiting.until
    yield from (point for point in (state.deadline, state.step_deadline, until) if point is not None)
    for _, nested in leased(state):
        yield from _timers(nested.state)


def _points(state: State) -> Iterator[float]:
    if state.status not in UNDER_WAY:
        return
    effect = state.effect
    if effect is not None:
        yield state.updated_at + HEAD_START_S if effect.lease_until is None else effect.lease_until
    yield from _timers(state)
    yield from lease_points(state)
    for _, nested in leased(state):
        yield from _points(nested.state)
