"""The step family, second part: what the server does itself between two hand-outs, and how steps fail.

Above: evolve names one function per case here; flow_decisions holds the rules. Below: records, model, engine.updates.
`position` is the key of the last step reached; where nothing is waited for, the walk goes on behind it.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.sessions import records
from engine.sessions.child_remains import shed
from engine.sessions.ending import ended
from engine.sessions.model import Failure, Message, Problem, Reported, State, Status, Waiting, WaitKind
from engine.updates import Update, applied
from schema.values import Json, JsonObject

MEND_STEP: Final = "Mend what the message names, then retry the session"
POLL: Final = "poll"
"""How a wait ends that somebody asks about."""
RETRY: Final = "retry"
"""What a session waits for that tries a failed step again; `what` of its timer."""
TIMEOUT: Final = "TimeoutError"
"""The type of error of what took too long."""
FAIL: Final = "fail"
CONTINUE: Final = "continue"
"""The strategies after which the run has failed, and after which a failed step is done."""


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
    long: str = "full"


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
    """The time of the session, or of the nested run it happened in, is over; `message` in words."""

    deadline: float
    message: str


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
    """Stand behind a step that is done; nothing of it, or of a failure of it, is left to be dealt with."""
    return _standing(shed(state, key) if state.nested else state, key)


def _standing(state: State, key: str) -> State:
    state = records.worked(state)._replace(
        position=key, waiting=None, status=Status.RUNNING, refused=None, step_deadline=None
    )
    if not state.failing:
        return state
    plain = keys.unmarked(key)
    return state._replace(failing=tuple(each for each in state.failing if keys.unmarked(each.key) != plain))


def evolve_branch(state: State, _event: BranchTaken, _at: float) -> State:
    """Change nothing: the position tells where the walk is."""
    return state


def evolve_updated(state: State, event: StateUpdated, _at: float) -> State:
    """Apply updates that were decided."""
    state = state._replace(
        variables=applied(state.variables, event.updates),
        computed={**state.computed, **event.computed} if event.computed else state.computed,
    )
    return reached(shed(state, event.key), event.key) if event.settled else state


def evolve_output(state: State, event: OutputKept, _at: float) -> State:
    """Keep the latest output of a step."""
    return state._replace(outputs={**state.outputs, keys.step_id(event.key): event.value})


def evolve_message(state: State, event: MessageShown, _at: float) -> State:
    """Add a message to those of the next answer."""
    message = Message(keys.step_id(event.key), event.text, event.level, event.format, event.long)
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


def evolve_wait_ended(state: State, event: WaitEnded, at: float) -> State:
    """Go on; a poll that comes later is known by the digest "" of what was noted."""
    noted = Reported("", state.version, at, f"waited: {event.how}")
    state = state._replace(messages=()) if event.how == POLL else state
    return reached(state, event.key)._replace(reports={**state.reports, event.key: noted})


def evolve_failed(state: State, event: StepFailed, at: float) -> State:
    """Note a failure; rest where the step is tried again, be done with it where the walk goes on."""
    problem = Problem(state.phase, at, event.error_type, event.message, (), MEND_STEP)
    state = state._replace(
        errors=(*state.errors[-(records.MAX_ERRORS - 1) :], problem),
        error_count=state.error_count + 1,
        tries={**state.tries, keys.unmarked(event.key): event.attempt},
        effect=None,
        done=state.done - _counted(state, event),
    )
    if event.strategy == CONTINUE:
        return reached(shed(state, event.key), event.key)
    if event.retry_at is not None:
        waiting = Waiting(WaitKind.TIMER, event.key, what=RETRY, until=event.retry_at)
        return state._replace(status=Status.WAITING, position=event.key, waiting=waiting, step_deadline=None)
    failure = Failure(event.key, event.error_type, event.message, event.attempt)
    state = _standing(state, event.key)
    return state._replace(failing=(*state.failing, failure))


def _counted(state: State, event: StepFailed) -> int:
    """Count the report of a step that is to be reported again: it was accepted, and does not count any more."""
    known = state.reports.get(event.key)
    is_again = event.retry_at is not None or event.strategy == FAIL
    if known is None or not is_again or state.waiting is not None:
        return 0
    return int(known.digest not in records.UNREPORTED and not known.line.startswith(records.GAVE))


def evolve_fired(state: State, event: TimerFired, _at: float) -> State:
    """Change nothing by itself: what follows does. What was shown before a rest that is over was told at that rest."""
    return state if event.what == RETRY else state._replace(messages=())


def evolve_session_failed(state: State, event: SessionFailed, at: float) -> State:
    """Fail; the position stays, so that a retry enters there."""
    cause = Failure(event.key, event.error_type, event.message, event.tries)
    return ended(state, Status.FAILED, at)._replace(position=event.key, cause=cause)


def evolve_timed_out(state: State, event: SessionTimedOut, at: float) -> State:
    """End for good."""
    cause = Failure(state.position, TIMEOUT, event.message, 0)
    return ended(state, Status.TIMED_OUT, at)._replace(cause=cause)
