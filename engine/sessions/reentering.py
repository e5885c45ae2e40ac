"""Re-entering: a failed session goes on at the step that failed, inside the child or the tasks it failed in.

Above: change_decisions. Below: onward, task_leases, phase_decisions, firing (tells the runs around).
"""

from engine import keys
from engine.definition import IfStep, LoopStep, ParallelStep, Place, Step
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
    draft.add(SessionRetried(cause.key, reason, moved, run, _anew(draft, cause)))
    step = draft.workflow.places[keys.step_id(cause.key)].step
    if run:
        _reenter_child(draft.inner(run), reason)
        tell(draft, run)
    elif isinstance(step, ParallelStep) and prefix_of(cause.key) in draft.state.fans:
        reopen(draft)
    else:
        redo(draft, cause.error_type)


def _anew(draft: Draft, cause: Failure) -> tuple[str, ...]:
    """Give what was done of the failed step's `onError.then`, by key without marks."""
    plain, places = keys.unmarked(cause.key), draft.workflow.places
    step, frames = places[keys.step_id(plain)].step, _frames(plain)
    done = {keys.unmarked(key) for key in draft.state.reports if not keys.run_of(key)[0]}
    inside = (key for key in done if _frames(key)[: len(frames)] == frames)
    return tuple(sorted(key for key in inside if _is_in(places.get(keys.step_id(key)), step)))


def _frames(key: str) -> list[str]:
    frames = key.rpartition("::")[0]
    return frames.split("/") if frames else []


def _is_in(place: Place | None, step: Step) -> bool:
    """Tell whether a place lies in the `onError.then` of a step."""
    owns = place is not None and any(level.owner is step for level in place.levels)
    return owns and not isinstance(step, LoopStep | IfStep)


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
