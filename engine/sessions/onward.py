"""Onward: a run walks on from where its state stands, to the next step, gate, missing variable, wait or the end.

Above: the decisions. Below: scanning (what is next), carrying (what becomes of it), the families. What is decided on
the way is an event and not decided again; where a condition is unknown the walk stops and asks. Every walk begins at
the state, so a log that is folded again leads to the same place.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from engine import keys
from engine.definition import FAIL, IfStep, LoopStep, Phase, Workflow
from engine.scan import RUN_CONDITION, TEST, Found, Here
from engine.sessions.carrying import carry_out
from engine.sessions.draft import Draft
from engine.sessions.failures import after_then, note_failure
from engine.sessions.flow_family import RETRY, TimerFired
from engine.sessions.model import Frame, PhaseStatus, State, Status, WaitKind
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.opening import enter, open_gate
from engine.sessions.phase_family import PhaseSkipped
from engine.sessions.position import key_of, phase_at, phase_index
from engine.sessions.resuming import THEN, Place, resumed
from engine.sessions.scanning import CONDITION_ERROR, BrokenError, ExhaustedError, Recording, UnknownError
from engine.sessions.scoping import scope_at, scope_outside
from engine.sessions.serving import exhaust
from engine.sessions.session_family import SessionCompleted
from engine.sessions.step_family import VariablesAwaited
from engine.sessions.waits import tries_now
from engine.sessions.way_family import LoopLeft


def go_on(draft: Draft) -> None:
    """Walk on, unless the run rests for something or somebody walks already; variables that are missing are asked anew.

    A step that is to be tried again is, where the pause before that is over.

    A pass limit or a pattern that hits its limit is an ArgumentError or a CriterionError in documents without
    automation keys, in others the step fails.
    """
    waiting = draft.state.waiting
    if draft.state.status not in UNDER_WAY:
        return
    if waiting is None or waiting.kind is WaitKind.VARIABLE:
        _walk(draft, partial(_round, draft))
    elif tries_now(draft):
        _walk(draft, partial(_try_again, draft))


def _try_again(draft: Draft) -> None:
    draft.add(TimerFired(draft.state.position, RETRY))
    redo(draft)


def redo(draft: Draft, error_type: str = "") -> None:
    """Begin the step at the position again, and go on; `error_type`: why it could not be done."""
    state, workflow = draft.state, draft.workflow
    step = workflow.places[keys.step_id(state.position)].step
    if isinstance(step, LoopStep) and len(state.frames) > keys.depth(state.position):
        first = partial(_round, draft, TEST)
    elif isinstance(step, LoopStep | IfStep) or error_type == CONDITION_ERROR:
        first = partial(_round, draft, RUN_CONDITION)
    else:
        plain = keys.unmarked(state.position)
        outside = scope_outside(state, workflow, draft.now, draft.budget)
        found = Found(step, plain, scope_at(plain, state, workflow, outside), ())
        first = partial(carry_out, draft, found, phase_at(workflow, plain), go_on)
    _walk(draft, first)


def _walk(draft: Draft, first: Callable[[], None]) -> None:
    """Do something, and walk on as far as it goes; whoever walks already does that."""
    if draft.walks:
        first()
        return
    draft.walks = True
    try:
        first()
        while True:
            if draft.state.status is Status.RUNNING and draft.state.waiting is None:
                _round(draft)
            elif tries_now(draft):
                _try_again(draft)
            else:
                return
    finally:
        draft.walks = False


class _Start(NamedTuple):
    """Where a walk begins: the index of the `first` phase, and the place in it, None for its beginning."""

    first: int
    place: Place | None


def _round(draft: Draft, what: str = "") -> None:
    """Go through the phases up to the next step to be done, and do it, or to where the run rests."""
    workflow, start = draft.workflow, _start(draft, what)
    scan = Recording(draft, scope_outside(draft.state, workflow, draft.now, draft.budget))
    for index in range(start.first, len(workflow.phases)):
        phase = workflow.phases[index]
        if index == start.first and start.place is not None:
            upcoming = resumed(scan, start.place, workflow, scan.scope)
        else:
            upcoming = scan.sequence(workflow.steps[phase.first : phase.end], Here("", scan.scope, ()))
        if _does(draft, phase, upcoming):
            return
        if _asks_for_gate(workflow, phase):
            open_gate(draft, phase)
            return
        _leave(draft, phase)
    draft.add(SessionCompleted(draft.told()))


def _start(draft: Draft, what: str) -> _Start:
    """Tell where the state stands: before the first phase, behind a complete one, or at the position."""
    state, workflow = draft.state, draft.workflow
    last = state.phases[-1] if state.phases else None
    if last is None or last.status is PhaseStatus.COMPLETED or state.phase != last.number:
        _close_loops(draft)
        is_first = last is None and not state.skipped
        return _Start(0 if is_first else phase_index(workflow, state.phase) + 1, None)
    first = phase_index(workflow, last.number)
    if not state.position or phase_at(workflow, state.position) != last.number:
        _close_loops(draft)
        return _Start(first, None)
    return _Start(first, Place(state.position, state.frames, what or _what(state), workflow.phases[first].end))


def _what(state: State) -> str:
    """Tell what of the position is still to be decided; "" where it is done."""
    if state.waiting is not None:
        return state.waiting.what
    if state.failing and keys.unmarked(state.failing[-1].key) == keys.unmarked(state.position):
        return THEN
    return ""


def _close_loops(draft: Draft) -> None:
    """Leave the loops that are open where the walk does not go on in them: their phase is complete, or begins anew."""
    frames = draft.state.frames
    for level in range(len(frames) - 1, -1, -1):
        key = keys.instance(_text(frames[:level]), frames[level].loop)
        marked = keys.marked(key, draft.state.rollbacks)
        draft.add(LoopLeft(marked, frames[level].number + 1, _reason(draft.state)))


def _reason(state: State) -> str:
    is_complete = bool(state.phases) and state.phases[-1].status is PhaseStatus.COMPLETED
    return "its phase was completed by its gate" if is_complete else "its phase begins anew"


def _text(frames: tuple[Frame, ...]) -> str:
    return "/".join(f"{frame.loop}@{frame.number}" for frame in frames)


def _does(draft: Draft, phase: Phase, upcoming: Iterator[Found]) -> bool:
    """Do the next thing there is to do in a phase; False where there is none."""
    try:
        found = next(upcoming, None)
    except UnknownError as unknown:
        key = key_of(draft.state, unknown.key)
        draft.add(VariablesAwaited(key, phase.number, unknown.what, unknown.gaps, draft.told()))
    except ExhaustedError as error:
        enter(draft, phase.number)
        exhaust(draft, key_of(draft.state, error.key))
    except BrokenError as broken:
        enter(draft, phase.number)
        note_failure(draft, key_of(draft.state, broken.key), FAIL, broken.fault)
    else:
        if found is None:
            return False
        if found.is_over:
            after_then(draft, found.key)
        else:
            carry_out(draft, found, phase.number, go_on)
    return True


def _asks_for_gate(workflow: Workflow, phase: Phase) -> bool:
    """Tell whether a phase's gate comes as a step: its own, and the lenient one where there is no task to report."""
    return workflow.is_phased and (phase.gate.is_own or phase.first == phase.end)


def _leave(draft: Draft, phase: Phase) -> None:
    """Leave a phase in which nothing is left to do; where nothing was, it is skipped."""
    state = draft.state
    if state.phases and state.phases[-1].number == phase.number and state.phases[-1].has_work:
        draft.complete(phase.number)
    else:
        draft.add(PhaseSkipped(phase.number))
