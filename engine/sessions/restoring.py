"""Going back: to where a phase began, or to any version of the log. What was done since is undone, and never forgotten.

Above: decide. Below: restored_state, onward (goes on from there), firing, refusals.
"""

from typing import Final

from engine.sessions.draft import Draft
from engine.sessions.due import leased
from engine.sessions.firing import fire_first, leased_runs, tell
from engine.sessions.limits import MAX_ROLLBACKS, too_long
from engine.sessions.model import FINISHED, State, Status, WaitKind
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.onward import go_on, redo
from engine.sessions.phase_decisions import Decided
from engine.sessions.refusals import Refusal, Remedy, acting, refusal, resting
from engine.sessions.restored_state import restored_state
from engine.sessions.session_family import RollBack, RolledBack
from engine.sessions.step_lookup import is_irreversible
from engine.sessions.task_handout import carry_on
from engine.sessions.task_run import reports_of

MAX_CROSSED: Final = 10
"""Irreversible steps, or labels, that a refusal names."""
MAX_UNDONE: Final = 1_000
"""Undone steps an event names, the latest."""


def version_of(state: State, label: str) -> int | None:
    """Give the version of the log a checkpoint stands for; None where there is none of that label."""
    return next((each.version for each in reversed(state.checkpoints) if each.label == label), None)


def is_at_rest(state: State) -> bool:
    """Tell whether a decision ended here: every run that is under way rests for something, and no other is left."""
    if state.status is Status.RUNNING and state.waiting is None:
        return False
    if state.status not in UNDER_WAY:
        return True
    return all(each.state.status in UNDER_WAY and is_at_rest(each.state) for _, each in leased(state))


def decide_restore(draft: Draft, command: RollBack) -> Decided:
    """Go back, and from there on: to the step that was open then, or to what follows where none was."""
    state, restored = draft.state, command.restored
    refused = _no_way_back(state, command)
    if refused is not None:
        return refused
    if restored is None:
        raise LookupError(command.to_phase)
    kept = reports_of(restored)
    undone = tuple(key for key in reports_of(state) if key not in kept)
    crossed = tuple(key for key in undone if is_irreversible(key, draft.workflow))
    if crossed and not command.reason.strip():
        return _unsaid(state, command, crossed)
    to_phase = restored.phase if command.to_phase is None else command.to_phase
    event = RolledBack(
        to_version=command.to_version,
        to_phase=to_phase,
        restored=restored_state(state, restored, draft.workflow, draft.now),
        cleared=tuple(each.number for each in state.phases if each.number > to_phase),
        crossed=crossed,
        reason=command.reason,
        undone=undone[-MAX_UNDONE:],
        label=command.label,
    )
    draft.add(event)
    _go_on_everywhere(draft)
    fire_first(draft)
    return draft.finish()


def _go_on_everywhere(draft: Draft) -> None:
    """Go on where a run did not rest; what was asked of a process is asked again."""
    waiting = draft.state.waiting
    if waiting is None:
        go_on(draft)
    elif waiting.kind is WaitKind.COMMAND:
        redo(draft)
    for run in leased_runs(draft):
        inner = draft.inner(run)
        before = inner.state.version
        if inner.state.status in UNDER_WAY:
            _go_on_everywhere(inner)
        if inner.state.version != before or inner.state.status not in UNDER_WAY:
            tell(draft, run)
    if draft.state.waiting is not None and draft.state.waiting.kind is WaitKind.TASKS:
        carry_on(draft, go_on)
        go_on(draft)


def _unsaid(state: State, command: RollBack, crossed: tuple[str, ...]) -> Refusal:
    named = ", ".join(crossed[:MAX_CROSSED])
    message = f"Rolling back crosses steps that cannot be undone: {named}. Say why in reason"
    why = "<why it is right to go back>"
    if command.to_phase is not None:
        return refusal(state, "argument", message, acting(state, "rollback", to_phase=command.to_phase, reason=why))
    return refusal(state, "argument", message, _restoring(state, command.to_version, why))


def _restoring(state: State, version: int, reason: str) -> Remedy:
    arguments = {"action": "restore", "sessionId": state.session_id, "reason": reason}
    return Remedy("workflow_session", {**arguments, "toVersion": version})


def _no_way_back(state: State, command: RollBack) -> Refusal | None:
    refused = None if state.status in (Status.FAILED, Status.COMPLETED) else resting(state)
    refused = refused or too_long(state, "reason", command.reason)
    if refused is None:
        refused = _no_version(state, command) if command.to_phase is None else _no_phase(state, command.to_phase)
    if refused is not None:
        return refused
    if state.rollbacks >= MAX_ROLLBACKS:
        return refusal(
            state, "state", f"The session was rolled back {MAX_ROLLBACKS} times; that is all that is allowed"
        )
    return None


def _no_phase(state: State, to_phase: int) -> Refusal | None:
    reached = [each.number for each in state.phases]
    if to_phase in reached:
        return None
    shown = ", ".join(map(str, reached[:MAX_CROSSED])) + (f" ... {reached[-1]}" if len(reached) > MAX_CROSSED else "")
    message = f"to_phase {to_phase} was not reached; it may be one of: {shown or 'none'}"
    return refusal(state, "argument", message, acting(state, "get_state"))


def _no_version(state: State, command: RollBack) -> Refusal | None:
    if command.restored is None:
        labels = ", ".join(each.label for each in state.checkpoints[-MAX_CROSSED:])
        message = f"There is no such place: checkpoints are {labels or 'none'}, versions 1 to {state.version - 1}"
        return refusal(state, "argument", message, _restoring(state, max(1, state.version - 1), ""))
    if command.restored.status in FINISHED:
        status = command.restored.status.value.replace("_", " ")
        message = f"At version {command.to_version} the session was {status}; choose an earlier version"
        return refusal(state, "argument", message, _restoring(state, max(1, command.to_version - 1), ""))
    return None
