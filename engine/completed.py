"""completedSteps, read in order: what is done, by key.

Above: walk. Below: keys, passes, conditions, budget.
An entry is a stepKey, an id outside loops, or a plain id inside loops: the next instance behind the one read last.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

from engine import keys
from engine.conditions import holds
from engine.definition import IfStep, Level, LoopStep, Place, PromptStep, Step, Workflow
from engine.errors import ArgumentError
from engine.passes import plan
from engine.variables import Scope

MAX_ENTRIES: Final = 10_000
"""Entries of completedSteps: what an agent can do in a very long day."""


class Done:
    """What is done.

    `keys`: instances, closed loops among them; `reached`: by a loop's key its last pass with a done instance;
    `prompts`: how many of `keys` are prompt steps.
    """

    __slots__ = ("keys", "prompts", "reached")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.reached: dict[str, int] = {}
        self.prompts = 0

    def add(self, key: str, place: Place, passes: tuple[int, ...]) -> None:
        """Note one instance; a second time changes nothing."""
        if key in self.keys:
            return
        self.keys.add(key)
        if isinstance(place.step, PromptStep):
            self.prompts += 1
        frames = ""
        for loop, index in zip(place.loops, passes, strict=True):
            loop_key = keys.instance(frames, loop.id)
            self.reached[loop_key] = max(index, self.reached.get(loop_key, index))
            frames = keys.frame(frames, loop.id, index)

    def branch_of(self, step: IfStep, frames: str) -> int | None:
        """Give the branch of an if that has a done instance; None where none has."""
        if not self.keys:
            return None
        branches = enumerate(step.branches)
        return next((number for number, each in branches if any(self.has(inner, frames) for inner in each.steps)), None)

    def has(self, step: Step, frames: str) -> bool:
        """Tell whether a step is done or, being a loop or an if, has a done instance in it."""
        key = keys.instance(frames, step.id)
        if key in self.keys or key in self.reached:
            return True
        return isinstance(step, IfStep) and self.branch_of(step, frames) is not None


def read_completed(workflow: Workflow, completed: Sequence[str], scope: Scope) -> tuple[Done, tuple[str, ...]]:
    """Read completedSteps under a context; gives what is done, and warnings.

    StepNotFoundError for an entry that names nothing, ArgumentError for too many entries or a plain id that could mean
    several passes.
    """
    if len(completed) > MAX_ENTRIES:
        raise ArgumentError(
            "completedSteps", f"at most {MAX_ENTRIES} entries are read; close finished loops by their id"
        )
    done = Done()
    reader: _Reader | None = None
    places = workflow.places
    for number, entry in enumerate(completed):
        place = places.get(entry)
        if place is not None and not place.loops and reader is None:
            done.add(entry, place, ())
            continue
        if reader is None:
            reader = _Reader(workflow, scope, done)
            reader.catch_up(completed, number)
        reader.read(entry, place, number)
    if reader is None:
        return done, ()
    scope.budget.look_again()
    return done, tuple(reader.warnings)


class _Pass(NamedTuple):
    """One pass of a loop: where it is, its names, and whether the conditions of the loops around hold."""

    frames: str
    position: keys.Position
    passes: tuple[int, ...]
    scope: Scope
    is_open: bool


class _Reader:
    """Reads entries where loops are concerned; knows which instance was read last."""

    def __init__(self, workflow: Workflow, scope: Scope, done: Done) -> None:
        self.workflow = workflow
        self.done = done
        self.budget = scope.budget
        self.warnings: list[str] = []
        self.outside = _Pass("", (), (), scope, is_open=True)
        self._last: keys.Position = (-1,)
        self._passes: dict[str, _Passes] = {}
        self._instances: dict[str, _Instances] = {}

    def catch_up(self, completed: Sequence[str], number: int) -> None:
        """Remember the entry before `number`, which stood outside loops."""
        if number:
            self._last = keys.position(self.workflow.places[completed[number - 1]], ())

    def read(self, entry: str, place: Place | None, number: int) -> None:
        """Read one entry; `place` is its step's where the entry is a plain id."""
        if place is not None and place.loops:
            self._plain(entry, place, number)
            return
        read = keys.read(entry, self.workflow)
        self.done.add(entry, read.place, read.passes)
        self._last = read.position

    def passes(self, loop: LoopStep) -> "_Passes":
        """Give the passes of a loop, in walk order, found as they are asked for."""
        loop_id = loop.id
        if loop_id not in self._passes:
            place = self.workflow.places[loop_id]
            self._passes[loop_id] = _Passes(self, place, loop)
        return self._passes[loop_id]

    def _plain(self, step_id: str, place: Place, number: int) -> None:
        if step_id not in self._instances:
            self._instances[step_id] = _Instances(place, self.passes(place.loops[-1]), self)
        found = self._instances[step_id].behind(self._last)
        if any(loop.test is not None for loop in place.loops[1:]):
            raise ArgumentError(f"completedSteps/{number}", _ambiguous(step_id, found))
        if found is None:
            self.warnings.append(
                f"completedSteps/{number}: every pass with {step_id} is done already; it was not counted"
            )
            return
        self.done.add(keys.instance(found.frames, step_id), place, found.passes)
        self._last = keys.position(place, found.passes)


