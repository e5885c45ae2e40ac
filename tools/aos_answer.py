"""What the actions of aos_workflow share: what they work with, the form of a success, refusals of the engine.

Above: the aos modules. Below: engine.runner, engine.sessions.phase_view, tools.aos_errors.
"""

from typing import Final, NamedTuple

from engine.clock import Clock
from engine.library import Library
from engine.runner import Again, Declined, Outcome, Performed, Runner, Session
from engine.sessions import phase_view
from engine.sessions.decide import Refusal
from engine.sessions.model import State, Status
from schema.values import JsonObject
from tools.aos_arguments import Given
from tools.aos_errors import ActionError, call_text
from tools.contract import Done

BY: Final = "aos_workflow"
"""Who did it, in the log: the caller of this tool."""


class World(NamedTuple):
    """What actions work with."""

    runner: Runner
    library: Library
    clock: Clock


def success(given: Given, state: State, more: JsonObject) -> Done:
    """Give the answer of an action on a session; an imported session is called by the id it has here."""
    return Done({"status": "success", "action": given.action, "session_id": state.session_id, **more})


def where(session: Session) -> JsonObject:
    """Give the phase a session is in, and what is to be done there."""
    state, workflow = session.state, session.workflow
    shown: JsonObject = {
        "current_phase": state.phase,
        "total_phases": len(workflow.phases),
        "phase_content": phase_view.phase_content(workflow, state.phase),
    }
    if state.status is Status.COMPLETED:
        shown["workflow_complete"] = True
    return shown


def refuse_declined(outcome: Outcome) -> Performed:
    """Give what was performed; ActionError where the engine refused. No session command is ever a repetition."""
    match outcome:
        case Performed():
            return outcome
        case Declined(refusal=refusal):
            raise refused(refusal)
        case Again(session=session):
            return Performed(session, ())


def refused(refusal: Refusal) -> ActionError:
    """Say a refusal of the engine in this tool's form."""
    more: JsonObject = {}
    if refusal.valid_actions:
        more["valid_actions"] = list(refusal.valid_actions)
    remediation = call_text(refusal.remedy.tool, refusal.remedy.arguments)
    return ActionError(refusal.error_type, refusal.message, remediation, more)
