"""What one call may do: passes it enters, and work - steps looked at, conditions decided, values compared.

Above: variables carries it, walk, completed and conditions spend it. Below: definition, errors.
Counted in units, not in seconds, so that the same call is always allowed or always refused; only what patterns need is
measured, because nothing else tells it.
"""

from functools import cached_property
from typing import Final, NamedTuple

from engine.definition import Comparison
from engine.errors import ArgumentError
from schema.values import Json

MAX_PASSES: Final = 10_000
"""Passes looked at in one call, all loops together."""
MAX_WORK: Final = 200_000
"""Units of work in one call: a unit takes one to three microseconds, so no call holds up the others for long."""
UNITS_A_SECOND: Final = 400_000
"""Units that a CPU second of pattern matching stands for."""
TEXT_UNIT: Final = 64
"""Characters of a text that count as one unit: without regard to case they are compared in a microsecond or so."""
_CONTAINERS: Final = frozenset((list, dict))


class Verdict(NamedTuple):
    """A decided comparison; it keeps the condition and the value alive, whose identities name it."""

    condition: Comparison
    value: Json
    holds: bool


class Budget:
    """Counts what one call does. Most calls spend nothing, so whatever can begin late does; `left` are units."""

    left = MAX_WORK
    _passes = MAX_PASSES

    @cached_property
    def verdicts(self) -> dict[tuple[int, int], Verdict]:
        """Give the large comparisons decided so far, by the identities of condition and value."""
        return {}

    @cached_property
    def _sizes(self) -> dict[int, tuple[Json, int]]:
        return {}

    def enter(self, steps: int) -> None:
        """Count one pass with so many steps; ArgumentError when there were too many."""
        self._passes -= 1
        if self._passes < 0:
            raise ArgumentError("completedSteps", _PASSES)
        self.spend(steps)

    def allow(self, passes: int, work: int) -> None:
        """Allow so many passes and units from now on: a session that walks on by itself needs more than one look."""
        self._passes, self.left = passes, work

    def look_again(self) -> None:
        """Count passes from the start: the walk looks at those that reading completedSteps has looked at."""
        self._passes = MAX_PASSES

    def spend(self, units: int, name: str = "") -> None:
        """Count work, where it is with the variable `name`; ArgumentError when it was too much."""
        self.left -= units
        if self.left < 0:
            raise ArgumentError("context", f"{_WORK}, and the variable {name!r} first" if name else _WORK)

    def size(self, value: Json) -> int:
        """Give the units of a value, as size_of; a list or object is counted once."""
        if type(value) not in _CONTAINERS:
            return size_of(value)
        known = self._sizes.get(id(value))
        if known is None:
            known = self._sizes[id(value)] = value, size_of(value)
        return known[1]


def size_of(value: Json) -> int:
    """Count the units of a value: one for each value within, and one more for each TEXT_UNIT characters of a text.

    >>> size_of(None), size_of("x" * 640), size_of([1, [2, {"a": "b"}]])
    (1, 11, 6)
    """
    units = 0
    waiting: list[Json] = [value]
    while waiting:
        each = waiting.pop()
        units += 1
        if isinstance(each, str):
            units += len(each) // TEXT_UNIT
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend(each.values())
    return units


_PASSES: Final = (
    f"this call would have to look at more than {MAX_PASSES} loop passes; shorten the lists and counts in context"
)
_WORK: Final = (
    f"this call would need more than {MAX_WORK} looks at steps and values to decide the conditions (each item of a list"
    f" counts, and each {TEXT_UNIT} characters of a text); shorten the lists, texts and counts in context"
)
