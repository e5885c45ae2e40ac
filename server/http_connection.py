"""One HTTP request as a Connection: who sent it, and a stream towards it that opens only when it is needed.

Above: server.http_app makes one per POST. Below: server.sse, server.modern_headers.
"""

from typing import Final

from aiohttp import web
from multidict import istr

from schema.values import JsonObject
from server.era import BATCH_VERSION
from server.exchange import Door, Peer
from server.http_sessions import Session, Stream
from server.modern_headers import mismatch
from server.outcome import Failure
from server.service import Service
from server.sse import EventStream, frame

VERSION: Final = istr("MCP-Protocol-Version")  # an istr is looked up without lowering it each time


class HttpConnection:
    """The client's end of one POST."""

    def __init__(
        self, request: web.Request, door: Door, peer: Peer, service: Service, session: Session | None = None
    ) -> None:
        """`peer` is what the session id told, or an anonymous one; `session` (with --sessions) keeps what is sent."""
        self.door = door
        self.peer = peer
        self._headers = request.headers
        self.header_version = self._headers.get(VERSION)
        self.allows_batch = door is Door.RPC or self.header_version in (None, BATCH_VERSION)
        self.can_ask = bool(peer.scope)
        self.announces = False
        self._session = session
        self._kept: Stream | None = None
        self._request = request
        self._stream: EventStream | None = None
        self._service = service

    @property
    def opened(self) -> EventStream | None:
        """The stream, where something was sent ahead of the result; else None."""
        return self._stream

    def judge(self, message: JsonObject) -> Failure | None:
        """Refuse a modern message whose headers say something else than its body."""
        params = message.get("params")
        name = params.get("name") if isinstance(params, dict) else None
        registered = self._service.tools.get(name) if isinstance(name, str) else None
        return mismatch(message, self._headers, registered.tool.input_schema if registered else None)

    async def send(self, message: bytes) -> None:
        """Send a message ahead of the result; the answer becomes an event stream."""
        if self._session is not None and self._kept is None:
            self._kept = self._session.new_stream()
        if self._stream is None:
            self._stream = EventStream(self._request)
        await self._stream.send(frame(message, self._kept.add(message) if self._kept is not None else None))

    async def finish(self, message: bytes | None) -> None:
        """End a stream that was opened with its last message."""
        if self._stream is not None and message is not None:
            await self.send(message)
        if self._kept is not None:
            self._kept.close()

    def stop(self) -> None:
        """Do nothing: an HTTP server is not stopped by a client."""
