"""What the actions of aos_workflow share: what they work with, the form of a success, refusals of the engine.

Above: the aos modules. Below: engine.runner, engine.sessions.phase_view, tools.aos_errors.
"""

from typing import Final, NamedTuple

from engine.clock import Clock
from engine.library import Library
from engine.runner import Declined, Outcome, Performed, Runner, Session
from engine.sessions import phase_view
from engine.sessions.model import State, Status
from engine.sessions.refusals import Refusal
from schema.values import Json, JsonObject
from tools.aos_arguments import Given
from tools.aos_errors import ActionError, call, call_text
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
    waiting = phase_view.waiting_for(state)
    if waiting is not None:
        shown["waiting_for"] = {**waiting, "read_with": call_text("workflow_next", {"sessionId": state.session_id})}
    return shown


def problems_of(state: State, phase: int | None = None) -> list[Json]:
    """Give what went wrong, of one phase where a number is given, each with the call to make next."""
    way_on = call("get_phase", session_id=state.session_id)
    if state.status is Status.FAILED:
        way_on = call("retry_phase", session_id=state.session_id, phase=state.phase)
    found = phase_view.problems(state, phase)
    return [{**each, "remediation": f"{each['remediation']}: {way_on}"} for each in found if isinstance(each, dict)]


def refuse_declined(outcome: Outcome) -> Performed:
    """Give what was performed; ActionError where the engine refused. No session command is ever a repetition."""
    if isinstance(outcome, Declined):
        raise refused(outcome.refusal)
    return outcome if isinstance(outcome, Performed) else Performed(outcome.session, ())


def refused(refusal: Refusal, *, by_steps: bool = False) -> ActionError:
    """Say a refusal of the engine in this tool's form; `by_steps`: what works next is workflow_next, and nothing else.

    Callers of this tool read a session with get_phase, wherever that will do.
    """
    more: JsonObject = {"valid_actions": list(refusal.valid_actions)}
    remedy = refusal.remedy
    remediation = call_text(remedy.tool, remedy.arguments)
    if remedy.arguments.keys() == {"sessionId"} and not by_steps:
        remediation = call("get_phase", session_id=remedy.arguments["sessionId"])
    return ActionError(refusal.error_type, refusal.message, remediation, more)