class _Passes:
    """The passes of one loop in all passes of the loops around it."""

    def __init__(self, reader: _Reader, place: Place, loop: LoopStep) -> None:
        self.known: list[_Pass] = []
        self._reader = reader
        self._source = self._search(place, loop)

    def get(self, index: int) -> _Pass | None:
        """Give the pass with that number in walk order; None behind the last."""
        while index >= len(self.known):
            found = next(self._source, None)
            if found is None:
                return None
            self.known.append(found)
        return self.known[index]

    def _search(self, place: Place, loop: LoopStep) -> Iterator[_Pass]:
        ifs = _ifs(place)
        for outer in self._around(place):
            is_open = outer.is_open and _leads(ifs, loop, outer.scope)
            planned = plan(loop, outer.scope)
            total = loop.max_iterations if planned.total is None else min(planned.total, loop.max_iterations)
            for index in range(total):
                self._reader.budget.enter(1)
                yield _Pass(
                    keys.frame(outer.frames, loop.id, index),
                    (*outer.position, place.indexes[-1], index),
                    (*outer.passes, index),
                    outer.scope.inside(planned.turn(loop, index)),
                    is_open,
                )

    def _around(self, place: Place) -> Iterator[_Pass]:
        if not place.loops:
            yield self._reader.outside
            return
        outer = self._reader.passes(place.loops[-1])
        index = 0
        while (found := outer.get(index)) is not None:
            yield found
            index += 1


class _Instances:
    """The instances of one step, one for each pass of the loop around it."""

    def __init__(self, place: Place, passes: _Passes, reader: _Reader) -> None:
        self._place = place
        self._ifs = _ifs(place)
        self._passes = passes
        self._done = reader.done
        self._budget = reader.budget
        self._eligible: list[int] = []
        self._weighed = 0
        self._first_open = 0

    def behind(self, last: keys.Position) -> _Pass | None:
        """Choose the instance that a plain id means: the next eligible one, the next one, the first not yet done."""
        start = self._first_behind(last)
        eligible = self._eligible_from(start)
        found = self._passes.get(start if eligible is None else eligible)
        return found if found is not None else self._not_done()

    def _position(self, found: _Pass) -> keys.Position:
        return keys.position(self._place, found.passes)

    def _first_behind(self, last: keys.Position) -> int:
        known = self._passes.known
        while not known or self._position(known[-1]) <= last:
            if self._passes.get(len(known)) is None:
                return len(known)
        return bisect_right(known, last, key=self._position)

    def _eligible_from(self, start: int) -> int | None:
        chosen = bisect_left(self._eligible, start)
        if chosen < len(self._eligible):
            return self._eligible[chosen]
        step = self._place.step
        while (found := self._passes.get(self._weighed)) is not None:
            self._weighed += 1
            self._budget.spend(1)
            if found.is_open and _leads(self._ifs, step, found.scope):
                self._eligible.append(self._weighed - 1)
                if self._weighed > start:
                    return self._weighed - 1
        return None

    def _not_done(self) -> _Pass | None:
        while (found := self._passes.get(self._first_open)) is not None:
            if keys.instance(found.frames, self._place.step.id) not in self._done.keys:
                return found
            self._first_open += 1
            self._budget.spend(1)
        return None


def _ifs(place: Place) -> tuple[Level, ...]:
    """Give the branches a step lies in within the innermost loop around it, outermost first."""
    levels = place.levels
    start = max((number for number, each in enumerate(levels) if isinstance(each.owner, LoopStep)), default=0)
    return tuple(each for each in levels[start:] if isinstance(each.owner, IfStep))


def _leads(ifs: tuple[Level, ...], step: Step, scope: Scope) -> bool:
    """Tell whether these branches are taken, and the step in them runs."""
    return all(_is_taken(each, scope) for each in ifs) and _runs(step, scope)


def _is_taken(level: Level, scope: Scope) -> bool:
    owner = cast("IfStep", level.owner)
    first = next((at for at, each in enumerate(owner.branches) if each.when is None or holds(each.when, scope)), None)
    return _runs(owner, scope) and first == level.branch


def _runs(step: Step, scope: Scope) -> bool:
    return step.run_condition is None or holds(step.run_condition, scope)


def _ambiguous(step_id: str, found: _Pass | None) -> str:
    key = keys.instance(found.frames, step_id) if found is not None else "the stepKey of the answer"
    return f"{step_id} runs in a while or until loop inside another loop, so its id alone does not say when; send {key}"
