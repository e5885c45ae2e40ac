"""The rules of changes from outside: updates, signals, skipping, checkpoints, cancelling, retrying, resuming.

Above: decide. Below: changing, reentering, firing (tells the runs around), waits, refusals.
"""

from typing import Final, TypeAlias, assert_never

from engine import keys
from engine.definition import CallStep, InputStep, PromptStep, Step, WaitStep
from engine.errors import ArgumentError
from engine.extent import check_context
from engine.sessions.change_family import (
    CancelSession,
    CheckpointMade,
    MakeCheckpoint,
    RetrySession,
    SendSignal,
    SessionCancelled,
    SignalReceived,
    SkipStep,
    StepSkipped,
    UpdateState,
)
from engine.sessions.changing import change_state
from engine.sessions.draft import Draft
from engine.sessions.firing import fire_first, leased_runs, look_everywhere, tell
from engine.sessions.limits import MAX_NOTE, too_long
from engine.sessions.model import State, Status, TaskStatus, WaitKind
from engine.sessions.nesting import UNDER_WAY, child_at
from engine.sessions.onward import go_on
from engine.sessions.phase_decisions import Decided
from engine.sessions.reentering import decide_retry
from engine.sessions.refusals import Refusal, Remedy, refusal, resting
from engine.sessions.session_family import SessionResumed
from engine.sessions.waits import SIGNAL, end_wait, open_wait
from schema.values import Json

MAX_LABEL: Final = 128
"""Characters of a checkpoint's label."""
MAX_NAMED: Final = 10
"""Signals a refusal names."""
CHANGEABLE: Final = frozenset((*UNDER_WAY, Status.PAUSED, Status.FAILED))
"""Statuses in which the state may be changed, and the session cancelled."""
OPEN_KINDS: Final = frozenset((WaitKind.REPORT, WaitKind.CONFIRMATION, WaitKind.TIMER, WaitKind.SIGNAL))
"""What a step waits for that may be skipped."""

Change: TypeAlias = UpdateState | SendSignal | SkipStep | MakeCheckpoint | CancelSession | RetrySession
"""What somebody asks for from outside."""


def decide_change(draft: Draft, command: Change) -> Decided:
    """Decide what a change from outside leads to."""
    match command:
        case UpdateState():
            return _update(draft, command)
        case SendSignal():
            return _signal(draft, command)
        case SkipStep():
            return _skip(draft, command)
        case MakeCheckpoint():
            return _checkpoint(draft.state, command)
        case CancelSession():
            return _cancel(draft.state, command)
        case RetrySession():
            return decide_retry(draft, command)
        case _:
            assert_never(command)


def decide_resume(draft: Draft) -> Decided:
    """Go on with a paused session: what ended in the pause, and what came due in it, is looked at now."""
    state = draft.state
    if state.status is not Status.PAUSED:
        message = f"The session is not paused; it is {state.status.value.replace('_', ' ')}"
        return refusal(state, "state", message)
    draft.add(SessionResumed())
    look_everywhere(draft)
    fire_first(draft)
    return draft.finish()


def _update(draft: Draft, command: UpdateState) -> Decided:
    """Change the state; what waits for a condition or a variable is looked at again."""
    state, expected = draft.state, command.expected_version
    if state.status not in CHANGEABLE:
        return _over(state)
    if expected is not None and expected != state.version:
        message = f"The session is at version {state.version}, not at {expected}: read it, then update what it is now"
        return refusal(state, "conflict", message, acted(state, "get"))
    if state.status in UNDER_WAY:
        fire_first(draft)
    refused = _change(draft, command)
    if refused is not None:
        return refused
    if draft.state.waiting is not None and draft.state.waiting.kind is WaitKind.VARIABLE:
        go_on(draft)
    look_everywhere(draft)
    return draft.finish()


def _change(draft: Draft, command: UpdateState) -> Refusal | None:
    """Change the state where it is kept: a child that is not isolated has it while it is under way."""
    state = draft.state
    if state.waiting is None or state.waiting.kind is not WaitKind.CHILD:
        return change_state(draft, command.updates)
    step = draft.workflow.places[keys.step_id(state.position)].step
    if getattr(step, "isolated", True):
        return change_state(draft, command.updates)
    return _change(draft.inner(child_at(state)), command)


