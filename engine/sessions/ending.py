"""How a run ends before its last step: what is open in it is closed, what runs inside it is cancelled.

Above: the families' evolve functions. Below: records, model. No rules here.
"""

from engine.sessions import records
from engine.sessions.model import Nested, PhaseStatus, State, Status, TaskStatus

OPEN = frozenset((TaskStatus.PENDING, TaskStatus.LEASED))
"""Statuses of nested runs that are under way."""


def ended(state: State, status: Status, at: float) -> State:
    """Give the state of a run that failed, ran out of time or was cancelled."""
    phases = state.phases
    if phases and phases[-1].status is PhaseStatus.ACTIVE:
        phases = records.with_last(phases, phases[-1]._replace(status=PhaseStatus.FAILED))
    return state._replace(
        status=status,
        completed_at=at,
        waiting=None,
        code=None,
        effect=None,
        step_deadline=None,
        phases=phases,
        history=records.closed(state, "failed", at),
        nested={run: cancelled(each) for run, each in state.nested.items()},
    )


def cancelled(nested: Nested) -> Nested:
    """Cancel a nested run that is under way; what it had done stays."""
    if nested.status not in OPEN:
        return nested
    return nested._replace(status=TaskStatus.CANCELLED, lease_until=None)
