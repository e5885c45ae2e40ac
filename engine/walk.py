"""The walk: which step is next. A pure function of the workflow, what is done, and the context.

Above: guidance, tools; sessions.onward, whose scan goes on from a position and records what it decides. Below:
completed, passes, conditions, budget. The scan goes through the document in order on a stack of frames: done - pass
on; condition false - pass on; otherwise stop, this is next. The stateless form remembers nothing, so a step passed over
is offered as soon as its condition holds.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from engine import keys
from engine.budget import Budget
from engine.completed import MAX_ENTRIES, Done, read_completed
from engine.conditions import add_values, gaps, holds, weigh
from engine.definition import Condition, LoopStep, PromptStep, Step, Workflow
from engine.errors import DomainError
from engine.passes import Plan, plan
from engine.variables import Scope, Turn, outermost
from schema.values import Json, JsonObject

MAX_WAITING: Final = 100
"""Steps named for one missing variable; that many say enough."""
RUN_CONDITION: Final = "runCondition"
"""What is decided of a step before it is handed out, or of a loop before it begins."""
TEST: Final = "test"
"""What is decided before each pass of a while or until loop."""
ITEMS: Final = "items"
"""What says how many passes a for or forEach loop makes."""


class Instance(NamedTuple):
    """A step to do now: its key, and the scope it is done in. `entering` are the loops that begin with it."""

    step: PromptStep
    key: str
    scope: Scope
    entering: tuple[LoopStep, ...]


class Gap(NamedTuple):
    """A missing variable that steps wait for: values that would let them run (none where none can be named), keys."""

    variable: str
    values: tuple[Json, ...]
    steps: tuple[str, ...]


class Next(NamedTuple):
    """Where a run stands: the next `instance`, or what it waits for (`gaps`), or neither: it is complete.

    `done` and `total` count prompt steps; `total` is None where it cannot be known yet.
    """

    instance: Instance | None
    gaps: tuple[Gap, ...]
    done: int
    total: int | None
    warnings: tuple[str, ...]

    @property
    def step(self) -> JsonObject | None:
        """The next step as its document has it."""
        return None if self.instance is None else self.instance.step.shown

    @property
    def is_complete(self) -> bool:
        """True when nothing is left to do and nothing waits."""
        return self.instance is None and not self.gaps


def next_step(workflow: Workflow, completed: Sequence[str], context: JsonObject) -> Next:
    """Find the next step.

    `completed`: stepKeys or ids in order of completion. StepNotFoundError for one that names nothing; ArgumentError
    beyond 10,000 entries or passes, for more work than a budget allows and for an id that could mean several passes;
    CriterionError for a condition whose pattern hits a limit.
    """
    scope = outermost(context, is_strict=workflow.is_strict)
    done, warnings = read_completed(workflow, completed, scope)
    scan = Scan(done, scope.budget)
    upcoming = scan.sequence(workflow.steps, "", scope, ())
    first = next(upcoming, None)
    warnings = (*warnings, *scan.warnings)
    if first is None:
        total = None if scan.missing else done.prompts
        return Next(None, scan.gaps(), done.prompts, total, warnings)
    total = _total(scan, upcoming) if workflow.plain_from else _bounded(len(workflow.steps))
    return Next(first, (), done.prompts, total, warnings)


def _total(scan: "Scan", upcoming: Iterator[Instance]) -> int | None:
    """Count what is done and to come; None where a test or a missing variable decides, or a limit is hit."""
    total = scan.done.prompts + 1
    left = scan.budget.left
    try:
        while not scan.is_open_ended and total <= MAX_ENTRIES and next(upcoming, None) is not None:
            total += 1
    except DomainError:
        return None
    finally:
        scan.budget.left = left  # guidance spends from it too, and its answer must not depend on how far counting came
    return None if scan.is_open_ended or scan.missing else _bounded(total)


def _bounded(total: int) -> int | None:
    return total if total <= MAX_ENTRIES else None


class Around(NamedTuple):
    """A loop around the place where a scan goes on: its pass number `number`, and whether that had work so far.

    `frames`, `scope` and `entering` are those the loop itself stands in; `behind` the steps after it there.
    """

    loop: LoopStep
    key: str
    frames: str
    scope: Scope
    entering: tuple[LoopStep, ...]
    behind: tuple[Step, ...]
    number: int
    has_work: bool


class Scan:
    """One scan; `missing` and `warnings` grow as it goes.

    A session's scan overrides the four points where something is decided: `runs`, `lacks`, `enters`, `leaves`.
    """

    def __init__(self, done: Done, budget: Budget) -> None:
        self.done = done
        self.warnings: list[str] = []
        self.missing: dict[str, tuple[list[Json], dict[str, None]]] = {}
        self.is_open_ended = False
        self.budget = budget

    def gaps(self) -> tuple[Gap, ...]:
        """Give the missing variables met so far, in the order they were met."""
        return tuple(Gap(name, tuple(values), tuple(steps)) for name, (values, steps) in self.missing.items())

    def sequence(
        self, steps: tuple[Step, ...], frames: str, scope: Scope, entering: tuple[LoopStep, ...]
    ) -> Iterator[Instance]:
        """Give every instance that could be done now, in walk order."""
        done = self.done.keys
        last_done: int | None = None
        for index, step in enumerate(steps):
            key = f"{frames}::{step.id}" if frames else step.id
            if key in done:
                continue
            if isinstance(step, LoopStep):
                if key in self.done.reached:
                    last_done = self._last_done(steps, frames) if last_done is None else last_done
                    if last_done > index:
                        continue
                elif step.run_condition is not None and not self.runs(step.run_condition, scope, key, RUN_CONDITION):
                    continue
                yield from self.loop(step, key, frames, scope, entering)
            elif isinstance(step, PromptStep) and (
                step.run_condition is None or self.runs(step.run_condition, scope, key, RUN_CONDITION)
            ):
                yield Instance(step, key, scope, entering)

    def climb(self, inner: Iterator[Instance], around: Sequence[Around]) -> Iterator[Instance]:
        """Go on from `inner`, which begins inside these loops (outermost first): further passes, then what follows."""
        had_work = False
        for found in inner:
            had_work = True
            yield found
        for each in reversed(around):
            if each.loop.test is not None and not (had_work or each.has_work):
                self._end_empty(each.key, each.number)
            else:
                for found in self.loop(each.loop, each.key, each.frames, each.scope, each.entering, each.number + 1):
                    had_work = True
                    yield found
            for found in self.sequence(each.behind, each.frames, each.scope, each.entering):
                had_work = True
                yield found

    def runs(self, condition: Condition, scope: Scope, key: str, _what: str) -> bool:
        """Decide a condition; where it is false only because variables are missing, note that `key` waits."""
        if holds(condition, scope):
            return True
        if weigh(condition, scope) is None:
            for name, values in gaps(condition, scope).items():
                self._miss(name, values, key)
        return False

    def lacks(self, loop: LoopStep, key: str, _scope: Scope) -> None:
        """Note that a loop's list or count is missing."""
        self._miss(loop.source_name, [], key)

    def enters(self, key: str, turn: Turn) -> None:
        """Take note of a pass that is entered."""

    def leaves(self, key: str, passes: int, reason: str) -> None:
        """Take note of a loop that ends."""

    def _miss(self, name: str, values: list[Json], key: str) -> None:
        known, steps = self.missing.setdefault(name, ([], {}))
        add_values(known, values)
        if len(steps) < MAX_WAITING:
            steps[key] = None

    def _last_done(self, steps: tuple[Step, ...], frames: str) -> int:
        """Find the last step that is done or, being a loop, has a done instance; there is one."""
        ids = (keys.instance(frames, step.id) for step in steps)
        return max(index for index, key in enumerate(ids) if key in self.done.keys or key in self.done.reached)

    def loop(
        self, loop: LoopStep, key: str, frames: str, scope: Scope, entering: tuple[LoopStep, ...], first: int = 0
    ) -> Iterator[Instance]:
        """Go through the passes of a loop that has begun or may begin, from `first` on, as far as they are entered."""
        reached = self.done.reached.get(key, -1)
        planned = plan(loop, scope)
        starting = () if reached >= 0 else (*entering, loop)
        for index in range(first, loop.max_iterations):
            turn = planned.turn(loop, index)
            inner = scope.inside(turn)
            if index > reached and not self._goes_on(loop, index, planned, inner, key):
                return
            self.budget.enter(len(loop.body))
            self.enters(key, turn)
            here = keys.frame(frames, loop.id, index)
            is_empty = True
            for found in self.sequence(loop.body, here, inner, starting):
                is_empty = False
                yield found
            if is_empty and loop.test is not None and index > reached:
                self._end_empty(key, index)
                return
        self._end_at_limit(loop, key, planned, scope)

    def _goes_on(self, loop: LoopStep, index: int, planned: Plan, inner: Scope, key: str) -> bool:
        """Decide whether a pass behind all done ones is entered."""
        if loop.test is not None:
            enters = self.runs(loop.test, inner, key, TEST)
            self.is_open_ended = self.is_open_ended or enters
            if not enters:
                self.leaves(key, index, "its test does not hold")
            return enters
        if planned.total is None:
            self.lacks(loop, key, inner)
            return False
        if index < planned.total:
            return True
        self.leaves(key, index, "all its passes are done")
        return False

    def _end_empty(self, key: str, index: int) -> None:
        reason = f"pass {index} has no step whose runCondition holds"
        self.warnings.append(f"loop {key} ended: {reason}")
        self.leaves(key, index + 1, reason)

    def _end_at_limit(self, loop: LoopStep, key: str, planned: Plan, scope: Scope) -> None:
        most = loop.max_iterations
        if loop.test is None:
            wanted = planned.total is not None and planned.total > most
        else:
            wanted = holds(loop.test, scope.inside(planned.turn(loop, most)))
        reason = f"it reached its maxIterations, {most}"
        if wanted:
            self.warnings.append(f"loop {key} ended: {reason}")
        self.leaves(key, most, reason if wanted else "all its passes are done")
