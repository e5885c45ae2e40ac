"""The step family, second part: what the server does itself between two hand-outs, and how steps fail.

Above: evolve names one function per case here; flow_decisions holds the rules. Below: records, model, engine.updates.
`position` is the key of the last step reached; where nothing is waited for, the walk goes on behind it.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.sessions import records
from engine.sessions.model import Failure, Message, Problem, State, Status, Waiting, WaitKind
from engine.updates import Update, applied
from schema.values import Json, JsonObject

MEND_STEP: Final = "Mend what the message names, then retry the session"


class BranchTaken(NamedTuple):
    """The if at `key` took a branch, from 0, or none (None)."""

    key: str
    branch: int | None


class StateUpdated(NamedTuple):
    """State changed, all updates or none: by the step at `key`, or ("") from outside.

    `computed`: the computed fields that have another value now; `settled` marks the step as done and moves behind it.
    """

    key: str
    updates: tuple[Update, ...]
    computed: JsonObject
    settled: bool


class OutputKept(NamedTuple):
    """The output of the step at `key` may be read by expressions as steps["id"].output."""

    key: str
    value: Json


class MessageShown(NamedTuple):
    """A text for the user travels with the next answer."""

    key: str
    text: str
    level: str
    format: str


class PassEnded(NamedTuple):
    """A continue ended the pass under way of the loop at `key`; its frame stands last until the next pass."""

    key: str


class WaitBegun(NamedTuple):
    """The session rests at the wait step `key`: until a time, for a signal, or ("", None) until it is polled."""

    key: str
    phase: int
    until: float | None
    signal: str
    deadline: float | None
    warnings: tuple[str, ...]


class WaitEnded(NamedTuple):
    """The wait at `key` is over: `how` is poll, time, signal or condition."""

    key: str
    how: str


class StepFailed(NamedTuple):
    """The step at `key` failed, for the `attempt`-th time; `strategy` is what follows now.

    `retry_at`: when it is tried again; None where it is not.
    """

    key: str
    attempt: int
    error_type: str
    message: str
    strategy: str
    retry_at: float | None


class TimerFired(NamedTuple):
    """A point in time came: `what` is wait, retry, timeout, deadline, lease or claim; of the step or run `key`."""

    key: str
    what: str


class SessionFailed(NamedTuple):
    """The session failed at a step."""

    key: str
    error_type: str
    message: str
    tries: int


class SessionTimedOut(NamedTuple):
    """The session's own time is over."""

    deadline: float


FlowEvent = (
    BranchTaken
    | StateUpdated
    | OutputKept
    | MessageShown
    | PassEnded
    | WaitBegun
    | WaitEnded
    | StepFailed
    | TimerFired
    | SessionFailed
    | SessionTimedOut
)


def reached(state: State, key: str) -> State:
    """Stand behind a step that is done."""
    return state._replace(position=key, waiting=None, status=Status.RUNNING, refused=None, step_deadline=None)


def evolve_branch(state: State, _event: BranchTaken, _at: float) -> State:
    """Change nothing: the position tells where the walk is."""
    return state


def evolve_updated(state: State, event: StateUpdated, _at: float) -> State:
    """Apply updates that were decided."""
    state = state._replace(
        variables=applied(state.variables, event.updates),
        computed={**state.computed, **event.computed} if event.computed else state.computed,
    )
    return reached(state, event.key) if event.settled else state


def evolve_output(state: State, event: OutputKept, _at: float) -> State:
    """Keep the latest output of a step."""
    return state._replace(outputs={**state.outputs, keys.step_id(event.key): event.value})


def evolve_message(state: State, event: MessageShown, _at: float) -> State:
    """Add a message to those of the next answer."""
    message = Message(keys.step_id(event.key), event.text, event.level, event.format)
    return reached(state, event.key)._replace(messages=(*state.messages, message))


def evolve_pass_ended(state: State, event: PassEnded, _at: float) -> State:
    """Stand at the end of the pass: the loop's frame is kept, those within it are gone."""
    frames = state.frames[: keys.depth(event.key) + 1]
    return reached(state, event.key)._replace(frames=frames)


def evolve_wait_begun(state: State, event: WaitBegun, at: float) -> State:
    """Rest."""
    state = records.entered(state, event.phase, at, has_work=True)
    kind = WaitKind.SIGNAL if event.signal else WaitKind.TIMER
    return state._replace(
        status=Status.WAITING,
        position=event.key,
        frames=tuple(each._replace(has_work=True, has_begun=True) for each in state.frames),
        opened_version=state.version,
        waiting=Waiting(kind, event.key, until=event.until, signal=event.signal),
        step_deadline=event.deadline,
        refused=None,
        code=None,
        warnings=(*state.warnings, *event.warnings),
    )


def evolve_wait_ended(state: State, event: WaitEnded, _at: float) -> State:
    """Go on."""
    return reached(state, event.key)


def evolve_failed(state: State, event: StepFailed, at: float) -> State:
    """Note a failure; where it is tried again, rest until then."""
    problem = Problem(state.phase, at, event.error_type, event.message, (), MEND_STEP)
    plain = keys.unmarked(event.key)
    state = state._replace(
        errors=(*state.errors[-(records.MAX_ERRORS - 1) :], problem),
        error_count=state.error_count + 1,
        tries={**state.tries, plain: event.attempt},
        step_deadline=None,
    )
    if event.retry_at is None:
        return reached(state, event.key)
    waiting = Waiting(WaitKind.TIMER, event.key, until=event.retry_at)
    return state._replace(status=Status.WAITING, position=event.key, waiting=waiting, refused=None)


def evolve_fired(state: State, _event: TimerFired, _at: float) -> State:
    """Change nothing by itself: what follows does."""
    return state


def evolve_session_failed(state: State, event: SessionFailed, _at: float) -> State:
    """Fail; the position stays, so that a retry enters there."""
    return state._replace(
        status=Status.FAILED,
        position=event.key,
        waiting=None,
        code=None,
        effect=None,
        step_deadline=None,
        cause=Failure(event.key, event.error_type, event.message, event.tries),
    )


def evolve_timed_out(state: State, _event: SessionTimedOut, at: float) -> State:
    """End for good."""
    return state._replace(
        status=Status.TIMED_OUT, completed_at=at, waiting=None, code=None, effect=None, step_deadline=None
    )
