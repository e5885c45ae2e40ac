"""The process's standard streams as an asyncio loop can use them, whatever they are: pipe, socket, terminal, file.

Above: server.stdio. Below: os, asyncio.
fd 1 is moved away and replaced by stderr, so that a stray print or a child process cannot break the protocol; fd 0
becomes /dev/null for children. Regular files and /dev/null cannot be watched by the loop: a thread reads them.
"""

import asyncio
import os
import socket
import stat
import threading
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

CHUNK: Final = 256 * 1024  # bytes asked for in one read


class Slowed(Protocol):
    """Told when the reader of our answers is slow, and when it is not any more."""

    def __call__(self, *, slow: bool) -> None:
        """Take the news."""
        ...


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> None:
        """Write all of it, now or when the reader is ready."""
        ...

    def close(self) -> None:
        """Write out what is left and close."""
        ...


class Pipes(NamedTuple):
    """The protocol's own descriptors, taken from fd 0 and fd 1."""

    reading: int
    writing: int


def guard_descriptors() -> Pipes:
    """Move the protocol's streams out of the way of everything else in this process and its children."""
    reading, writing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return Pipes(reading, writing)


def watchable(descriptor: int) -> bool:
    """Tell whether the loop can wait for this descriptor."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or (stat.S_ISCHR(mode) and os.isatty(descriptor))


class FileSink:
    """Plain writes, for a target that never makes us wait (a file, /dev/null)."""

    def __init__(self, descriptor: int, lost: Callable[[], None]) -> None:
        """`lost` is called when nothing more can be written."""
        self._descriptor = descriptor
        self._lost = lost

    def write(self, data: bytes) -> None:
        """Write all of it."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            self._lost()

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)


class _Writer(asyncio.BaseProtocol):
    """Tells when the reader of our answers is slow, and when it is gone."""

    def __init__(self, lost: Callable[[], None], slow: Slowed) -> None:
        self._lost = lost
        self._slow = slow
        self.closed = asyncio.get_running_loop().create_future()

    def pause_writing(self) -> None:
        """Take no more requests: their answers would pile up."""
        self._slow(slow=True)

    def resume_writing(self) -> None:
        """Go on."""
        self._slow(slow=False)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Our reader is gone, or we closed."""
        if not self.closed.done():
            self.closed.set_result(None)
        self._lost()


class _SocketWriter(_Writer, asyncio.Protocol):
    """The same on a socket, of which nothing is read here: what comes in is the source's."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Leave what comes in alone."""
        if isinstance(transport, asyncio.ReadTransport):
            transport.pause_reading()


async def open_sink(
    descriptor: int, lost: Callable[[], None], slow: Slowed
) -> tuple[Sink, "asyncio.Future[None] | None"]:
    """Open the way out; the future (where there is one) is done when everything was written and closed."""
    if not watchable(descriptor):
        return FileSink(descriptor, lost), None
    loop = asyncio.get_running_loop()
    if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        # One socket may be both ends (ssh, socat, inetd); a write pipe would take the first request for a hang-up.
        end = socket.socket(fileno=descriptor)
        both, writer = await loop.connect_accepted_socket(lambda: _SocketWriter(lost, slow), end)
        return both, writer.closed
    transport, protocol = await loop.connect_write_pipe(
        lambda: _Writer(lost, slow), os.fdopen(descriptor, "wb", buffering=0)
    )
    return transport, protocol.closed


class Source(Protocol):
    """Where bytes come from; pausing keeps what was read bounded."""

    def pause_reading(self) -> None:
        """Hand over nothing for now."""
        ...

    def resume_reading(self) -> None:
        """Go on."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class _Reader(asyncio.Protocol):
    """Hands chunks on; the end of input is an empty one."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._ended = False

    def data_received(self, data: bytes) -> None:
        """Hand a chunk on."""
        self._take(data)

    def eof_received(self) -> None:
        """Hand the end on."""
        self._end()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Hand the end on, however it came."""
        self._end()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._take(b"")


class FileSource:
    """A thread that reads what the loop cannot watch, one chunk at a time, and waits while we are paused."""

    def __init__(self, descriptor: int, take: Callable[[bytes], None]) -> None:
        """Start reading at once; `take` is called on the running loop."""
        self._descriptor = descriptor
        self._take = take
        self._go = threading.Event()
        self._go.set()
        self._taken = threading.Semaphore(1)
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def _read(self) -> None:
        while True:
            self._taken.acquire()
            self._go.wait()
            try:
                data = os.read(self._descriptor, CHUNK)
            except OSError:
                data = b""
            try:
                self._loop.call_soon_threadsafe(self._hand_over, data)
            except RuntimeError:
                return
            if not data:
                return

    def _hand_over(self, data: bytes) -> None:
        self._take(data)
        self._taken.release()

    def pause_reading(self) -> None:
        """Read no further chunk."""
        self._go.clear()

    def resume_reading(self) -> None:
        """Go on."""
        self._go.set()

    def close(self) -> None:
        """Leave the thread to its end: it is a daemon, and it is waiting or reading a file."""
        self._go.clear()


async def open_source(descriptor: int, take: Callable[[bytes], None]) -> Source:
    """Open the way in; `take` gets every chunk, and an empty one at the end."""
    if not watchable(descriptor):
        return FileSource(descriptor, take)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: _Reader(take), os.fdopen(descriptor, "rb", buffering=0))
    return transport
