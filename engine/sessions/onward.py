"""Onward: the events that follow when something was accepted, up to the next step, gate, missing variable or the end.

Above: step_decisions, phase_decisions, session_decisions. Below: engine.walk (the one scan), resuming, the families.
What is decided on the way is an event and not decided again; where a condition is unknown the walk stops and asks.
"""

from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from engine import keys
from engine.budget import Budget
from engine.completed import Done
from engine.conditions import gaps, holds, weigh
from engine.definition import Condition, LoopStep, Phase, Workflow
from engine.errors import ArgumentError
from engine.sessions.deciding import values_of
from engine.sessions.events import Event
from engine.sessions.model import Frame, Gap, State
from engine.sessions.phase_family import PhaseSkipped
from engine.sessions.position import phase_index
from engine.sessions.resuming import Place, resumed
from engine.sessions.session_family import SessionCompleted
from engine.sessions.step_family import (
    CONFIRMATION,
    ConditionDecided,
    LoopLeft,
    PassEntered,
    StepOpened,
    VariablesAwaited,
)
from engine.variables import Scope, Turn, outermost
from engine.walk import ITEMS, Instance, Scan
from schema.values import Json, JsonObject


class Onward(NamedTuple):
    """What follows: the events, and the phase that is complete by what was accepted, where no gate decides."""

    events: tuple[Event, ...]
    completes: int | None


class _UnknownError(Exception):
    """The walk cannot go on at `key`: `what` is unknown without these variables."""

    def __init__(self, key: str, what: str, missing: dict[str, list[Json]]) -> None:
        super().__init__(key)
        self.key = key
        self.what = what
        self.gaps = tuple(Gap(name, tuple(values)) for name, values in missing.items())


class _Recording(Scan):
    """A scan that notes what it decides, and stops at what it cannot."""

    def __init__(self, budget: Budget, rollbacks: int) -> None:
        super().__init__(Done(), budget)
        self.events: list[Event] = []
        self._rollbacks = rollbacks

    def marked(self, key: str) -> str:
        """Give a key as it is handed out."""
        return keys.marked(key, self._rollbacks)

    def runs(self, condition: Condition, scope: Scope, key: str, what: str) -> bool:
        """Decide a condition and note it; stop where it is unknown."""
        value = holds(condition, scope)
        if not value and weigh(condition, scope) is None:
            raise _UnknownError(key, what, gaps(condition, scope))
        self.events.append(ConditionDecided(self.marked(key), what, value, values_of(condition, scope)))
        return value

    def lacks(self, loop: LoopStep, key: str, _scope: Scope) -> NoReturn:
        """Stop: nobody knows how many passes the loop makes."""
        raise _UnknownError(key, ITEMS, {loop.source_name: []})

    def enters(self, key: str, turn: Turn) -> None:
        """Note a pass, with its item as it is now."""
        self.events.append(PassEntered(self.marked(key), turn.number, turn.total, turn.item))

    def leaves(self, key: str, passes: int, reason: str) -> None:
        """Note the end of a loop."""
        self.events.append(LoopLeft(self.marked(key), passes, reason))


def begin(workflow: Workflow, variables: JsonObject) -> Onward:
    """Walk to the first step of a new session."""
    return _walk(workflow, _recording(workflow, variables, 0), 0, None)


def behind(workflow: Workflow, state: State, context: JsonObject) -> Onward:
    """Walk on behind the step at the position, which was reported."""
    return _resume(workflow, state, context, is_done=True)


def again(workflow: Workflow, state: State, context: JsonObject) -> Onward:
    """Walk on from where variables were missing."""
    return _resume(workflow, state, context, is_done=False)


def behind_phase(workflow: Workflow, state: State, context: JsonObject) -> Onward:
    """Walk on behind the phase the session is in, closing the loops that are open in it."""
    scan, scope = _recording(workflow, _merged(state, context), state.rollbacks)
    for level in range(len(state.frames) - 1, -1, -1):
        frame = state.frames[level]
        key = keys.instance(_frames_text(state.frames[:level]), frame.loop)
        scan.leaves(key, frame.number + 1, "its phase was completed by its gate")
    return _walk(workflow, (scan, scope), phase_index(workflow, state.phase) + 1, None)


