"""Waits: a step at which a run rests until a time, a signal, a condition - or, with none of these, a poll.

Above: onward (begins them), polling, firing, signals. Below: storing, failures, flow_family. A wait that ends at once
never rests. What ends it is looked at when its time comes, and after each poll, signal and change of the state.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from engine import keys
from engine.definition import Script, Value, WaitStep, Workflow
from engine.errors import DomainError
from engine.expression import ExpressionError
from engine.scripts import evaluate
from engine.sessions.deadlines import step_deadline
from engine.sessions.draft import Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.flow_family import RETRY, WaitBegun, WaitEnded
from engine.sessions.model import State, Waiting, WaitKind
from engine.sessions.storing import store_result
from engine.template import UnresolvedError, resolved
from engine.variables import Scope
from schema.values import Json

MAX_SECONDS: Final = 10 * 366 * 86_400
"""Seconds of the longest wait: ten years."""
MAX_SHOWN: Final = 80
"""Characters of a wrong value that a message repeats."""
WAIT_ERROR: Final = "WaitError"
"""The type of error of a wait that cannot be begun."""
TIME: Final = "time"
CONDITION: Final = "condition"
SIGNAL: Final = "signal"
"""How a wait ends, beside POLL."""


class Due(NamedTuple):
    """When a wait is over: it is now, or `at` (None: no time of its own)."""

    now: str
    at: float | None


def begin_wait(draft: Draft, step: WaitStep, key: str, warnings: tuple[str, ...]) -> None:
    """Rest at a wait step; `key` as handed out. Where its time is past already, stand behind it."""
    try:
        due = _due(step, draft.scope(), draft.now, None)
    except StepFault as fault:
        note_failure(draft, key, step.outcome.on_error, fault)
        return
    deadline = step_deadline(draft.state, step.outcome, draft.now)
    draft.add(WaitBegun(key, draft.state.phase, due.at, step.signal, deadline, warnings))
    if due.now:
        end_wait(draft, step, due.now, None)


def end_wait(draft: Draft, step: WaitStep, how: str, payload: Json) -> None:
    """End the wait at the position; `payload` is its result."""
    key = draft.state.position
    try:
        store_result(draft, key, step.outcome, payload)
    except StepFault as fault:
        note_failure(draft, key, step.outcome.on_error, fault)
        return
    draft.add(WaitEnded(key, how))


def look_again(draft: Draft) -> bool:
    """Look whether the run's wait is over by now, or at another time than before; True where it is over."""
    step, waiting = open_wait(draft), draft.state.waiting
    if step is None or waiting is None:
        return False
    try:
        due = _due(step, draft.scope(), draft.now, waiting)
    except StepFault as fault:
        note_failure(draft, waiting.key, step.outcome.on_error, fault)
        return True
    if due.now:
        end_wait(draft, step, due.now, None)
        return True
    if due.at != waiting.until:
        state = draft.state
        draft.add(WaitBegun(waiting.key, state.phase, due.at, step.signal, state.step_deadline, ()))
    return False


def open_wait(draft: Draft) -> WaitStep | None:
    """Give the wait step at which the run rests; None where it rests at another step, or until a try anew."""
    return wait_at(draft.state, draft.workflow)


def wait_at(state: State, workflow: Workflow) -> WaitStep | None:
    """Give the wait step at which a run rests."""
    waiting = state.waiting
    if waiting is None or waiting.kind not in _KINDS or waiting.what == RETRY:
        return None
    step = workflow.places[keys.step_id(waiting.key)].step
    return step if isinstance(step, WaitStep) else None


def tries_now(draft: Draft) -> bool:
    """Tell whether a run rests for a try anew that may be made at once."""
    waiting = draft.state.waiting
    return waiting is not None and waiting.what == RETRY and waiting.until is not None and waiting.until <= draft.now


_KINDS: Final = frozenset((WaitKind.TIMER, WaitKind.SIGNAL))


def _due(step: WaitStep, scope: Scope, now: float, waiting: Waiting | None) -> Due:
    """Find out when a wait is over; `waiting`: as it rests already, its seconds being counted from its beginning."""
    points: list[float] = []
    if waiting is not None and step.seconds is not None and waiting.until is not None:
        points.append(waiting.until)
    elif step.seconds is not None:
        points.append(now + _seconds(step.seconds, scope))
    if step.until is not None:
        value = _until(step.until, scope)
        if value is True:
            return Due(CONDITION, None)
        if value is not None and value is not False:
            points.append(_point(value))
    at = min(points, default=None)
    return Due("", at) if at is None or at > now else Due(TIME, at)


def _seconds(value: Value, scope: Scope) -> float:
    try:
        seconds = resolved(value, scope)
    except (UnresolvedError, DomainError, ExpressionError) as error:
        raise StepFault(WAIT_ERROR, f"`for` cannot be read: {fault_of(error, '').message}") from error
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 <= float(seconds) <= MAX_SECONDS:  # type: ignore[arg-type] # a number by is_number
        message = f"`for` gives {shown(seconds)}; it must give a number of seconds from 0 to {MAX_SECONDS}"
        raise StepFault(WAIT_ERROR, message)
    return float(seconds)  # type: ignore[arg-type] # as above


def _until(script: Script, scope: Scope) -> Json:
    try:
        return evaluate(script, scope)
    except (DomainError, ExpressionError) as error:
        raise StepFault(WAIT_ERROR, f"`until` cannot be read: {fault_of(error, '').message}") from error


def _point(value: Json) -> float:
    """Read a time: ISO 8601 (without a zone: UTC), or milliseconds since 1970."""
    try:
        if isinstance(value, str):
            point = datetime.fromisoformat(value)
            return (point if point.tzinfo is not None else point.replace(tzinfo=UTC)).timestamp()
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000, UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        pass
    message = f"`until` gives {shown(value)}; it must give true, false, or a time as ISO 8601 text or in milliseconds"
    raise StepFault(WAIT_ERROR, message)


def shown(value: Json) -> str:
    """Give a value short enough for a message."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
