"""Failing: a step that was open cannot be done. What follows is decided, and the run goes on where it does.

Above: the decisions on reports, effects, tasks and timers; the views (failure_shown). Below: failures, onward.
"""

from typing import Final

from engine.definition import OnError
from engine.sessions.draft import Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault
from engine.sessions.model import State, Status
from engine.sessions.onward import go_on
from schema.values import JsonObject


def fail_step(draft: Draft, key: str, on_error: OnError, fault: StepFault) -> None:
    """Decide what follows the failure of the step at `key` (as handed out), and go on where the run does."""
    note_failure(draft, key, on_error, fault)
    go_on(draft)


def failure_shown(state: State) -> JsonObject | None:
    """Give why a run failed or ran out of time, and what to do next; None where no step is the cause.

    {type, stepKey, workflowId, message, remediation}
    """
    cause = state.cause
    if cause is None or state.status not in (Status.FAILED, Status.TIMED_OUT):
        return None
    advice = _MEND if state.status is Status.FAILED else _OVER
    return {
        "type": cause.error_type,
        "stepKey": cause.key,
        "workflowId": state.workflow_id,
        "message": cause.message,
        "remediation": advice.format(session=state.session_id),
    }


_MEND: Final = (
    "Mend what the message names (workflow_session with action update changes the state), then call workflow_session "
    "with action retry and sessionId {session}"
)
_OVER: Final = "Begin a new session of the workflow; one that has run out of time ({session}) does not go on"
