"""A session's scan: it goes on from a position, records what it decides, and stops at what it cannot decide.

Above: onward. Below: engine.scan (the one machine), resuming, draft.
"""

from typing import Final, NoReturn

from engine import keys
from engine.completed import Done
from engine.conditions import gaps, holds, weigh
from engine.definition import Condition, LoopKind, LoopStep, Script
from engine.errors import ArgumentError, DomainError
from engine.expression import ExpressionError
from engine.passes import Plan
from engine.scan import ITEMS, TEST, Scan
from engine.sessions.deciding import values_of
from engine.sessions.draft import Draft
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.flow_family import BranchTaken
from engine.sessions.model import Frame, Gap
from engine.sessions.way_family import ConditionDecided, LoopLeft, PassEntered
from engine.variables import Scope, Turn, resolve
from schema.values import Json

CONDITION_ERROR: Final = "ConditionError"
"""The type of error of a condition, a list or a number of passes that cannot be told."""


class UnknownError(Exception):
    """The walk cannot go on at `key`: `what` is unknown without these variables."""

    def __init__(self, key: str, what: str, missing: dict[str, list[Json]]) -> None:
        """Take the missing variables with the values that would do."""
        super().__init__(key)
        self.key = key
        self.what = what
        self.gaps = tuple(Gap(name, tuple(values)) for name, values in missing.items())


class BrokenError(Exception):
    """What decides on the step at `key` gives no answer."""

    def __init__(self, key: str, fault: StepFault) -> None:
        """Take why."""
        super().__init__(key)
        self.key = key
        self.fault = fault


class ExhaustedError(Exception):
    """The walk at `key` does more than one call may."""

    def __init__(self, key: str) -> None:
        """Take the key of the loop or step."""
        super().__init__(key)
        self.key = key


class Recording(Scan):
    """A scan that notes what it decides; `scope` is the one outside all loops."""

    def __init__(self, draft: Draft, scope: Scope) -> None:
        super().__init__(Done(), scope.budget)
        self.scope = scope
        self._draft = draft
        self._is_automation = draft.workflow.automation is not None
        self.warnings = draft.warnings

    def marked(self, key: str) -> str:
        """Give the key of something that is decided."""
        return keys.marked(key, self._draft.state.rollbacks)

    def runs(self, condition: Condition, scope: Scope, key: str, what: str) -> bool:
        """Decide a condition and note it; stop where it is unknown."""
        try:
            value = holds(condition, scope)
            if not value and weigh(condition, scope) is None:
                raise UnknownError(key, what, gaps(condition, scope))
        except (DomainError, ExpressionError) as error:
            raise self._broken(key, error) from error
        text = condition.text if isinstance(condition, Script) else ""
        decided = ConditionDecided(self.marked(key), what, value, values_of(condition, scope), text)
        self._draft.add(decided)
        if what == TEST:
            self._draft.tests[key] = decided
        return value

    def wants(self, test: Condition, scope: Scope, key: str) -> bool:
        """Tell whether a loop that has come to its end would go on."""
        try:
            return holds(test, scope)
        except (DomainError, ExpressionError) as error:
            raise self._broken(key, error) from error

    def plan(self, loop: LoopStep, scope: Scope, key: str) -> Plan:
        """Read how many passes a loop makes; in automation documents that is settled when it begins."""
        frame = self._frame(loop, key)
        if frame is not None and frame.items is not None:
            return Plan(len(frame.items), frame.items)
        if frame is not None and loop.kind is LoopKind.FOR:
            return Plan(frame.total, ())
        try:
            return super().plan(loop, scope, key)
        except (DomainError, ExpressionError) as error:
            raise self._broken(key, error) from error

    def _frame(self, loop: LoopStep, key: str) -> Frame | None:
        """Give the pass of a loop that has begun; None outside automation documents."""
        frames, level = self._draft.state.frames, keys.depth(key)
        is_open = self._is_automation and len(frames) > level and frames[level].loop == loop.id
        return frames[level] if is_open else None

    def _broken(self, key: str, error: Exception) -> Exception:
        """Give what stands for an error: a failed step in automation documents, elsewhere a report that is refused."""
        if isinstance(error, ArgumentError):
            return ExhaustedError(key) if self._is_automation else ArgumentError("context", error.details)
        return BrokenError(key, fault_of(error, CONDITION_ERROR)) if self._is_automation else error

    def counts(self, loop: LoopStep, key: str) -> None:
        """Count a pass."""
        try:
            super().counts(loop, key)
        except ArgumentError as error:
            raise self._broken(key, error) from error

    def lacks(self, loop: LoopStep, key: str, scope: Scope) -> NoReturn:
        """Stop: nobody knows how many passes the loop makes."""
        if self._is_automation and (loop.script is not None or resolve(loop.source, scope) is not None):
            words = "items gave no list" if loop.kind is LoopKind.FOR_EACH else "count gave no number"
            raise BrokenError(key, StepFault(CONDITION_ERROR, f"its {words}"))
        raise UnknownError(key, ITEMS, {loop.source_name: []})

    def enters(self, key: str, turn: Turn, planned: Plan) -> None:
        """Note a pass, with its item as it is now."""
        is_fixed = self._is_automation and turn.number == 0 and turn.loop.kind is LoopKind.FOR_EACH
        items = tuple(planned.items) if is_fixed else None
        self._draft.add(PassEntered(self.marked(key), turn.number, turn.total, turn.item, items))

    def leaves(self, key: str, passes: int, reason: str) -> None:
        """Note the end of a loop."""
        self._draft.add(LoopLeft(self.marked(key), passes, reason))

    def takes(self, key: str, branch: int | None) -> None:
        """Note the branch of an if."""
        self._draft.add(BranchTaken(self.marked(key), branch))
