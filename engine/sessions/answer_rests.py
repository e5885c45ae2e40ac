"""What an answer says where nothing is to be reported: a session that rests for good, or the server at work.

Above: answer. Below: model. Always says what would change it.
"""

from typing import Final

from engine import keys
from engine.definition import Workflow
from engine.sessions.audit import iso
from engine.sessions.model import State, Status, Waiting
from schema.values import Json, JsonObject

TRIED_AGAIN: Final = "retry"
"""What a session waits for (Waiting.what) whose step failed and is tried again at a time."""


def at_rest(state: State, workflow: Workflow) -> str:
    """Say why there is nothing to do now, and what would change that."""
    texts = _RESTS if workflow.automation is None else {**_RESTS, **_AUTOMATED}
    return texts[state.status].format(name=workflow.name, session=state.session_id, phase=state.phase)


def awaiting(state: State) -> JsonObject:
    """Give the guidance of a session that waits for variables."""
    gaps = state.waiting.gaps if state.waiting is not None else ()
    missing: list[Json] = []
    for gap in gaps:
        shown: JsonObject = {"variable": gap.variable}
        if gap.values:
            shown["values"] = list(gap.values)
        missing.append(shown)
    names = ", ".join(gap.variable for gap in gaps)
    return {"prompt": _AWAITING.format(names=names), "missing": missing}


def resting(waiting: Waiting) -> JsonObject:
    """Give what is shown while the server itself has something to do, or a failed step waits to be tried again."""
    step = keys.step_id(waiting.key)
    told = _COMMAND.format(step=step) if waiting.until is None else _RETRY.format(step=step, until=iso(waiting.until))
    return {"step": None, "guidance": {"prompt": told}}


_AWAITING: Final = (
    "No step can be chosen before these variables are known: {names}. Report this stepKey and send them in context."
)
_RETRY: Final = (
    "The step {step} failed and is tried again at {until}. Nothing is to be reported until then; read the session "
    "again, with its sessionId alone."
)
_COMMAND: Final = (
    "The server runs the command of step {step}. Read the session again in a moment, with its sessionId alone."
)
_RESTS: Final = {
    Status.COMPLETED: "The workflow {name!r} is complete: nothing is left to do.",
    Status.PAUSED: "This session is paused; aos_workflow resume with session_id {session} goes on with it.",
    Status.FAILED: "This session has failed; aos_workflow retry_phase with session_id {session} and phase {phase} "
    "tries the phase again.",
    Status.CANCELLED: "This session was cancelled; begin a new one.",
    Status.TIMED_OUT: "This session ran out of time; begin a new one.",
}
_AUTOMATED: Final = {
    Status.PAUSED: "This session is paused; workflow_session resume with sessionId {session} goes on with it.",
    Status.FAILED: "This session has failed, error says why; workflow_session retry with sessionId {session} enters it "
    "again at the step that failed.",
}
