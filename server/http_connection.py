"""One HTTP request as a Connection: who sent it, and a stream towards it that opens only when it is needed.

Above: server.http_app makes one per POST. Below: server.sse, server.modern_headers.
"""

from aiohttp import web

from schema.values import JsonObject
from server.era import BATCH_VERSION
from server.exchange import Door, Peer
from server.modern_headers import mismatch
from server.outcome import Failure
from server.service import Service
from server.sse import EventStream, frame


class HttpConnection:
    """The client's end of one POST."""

    def __init__(self, request: web.Request, door: Door, peer: Peer, service: Service) -> None:
        """`peer` is what the session id told, or an anonymous one."""
        self.door = door
        self.peer = peer
        self.header_version = request.headers.get("MCP-Protocol-Version")
        self.allows_batch = door is Door.RPC or self.header_version in (None, BATCH_VERSION)
        self.can_ask = bool(peer.scope)
        self.announces = False
        self.stream = EventStream(request)
        self._headers = request.headers
        self._service = service

    def judge(self, message: JsonObject) -> Failure | None:
        """Refuse a modern message whose headers say something else than its body."""
        params = message.get("params")
        name = params.get("name") if isinstance(params, dict) else None
        registered = self._service.tools.get(name) if isinstance(name, str) else None
        return mismatch(message, self._headers, registered.tool.input_schema if registered else None)

    async def send(self, message: bytes) -> None:
        """Send a message ahead of the result; the answer becomes an event stream."""
        await self.stream.send(frame(message))

    def stop(self) -> None:
        """Do nothing: an HTTP server is not stopped by a client."""
