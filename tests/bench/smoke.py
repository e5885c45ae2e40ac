"""The smoke run at the end of `.ci/run`: `python -m tests.bench.smoke` prints p95 of every tool on both transports.

It fails only ten times beyond the limits that the sources set: a busy machine is no bug of ours. Nothing is installed.
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.bench import limits, scratch
from tests.bench.rows import Row, table

FAR_BEYOND: Final = 10  # times the limit


def main() -> int:
    """Measure, print, judge; gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="smoke-") as folder:
        found = list(limits.rows(scratch.prepare(Path(folder), peers=False), 1))
    print(table(found))
    beyond = [row for row in found if not far_enough(row)]
    for row in beyond:
        print(f"{row.measure}: {row.value:.0f} ms, more than {FAR_BEYOND} times the limit of {row.bar:.0f} ms")
    return 1 if beyond else 0


def far_enough(row: Row) -> bool:
    """Tell whether a value stays within ten times its limit."""
    return row.value <= row.bar * FAR_BEYOND


if __name__ == "__main__":
    sys.exit(main())