def _frames_text(frames: tuple[Frame, ...]) -> str:
    return "/".join(f"{frame.loop}@{frame.number}" for frame in frames)


def _merged(state: State, context: JsonObject) -> JsonObject:
    return {**state.variables, **context} if context else state.variables


_Walker = tuple[_Recording, Scope]


def _recording(workflow: Workflow, variables: JsonObject, rollbacks: int) -> _Walker:
    scope = outermost(variables, is_strict=workflow.is_strict)
    return _Recording(scope.budget, rollbacks), scope


def _resume(workflow: Workflow, state: State, context: JsonObject, *, is_done: bool) -> Onward:
    walker = _recording(workflow, _merged(state, context), state.rollbacks)
    index = phase_index(workflow, state.phase)
    what = "" if is_done or state.waiting is None else state.waiting.what
    place = Place(state.position, state.frames, what, workflow.phases[index].end)
    return _walk(workflow, walker, index, _Rest(place, has_work=is_done or state.phases[-1].has_work))


class _Rest(NamedTuple):
    """Where the walk goes on within the first phase it looks at."""

    place: Place
    has_work: bool


def _walk(workflow: Workflow, walker: _Walker, first: int, rest: _Rest | None) -> Onward:
    """Go through the phases from `first` on, up to where the session rests; a pass limit is an ArgumentError."""
    scan, scope = walker
    completes: int | None = None
    for phase in workflow.phases[first:]:
        if rest is None:
            upcoming = scan.sequence(workflow.steps[phase.first : phase.end], "", scope, ())
        else:
            upcoming = resumed(scan, rest.place, workflow, scope)
        if _rests(scan, phase, upcoming, is_gated=_asks_for_gate(workflow, phase)):
            return Onward(tuple(scan.events), completes)
        if rest is not None and rest.has_work:
            completes = phase.number
        else:
            scan.events.append(PhaseSkipped(phase.number))
        rest = None
    scan.events.append(SessionCompleted(tuple(scan.warnings)))
    return Onward(tuple(scan.events), completes)


def _asks_for_gate(workflow: Workflow, phase: Phase) -> bool:
    """Tell whether a phase's gate comes as a step: its own, and the lenient one where there is no task to report."""
    return workflow.is_phased and (phase.gate.is_own or phase.first == phase.end)


def _rests(scan: _Recording, phase: Phase, upcoming: Iterator[Instance], *, is_gated: bool) -> bool:
    """Look for the next thing to do in a phase; True where there is one, noted as an event."""
    try:
        found = next(upcoming, None)
    except _UnknownError as unknown:
        key = scan.marked(unknown.key)
        awaited = VariablesAwaited(key, phase.number, unknown.what, unknown.gaps, tuple(scan.warnings))
        scan.events.append(awaited)
        return True
    except ArgumentError as error:
        raise ArgumentError("context", error.details) from error
    if found is not None:
        _open(scan, phase, found)
    elif is_gated:
        scan.events.append(StepOpened(scan.marked(keys.gate(phase.number)), phase.number, tuple(scan.warnings)))
    return found is not None or is_gated


def _open(scan: _Recording, phase: Phase, found: Instance) -> None:
    """Hand out a step; decide whether it needs a person's word, as far as that is known by now."""
    key = scan.marked(found.key)
    decided = _confirmation(found)
    if decided is not None:
        value, variables = decided
        scan.events.append(ConditionDecided(key, CONFIRMATION, value, variables))
    scan.events.append(StepOpened(key, phase.number, tuple(scan.warnings)))


def _confirmation(found: Instance) -> tuple[bool, JsonObject] | None:
    """Decide on a person's word; None: the document's plain word holds, or the report's variables decide."""
    wanted = [loop.confirm for loop in found.entering if loop.confirm is not False]
    own, scope = found.step.confirm, found.scope
    if own is True or (own is False and not wanted):
        return None
    variables: JsonObject = {}
    for condition in (own, *wanted):
        if not isinstance(condition, bool):
            variables.update(values_of(condition, scope))
    if any(each is True or (not isinstance(each, bool) and holds(each, scope)) for each in (own, *wanted)):
        return True, variables
    return None if not isinstance(own, bool) and weigh(own, scope) is None else (False, variables)
