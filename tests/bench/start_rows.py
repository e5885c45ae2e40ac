"""From starting the process to the first initialize answer on stdio, with 30 documents in the workspace.

Above: tests.bench.__main__. Below: processes, peers/. The floor is a process that only loads asyncio and orjson.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.bench import library, sample
from tests.bench.processes import stdio_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import Slice, alternate
from tests.services import ROOT

DOCUMENTS: Final = 30
INITIALIZE: Final = sample.line(sample.initialize())
MEASURE: Final = "start to first initialize answer, stdio, 30 documents"


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give our start time divided by that of the floor process and of the official SDKs."""
    workspace = scratch.folder / "thirty"
    library.generate(workspace / "workflows", DOCUMENTS)
    launcher = str(ROOT / "workflowlookup.py")
    ours = starter([sys.executable, launcher, "serve", "--stdio", "--workspace", str(workspace)], scratch.home("start"))
    floor = [sys.executable, str(ROOT / "tests/bench/peers/stdio_floor.py")]
    python, typescript = scratch.peer("sdk_server.py"), scratch.typescript()
    yield _row("asyncio + orjson floor process", ours, starter(floor, scratch.home("floor")), 3.0, 2.4, rounds)
    yield _row("official Python SDK 2.3", ours, starter(python, scratch.home("start-sdk")), 0.33, None, rounds)
    if typescript is not None:
        peer = starter(typescript, scratch.home("start-ts"))
        yield _row("TypeScript SDK v1", ours, peer, 0.7, None, rounds)


def starter(command: Sequence[str], home: Path) -> Callable[[], Slice]:
    """Give what starts the process once, times its first answer and ends it."""

    def once() -> Slice:
        started = time.perf_counter()
        with stdio_process(command, home) as server:
            server.ask(INITIALIZE)
            return Slice(time.perf_counter() - started, server.cpu())

    return once


def _row(
    yardstick: str,
    ours: Callable[[], Slice],
    theirs: Callable[[], Slice],
    bar: float,
    stretch: float | None,
    rounds: int,
) -> Row:
    ours()
    found = alternate(ours, theirs, rounds)
    first, second = (sorted(one.wall for one in some)[len(some) // 2] * 1000 for some in (found.ours, found.theirs))
    detail = f"{first:.0f} / {second:.0f} ms; {found.cpu():.2f}x in CPU time"
    return Row(MEASURE, yardstick, found.wall(), "x", bar, stretch, detail=detail)
