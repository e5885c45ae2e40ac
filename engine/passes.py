"""How many passes a loop makes, and what its variables are in each; which steps are done once in any case.

Above: build, completed, walk. Below: conditions, variables. Counts and lists are read from the context on each call.
"""

import math
from typing import Final, NamedTuple

from engine.definition import LoopKind, LoopStep, PromptStep, Step
from engine.operators import number
from engine.scripts import evaluate
from engine.variables import Scope, Turn, resolve
from schema.values import Json


class Plan(NamedTuple):
    """What a loop means to do: `total` passes (None: a test decides, or the variable is missing), over `items`."""

    total: int | None
    items: tuple[Json, ...] | list[Json]

    def turn(self, loop: LoopStep, index: int) -> Turn:
        """Give one pass; beyond the list its item is null."""
        item = self.items[index] if index < len(self.items) else None
        return Turn(loop, index, self.total, item)


def is_plain(step: Step) -> bool:
    """Tell whether a step is a prompt without a condition: it is to be done once, whatever the variables say."""
    return isinstance(step, PromptStep) and step.run_condition is None


def plain_from(steps: tuple[Step, ...]) -> int:
    """Give the index from which on all steps are plain."""
    index = len(steps)
    while index and is_plain(steps[index - 1]):
        index -= 1
    return index


_OPEN: Final = Plan(None, ())


def plan(loop: LoopStep, scope: Scope) -> Plan:
    """Read how many passes a loop makes, in the scope around it; ScriptFault where an expression does not say."""
    if loop.test is not None:
        return _OPEN
    if loop.fixed is not None:
        return Plan(loop.fixed, ())
    value = resolve(loop.source, scope) if loop.script is None else evaluate(loop.script, scope)
    if loop.kind is LoopKind.FOR_EACH:
        return Plan(len(value), value) if isinstance(value, list) else _OPEN
    count = number(value)
    return _OPEN if count is None or not math.isfinite(count) else Plan(max(0, math.floor(count)), ())
