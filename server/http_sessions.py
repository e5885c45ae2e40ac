"""What `--sessions` adds to HTTP: sessions that are remembered, their standing stream, resumption, their end.

Above: server.http_app, when the setting asks for it. Below: server.sse, tools.contract.Changes.
Without the setting nothing is remembered per client. Every bound here is a number of things kept in memory.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from typing import Final, NamedTuple

from aiohttp import hdrs, web

from engine.clock import Clock
from server.exchange import Peer
from server.mcp_streams import change_message
from server.sse import KEEP_ALIVE_SECONDS, EventStream, frame
from tools.contract import Changes

MAX_SESSIONS: Final = 1000  # the least recently used one ends first
IDLE_SECONDS: Final = 3600.0  # after which a session may end when another begins
MAX_STREAMS: Final = 8  # streams of one session that can be resumed
MAX_EVENTS: Final = 256  # events of one stream that can be replayed ...
MAX_KEPT_BYTES: Final = 256 * 1024  # ... and bytes of them; the newest is kept whatever its size
MAX_DIGITS: Final = 18  # of an event's number in Last-Event-ID
STANDING: Final = "0"  # the name of the GET stream


class Kept(NamedTuple):
    """One event that was or will be sent: its number in its stream, and the message."""

    number: int
    message: bytes


class Stream:
    """The last events of one stream, for whoever follows it now or comes back."""

    def __init__(self, name: str) -> None:
        """Take the name that stands in its event ids."""
        self._name = name
        self._events: deque[Kept] = deque()
        self._bytes = 0
        self._number = 0
        self._news = asyncio.Event()
        self._followers = 0
        self.closed = False

    def add(self, message: bytes) -> str:
        """Keep an event; gives its id."""
        self._number += 1
        self._events.append(Kept(self._number, message))
        self._bytes += len(message)
        while len(self._events) > MAX_EVENTS or (self._bytes > MAX_KEPT_BYTES and len(self._events) > 1):
            self._bytes -= len(self._events.popleft().message)
        self._news.set()
        return f"{self._name}-{self._number}"

    def close(self) -> None:
        """Let followers end once they have everything."""
        self.closed = True
        self._news.set()

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """Give every kept event behind `after` as frames, then new ones, and a comment for each long silence.

        A later follower takes over: this one ends then.
        """
        self._followers += 1
        mine = self._followers
        while mine == self._followers:
            self._news.clear()
            for kept in [kept for kept in self._events if kept.number > after]:
                after = kept.number
                yield frame(kept.message, f"{self._name}-{kept.number}")
            if self.closed and after >= self._number:
                return
            try:
                await asyncio.wait_for(self._news.wait(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"


class Session:
    """One remembered client."""

    def __init__(self, peer: Peer) -> None:
        """Take what initialize agreed on."""
        self.peer = peer
        self.used = 0.0
        self._streams: OrderedDict[str, Stream] = OrderedDict({STANDING: Stream(STANDING)})
        self._made = 0
        self._unwatch: Callable[[], None] | None = None

    def stream(self, name: str) -> Stream | None:
        """Give a stream by the name in its event ids."""
        return self._streams.get(name)

    def new_stream(self) -> Stream:
        """Make the stream of one POST; the oldest of too many is forgotten."""
        self._made += 1
        made = self._streams[f"{self._made}"] = Stream(f"{self._made}")
        while len(self._streams) > MAX_STREAMS:
            oldest = next(name for name in self._streams if name != STANDING)
            self._streams.pop(oldest).close()
        return made

    def watch(self, changes: Changes | None) -> None:
        """Tell the standing stream of changed lists, and of changed resources this client subscribed to."""
        if changes is None or self._unwatch is not None:
            return

        def heard(change: str) -> None:
            if "://" not in change or change in self.peer.watched:
                self._streams[STANDING].add(change_message(change))

        self._unwatch = changes.watch(heard)

    def end(self) -> None:
        """Close all streams."""
        if self._unwatch is not None:
            self._unwatch()
        for stream in self._streams.values():
            stream.close()


class Sessions:
    """All remembered sessions of this process."""

    def __init__(self, clock: Clock, changes: Changes | None, cancel: Callable[[str], None]) -> None:
        """Take the clock that tells idle sessions, where changes come from, and what ends the calls of a session."""
        self._clock = clock
        self._changes = changes
        self._cancel = cancel
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def begin(self, session_id: str, peer: Peer) -> None:
        """Remember a session that initialize just made; end idle ones and, when there are too many, the oldest."""
        now = self._clock.monotonic()
        session = self._sessions[session_id] = Session(Peer(session_id, peer.version, peer.capabilities))
        session.used = now
        while self._sessions:
            oldest_id, oldest = next(iter(self._sessions.items()))
            if len(self._sessions) <= MAX_SESSIONS and now - oldest.used < IDLE_SECONDS:
                return
            self._end(oldest_id)

    def find(self, session_id: str | None) -> Session | None:
        """Give a remembered session, None when it never was or has ended."""
        session = self._sessions.get(session_id) if session_id is not None else None
        if session is not None and session_id is not None:
            session.used = self._clock.monotonic()
            self._sessions.move_to_end(session_id)
        return session

    def close(self) -> None:
        """End them all, at shutdown; their calls get the grace of the server."""
        for session in self._sessions.values():
            session.end()

    def _end(self, session_id: str) -> bool:
        """End a session with its streams and calls; False when there is none of that id."""
        session = self._sessions.pop(session_id, None)
        if session is None:
            return False
        self._cancel(session_id)
        session.end()
        return True

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Serve the standing stream, or from Last-Event-ID on the stream that id belongs to."""
        session = self.find(request.headers.get("Mcp-Session-Id"))
        if session is None:
            return web.json_response({"error": "this session is unknown here; initialize again"}, status=404)
        if "text/event-stream" not in request.headers.get(hdrs.ACCEPT, ""):
            return web.json_response({"error": "send Accept: text/event-stream"}, status=406)
        name, _, number = request.headers.get("Last-Event-ID", f"{STANDING}-0").partition("-")
        stream = session.stream(name)
        if stream is None or not (number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS):
            return web.json_response({"error": "Last-Event-ID names no stream of this session"}, status=400)
        session.watch(self._changes)
        events = EventStream(request)
        await events.open()
        async for chunk in stream.follow(int(number)):
            if not await events.send(chunk):
                break
        return await events.close()

    async def delete(self, request: web.Request) -> web.Response:
        """End a session."""
        if self._end(request.headers.get("Mcp-Session-Id", "")):
            return web.Response(status=204)
        return web.json_response({"error": "this session is unknown here"}, status=404)
