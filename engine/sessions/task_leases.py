"""Tasks that come back: those nobody reported within their lease, and those of a step that failed and is retried.

Above: firing (timers), change_decisions (retry). Below: task_ending, task_handout.
"""

from engine.sessions.draft import Draft
from engine.sessions.model import TaskStatus, WaitKind
from engine.sessions.onward import go_on, redo
from engine.sessions.task_ending import walk_on
from engine.sessions.task_family import TaskReturned, TasksReopened
from engine.sessions.task_handout import carry_on
from engine.sessions.task_joining import lease_due
from engine.sessions.task_run import prefix_of


def return_overdue(draft: Draft) -> None:
    """Take back what was not reported in time, and hand out what may be handed out now; nothing at other steps."""
    state = draft.state
    if state.waiting is None or state.waiting.kind is not WaitKind.TASKS:
        return
    prefix = prefix_of(state.position)
    due = {run: each for run, each in state.nested.items() if run.startswith(prefix) and _is_due(draft, run)}
    for run, nested in due.items():
        if nested.status is TaskStatus.LEASED:
            draft.add(TaskReturned(run))
    if due:
        carry_on(draft, go_on)
        walk_on(draft)


def _is_due(draft: Draft, run: str) -> bool:
    at = lease_due(draft.state.nested[run])
    return at is not None and at <= draft.now


def reopen(draft: Draft) -> None:
    """Try what failed or was cancelled of the parallel step at the position once more; the rest keeps its results.

    Where its results are gone, as the run was to go on without it, all its tasks begin anew.
    """
    if not draft.state.fans[prefix_of(draft.state.position)].states:
        redo(draft)
        return
    draft.add(TasksReopened(draft.state.position))
    carry_on(draft, go_on)
    walk_on(draft)
