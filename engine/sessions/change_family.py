"""The session family, second part: what somebody changes from outside - workflow_session, timers.

Above: evolve names one function per case here; change_decisions holds the rules. Below: ending, records, model.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.sessions import records
from engine.sessions.deadlines import moved
from engine.sessions.ending import ended
from engine.sessions.model import (
    Attempt,
    Checkpoint,
    PhaseStatus,
    Reported,
    State,
    Status,
    TaskStatus,
    Waiting,
    WaitKind,
)
from engine.updates import Update
from schema.values import Json

MAX_CHECKPOINTS: Final = 1_000
"""Checkpoints kept in a session, newest last; the log has them all."""


class UpdateState(NamedTuple):
    """Change the state of the main run; `expected_version` None: whatever the log's version is."""

    updates: tuple[Update, ...]
    expected_version: int | None


class SendSignal(NamedTuple):
    """Send a signal to whoever waits for it."""

    name: str
    payload: Json


class SkipStep(NamedTuple):
    """Pass over the open step, which its document marks skippable."""

    key: str
    reason: str


class MakeCheckpoint(NamedTuple):
    """Name the place the session is at."""

    label: str


class CancelSession(NamedTuple):
    """End the session."""

    reason: str


class RetrySession(NamedTuple):
    """Enter a failed session again at the step that failed."""

    reason: str


class FireTimers(NamedTuple):
    """Do what is due by now."""


class SignalReceived(NamedTuple):
    """A signal came for the wait at `key`, which it ends."""

    name: str
    payload: Json
    key: str


class StepSkipped(NamedTuple):
    """The step was passed over; `completes` the phase that is complete by that, where no gate decides."""

    key: str
    reason: str
    completes: int | None


class CheckpointMade(NamedTuple):
    """The place has a name; `version` is that of the log before this event."""

    label: str
    version: int


class SessionCancelled(NamedTuple):
    """The session was ended from outside."""

    reason: str


class SessionRetried(NamedTuple):
    """A failed run goes on at the step that failed; its deadlines are `moved` by so many seconds.

    `key`: of the step as it was when it failed; it is handed out under a new one. `run`: the child workflow in it that
    goes on, "" where there is none. `anew`: what was done of its `onError.then`, by key without marks: where that is
    done once more, it is under new keys too.
    """

    key: str
    reason: str
    moved: float
    run: str = ""
    anew: tuple[str, ...] = ()


ChangeCommand = UpdateState | SendSignal | SkipStep | MakeCheckpoint | CancelSession | RetrySession | FireTimers
ChangeEvent = SignalReceived | StepSkipped | CheckpointMade | SessionCancelled | SessionRetried


def evolve_signal(state: State, _event: SignalReceived, _at: float) -> State:
    """Change nothing by itself, the end of the wait does; what was shown before was told where the run rested."""
    return state._replace(messages=())


def evolve_skipped(state: State, event: StepSkipped, at: float) -> State:
    """Stand behind the step; nobody reports it any more."""
    noted = Reported("-", state.version, at, f"skipped: {event.reason}"[: records.MAX_LINE])
    state = state._replace(
        position=event.key,
        status=Status.RUNNING,
        waiting=None,
        step_deadline=None,
        refused=None,
        confirm=None,
        code=None,
        reports={**state.reports, event.key: noted},
        messages=(),
        warnings=(),
    )
    return state if event.completes is None else records.completed(state, {}, (), (), at)


def evolve_checkpoint(state: State, event: CheckpointMade, at: float) -> State:
    """Keep the name; one of the same name before it is forgotten."""
    others = tuple(each for each in state.checkpoints if each.label != event.label)
    made = Checkpoint(event.label, event.version, at)
    return state._replace(checkpoints=(*others[-(MAX_CHECKPOINTS - 1) :], made))


def evolve_cancelled(state: State, _event: SessionCancelled, at: float) -> State:
    """End for good."""
    return ended(state, Status.CANCELLED, at)


def evolve_retried(state: State, event: SessionRetried, at: float) -> State:
    """Stand at the step that failed, with all its tries before it; what led to it stays as it was."""
    plain = keys.unmarked(event.key)
    made = {plain: state.tries.get(plain, 0), **{each: state.tries.get(each, 0) + 1 for each in event.anew}}
    state = _with_child(moved(_open_phase(state, at), event.moved), event)
    return state._replace(
        status=Status.RUNNING,
        completed_at=None,
        position=event.key,
        waiting=Waiting(WaitKind.CHILD, event.key) if event.run else None,
        cause=None,
        failing=tuple(each for each in state.failing if keys.unmarked(each.key) != plain),
        tries={**state.tries, **made} if event.anew else state.tries,
        forgiven={**state.forgiven, **made},
        messages=(),
        warnings=(),
    )


def _with_child(state: State, event: SessionRetried) -> State:
    """Put the child that goes on back under way."""
    if not event.run:
        return state
    child = state.nested[event.run]._replace(status=TaskStatus.LEASED, error=None, step=event.key)
    return state._replace(nested={**state.nested, event.run: child})


def _open_phase(state: State, at: float) -> State:
    """Open the phase that was closed by the failure again, as another attempt at it."""
    if not state.phases or state.phases[-1].status is not PhaseStatus.FAILED:
        return state
    last = state.phases[-1]
    again = last._replace(status=PhaseStatus.ACTIVE, attempt=last.attempt + 1)
    row = Attempt(last.number, again.attempt, at, state.paused_seconds, None, None, "active")
    return state._replace(phases=records.with_last(state.phases, again), history=records.with_row(state.history, row))
