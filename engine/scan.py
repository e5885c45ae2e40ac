"""The scan: which step is next, through the document in order on a stack of frames.

Above: walk (the stateless form), sessions.resuming, sessions.scanning (a session's scan, which goes on from a position
and records what it decides). Below: completed, passes, conditions, budget. Done - pass on; condition false - pass on;
otherwise stop, this is next.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from engine import keys
from engine.budget import Budget
from engine.completed import Done
from engine.conditions import add_values, gaps, holds, weigh
from engine.definition import Condition, IfStep, LoopStep, Open, Served, Step
from engine.passes import Plan, plan
from engine.variables import Scope, Turn
from schema.values import Json

MAX_WAITING: Final = 100
"""Steps named for one missing variable; that many say enough."""
RUN_CONDITION: Final = "runCondition"
"""What is decided of a step before it is handed out, or of a loop or if before it begins."""
TEST: Final = "test"
"""What is decided before each pass of a while or until loop."""
ITEMS: Final = "items"
"""What says how many passes a for or forEach loop makes."""
WHEN: Final = "when"
"""What is decided of the branches of an if, one after the other."""

Leaf: TypeAlias = Open | Served
"""A step that is done as a whole, by whomever."""

_HOLDING: Final = (LoopStep, IfStep)
"""Steps that hold others."""


class Here(NamedTuple):
    """Where a scan is: the loop passes as text, the names in force, the loops that begin with what comes next."""

    frames: str
    scope: Scope
    entering: tuple[LoopStep, ...]


class Found(NamedTuple):
    """A step to do now: its key, and the scope it is done in. `entering` are the loops that begin with it.

    `is_over`: the steps that follow its failure are done, and what then becomes of it is to be decided.
    """

    step: Leaf
    key: str
    scope: Scope
    entering: tuple[LoopStep, ...]
    is_over: bool = False


class Gap(NamedTuple):
    """A missing variable that steps wait for: values that would let them run (none where none can be named), keys."""

    variable: str
    values: tuple[Json, ...]
    steps: tuple[str, ...]


class Around(NamedTuple):
    """What lies around the place where a scan goes on: a loop, an if, or a step whose failure is being dealt with.

    `here` is where it stands itself, `behind` the steps after it there. Of a loop: the pass `number` that is under way,
    and whether it had work so far.
    """

    owner: Step
    key: str
    here: Here
    behind: tuple[Step, ...]
    number: int = 0
    has_work: bool = False


class Scan:
    """One scan; `missing` and `warnings` grow as it goes, `worked` counts the steps it came upon and the ifs decided.

    A session's scan overrides the points where something is decided: `runs`, `wants`, `plan`, `counts`, `lacks`,
    `enters`, `leaves`, `takes`.
    """

    def __init__(self, done: Done, budget: Budget) -> None:
        self.done = done
        self.warnings: list[str] = []
        self.missing: dict[str, tuple[list[Json], dict[str, None]]] = {}
        self.is_open_ended = False
        self.budget = budget
        self.worked = 0
        self._lasts: dict[tuple[int, str], int] = {}

    def gaps(self) -> tuple[Gap, ...]:
        """Give the missing variables met so far, in the order they were met."""
        return tuple(Gap(name, tuple(values), tuple(steps)) for name, (values, steps) in self.missing.items())

    def sequence(self, steps: tuple[Step, ...], here: Here) -> Iterator[Found]:
        """Give every step that could be done now, in walk order."""
        frames, scope, entering = here
        done = self.done.keys
        for index, step in enumerate(steps):
            key = f"{frames}::{step.id}" if frames else step.id
            if key in done:
                continue
            if not isinstance(step, _HOLDING):
                if step.run_condition is None or self.runs(step.run_condition, scope, key, RUN_CONDITION):
                    self.worked += 1
                    yield Found(step, key, scope, entering)
            elif isinstance(step, IfStep):
                yield from self.sequence(self._branch(step, key, here), here)
            elif (
                self._last_done(steps, frames) <= index if key in self.done.reached else self._is_due(step, key, scope)
            ):
                yield from self.loop(step, key, here)

    def _is_due(self, loop: LoopStep, key: str, scope: Scope) -> bool | None:
        """Decide whether a loop of which nothing is done begins."""
        return loop.run_condition is None or self.runs(loop.run_condition, scope, key, RUN_CONDITION)

    def _branch(self, step: IfStep, key: str, here: Here) -> tuple[Step, ...]:
        """Give the steps of the branch that is taken; none where no branch is, or it cannot be told yet."""
        taken = self.done.branch_of(step, here.frames)
        if taken is not None:
            return step.branches[taken].steps
        condition = step.run_condition
        if condition is not None and not self.runs(condition, here.scope, key, RUN_CONDITION):
            return ()
        return self.chosen(step, key, here.scope)

    def chosen(self, step: IfStep, key: str, scope: Scope) -> tuple[Step, ...]:
        """Give the steps of the first branch whose condition holds; none where none does, or one is unknown."""
        for number, branch in enumerate(step.branches):
            holds_now = True if branch.when is None else self.runs(branch.when, scope, key, WHEN)
            if holds_now is None:
                return ()
            if holds_now:
                self.worked += 1
                self.takes(key, number)
                return branch.steps
        self.worked += 1
        self.takes(key, None)
        return ()

    def climb(self, inner: Iterator[Found], around: Sequence[Around]) -> Iterator[Found]:
        """Go on from `inner`, which begins inside these (outermost first): further passes, then what follows."""
        before = self.worked
        yield from inner
        for each in reversed(around):
            owner = each.owner
            if isinstance(owner, LoopStep):
                if owner.test is not None and self.worked == before and not each.has_work:
                    self._end_empty(each.key, each.number)
                else:
                    yield from self.loop(owner, each.key, each.here, each.number + 1)
            elif not isinstance(owner, IfStep):
                yield Found(owner, each.key, each.here.scope, each.here.entering, is_over=True)
            yield from self.sequence(each.behind, each.here)

    def runs(self, condition: Condition, scope: Scope, key: str, _what: str) -> bool | None:
        """Decide a condition; None where it is false only because variables are missing, noting that `key` waits."""
        if holds(condition, scope):
            return True
        if weigh(condition, scope) is not None:
            return False
        for name, values in gaps(condition, scope).items():
            self._miss(name, values, key)
        return None

    def wants(self, test: Condition, scope: Scope, _key: str) -> bool:
        """Tell whether a loop that has come to its end would go on."""
        return holds(test, scope)

    def plan(self, loop: LoopStep, scope: Scope, _key: str) -> Plan:
        """Read how many passes a loop makes."""
        return plan(loop, scope)

    def counts(self, loop: LoopStep, _key: str) -> None:
        """Count a pass that is looked at; ArgumentError where there were too many in this call."""
        self.budget.enter(len(loop.body))

    def lacks(self, loop: LoopStep, key: str, _scope: Scope) -> None:
        """Note that a loop's list or count is missing."""
        self._miss(loop.source_name, [], key)

    def enters(self, key: str, turn: Turn, planned: Plan) -> None:
        """Take note of a pass that is entered."""

    def leaves(self, key: str, passes: int, reason: str) -> None:
        """Take note of a loop that ends."""

    def takes(self, key: str, branch: int | None) -> None:
        """Take note of the branch of an if that is taken, or that none is."""

    def _miss(self, name: str, values: list[Json], key: str) -> None:
        known, steps = self.missing.setdefault(name, ([], {}))
        add_values(known, values)
        if len(steps) < MAX_WAITING:
            steps[key] = None

    def _last_done(self, steps: tuple[Step, ...], frames: str) -> int:
        """Find the last step that is done or has a done instance in it; there is one."""
        known = self._lasts.get((id(steps), frames))
        if known is None:
            known = max(index for index, step in enumerate(steps) if self.done.has(step, frames))
            self._lasts[id(steps), frames] = known
        return known

    def loop(self, loop: LoopStep, key: str, here: Here, first: int = 0) -> Iterator[Found]:
        """Go through the passes of a loop that has begun or may begin, from `first` on, as far as they are entered."""
        reached = self.done.reached.get(key, -1)
        scope = here.scope
        planned = self.plan(loop, scope, key)
        starting = () if reached >= 0 else (*here.entering, loop)
        for index in range(first, loop.max_iterations):
            turn = planned.turn(loop, index)
            inner = scope.inside(turn)
            if index > reached and not self._goes_on(loop, index, planned, inner, key):
                return
            self.counts(loop, key)
            self.enters(key, turn, planned)
            before = self.worked
            yield from self.sequence(loop.body, Here(keys.frame(here.frames, loop.id, index), inner, starting))
            if self.worked == before and loop.test is not None and index > reached:
                self._end_empty(key, index)
                return
        self._end_at_limit(loop, key, planned, scope)

    def _goes_on(self, loop: LoopStep, index: int, planned: Plan, inner: Scope, key: str) -> bool:
        """Decide whether a pass behind all done ones is entered."""
        if loop.test is not None:
            enters = self.runs(loop.test, inner, key, TEST) is True
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
            wanted = self.wants(loop.test, scope.inside(planned.turn(loop, most)), key)
        reason = f"it reached its maxIterations, {most}"
        if wanted:
            self.warnings.append(f"loop {key} ended: {reason}")
        self.leaves(key, most, reason if wanted else "all its passes are done")
