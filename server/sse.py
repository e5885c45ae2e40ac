"""One server-sent event stream as an HTTP answer: frames, comments that keep it open, a quiet end.

Above: server.http_app opens one when something must reach the client before the result. Below: aiohttp.
"""

from typing import Final

from aiohttp import web

from server.guard import CORS_ORIGIN, cors

KEEP_ALIVE_SECONDS: Final = 15.0  # silence after which a comment is sent, so that proxies keep the stream

HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


def frame(message: bytes, event_id: str | None = None) -> bytes:
    """Frame one message as an event: its id (where the stream can be resumed), then the message as data."""
    head = f"id: {event_id}\n".encode() if event_id is not None else b""
    return head + b"event: message\ndata: " + message + b"\n\n"


class EventStream:
    """An open stream; a client that went away is no error: what is sent after that is dropped."""

    def __init__(self, request: web.Request) -> None:
        """Take the request this stream answers."""
        self._request = request
        self._response: web.StreamResponse | None = None
        self._gone = False

    @property
    def response(self) -> web.StreamResponse | None:
        """The started response, None while nothing was sent."""
        return self._response

    async def open(self) -> None:
        """Send the head of the answer; at once where the client waits for it."""
        if self._response is not None:
            return
        origin = self._request.get(CORS_ORIGIN)
        headers = {**HEADERS, **(cors(origin) if origin is not None else {})}
        self._response = web.StreamResponse(status=200, headers=headers)
        try:
            await self._response.prepare(self._request)
        except ConnectionError:
            self._gone = True

    async def send(self, chunk: bytes) -> bool:
        """Send one frame or comment, opening the stream when it is the first; False when the client is gone."""
        await self.open()
        if self._gone or self._response is None:
            return False
        try:
            await self._response.write(chunk)
        except ConnectionError:
            self._gone = True
        return not self._gone

    async def comment(self) -> bool:
        """Keep an open stream open."""
        return await self.send(b": still here\n\n")

    async def close(self) -> web.StreamResponse:
        """End the stream and give its response back to the server."""
        await self.open()
        if self._response is None:
            raise RuntimeError("the stream was never opened")
        if not self._gone:
            try:
                await self._response.write_eof()
            except ConnectionError:
                self._gone = True
        return self._response
