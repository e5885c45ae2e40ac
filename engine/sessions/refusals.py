"""Refusals: what makes no sense now, each with a call that works when made next.

Above: the decisions make them, the tools render them. Below: position, model. A refusal records nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.sessions.effect_model import NO_COMMANDS, CommandRules
from engine.sessions.flow_family import RETRY
from engine.sessions.model import FINISHED, State, Status, WaitKind
from engine.sessions.position import valid_actions
from schema.values import JsonObject

NOT_REPORTED: Final[Mapping[WaitKind, str]] = MappingProxyType(
    {
        WaitKind.TASKS: "its tasks are",
        WaitKind.CHILD: "the steps of the workflow it has entered are",
        WaitKind.COMMAND: "the server runs its command",
    }
)
"""What a run rests for at a step that is not reported itself, and what happens instead."""
MAX_CAUSE: Final = 400
"""Characters a refusal repeats of why a session failed."""


class Policy(NamedTuple):
    """The operator's rules: lenient gates decide as strict ones; approvals need a one-time code.

    `serial`: tasks of parallel steps are handed out one after another. `commands`: which steps may run programs.
    """

    strict_gates: bool
    verified: bool
    serial: bool = False
    commands: CommandRules = NO_COMMANDS


class Remedy(NamedTuple):
    """A call that works when made next: the tool's name and its arguments."""

    tool: str
    arguments: JsonObject


class Refusal(NamedTuple):
    """A command that makes no sense now; nothing was recorded.

    `reason`: not_open, conflict, paused, finished, limit, argument, permission or state; `error_type`: ValidationError,
    StateError or PermissionError. `message` has no full stop. `open`: the stepKeys that may be reported.
    """

    reason: str
    error_type: str
    message: str
    remedy: Remedy
    valid_actions: tuple[str, ...]
    open: tuple[str, ...]


class Repeated(NamedTuple):
    """The same report again: the answer is rendered from the state at that version of the log."""

    version: int


def refusal(state: State, reason: str, message: str, remedy: Remedy | None = None) -> Refusal:
    """Make a refusal; without another remedy the session is to be read."""
    kind = _ERROR_TYPES.get(reason, "StateError")
    opened = (state.position,) if is_reportable(state) else ()
    return Refusal(reason, kind, message, remedy or reading(state), valid_actions(state), opened)


def is_reportable(state: State) -> bool:
    """Tell whether a run rests at something that is reported by its own key, and not by others or by the server."""
    waiting = state.waiting
    if not state.position or state.status not in (Status.RUNNING, Status.WAITING):
        return False
    return waiting is None or (waiting.kind not in NOT_REPORTED and waiting.what != RETRY)


_ERROR_TYPES = {"argument": "ValidationError", "permission": "PermissionError"}


def reading(state: State) -> Remedy:
    """Read where a session stands."""
    return Remedy("workflow_next", {"sessionId": state.session_id})


def acting(state: State, action: str, **arguments: str | int) -> Remedy:
    """Call an action of aos_workflow on the session."""
    return Remedy("aos_workflow", {"action": action, "session_id": state.session_id, **arguments})


def resting(state: State) -> Refusal | None:
    """Refuse what only an active session takes; None where the session is active."""
    if state.status is Status.PAUSED:
        return refusal(state, "paused", "The session is paused", acting(state, "resume"))
    if state.status is Status.FAILED and state.cause is not None:
        again = Remedy("workflow_session", {"action": "retry", "sessionId": state.session_id})
        return refusal(state, "finished", f"The session has failed: {state.cause.message[:MAX_CAUSE]}", again)
    if state.status is Status.FAILED:
        message = "The session has failed: all attempts at its gate are used up"
        return refusal(state, "finished", message, acting(state, "retry_phase", phase=state.phase))
    if state.status in FINISHED:
        return refusal(state, "finished", f"The session is {state.status.value.replace('_', ' ')}")
    return None
