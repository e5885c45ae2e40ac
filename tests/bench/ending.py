"""How things end: SIGTERM under load, clients that close their streams, clients that are killed.

Above: tests.bench.reliability. Below: processes. Every wait is bounded.
"""

import asyncio
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from schema.values import JsonObject
from tests.bench import sample, scratch
from tests.bench.processes import HttpProcess, http_process
from tests.serving import environment, free_port, listens

CLIENTS: Final = 32  # clients that load the server while it gets SIGTERM
LOAD_S: Final = 0.3  # seconds of load before SIGTERM
GRACE_S: Final = 8.0  # the server's own grace (5 s) and what a loaded machine adds
GONE_S: Final = 1.0  # a stdio child is gone within a second of its client
ANSWER_S: Final = 30  # seconds for one answer on a loaded machine
LISTEN: Final[JsonObject] = {
    "jsonrpc": "2.0",
    "id": "l",
    "method": "subscriptions/listen",
    "params": {
        "notifications": {"toolsListChanged": True},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": sample.MODERN,
            "io.modelcontextprotocol/clientInfo": sample.CLIENT,
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}
# A client that starts the server it is given, says so once it has an answer, and waits to be killed.
CLIENT: Final = """
import subprocess, sys
server = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
server.stdin.write(sys.argv[1].encode() + b"\\n")
server.stdin.flush()
server.stdout.readline()
print(server.pid, flush=True)
server.stdout.readline()
"""


@contextmanager
def _place() -> Iterator[scratch.Scratch]:
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        yield scratch.prepare(Path(folder), peers=False)


def sigterm_under_load(times: int) -> str:
    """Send SIGTERM while many clients call: exit 0 in time, and every answer that began is whole."""
    whole, longest = 0, 0.0
    with _place() as place:
        for _ in range(times):
            answers, seconds = asyncio.run(_loaded(place))
            whole += answers
            longest = max(longest, seconds)
    return f"SIGTERM under load, {times} times: exit 0 each time, at most {longest:.2f} s, {whole} answers, all whole"


def _started(place: scratch.Scratch, home: Path, port: int) -> "subprocess.Popen[bytes]":
    words = place.ours("--http", "--port", str(port))
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(words, stderr=log, stdout=log, env=environment(home))
    assert listens(process, port), (home / "log").read_text()
    return process


async def _loaded(place: scratch.Scratch) -> tuple[int, float]:
    """Load a server, end it with SIGTERM; gives how many whole answers came, and the seconds it took to end."""
    port, home = free_port(), place.home("sigterm")
    process = _started(place, home, port)
    try:
        clients = [asyncio.create_task(_client(port)) for _ in range(CLIENTS)]
        await asyncio.wait(clients, timeout=LOAD_S)
        started = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, GRACE_S)
        seconds = time.perf_counter() - started
        answers = await asyncio.wait_for(asyncio.gather(*clients), ANSWER_S)
    finally:
        process.kill()
        process.wait()
    assert code == 0, code
    assert b"Traceback" not in (home / "log").read_bytes()
    return sum(answers), seconds


async def _client(port: int) -> int:
    """Call until the server is gone; gives how many answers came. AssertionError for one that was cut off."""
    body = sample.line(sample.call(1))
    head = "".join(f"{name}: {value}\r\n" for name, value in sample.HEADERS.items())
    request = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    )
    answers = 0
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return 0
    try:
        while await _answer(reader, writer, request):
            answers += 1
    except ConnectionError:
        return answers
    finally:
        writer.close()
    return answers


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
    """Make one call; False when the connection was closed before an answer began."""
    writer.write(request)
    await writer.drain()
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        if cut.partial:
            raise AssertionError(f"an answer was cut off: {cut.partial!r}") from cut
        return False
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    text = await reader.readexactly(int(length.partition(b":")[2]))
    assert b'"structuredContent"' in text, text
    return True


def listeners_gone(count: int) -> str:
    """Open many listen streams, close them all: the server counts each call as cancelled and keeps nothing open."""
    with _place() as place, http_process(place.ours("--http", "--port", "PORT"), place.home("listeners")) as server:
        before = server.descriptors()
        streams = [_listening(server) for _ in range(count)]
        opened = server.descriptors()
        for stream in streams:
            stream.close()
        cancelled = _wait_cancelled(server, count)
        assert server.descriptors() <= before + 2, server.descriptors()
    return (
        f"{count} listen streams closed by their clients: {cancelled} calls cancelled, {opened} -> {before} descriptors"
    )


def _listening(server: HttpProcess) -> HTTPConnection:
    headers = {**sample.MODERN_HEADERS, "Mcp-Method": "subscriptions/listen"}
    del headers["Mcp-Name"]
    stream = HTTPConnection("127.0.0.1", server.port, timeout=ANSWER_S)
    stream.request("POST", "/mcp", sample.line(LISTEN), headers)
    response = stream.getresponse()
    assert response.headers.get_content_type() == "text/event-stream", response.read()
    assert response.readline().startswith(b"event:")
    return stream


def _wait_cancelled(server: HttpProcess, count: int) -> int:
    """Read /metrics until that many calls are counted as cancelled; AssertionError when it takes too long."""
    started, found = time.perf_counter(), 0
    while found < count:
        assert time.perf_counter() - started < ANSWER_S, f"{found} of {count} calls were cancelled"
        connection = HTTPConnection("127.0.0.1", server.port, timeout=ANSWER_S)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        counts = [line for line in lines if line.startswith("workflowlookup_request_seconds_count")]
        found = sum(int(float(line.split()[-1])) for line in counts if 'outcome="cancelled"' in line)
    return found


def client_killed(times: int) -> str:
    """Kill the client of a stdio server with SIGKILL: the server is gone within a second."""
    longest = 0.0
    with _place() as place:
        home = place.home("killed")
        hello = sample.line(sample.initialize()).decode().strip()
        for _ in range(times):
            words = [sys.executable, "-c", CLIENT, hello, *place.ours("--stdio")]
            client = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(home))
            assert client.stdout is not None
            server = os.pidfd_open(int(client.stdout.readline()))
            started = time.perf_counter()
            client.kill()
            assert _ended(server), f"the server outlived its client by more than {GONE_S} s"
            longest = max(longest, time.perf_counter() - started)
            client.wait()
            client.stdout.close()
            os.close(server)
    return f"client killed {times} times: the stdio server was gone after at most {longest:.2f} s"


def _ended(pidfd: int) -> bool:
    """Wait for the end of a process, at most as long as the bar allows."""
    with selectors.DefaultSelector() as ready:
        ready.register(pidfd, selectors.EVENT_READ)
        return bool(ready.select(GONE_S))
