"""The state after going back: undone work is gone; what happened - errors, approvals, pauses, checkpoints - stays.

Above: restoring. Below: deadlines, task_run, model. Keys are marked anew, so that no late report counts. Limits have
as long to run as they had at the version gone back to; a wait for a point in time still waits for that.
"""

from typing import Final

from engine import keys
from engine.definition import Workflow
from engine.sessions.deadlines import moved
from engine.sessions.flow_family import RETRY
from engine.sessions.model import Attempt, PhaseState, PhaseStatus, State, Status, Waiting, WaitKind
from engine.sessions.nesting import workflow_of
from engine.sessions.records import with_row
from engine.sessions.session_family import resting_status
from engine.sessions.task_run import renewed
from engine.sessions.waits import wait_at

_ROLLED_BACK: Final = "rolled_back"


def restored_state(state: State, restored: State, workflow: Workflow, now: float) -> State:
    """Give the state after going back from `state` to what it was, `restored`; it is rebuilt for now."""
    rollbacks = state.rollbacks + 1
    stood_still = restored.status is Status.PAUSED and restored.pauses
    by = max(0.0, now - (restored.pauses[-1].at if stood_still else restored.updated_at))
    again = _standing(moved(renewed(restored, rollbacks), by)._replace(rollbacks=rollbacks), workflow, now, by)
    position = _marked(again.position, rollbacks)
    return _with_phase(state, again, now)._replace(
        status=resting_status(again),
        updated_at=now,
        position=position,
        waiting=None if again.waiting is None else again.waiting._replace(key=position),
        failures={},
        refused=None,
        errors=state.errors,
        error_count=state.error_count,
        pauses=state.pauses,
        paused_seconds=state.paused_seconds,
        rollbacks=rollbacks,
        code=None,
        approvals=state.approvals,
        checkpoints=state.checkpoints,
    )


def _marked(key: str, rollbacks: int) -> str:
    """Mark a key with rollbacks; its tries stay."""
    return f"{key.partition('~')[0]}~{rollbacks}" if key else key


def _standing(state: State, workflow: Workflow, now: float, by: float) -> State:
    """Give a run, and those inside it, as it rests now: waits counted in seconds are over later, commands are void.

    A step that was about to fail is tried again, at once and with all its tries before it.
    """
    nested = {
        run: each._replace(state=_standing(each.state, workflow_of(each, workflow), now, by))
        for run, each in state.nested.items()
    }
    failing = tuple(each._replace(key=_marked(each.key, state.rollbacks)) for each in state.failing)
    state = state._replace(effect=None, nested=nested or state.nested, failing=failing)
    waiting, step = state.waiting, wait_at(state, workflow)
    if waiting is None:
        return _tried_again(state, now)
    if waiting.until is not None and (waiting.what == RETRY or (step is not None and step.seconds is not None)):
        return state._replace(waiting=waiting._replace(until=waiting.until + by))
    return state


def _tried_again(state: State, now: float) -> State:
    """Rest where a step was about to fail, until it is tried again, which is now."""
    if not state.failing:
        return state
    key = state.failing[-1].key
    plain = keys.unmarked(key)
    return state._replace(
        status=Status.WAITING,
        position=key,
        frames=state.frames[: keys.depth(plain)],
        waiting=Waiting(WaitKind.TIMER, key, what=RETRY, until=now),
        failing=state.failing[:-1],
        forgiven={**state.forgiven, plain: state.tries.get(plain, 0)},
    )


def _with_phase(state: State, restored: State, now: float) -> State:
    """Open the phase gone back to again, as another attempt; rows of what is undone stay, marked so."""
    if not restored.phases or restored.phases[-1].status is not PhaseStatus.ACTIVE:
        last = restored.phases[-1].number + 1 if restored.phases else -1
        return restored._replace(history=tuple(_undone(row, last, state, now) for row in state.history))
    phase = restored.phases[-1]
    old = next((each for each in state.phases if each.number == phase.number), phase)
    history = tuple(_undone(row, phase.number, state, now) for row in state.history)
    attempt = 1 + max((row.attempt for row in history if row.phase == phase.number), default=old.attempt)
    row = Attempt(phase.number, attempt, now, state.paused_seconds, None, None, "active")
    phases = (*restored.phases[:-1], _again(phase, old, attempt))
    return restored._replace(phases=phases, history=with_row(history, row))


def _again(phase: PhaseState, old: PhaseState, attempt: int) -> PhaseState:
    """Open a phase again; its old evidence stays for reading."""
    return phase._replace(
        status=PhaseStatus.ACTIVE, attempt=attempt, failures=0, evidence=old.evidence, supplied=None, findings=()
    )


def _undone(row: Attempt, first: int, state: State, now: float) -> Attempt:
    """Give a row of the history after going back; rows of phases before `first` stand."""
    if row.phase < first:
        return row
    if row.completed_at is not None:
        return row._replace(status=_ROLLED_BACK)
    seconds = max(0.0, now - row.started_at - (state.paused_seconds - row.paused_before))
    return row._replace(status=_ROLLED_BACK, completed_at=now, active_seconds=seconds)