def _signal(draft: Draft, command: SendSignal) -> Decided:
    """End every wait for a signal of that name; nobody keeps it for later."""
    refused = resting(draft.state)
    if refused is not None:
        return refused
    try:
        check_context({"payload": command.payload})
    except ArgumentError as error:
        return refusal(draft.state, "argument", f"payload: {error.details}")
    fire_first(draft)
    if not _released(draft, command.name, command.payload):
        return refusal(draft.state, "state", _unheard(draft, command.name[: keys.MAX_SHOWN]))
    look_everywhere(draft)
    return draft.finish()


def _released(draft: Draft, name: str, payload: Json) -> bool:
    """End the waits for a signal that there are now; True where there was one."""
    step = open_wait(draft)
    if step is not None and step.signal == name:
        draft.add(SignalReceived(name, payload, draft.state.position))
        end_wait(draft, step, SIGNAL, payload)
        go_on(draft)
        return True
    found = False
    for run in leased_runs(draft):
        if _released(draft.inner(run), name, payload):
            tell(draft, run)
            found = True
    return found


def _unheard(draft: Draft, name: str) -> str:
    names = sorted(set(_awaited(draft)))
    told = f"; signals waited for are {', '.join(names[:MAX_NAMED])}" if names else "; no signal is waited for"
    return f"No step of workflow {draft.workflow.id} waits for the signal {name!r} now{told}. Send it again later"


def _awaited(draft: Draft) -> list[str]:
    step = open_wait(draft)
    own = [step.signal] if step is not None and step.signal else []
    return [*own, *(name for run in leased_runs(draft) for name in _awaited(draft.inner(run)))]


def _skip(draft: Draft, command: SkipStep) -> Decided:
    """Pass over the open step."""
    refused = resting(draft.state) or _reason(draft.state, command.reason)
    if refused is not None:
        return refused
    fire_first(draft)
    refused = _pass_over(draft, command.key, command)
    return refused if refused is not None else draft.finish()


def _pass_over(draft: Draft, key: str, command: SkipStep) -> Refusal | None:
    """Pass over a step of a run, or of one inside it; `key` is local to the run."""
    run, local = keys.run_of(key)
    state = draft.state
    if run:
        nested = state.nested.get(run)
        if nested is None or nested.status is not TaskStatus.LEASED:
            return _not_open(state, command.key)
        refused = _pass_over(draft.inner(run), local, command)
        if refused is None:
            tell(draft, run)
        return refused
    if key != state.position or state.waiting is None or state.waiting.kind not in OPEN_KINDS:
        return _not_open(state, command.key)
    place = draft.workflow.places.get(keys.step_id(key))
    if place is None or not is_skippable(place.step):
        message = f"Step {keys.step_id(key)} of workflow {draft.workflow.id} is not marked skippable: report it"
        return refusal(state, "permission", message)
    draft.add(StepSkipped(key, command.reason, None))
    go_on(draft)
    return None


def is_skippable(step: Step) -> bool:
    """Tell whether the document lets a step be passed over."""
    return isinstance(step, PromptStep | InputStep | CallStep | WaitStep) and step.skippable


def _not_open(state: State, key: str) -> Refusal:
    return refusal(state, "not_open", f"The step {key[: keys.MAX_SHOWN]} is not open, so it cannot be skipped")


def _checkpoint(state: State, command: MakeCheckpoint) -> Decided:
    """Name the place the session is at."""
    refused = None if state.status is Status.PAUSED else resting(state)
    if refused is not None:
        return refused
    label = command.label
    if not label.strip() or len(label) > MAX_LABEL:
        return refusal(state, "argument", f"label must have 1 to {MAX_LABEL} characters; it has {len(label)}")
    return (CheckpointMade(label, state.version),)


def _cancel(state: State, command: CancelSession) -> Decided:
    """End the session for good."""
    if state.status not in CHANGEABLE:
        return _over(state)
    return too_long(state, "reason", command.reason) or (SessionCancelled(command.reason),)


def _reason(state: State, reason: str) -> Refusal | None:
    if reason.strip():
        return too_long(state, "reason", reason)
    return refusal(state, "argument", f"Say why the step is skipped in reason, in 1 to {MAX_NOTE} characters")


def _over(state: State) -> Refusal:
    """Refuse what a session that has ended for good does not take."""
    status = state.status.value.replace("_", " ")
    return refusal(state, "finished", f"The session is {status}; that is for good: start a new one")


def acted(state: State, action: str) -> Remedy:
    """Call an action of workflow_session on the session."""
    return Remedy("workflow_session", {"action": action, "sessionId": state.session_id})
