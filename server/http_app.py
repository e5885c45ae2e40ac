"""HTTP: routes, bodies, statuses. Frames what server.dispatch answers; decides nothing about methods.

Above: server.compose runs the application. Below: dispatch, guard, http_connection, sse.
Routes: POST /mcp (MCP), POST /rpc (direct JSON-RPC), GET /tools/list, /livez, /readyz, /metrics.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from aiohttp import hdrs, web
from multidict import istr

from server.dispatch import Dispatcher, Message, Reply
from server.envelope import MAX_BYTES
from server.era import LEGACY_VERSIONS, MODERN_VERSIONS, VERSION_KEY, Era, meta_of, unsupported
from server.exchange import Door, Peer
from server.guard import Guard, Next
from server.http_connection import HttpConnection
from server.http_sessions import Sessions
from server.outcome import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    PARSE_ERROR,
    UNSUPPORTED_VERSION,
)
from server.service import Service
from server.session_id import mint, peer_of
from server.settings import Settings
from server.sse import KEEP_ALIVE_SECONDS

CHECK_SECONDS: Final = 2.0  # for one readiness check: whoever asks waits a few seconds at most
BODY_SECONDS: Final = 60.0  # a body may take; 16 MiB over a slow line do
JSON_TYPE: Final = "application/json"
SESSION: Final = istr("Mcp-Session-Id")
MODERN_STATUS: Final = {
    METHOD_NOT_FOUND: 404,
    PARSE_ERROR: 400,
    INVALID_REQUEST: 400,
    INVALID_PARAMS: 400,
    HEADER_MISMATCH: 400,
    MISSING_CAPABILITY: 400,
    UNSUPPORTED_VERSION: 400,
}
UNREADABLE: Final = frozenset({PARSE_ERROR, INVALID_REQUEST})


class HttpApp:
    """The HTTP side of one dispatcher."""

    def __init__(self, dispatcher: Dispatcher, settings: Settings) -> None:
        """Take the dispatcher, and who may talk to us from the settings."""
        self._dispatcher = dispatcher
        self._service: Service = dispatcher.service
        self._guard = Guard(settings, self._service.metrics)
        self._tasks: set[asyncio.Task[Reply]] = set()
        changes = self._service.catalogue.changes
        self._sessions: Sessions | None = None
        if settings.sessions:
            self._sessions = Sessions(self._service.clock, changes, self._service.calls.cancel_all)

    def application(self) -> web.Application:
        """Make the aiohttp application."""
        mcp: dict[str, Next] = {hdrs.METH_POST: self.mcp}
        if self._sessions is not None:
            mcp |= {hdrs.METH_GET: self._sessions.get, hdrs.METH_DELETE: self._sessions.delete}
        routes: dict[str, dict[str, Next]] = {"/mcp": mcp, "/mcp/": mcp, "/rpc": {hdrs.METH_POST: self.rpc}}
        looks = {"/tools/list": self.tools_list, "/livez": self.livez, "/readyz": self.readyz, "/metrics": self.metrics}
        for path, look in looks.items():
            routes[path] = {hdrs.METH_GET: look, hdrs.METH_HEAD: look}
        app = web.Application(client_max_size=MAX_BYTES)
        for path, methods in (*routes.items(), ("/{unknown:.*}", {})):
            app.router.add_route(hdrs.METH_ANY, path, self._guard.gate(methods))
        app.on_shutdown.append(self._close)
        return app

    async def rpc(self, request: web.Request) -> web.StreamResponse:
        """Answer direct JSON-RPC; every answer is HTTP 200, failures are in the body."""
        text = await self._body(request)
        if isinstance(text, web.Response):
            return text
        connection = HttpConnection(request, Door.RPC, Peer(), self._service)
        return _json((await self._answered(self._dispatcher.read(text, connection), connection)).body, 200)

    async def mcp(self, request: web.Request) -> web.StreamResponse:
        """Answer an MCP message, of either era."""
        text = await self._body(request)
        if isinstance(text, web.Response):
            return text
        connection, known = self._connection(request)
        message = self._dispatcher.read(text, connection)
        if message.era is not Era.MODERN:
            if not known and not _is_initialize(message):
                return _refused(404, "this session is unknown here; initialize again")
            refused = _foreign_version(message, connection)
            if refused is not None:
                return refused
        if message.waits:
            reply = await self._answered(message, connection)
        else:
            reply = await self._dispatcher.answer(message, connection)
        return await self._responded(message, connection, reply)

    def _connection(self, request: web.Request) -> tuple[HttpConnection, bool]:
        """Make the connection of a POST at /mcp; False where it names a session nobody knows."""
        session_id = request.headers.get(SESSION)
        if self._sessions is None:
            peer = peer_of(self._service.sessions, session_id) if session_id is not None else Peer()
            return HttpConnection(request, Door.MCP, peer or Peer(), self._service), peer is not None
        session = self._sessions.find(session_id)
        if session is None:
            connection = HttpConnection(request, Door.MCP, Peer(), self._service)
            known = session_id is None
        else:
            connection = HttpConnection(request, Door.MCP, session.peer, self._service, session)
            known = True
        connection.announces = True
        return connection, known

    async def _answered(self, message: Message, connection: HttpConnection) -> Reply:
        """Answer in this handler, or where answering may wait, in a task that outlives a lost legacy client."""
        if not message.waits:
            return await self._dispatcher.answer(message, connection)
        task = asyncio.create_task(self._finished(message, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while not (await asyncio.wait({task}, timeout=KEEP_ALIVE_SECONDS))[0]:
                if connection.opened is not None:
                    await connection.opened.comment()
        except asyncio.CancelledError:
            if message.era is Era.MODERN:
                task.cancel()
            raise
        return task.result()

    async def _finished(self, message: Message, connection: HttpConnection) -> Reply:
        """Answer and end the stream, whether or not the client is still there."""
        reply = await self._dispatcher.answer(message, connection)
        await connection.finish(reply.body)
        return reply

    async def _responded(self, message: Message, connection: HttpConnection, reply: Reply) -> web.StreamResponse:
        """Frame a reply: as the last event of a stream that was opened, else as JSON with its status."""
        if connection.opened is not None:
            return await connection.opened.close()
        response = _json(reply.body, _status(reply))
        if reply.code is None and reply.body is not None and message.era is Era.LEGACY and _is_initialize(message):
            session_id = mint(self._service.sessions, self._service.clock, connection.peer)
            if self._sessions is not None:
                self._sessions.begin(session_id, connection.peer)
            response.headers[SESSION] = session_id
        return response

    async def _body(self, request: web.Request) -> bytes | web.Response:
        """Read the body, or give the refusal of one that is too large or not JSON by its media type."""
        if request.content_type != JSON_TYPE:
            return _refused(415, f"send {JSON_TYPE}")
        try:
            if request.content.is_eof():  # all of it came with the headers: nothing to wait for
                return await request.read()
            async with asyncio.timeout(BODY_SECONDS):
                return await request.read()
        except TimeoutError:
            return _refused(408, f"a body arrives within {BODY_SECONDS:.0f} seconds")
        except web.HTTPRequestEntityTooLarge:
            self._guard.count("size", request)
            return _refused(413, f"a body has at most {MAX_BYTES} bytes")
        except web.RequestPayloadError:
            return _refused(400, "the body is not what its Content-Encoding or Transfer-Encoding says")

    async def tools_list(self, _request: web.Request) -> web.Response:
        """Give the tools as plain JSON, for a look with curl."""
        return _json(orjson.dumps({"tools": self._service.listed}), 200)

    async def livez(self, _request: web.Request) -> web.Response:
        """Tell that the process runs."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Tell whether every named check of the catalogue passes, each in its time."""
        checks = self._service.catalogue.checks
        problems = await asyncio.gather(*(_checked(check) for check in checks.values()))
        results = dict(zip(checks, problems, strict=True))
        shown = {name: problem or "ok" for name, problem in results.items()}
        return _json(orjson.dumps({"checks": shown}), 503 if any(results.values()) else 200)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Give the metrics in the Prometheus text format."""
        await self._service.metrics.refresh()
        return web.Response(body=self._service.metrics.text(), headers={hdrs.CONTENT_TYPE: "text/plain; version=0.0.4"})

    async def _close(self, _app: web.Application) -> None:
        """Wake whoever listens, so that their streams end properly."""
        self._service.close()
        if self._sessions is not None:
            self._sessions.close()


async def _checked(check: Callable[[], Awaitable[str | None]]) -> str | None:
    """Run one readiness check; gives what is wrong, None where nothing is."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"


