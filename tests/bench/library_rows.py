"""10,000 documents of 10 KB: first start and unchanged restart, against bare scans.

Above: tests.bench.__main__. Below: tests.bench.library, which measures; here its pairs become rows.
"""

import shutil
import statistics
from collections.abc import Iterator
from typing import Final

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source
from tests.bench.library import Pair, compare, generate, scan_parse, scan_stat
from tests.bench.rows import Row
from tests.bench.scratch import Scratch

DOCUMENTS: Final = 10_000
FIRST_ROUNDS: Final = 2  # a first start takes seconds


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give both starts of the library divided by what they cannot do without."""
    root, home, small = scratch.folder / "library", scratch.home("library"), scratch.folder / "library-small"
    shutil.rmtree(root, ignore_errors=True)
    size = generate(root, DOCUMENTS)
    generate(small, 30)
    Library([Source("small", str(small))], None, SystemClock()).listing()  # compiles the schema, loads the modules

    def start() -> None:
        found = Library([Source("bench", str(root))], home, SystemClock()).listing()
        assert (found.valid, found.invalid) == (DOCUMENTS, 0)
        assert found.summaries[:50]

    def forget() -> None:
        shutil.rmtree(home, ignore_errors=True)

    try:
        first = (start, lambda: scan_parse(str(root)), forget)
        again = (start, lambda: scan_stat(str(root)), lambda: None)
        cold = compare("first start", "scan + read + orjson parse", "", first, FIRST_ROUNDS)
        warm = compare("unchanged restart", "scan + stat", "", again, rounds)
        yield _row(cold, size, 7.0, 4.0)
        yield _row(warm, size, 2.0, 1.5)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _row(pair: Pair, size: int, bar: float, stretch: float) -> Row:
    ours, theirs = statistics.median(pair.ours) * 1000, statistics.median(pair.theirs) * 1000
    detail = f"{ours:.0f} / {theirs:.0f} ms; {statistics.median(pair.cpu):.2f}x in CPU time"
    measure = f"{DOCUMENTS} documents of {size / 1000:.0f} KB, {pair.name}"
    return Row(measure, pair.yardstick, statistics.median(pair.wall), "x", bar, stretch, detail=detail)
