"""HTTP against peers that serve the equal tool: FastMCP and the official Python SDK, in both eras.

Above: tests.bench.__main__. Below: wrk, processes, peers/. Peers run stateless and answer JSON: their fastest mode.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench import sample, wrk
from tests.bench.processes import HttpProcess, http_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import alternate

CONNECTIONS: Final = 16
SECONDS: Final = 1  # length of one slice


class Peer(NamedTuple):
    """One comparison: the peer's words, its script, the era it is called in, bar and stretch."""

    name: str
    script: str
    modern: bool
    bar: float
    stretch: float


PEERS: Final = (
    Peer("FastMCP 4.1", "fastmcp_server.py", modern=False, bar=12, stretch=17),
    Peer("official Python SDK 2.3", "sdk_server.py", modern=False, bar=7, stretch=9),
    Peer("official Python SDK 2.3 at 2026-07-28", "sdk_server.py", modern=True, bar=3, stretch=4),
)


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give our throughput divided by each peer's."""
    legacy = {**sample.HEADERS, "MCP-Protocol-Version": sample.LEGACY}
    scripts = {
        False: wrk.write_script(scratch.folder / "peer-legacy.lua", sample.call(1), legacy),
        True: wrk.write_script(scratch.folder / "peer-modern.lua", sample.call(1, modern=True), sample.MODERN_HEADERS),
    }
    with ExitStack() as running:
        ours = running.enter_context(http_process(scratch.ours("--http", "--port", "PORT"), scratch.home("peers-ours")))
        for peer in PEERS:
            command = scratch.peer(peer.script, "PORT")
            with http_process(command, scratch.home("peer")) as theirs:
                yield _row(peer, ours, theirs, scripts[peer.modern], rounds)


def _row(peer: Peer, ours: HttpProcess, theirs: HttpProcess, script: Path, rounds: int) -> Row:
    for server in (ours, theirs):
        wrk.load(server, script, CONNECTIONS, SECONDS)
    found = alternate(
        lambda: wrk.load(ours, script, CONNECTIONS, SECONDS),
        lambda: wrk.load(theirs, script, CONNECTIONS, SECONDS),
        rounds,
    )
    detail = f"{found.detail()}; {1 / found.cpu():.1f}x the calls per CPU second"
    measure = "HTTP workflow_next, throughput, 16 connections"
    return Row(measure, peer.name, 1 / found.wall(), "x", peer.bar, peer.stretch, at_least=True, detail=detail)
