"""HTTP: a workflow_next call through all protocol checks and one log line, against a bare aiohttp route.

Above: tests.bench.__main__. Below: wrk, processes, peers/http_floor.py, which answers the same bytes.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from tests.bench import sample, wrk
from tests.bench.processes import http_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import alternate
from tests.services import ROOT

MANY: Final = 16  # connections of the throughput row
SECONDS: Final = 1  # length of one slice
FLOOR: Final = "bare aiohttp route, same bytes"


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give throughput at 16 connections, and latencies at one and at 16."""
    script = wrk.write_script(scratch.folder / "legacy.lua", sample.call(1), sample.HEADERS)
    floor = [sys.executable, str(ROOT / "tests/bench/peers/http_floor.py"), "PORT", str(scratch.folder / "fixed.json")]
    with ExitStack() as running:
        ours = running.enter_context(http_process(scratch.ours("--http", "--port", "PORT"), scratch.home("http")))
        bare = running.enter_context(http_process(floor, scratch.home("http-floor")))
        for server in (ours, bare):
            wrk.load(server, script, MANY, SECONDS)
        many = alternate(
            lambda: wrk.load(ours, script, MANY, SECONDS), lambda: wrk.load(bare, script, MANY, SECONDS), rounds
        )
        one = alternate(lambda: wrk.load(ours, script, 1, SECONDS), lambda: wrk.load(bare, script, 1, SECONDS), rounds)
    call = "HTTP workflow_next"
    yield Row(
        f"{call}, throughput, 16 connections",
        FLOOR,
        1 / many.wall(),
        "x",
        0.45,
        0.55,
        at_least=True,
        detail=many.detail(),
    )
    yield Row(f"{call}, calls per CPU second, 16 connections", FLOOR, 1 / many.cpu(), "x", 0.45, 0.55, at_least=True)
    yield Row(f"{call}, p50, 1 connection", FLOOR, one.p50(), "x", 1.7, None, detail=one.detail())
    yield Row(f"{call}, p99, 1 connection", FLOOR, one.p99(), "x", 2.0, None)
    yield Row(f"{call}, p99, 16 connections", FLOOR, many.p99(), "x", 2.5, None)
