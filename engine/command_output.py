"""What a command writes, up to a bound: pipes of our own, so that nobody waits for those who keep them open.

Above: engine.command_run. Below: asyncio. What is beyond the bound is read and dropped: the program is not stopped by
a full pipe, and memory holds no more than the bound.
"""

import asyncio
import os
from typing import Final, NamedTuple

MAX_OUTPUT: Final = 200_000
"""Bytes kept of each stream of a command; results of expressions and states have bounds of the same size."""


class Pipe(NamedTuple):
    """One stream of a command: the end it writes to, and what was read of it."""

    write_end: int
    collected: "Collected"
    transport: asyncio.ReadTransport

    def give(self) -> None:
        """Close our copy of the end the command writes to."""
        os.close(self.write_end)


class Collected(asyncio.Protocol):
    """What came over a pipe."""

    def __init__(self, name: str) -> None:
        """Take the stream's name, for messages."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._name = name
        self._kept = bytearray()
        self._size = 0

    def data_received(self, data: bytes) -> None:
        """Keep what fits."""
        self._size += len(data)
        self._kept += data[: MAX_OUTPUT - len(self._kept)]

    def connection_lost(self, _error: Exception | None) -> None:
        """Take note that there will be no more."""
        if not self.ended.done():
            self.ended.set_result(None)

    @property
    def text(self) -> str:
        """Give what was kept; bytes that are no UTF-8 are replaced."""
        return self._kept.decode("utf-8", "replace")

    @property
    def cut(self) -> str:
        """Say what was left out; "" where nothing was."""
        if self._size <= MAX_OUTPUT:
            return ""
        return f"{self._name} was cut after {MAX_OUTPUT} of {self._size} bytes"


async def pipe(name: str) -> Pipe:
    """Open a pipe and read it from now on."""
    read_end, write_end = os.pipe()
    file = os.fdopen(read_end, "rb", 0)
    transport, collected = await asyncio.get_running_loop().connect_read_pipe(lambda: Collected(name), file)
    return Pipe(write_end, collected, transport)
