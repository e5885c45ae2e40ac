"""The method of every comparison: short slices, ours between two of the reference, divided by both.

Above: the row modules. Below: nothing of ours. Absolute numbers belong to a machine and a moment; ratios travel.
"""

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

QUIET_SHARE = 4  # one slice in four counts for p99: a neighbour's noise is in the others


class Slice(NamedTuple):
    """One short measurement: seconds per call on the wall and on the CPU, latencies in seconds where known."""

    wall: float
    cpu: float
    p50: float = 0.0
    p99: float = 0.0


class Compared(NamedTuple):
    """All slices of two subjects, and each of ours divided by the mean of its two neighbours."""

    ours: list[Slice]
    theirs: list[Slice]
    ratios: list[Slice]

    def wall(self) -> float:
        """Give the median ratio of wall time per call."""
        return statistics.median(one.wall for one in self.ratios)

    def cpu(self) -> float:
        """Give the median ratio of CPU time per call."""
        return statistics.median(one.cpu for one in self.ratios)

    def p50(self) -> float:
        """Give the median ratio of median latencies."""
        return statistics.median(one.p50 for one in self.ratios)

    def p99(self) -> float:
        """Give the ratio of the 99th percentiles, each from its own quiet quartile of slices."""
        return quiet([one.p99 for one in self.ours]) / quiet([one.p99 for one in self.theirs])

    def detail(self) -> str:
        """Give the absolute CPU times behind the ratios."""
        ours, theirs = (statistics.median(one.cpu for one in some) * 1e6 for some in (self.ours, self.theirs))
        return f"CPU {ours:.0f} / {theirs:.0f} us a call"


def quiet(values: Sequence[float]) -> float:
    """Give the median of the lowest quarter.

    >>> quiet([9.0, 1.0, 2.0, 8.0, 7.0, 6.0, 5.0, 3.0])
    1.5
    """
    ordered = sorted(values)
    return statistics.median(ordered[: max(1, len(ordered) // QUIET_SHARE)])


def alternate(ours: Callable[[], Slice], theirs: Callable[[], Slice], rounds: int) -> Compared:
    """Measure theirs, ours, theirs, ours, ..., theirs."""
    before = theirs()
    compared = Compared([], [before], [])
    for _ in range(rounds):
        mine = ours()
        after = theirs()
        compared.ours.append(mine)
        compared.theirs.append(after)
        compared.ratios.append(
            Slice(
                *(
                    2 * ours / (first + second) if first + second else 0.0
                    for ours, first, second in zip(mine, before, after, strict=True)
                )
            )
        )
        before = after
    return compared
