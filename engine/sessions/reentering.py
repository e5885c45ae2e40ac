"""Re-entering: a failed session goes on at the step that failed, inside the child or the tasks it failed in.

Above: change_decisions. Below: onward, task_leases, phase_decisions, firing (tells the runs around).
"""

from engine import keys
from engine.definition import ParallelStep
from engine.sessions.change_family import RetrySession, SessionRetried
from engine.sessions.draft import Draft
from engine.sessions.firing import tell
from engine.sessions.limits import too_long
from engine.sessions.model import Failure, NestedKind, State, Status
from engine.sessions.onward import redo
from engine.sessions.phase_decisions import Decided
from engine.sessions.phase_decisions import decide_retry as decide_phase_retry
from engine.sessions.phase_family import PhaseRetried, RetryPhase
from engine.sessions.refusals import refusal
from engine.sessions.task_leases import reopen
from engine.sessions.task_run import prefix_of


def decide_retry(draft: Draft, command: RetrySession) -> Decided:
    """Enter a failed session again; deadlines move by the time it had failed for, tries are counted anew."""
    state = draft.state
    if state.status is not Status.FAILED:
        message = f"Only a failed session can be retried; this one is {state.status.value.replace('_', ' ')}"
        return refusal(state, "state", message)
    refused = too_long(state, "reason", command.reason)
    if refused is not None:
        return refused
    if state.cause is None:
        return decide_phase_retry(draft, RetryPhase(state.phase, reset_evidence=False)) or draft.finish()
    failed_at = state.updated_at if state.completed_at is None else state.completed_at
    _reenter(draft, state.cause, command.reason, max(0.0, draft.now - failed_at))
    return draft.finish()


def _reenter(draft: Draft, cause: Failure, reason: str, moved: float) -> None:
    """Stand at the step that failed again, and begin it anew, or go on in the runs inside it."""
    run = _failed_child(draft.state, cause)
    draft.add(SessionRetried(cause.key, reason, moved, run))
    step = draft.workflow.places[keys.step_id(cause.key)].step
    if run:
        _reenter_child(draft.inner(run), reason)
        tell(draft, run)
    elif isinstance(step, ParallelStep) and prefix_of(cause.key) in draft.state.fans:
        reopen(draft)
    else:
        redo(draft, cause.error_type)


def _failed_child(state: State, cause: Failure) -> str:
    """Give the child workflow whose failure was the cause, and which can go on; "" where there is none."""
    plain = keys.unmarked(cause.key)
    for run, each in state.nested.items():
        if each.kind is NestedKind.CHILD and keys.unmarked(each.step) == plain and each.state.status is Status.FAILED:
            return run
    return ""


def _reenter_child(draft: Draft, reason: str) -> None:
    cause = draft.state.cause
    if cause is None:
        draft.add(PhaseRetried(draft.state.phase, reset_evidence=False))
    else:
        _reenter(draft, cause, reason, 0.0)
