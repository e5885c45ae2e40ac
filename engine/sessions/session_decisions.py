"""The rules of whole sessions: beginning, resting, going back, allowing a code.

Above: decide. Below: onward, position, limits, refusals.
"""

from typing import Final

from engine import keys
from engine.definition import PromptStep, Workflow
from engine.extent import check_context
from engine.sessions import onward
from engine.sessions.codes import LIFETIME
from engine.sessions.limits import MAX_ROLLBACKS, too_long
from engine.sessions.model import Attempt, PhaseState, PhaseStatus, State, Status
from engine.sessions.phase_decisions import Decided
from engine.sessions.position import needs_confirmation, open_gate, phase_of
from engine.sessions.records import with_row
from engine.sessions.refusals import Refusal, acting, refusal, resting
from engine.sessions.session_family import (
    CodeIssued,
    IssueCode,
    PauseSession,
    RollBack,
    RolledBack,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StartSession,
    resting_status,
)

MAX_CROSSED: Final = 10
"""Irreversible steps a refusal names."""


def decide_start(state: State | None, command: StartSession, workflow: Workflow) -> Decided:
    """Begin: hand out the first step, or complete at once where there is none. ArgumentError for too many variables."""
    if state is not None:
        return refusal(state, "state", f"The session {state.session_id} has begun already")
    check_context(command.variables)
    started = SessionStarted(
        session_id=command.session_id,
        workflow_id=workflow.id,
        workflow_version=command.workflow_version,
        document=command.document,
        target_file=command.target_file,
        workspace=command.workspace,
        options=command.options,
        variables=command.variables,
        imported_from=command.imported_from,
    )
    return (started, *onward.begin(workflow, command.variables).events)


def decide_pause(state: State, command: PauseSession) -> Decided:
    """Let an active session rest."""
    refused = resting(state) or too_long(state, "checkpoint_note", command.note)
    return refused if refused is not None else (SessionPaused(state.phase, command.note),)


def decide_resume(state: State) -> Decided:
    """Go on with a paused session."""
    if state.status is Status.PAUSED:
        return (SessionResumed(),)
    return refusal(state, "state", f"The session is not paused; it is {state.status.value.replace('_', ' ')}")


def decide_code(state: State, command: IssueCode, workflow: Workflow, now: float) -> Decided:
    """Allow one approval by code, where something at the position can be approved."""
    refused = resting(state)
    if refused is not None:
        return refused
    if not _is_approvable(state, workflow):
        return refusal(state, "state", "Nothing at the open position can be approved now")
    return (CodeIssued(state.position, state.opened_version, command.salt, command.hash, now + LIFETIME),)


def _is_approvable(state: State, workflow: Workflow) -> bool:
    """Tell whether a person's word is needed, or could override a refused gate."""
    if needs_confirmation(state, workflow):
        return True
    if state.refused is None:
        return False
    is_of_phase = keys.is_gate(state.refused.key)
    gate = phase_of(workflow, state.phase).gate if is_of_phase else open_gate(state, workflow)
    return gate is not None and gate.allow_override


def decide_roll_back(state: State, command: RollBack, workflow: Workflow, now: float) -> Decided:
    """Go back to where a reached phase began."""
    refused = _no_way_back(state, command)
    restored = command.restored
    if refused is not None:
        return refused
    if restored is None:
        raise LookupError(command.to_phase)
    crossed = _crossed(state, restored, workflow)
    if crossed and not command.reason.strip():
        named = ", ".join(crossed[:MAX_CROSSED])
        message = f"Rolling back crosses steps that cannot be undone: {named}. Say why in reason"
        again = acting(state, "rollback", to_phase=command.to_phase, reason="<why it is right to go back>")
        return refusal(state, "argument", message, again)
    event = RolledBack(
        to_version=command.to_version,
        to_phase=command.to_phase,
        restored=_restored(state, restored, command.to_phase, now),
        cleared=tuple(each.number for each in state.phases if each.number > command.to_phase),
        crossed=crossed,
        reason=command.reason,
    )
    return (event,)


def _no_way_back(state: State, command: RollBack) -> Refusal | None:
    refused = None if state.status in (Status.FAILED, Status.COMPLETED) else resting(state)
    refused = refused or too_long(state, "reason", command.reason)
    if refused is not None:
        return refused
    reached = [each.number for each in state.phases]
    if command.to_phase not in reached:
        shown = ", ".join(map(str, reached[:MAX_CROSSED])) + (
            f" ... {reached[-1]}" if len(reached) > MAX_CROSSED else ""
        )
        message = f"to_phase {command.to_phase} was not reached; it may be one of: {shown or 'none'}"
        return refusal(state, "argument", message, acting(state, "get_state"))
    if state.rollbacks >= MAX_ROLLBACKS:
        return refusal(
            state, "state", f"The session was rolled back {MAX_ROLLBACKS} times; that is all that is allowed"
        )
    return None


def _crossed(state: State, restored: State, workflow: Workflow) -> tuple[str, ...]:
    """Name the reported steps marked irreversible whose work is undone."""
    undone = [key for key in state.reports if key not in restored.reports and not keys.is_gate(key)]
    return tuple(key for key in undone if _is_irreversible(key, workflow))


def _is_irreversible(key: str, workflow: Workflow) -> bool:
    step = workflow.places[keys.unmarked(key).rpartition("::")[2]].step
    return isinstance(step, PromptStep) and step.irreversible


def _restored(state: State, restored: State, to_phase: int, now: float) -> State:
    """Give the state after going back: undone work is gone; what happened - errors, approvals, pauses, rows - stays."""
    rollbacks = state.rollbacks + 1
    position = keys.marked(keys.unmarked(restored.position), rollbacks)
    old = next(each for each in state.phases if each.number == to_phase)
    history = tuple(_undone(row, to_phase, state, now) for row in state.history)
    attempt = 1 + max((row.attempt for row in history if row.phase == to_phase), default=old.attempt)
    row = Attempt(to_phase, attempt, now, state.paused_seconds, None, None, "active")
    return restored._replace(
        status=resting_status(restored),
        updated_at=now,
        position=position,
        waiting=None if restored.waiting is None else restored.waiting._replace(key=position),
        phases=(*restored.phases[:-1], _again(restored.phases[-1], old, attempt)),
        history=with_row(history, row),
        failures={},
        refused=None,
        errors=state.errors,
        error_count=state.error_count,
        pauses=state.pauses,
        paused_seconds=state.paused_seconds,
        rollbacks=rollbacks,
        code=None,
        approvals=state.approvals,
    )


def _again(phase: PhaseState, old: PhaseState, attempt: int) -> PhaseState:
    """Open a phase again; its old evidence stays for reading."""
    return phase._replace(
        status=PhaseStatus.ACTIVE, attempt=attempt, failures=0, evidence=old.evidence, supplied=None, findings=()
    )


def _undone(row: Attempt, to_phase: int, state: State, now: float) -> Attempt:
    if row.phase < to_phase:
        return row
    if row.completed_at is not None:
        return row._replace(status="rolled_back")
    seconds = max(0.0, now - row.started_at - (state.paused_seconds - row.paused_before))
    return row._replace(status="rolled_back", completed_at=now, active_seconds=seconds)