def _status(reply: Reply) -> int:
    """Give the HTTP status of a JSON answer at /mcp."""
    if reply.code is None:
        return 200
    if reply.era is Era.MODERN:
        return MODERN_STATUS.get(reply.code, 200)
    return 400 if reply.code in UNREADABLE else 200


def _is_initialize(message: Message) -> bool:
    return isinstance(message.value, dict) and message.value.get("method") == "initialize"


def _foreign_version(message: Message, connection: HttpConnection) -> web.Response | None:
    """Refuse a header version nobody speaks; initialize is exempt, because it is where versions are agreed on."""
    version = connection.header_version
    if version is None or version in LEGACY_VERSIONS or version in MODERN_VERSIONS or _is_initialize(message):
        return None
    if isinstance(message.value, dict) and VERSION_KEY in meta_of(message.value.get("params")):
        return None
    failure = unsupported(version[:32].encode("ascii", "replace").decode())
    error = {"code": failure.code, "message": failure.message, "data": failure.data}
    return _json(orjson.dumps({"jsonrpc": "2.0", "id": message.request_id, "error": error}), 400)


def _json(body: bytes | None, status: int) -> web.Response:
    """Make a JSON response; no body is 202, the answer to notifications and replies."""
    if body is None:
        return web.Response(status=202)
    return web.Response(body=body, status=status, headers={hdrs.CONTENT_TYPE: JSON_TYPE})


def _refused(status: int, text: str) -> web.Response:
    """Refuse at the HTTP level, with a JSON-RPC error as body for clients that read one."""
    error = {"code": INVALID_REQUEST, "message": text}
    return _json(orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error}), status)
