"""stdio: one call at a time, and 64 on the way at once, against the official TypeScript SDK v1 server.

Above: tests.bench.__main__. Below: processes. The driver blocks on plain pipes, so that it costs both sides the same.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from tests.bench import sample
from tests.bench.processes import StdioProcess, stdio_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import Slice, alternate

CALLS: Final = 1000  # calls in one slice with one on the way
MANY_CALLS: Final = 6400  # calls in one slice with many on the way
OUTSTANDING: Final = 64
PEER: Final = "TypeScript SDK v1 server (node)"
LINE: Final = sample.line(sample.call(1))


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give calls a second with one on the way, and CPU per call with 64."""
    typescript = scratch.typescript()
    if typescript is None:
        return
    with ExitStack() as running:
        ours = running.enter_context(stdio_process(scratch.ours("--stdio"), scratch.home("stdio")))
        peer = running.enter_context(stdio_process(typescript, scratch.home("stdio-ts")))
        for server in (ours, peer):
            server.greet()
            assert b'"structuredContent"' in server.ask(LINE)
            many_at_once(server, MANY_CALLS)
        single = alternate(lambda: one_at_a_time(ours, CALLS), lambda: one_at_a_time(peer, CALLS), rounds)
        many = alternate(lambda: many_at_once(ours, MANY_CALLS), lambda: many_at_once(peer, MANY_CALLS), rounds)
    yield Row(
        "stdio, 1 call on the way, calls a second",
        PEER,
        1 / single.wall(),
        "x",
        1.1,
        2.0,
        at_least=True,
        detail=single.detail(),
    )
    yield Row("stdio, 64 on the way, CPU per call", PEER, many.cpu(), "x", 0.85, 0.6, detail=many.detail())


def one_at_a_time(server: StdioProcess, calls: int) -> Slice:
    """Call, wait for the answer, call again."""
    cpu, started = server.cpu(), time.perf_counter()
    for _ in range(calls):
        server.ask(LINE)
    return Slice((time.perf_counter() - started) / calls, (server.cpu() - cpu) / calls)


def many_at_once(server: StdioProcess, calls: int) -> Slice:
    """Keep 64 calls on the way: for each answer read, one more request is written."""
    cpu, started = server.cpu(), time.perf_counter()
    server.write(LINE * OUTSTANDING)
    sent, answered = OUTSTANDING, 0
    while answered < calls:
        got = server.read_some()
        answered += got
        more = min(got, calls - sent)
        if more:
            server.write(LINE * more)
            sent += more
    return Slice((time.perf_counter() - started) / calls, (server.cpu() - cpu) / calls)
