"""stdio: one JSON message per line, both ways. Frames what server.dispatch answers; decides nothing about methods.

Above: server.compose runs it. Below: dispatch, stdio_pipes.
Calls that never wait are answered where their line is read, and all answers to one read leave in one write; calls that
may wait run as tasks, so a ping is answered while a tool runs.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Final

from schema.values import JsonObject
from server.dispatch import Dispatcher, Reply
from server.envelope import MAX_BYTES
from server.exchange import Door, Peer
from server.mcp_streams import change_message
from server.outcome import Failure
from server.stdio_pipes import Pipes, Sink, Source, open_sink, open_source

GRACE_SECONDS: Final = 0.8  # what running calls get to finish after the end of input; the process ends within a second
TOO_LONG: Final = (
    b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error",'
    b'"data":{"details":"a line has at most 16 MiB"}}}'
)


class StdioConnection:
    """The one client of this process."""

    def __init__(self, write: Callable[[bytes], None], stop: Callable[[], None]) -> None:
        """`write` takes one message; `stop` ends the process after the answers that are due."""
        self.door = Door.STDIO
        self.peer = Peer("stdio")
        self.header_version: str | None = None
        self.allows_batch = True
        self.can_ask = True
        self.announces = True
        self._write = write
        self._stop = stop

    def judge(self, _message: JsonObject) -> Failure | None:
        """Find nothing: there are no headers here."""
        return None

    async def send(self, message: bytes) -> None:
        """Send a message ahead of a result."""
        self._write(message)

    def stop(self) -> None:
        """End the process."""
        self._stop()


class Stdio:
    """Lines in, lines out, until the end of input, a signal or a broken pipe."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        """Take the dispatcher; `run` does the rest."""
        self._dispatcher = dispatcher
        self._connection = StdioConnection(self._put, self._end)
        self._buffer = bytearray()
        self._searched = 0
        self._skipping = False
        self._out: list[bytes] = []
        self._reading = False
        self._tasks: set[asyncio.Task[Reply]] = set()
        self._ended: asyncio.Event = asyncio.Event()
        self._slow = False
        self._sink: Sink | None = None
        self._source: Source | None = None
        self._unwatch: Callable[[], None] | None = None

    async def run(self, pipes: Pipes) -> None:
        """Serve until the end; returns when everything due was written."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        self._sink, closed = await open_sink(pipes.writing, self._end, self._slowed)
        self._source = await open_source(pipes.reading, self._take)
        await self._ended.wait()
        self._source.close()
        await self._finish()
        self._sink.close()
        if closed is not None:
            await asyncio.wait({closed}, timeout=GRACE_SECONDS)

    def _end(self) -> None:
        """Begin the end; safe to call again."""
        self._ended.set()

    async def _finish(self) -> None:
        """Give running calls their grace, then cancel them."""
        if self._unwatch is not None:
            self._unwatch()
        self._dispatcher.service.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._flush()

    def _take(self, data: bytes) -> None:
        """Take a chunk of input: answer every whole line in it, then write all answers at once."""
        if self._ended.is_set():
            return
        self._reading = True
        self._buffer += data or b"\n"
        for line in self._lines():
            self._line(line)
        self._reading = False
        self._flush()
        if not data:
            self._end()
        elif self._unwatch is None and self._connection.peer.version is not None:
            self._unwatch = self._watch()
        self._balance()

    def _lines(self) -> list[bytes]:
        """Cut whole lines off the buffer; a line that grows beyond the limit is refused once and skipped to its end."""
        end = self._buffer.rfind(b"\n", self._searched)
        self._searched = len(self._buffer)
        if end < 0:
            if len(self._buffer) > MAX_BYTES:
                if not self._skipping:
                    self._put(TOO_LONG)
                self._skipping = True
                self._buffer.clear()
                self._searched = 0
            return []
        lines = bytes(self._buffer[:end]).split(b"\n")
        del self._buffer[: end + 1]
        self._searched = len(self._buffer)
        if self._skipping:
            self._skipping = False
            del lines[0]
        return lines

    def _line(self, line: bytes) -> None:
        """Answer one line, or start a task that will."""
        line = line.strip()
        if not line:
            return
        if len(line) > MAX_BYTES:
            self._put(TOO_LONG)
            return
        message = self._dispatcher.read(line, self._connection)
        answering = self._dispatcher.answer(message, self._connection)
        if message.waits:
            task = asyncio.get_running_loop().create_task(answering)
            self._tasks.add(task)
            task.add_done_callback(self._answered)
            return
        self._reply(driven(answering))

    def _answered(self, task: asyncio.Task[Reply]) -> None:
        """Write the answer of a finished task."""
        self._tasks.discard(task)
        if not task.cancelled():
            self._reply(task.result())

    def _reply(self, reply: Reply) -> None:
        if reply.body is not None:
            self._put(reply.body)

    def _put(self, message: bytes) -> None:
        """Queue one message; outside a read it leaves at once."""
        self._out += (message, b"\n")
        if not self._reading:
            self._flush()

    def _flush(self) -> None:
        if self._out and self._sink is not None:
            self._sink.write(b"".join(self._out))
        self._out.clear()

    def _slowed(self, *, slow: bool) -> None:
        """Read no more lines while the client does not read our answers."""
        self._slow = slow
        self._balance()

    def _balance(self) -> None:
        """Read on, or stop reading while the client does not read.

        Never because of calls that wait: what ends them, a reply or a cancellation, is still to be read.
        """
        if self._source is None or self._ended.is_set():
            return
        if self._slow:
            self._source.pause_reading()
        else:
            self._source.resume_reading()

    def _watch(self) -> Callable[[], None]:
        """Announce list changes, and changes of watched resources, to a legacy client that initialized."""
        peer = self._connection.peer

        def heard(change: str) -> None:
            if "://" not in change or change in peer.watched:
                self._put(change_message(change))

        changes = self._dispatcher.service.catalogue.changes
        return changes.watch(heard) if changes is not None else lambda: None


def driven(answering: Coroutine[object, None, Reply]) -> Reply:
    """Run a coroutine that never waits to its end, without a task; raises RuntimeError when it does wait."""
    try:
        answering.send(None)
    except StopIteration as end:
        reply: Reply = end.value
        return reply
    answering.close()
    raise RuntimeError("a call that never waits has waited")
