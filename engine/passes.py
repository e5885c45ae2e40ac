"""How many passes a loop makes, and what its variables are in each.

Above: completed, walk. Below: conditions, variables. Counts and lists are read from the context on each call.
"""

import math
from typing import Final, NamedTuple

from engine.conditions import number
from engine.definition import LoopKind, LoopStep
from engine.errors import ArgumentError
from engine.variables import Scope, Turn, resolve
from schema.values import Json

MAX_PASSES: Final = 10_000
"""Passes looked at in one call, all loops together."""
MAX_STEPS: Final = 250_000
"""Steps of those passes looked at in one call: twenty-five a pass, about a second of work."""


class Plan(NamedTuple):
    """What a loop means to do: `total` passes (None: a test decides, or the variable is missing), over `items`."""

    total: int | None
    items: tuple[Json, ...] | list[Json]

    def turn(self, loop: LoopStep, index: int) -> Turn:
        """Give one pass; beyond the list its item is null."""
        item = self.items[index] if index < len(self.items) else None
        return Turn(loop, index, self.total, item)


_OPEN: Final = Plan(None, ())


def plan(loop: LoopStep, scope: Scope) -> Plan:
    """Read how many passes a loop makes, in the scope around it."""
    if loop.test is not None:
        return _OPEN
    if loop.fixed is not None:
        return Plan(loop.fixed, ())
    value = resolve(loop.source, scope)
    if loop.kind is LoopKind.FOR_EACH:
        return Plan(len(value), value) if isinstance(value, list) else _OPEN
    count = number(value)
    return _OPEN if count is None or not math.isfinite(count) else Plan(max(0, math.floor(count)), ())


class Budget:
    """Counts what one call looks at."""

    def __init__(self) -> None:
        self._passes = MAX_PASSES
        self._steps = MAX_STEPS

    def enter(self, steps: int) -> None:
        """Count one pass with so many steps; ArgumentError when there were too many."""
        self._passes -= 1
        if self._passes < 0:
            raise ArgumentError("completedSteps", _TOO_MANY.format(most=MAX_PASSES, what="loop passes"))
        self.look(steps)

    def look(self, steps: int = 1) -> None:
        """Count steps looked at; ArgumentError when there were too many."""
        self._steps -= steps
        if self._steps < 0:
            raise ArgumentError("completedSteps", _TOO_MANY.format(most=MAX_STEPS, what="steps"))


_TOO_MANY: Final = "this call would have to look at more than {most} {what}; shorten the lists and counts in context"
