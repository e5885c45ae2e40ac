"""Servers as processes of their own, pinned to one core, with what the kernel says of their CPU time and memory.

Above: the row modules. Below: tests.serving. Linux only: the numbers come from /proc.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schema.values import JsonObject
from tests.bench import sample
from tests.serving import environment, free_port, listens, stop

SERVER_CORE: Final = 0  # servers run here
CLIENT_CORE: Final = 1  # load comes from here, where there is a second core
CHUNK: Final = 1 << 18  # bytes asked for in one read of answers
ANSWER_TIMEOUT_S: Final = 60  # seconds for one answer before the bench gives up


class Process:
    """A running server: its CPU time, its memory, its descriptors."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Take a started process."""
        self.process = process
        self._proc = Path(f"/proc/{process.pid}")

    def cpu(self) -> float:
        """Give the CPU seconds all its threads have used (nanosecond clock of the scheduler)."""
        total = 0
        for task in (self._proc / "task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except FileNotFoundError:
                continue  # a thread that just ended
        return total / 1e9

    def resident(self) -> float:
        """Give its resident memory in MB (10^6 bytes)."""
        pages = int((self._proc / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def descriptors(self) -> int:
        """Give how many file descriptors it has open."""
        return len(list((self._proc / "fd").iterdir()))


class HttpProcess(Process):
    """A server that listens on a port of this machine."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        """Take a started process that listens."""
        super().__init__(process)
        self.port = port
        self.url = f"http://127.0.0.1:{port}/mcp"


class StdioProcess(Process):
    """A server on pipes: one JSON object a line, both ways; reads and writes block."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Take a started process whose ends are unbuffered pipes."""
        super().__init__(process)
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        self._buffer = b""

    def write(self, data: bytes) -> None:
        """Write all of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._in, view) :]

    def read_some(self) -> int:
        """Read once; give how many whole answers that brought."""
        data = os.read(self._out, CHUNK)
        assert data, "the server ended"
        return data.count(b"\n")

    def ask(self, line: bytes) -> bytes:
        """Write one request and give its answer's line; nothing else may be on the way."""
        self.write(line)
        answer = b""
        while not answer.endswith(b"\n"):
            data = os.read(self._out, CHUNK)
            assert data, "the server ended"
            answer += data
        return answer

    def greet(self) -> None:
        """Shake hands as a legacy client does."""
        self.ask(sample.line(sample.initialize()))
        note: JsonObject = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        self.write(sample.line(note))


def pinned(command: Sequence[str], core: int = SERVER_CORE) -> list[str]:
    """Give the command bound to one core; unchanged where there is one core only."""
    return ["taskset", "-c", str(core), *command] if (os.cpu_count() or 1) > 1 else list(command)


@contextmanager
def http_process(command: Sequence[str], home: Path) -> Iterator[HttpProcess]:
    """Run a server until the block ends; `PORT` in the command becomes a free port. Its stderr goes to a file."""
    port = free_port()
    words = [word.replace("PORT", str(port)) for word in command]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            pinned(words), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=home, env=environment(home)
        )
        try:
            assert listens(process, port), f"{words[0]} did not start: {(home / 'server.log').read_text()[-2000:]}"
            yield HttpProcess(process, port)
        finally:
            stop(process)


@contextmanager
def stdio_process(command: Sequence[str], home: Path, *, pin: bool = True) -> Iterator[StdioProcess]:
    """Run a server on pipes until the block ends."""
    with (home / "stdio.log").open("wb") as log:
        process = subprocess.Popen(
            pinned(command) if pin else list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            cwd=home,
            env=environment(home),
        )
    try:
        yield StdioProcess(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(ANSWER_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            stop(process)
        if process.stdout is not None:
            process.stdout.close()
