"""After something happened in a task: it ends, its lease is longer, the next one begins, the step is joined.

Above: decide (reports), firing (timers). Below: onward, task_handout.
"""

from engine.sessions.draft import Draft
from engine.sessions.model import FINISHED, NestedKind, Status, TaskStatus
from engine.sessions.onward import go_on
from engine.sessions.task_family import LeaseExtended
from engine.sessions.task_handout import carry_on, parallel_at, settle
from engine.sessions.task_joining import lease_seconds


def task_changed(draft: Draft, run: str, *, reported: bool = False) -> None:
    """Decide what follows in the run around a nested run in which something happened; nothing for a child.

    `reported`: whoever has the task was heard of, so its lease begins anew.
    """
    nested = draft.state.nested.get(run)
    if nested is None or nested.kind is not NestedKind.TASK or nested.status is not TaskStatus.LEASED:
        return
    parallel = parallel_at(draft.state, draft.workflow)
    if nested.state.status in FINISHED:
        settle(draft, parallel, run)
        carry_on(draft, go_on)
        walk_on(draft)
    elif reported or (nested.lease_until or 0.0) <= draft.now:
        draft.add(LeaseExtended(run, draft.now + lease_seconds(parallel.step, None)))


def walk_on(draft: Draft) -> None:
    """Go on behind the parallel step, where it is done or its failure is noted."""
    if draft.state.status is Status.RUNNING and draft.state.waiting is None:
        go_on(draft)
