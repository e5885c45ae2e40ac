"""The work one verdict on an output may take: patterns and schemas of documents, all rules of a step together.

Above: engine.criteria. Below: nothing. Counted in the units of schema.weigh, not in seconds: the same call always has
the same answer.
"""

from typing import Final

MAX_WORK: Final = 10_000_000
"""Units of half a microsecond for one verdict: five seconds at the very worst."""
RULE_WORK: Final = 100_000
"""Units of a pattern, which may take all its time and try again, and of making a schema ready: 100 such rules."""


class WorkError(Exception):
    """One verdict's work is used up."""


class WorkLeft:
    """The work one verdict may still take."""

    def __init__(self, work: int = MAX_WORK) -> None:
        """Start with this many units."""
        self._left = work

    def spend(self, work: int) -> None:
        """Take this many units; WorkError when they are not there."""
        if not self.affords(work):
            raise WorkError

    def affords(self, work: int) -> bool:
        """Take this many units if they are there; tell whether they were.

        >>> left = WorkLeft(10)
        >>> left.affords(8), left.affords(3), left.affords(2)
        (True, False, True)
        """
        if work > self._left:
            return False
        self._left -= work
        return True
