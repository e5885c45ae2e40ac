"""Failures: what follows when a step cannot be done - it is tried again, passed over, given a value, or ends the run.

Above: onward and what it calls, failing. Below: storing, outcomes, flow_family.
First come the tries, then the steps of `then`, then the end the strategy names.
"""

from typing import Final

from engine import keys
from engine.definition import OnError, Strategy
from engine.errors import DomainError
from engine.expression import ExpressionError
from engine.sessions.draft import Draft
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.flow_family import SessionFailed, StateUpdated, StepFailed
from engine.sessions.model import Failure
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.outcomes import end_of, final, kind_of, on_error_of, outcome_of, pause_before
from engine.sessions.storing import store_result
from engine.template import UnresolvedError, resolved

__all__ = ["after_then", "end_of", "final", "note_failure", "pause_before"]

MAX_MESSAGE: Final = 2_000
"""Characters kept of the words of a failure."""
THEN: Final = "then"
"""What follows a failure where the document names steps for it."""


def note_failure(draft: Draft, key: str, on_error: OnError, fault: StepFault) -> None:
    """Decide what follows the failure of the step at `key` (as handed out); the walk goes on from there, if at all."""
    state = draft.state
    if state.status not in UNDER_WAY:
        return
    plain = keys.unmarked(key)
    attempt = state.tries.get(plain, 0) + 1
    counted = attempt - state.forgiven.get(plain, 0)
    message = _told(draft, key, on_error, counted, fault)
    if counted <= on_error.max_retries:
        at = draft.now + pause_before(on_error.backoff, state.session_id, plain, attempt)
        draft.add(StepFailed(key, attempt, fault.error_type, message, Strategy.RETRY.value, at))
        return
    end = end_of(on_error)
    draft.add(StepFailed(key, attempt, fault.error_type, message, THEN if on_error.then else end.value, None))
    if not on_error.then and end is not Strategy.CONTINUE:
        _end(draft, draft.state.failing[-1], on_error)


def after_then(draft: Draft, key: str) -> None:
    """End the failure of the step at `key` (without marks), whose `then` is done."""
    failure = next(each for each in reversed(draft.state.failing) if keys.unmarked(each.key) == key)
    _end(draft, failure, on_error_of(draft.workflow.places[keys.step_id(key)].step))


def _end(draft: Draft, failure: Failure, on_error: OnError) -> None:
    end = end_of(on_error)
    if end is Strategy.FALLBACK:
        _fall_back(draft, failure, on_error)
    elif end is Strategy.CONTINUE:
        draft.add(StateUpdated(failure.key, (), {}, settled=True))
    else:
        draft.add(SessionFailed(failure.key, failure.error_type, failure.message, failure.tries))


def _fall_back(draft: Draft, failure: Failure, on_error: OnError) -> None:
    """Take the document's value for the step's result; where that cannot be done, the run fails."""
    step = draft.workflow.places[keys.step_id(failure.key)].step
    try:
        value = None if on_error.fallback is None else resolved(on_error.fallback, draft.scope())
        store_result(draft, failure.key, outcome_of(step), value)
    except (StepFault, UnresolvedError, DomainError, ExpressionError) as error:
        reason = fault_of(error, "").message
        message = f"{failure.message}. Its fallbackValue cannot be used: {reason}"[:MAX_MESSAGE]
        draft.add(SessionFailed(failure.key, failure.error_type, message, failure.tries))
        return
    draft.add(StateUpdated(failure.key, (), {}, settled=True))


def _told(draft: Draft, key: str, on_error: OnError, counted: int, fault: StepFault) -> str:
    """Say where and what: workflow, step, kind, try, and the words of the fault."""
    step = draft.workflow.places[keys.step_id(key)].step
    tries = f" at try {counted} of {on_error.max_retries + 1}" if on_error.max_retries else ""
    where = f"Step {keys.unmarked(key)} ({kind_of(step)}) of workflow {draft.workflow.id} failed{tries}"
    return f"{where}: {fault.message}"[:MAX_MESSAGE]
