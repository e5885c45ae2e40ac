"""Due: when something is to be done in a session that nobody reports.

Above: the runner (keeps it beside the log), firing. Below: model. A paused session has nothing due, nor has one that
rests for good; what runs inside a session counts as the session's own.
"""

from collections.abc import Iterator

from engine.sessions.model import State, Status, TaskStatus

ACTIVE = frozenset((Status.RUNNING, Status.WAITING))
"""Statuses in which time is looked at."""


def due_at(state: State) -> float | None:
    """Give the earliest point in time (seconds since 1970) at which a timer or an effect is due; None = never.

    A command nobody has taken yet is due at once.
    """
    return min(_points(state), default=None)


def _points(state: State) -> Iterator[float]:
    if state.status not in ACTIVE:
        return
    waiting, effect = state.waiting, state.effect
    until = None if waiting is None else waiting.until
    yield from (point for point in (state.deadline, state.step_deadline, until) if point is not None)
    if effect is not None:
        yield state.updated_at if effect.lease_until is None else effect.lease_until
    for nested in state.nested.values():
        if nested.lease_until is not None:
            yield nested.lease_until
        if nested.status is TaskStatus.LEASED:
            yield from _points(nested.state)
