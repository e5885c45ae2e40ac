"""One line of the bench's table, and how it is printed and judged.

Above: every row module and tests.bench.__main__. Below: nothing of ours.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One measure against its bar.

    `value`, `bar` and `stretch` are in `unit`; `at_least`: more is better. `detail` holds the numbers behind it.
    """

    measure: str
    yardstick: str
    value: float
    unit: str
    bar: float
    stretch: float | None
    at_least: bool = False
    detail: str = ""

    def reaches(self, goal: float) -> bool:
        """Tell whether the value is as good as a goal."""
        return self.value >= goal if self.at_least else self.value <= goal

    def verdict(self) -> str:
        """Give one word: stretch, ok or missed."""
        if self.stretch is not None and self.reaches(self.stretch):
            return "stretch"
        return "ok" if self.reaches(self.bar) else "missed"

    def cells(self) -> tuple[str, ...]:
        """Give the row as text cells, in the order of HEADER."""
        sign = ">=" if self.at_least else "<="
        stretch = "-" if self.stretch is None else f"{sign} {number(self.stretch)}"
        goal = f"{sign} {number(self.bar)}"
        return (
            self.measure,
            self.yardstick,
            f"{number(self.value)}{self.unit}",
            goal,
            stretch,
            self.verdict(),
            self.detail,
        )


HEADER = ("measure", "yardstick in the same run", "measured", "bar", "stretch", "verdict", "numbers behind it")


def number(value: float) -> str:
    """Write a number with as many digits as it deserves.

    >>> number(0.4512), number(12.345), number(1300.0)
    ('0.45', '12.3', '1300')
    """
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows: Sequence[Row]) -> str:
    """Give the rows as a Markdown table with aligned columns."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)
