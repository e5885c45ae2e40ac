"""Reliability with counts: `python -m tests.bench.reliability [CHECK ...]`; each check raises where it fails.

Above: people, and tests/acceptance/test_reliability.py with smaller numbers. Below: malformed, ending, processes.
"""

import argparse
import asyncio
import json
import os
import selectors
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from schema.values import JsonObject
from tests.bench import ending, hostile, malformed, memory_rows, sample, scratch
from tests.bench.processes import CHUNK, HttpProcess, StdioProcess, http_process, stdio_process

SEED: Final = 20_260_728
CHUNK_OF_INPUTS: Final = 50  # inputs between two fences
HANG_S: Final = 60.0  # without a single byte for so long, the server counts as hung
FORBIDDEN: Final = (b"Traceback", b'File \\"', b"site-packages", b".py\\", b"Error(")  # signs of an exception's text
CALLS_EACH: Final = 5  # calls of one of many clients
GROWTH_MB: Final = 3.0  # what 10,000 requests may add to the resident memory: allocator slack, no leak
WARM: Final = 1000  # requests before the first look
OK: Final = 200


@contextmanager
def over_stdio() -> Iterator[StdioProcess]:
    """Run our server on stdio."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        place = scratch.prepare(Path(folder), peers=False)
        with stdio_process(place.ours("--stdio"), place.home("server")) as server:
            yield server


@contextmanager
def over_http() -> Iterator[HttpProcess]:
    """Run our server over HTTP."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        place = scratch.prepare(Path(folder), peers=False)
        with http_process(place.ours("--http", "--port", "PORT"), place.home("server")) as server:
            yield server


def judge(answer: bytes) -> None:
    """Look at one answer: JSON, and nothing of an exception in it."""
    assert not any(sign in answer for sign in FORBIDDEN), answer[:500]
    assert json.loads(answer) is not None


def malformed_stdio(count: int, seed: int = SEED) -> str:
    """Feed malformed lines; after each few a ping must still be answered."""
    answers = 0
    with over_stdio() as server:
        assert server.process.stdout is not None
        lines = list(malformed.inputs(seed, count))
        for start in range(0, count, CHUNK_OF_INPUTS):
            fence = f"fence-{seed}-{start}"
            ping: JsonObject = {"jsonrpc": "2.0", "id": fence, "method": "ping"}
            server.write(b"\n".join(lines[start : start + CHUNK_OF_INPUTS]) + b"\n" + sample.line(ping))
            answers += _until(server, fence)
        assert server.process.poll() is None
    return f"{count} malformed lines on stdio: {answers} answers, all JSON, no traceback, no hang, no crash"


def _until(server: StdioProcess, fence: str) -> int:
    """Read answers up to that of the fence; give how many came before it."""
    assert server.process.stdout is not None
    descriptor = server.process.stdout.fileno()
    buffer, seen = b"", 0
    with selectors.DefaultSelector() as ready:
        ready.register(descriptor, selectors.EVENT_READ)
        while True:
            assert ready.select(HANG_S), f"hung before {fence}"
            data = os.read(descriptor, CHUNK)
            assert data, "the server ended"
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                judge(line)
                if fence.encode() in line and b'"result":{}' in line:
                    return seen
                seen += 1


def malformed_http(count: int, seed: int = SEED) -> str:
    """Post malformed bodies to both routes; every answer is a proper HTTP one below 500."""
    statuses: dict[int, int] = {}
    with over_http() as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=HANG_S)
        for number, body in enumerate(malformed.inputs(seed, count)):
            connection.request("POST", "/rpc" if number % 3 == 0 else "/mcp", body, dict(sample.HEADERS))
            response = connection.getresponse()
            text = response.read()
            statuses[response.status] = statuses.get(response.status, 0) + 1
            assert response.status < 500, (body, text)
            if text and response.headers.get_content_type() == "application/json":
                judge(text)
        connection.close()
        memory_rows.call_often(server, 1)
    shown = ", ".join(f"{number}x {status}" for status, number in sorted(statuses.items()))
    return f"{count} malformed bodies over HTTP: {shown}; no traceback, no hang, no crash"


def many_clients(count: int) -> str:
    """Let that many clients initialize and call at the same time."""
    with over_http() as server:
        started = time.perf_counter()
        good = sum(asyncio.run(_clients(server, count)))
        spent = time.perf_counter() - started
        assert good == count * (CALLS_EACH + 1), good
    return f"{count} concurrent HTTP clients: {good} of {count * (CALLS_EACH + 1)} answers good in {spent:.1f} s"


async def _clients(server: HttpProcess, count: int) -> list[int]:
    from aiohttp import ClientSession, ClientTimeout, TCPConnector  # noqa: PLC0415 - only this check needs a client

    together = asyncio.Event()

    async def client(session: ClientSession) -> int:
        await together.wait()
        good = 0
        headers = dict(sample.HEADERS)
        for message in (sample.initialize(), *map(sample.call, range(CALLS_EACH))):
            async with session.post(server.url, data=sample.line(message), headers=headers) as response:
                good += response.status == OK and b'"result"' in await response.read()
                headers["Mcp-Session-Id"] = response.headers.get("Mcp-Session-Id", headers.get("Mcp-Session-Id", ""))
        return good

    async with ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(HANG_S)) as session:
        waiting = [asyncio.create_task(client(session)) for _ in range(count)]
        together.set()
        return await asyncio.gather(*waiting)


def flat(count: int) -> str:
    """Compare memory and descriptors after a warm start with those after `count` more requests, on both transports."""
    said = []
    with over_stdio() as server:
        server.greet()
        for number in range(WARM):
            server.ask(sample.line(sample.call(number)))
        before = (server.resident(), server.descriptors())
        for number in range(count):
            server.ask(sample.line(sample.call(number)))
        said.append(_flat("stdio", before, (server.resident(), server.descriptors())))
    with over_http() as listening:
        memory_rows.call_often(listening, WARM)
        before = (listening.resident(), listening.descriptors())
        memory_rows.call_often(listening, count)
        said.append(_flat("HTTP", before, (listening.resident(), listening.descriptors())))
    return f"{count} requests: " + "; ".join(said)


def _flat(transport: str, before: tuple[float, int], after: tuple[float, int]) -> str:
    assert after[0] - before[0] <= GROWTH_MB, (transport, before, after)
    assert after[1] <= before[1] + 1, (transport, before, after)  # one connection may still be closing
    return f"{transport} {before[0]:.1f} -> {after[0]:.1f} MB, {before[1]} -> {after[1]} descriptors"


CHECKS: Final[dict[str, Callable[[], str]]] = {
    "malformed-stdio": lambda: malformed_stdio(10_000),
    "malformed-http": lambda: malformed_http(10_000),
    "clients": lambda: many_clients(1000),
    "flat": lambda: flat(10_000),
    "sigterm": lambda: ending.sigterm_under_load(20),
    "listeners": lambda: ending.listeners_gone(200),
    "client-killed": lambda: ending.client_killed(20),
    "hostile": hostile.documents,
}


def main() -> int:
    """Run the checks named, or all; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reliability", description=__doc__)
    parser.add_argument("checks", nargs="*", choices=[*CHECKS, []], help="default: all")
    for name in parser.parse_args().checks or CHECKS:
        print(f"{name}: {CHECKS[name]()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
