"""The gate in front of every HTTP route: Host, Origin and token are checked before anything else.

Above: server.http_app hangs it in front of each route and of unknown paths. Below: aiohttp.
A browser page of a stranger can reach 127.0.0.1; Host and Origin are what gives it away (DNS rebinding).
"""

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from server.logs import get
from server.metrics import Metrics
from server.settings import Settings

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN_ROUTE: Final = "/livez"  # the one route that needs no token: a supervisor asks it
CORS_HEADERS: Final = (
    "Content-Type, Accept, Authorization, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID"
)
EXPOSED: Final = "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate"
CORS_MAX_AGE: Final = "600"  # seconds a browser may keep a preflight answer
MAX_KNOWN: Final = 64  # spellings of Host headers remembered as permitted; a client sends one

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = get("security")


def host_of(value: str) -> str:
    """Give the host of a Host header or a URL's authority, without port, in lower case; '' when it is malformed.

    >>> host_of("LOCALHOST:8000"), host_of("[::1]:80"), host_of("a b")
    ('localhost', '::1', '')
    """
    try:
        found = urlsplit(f"//{value}").hostname or ""
    except ValueError:
        return ""
    return "" if any(c.isspace() for c in found) else found


def _named(setting: str) -> str:
    """Give the host a setting names; an IPv6 address may stand there without brackets."""
    return host_of(f"[{setting}]" if setting.count(":") > 1 and not setting.startswith("[") else setting)


class Guard:
    """Judges requests by the settings; remembers which Host headers it let pass, because they repeat."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Take allowed hosts, origins and the token from the settings."""
        self._hosts = (LOOPBACK | {_named(name) for name in (settings.host, *settings.allow_host)}) - {""}
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.allow_origin)
        self._known: set[str] = set()
        self._token = settings.token.encode() if settings.token is not None else None
        self._metrics = metrics

    def refusal(self, request: web.BaseRequest) -> web.Response | None:
        """Give the refusal of a request, or None when it may pass."""
        host = request.headers.get(hdrs.HOST, "")
        if host not in self._known and not self._serves(host):
            return self._refused("host", 403, "this Host is not served here; allow it with --allow-host", request)
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and not self.permits(origin):
            return self._refused("origin", 403, "this Origin may not call; allow it with --allow-origin", request)
        if self._token is None or request.path == OPEN_ROUTE or request.method == hdrs.METH_OPTIONS:
            return None
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() == "bearer" and compare_digest(given.strip().encode(errors="surrogateescape"), self._token):
            return None
        response = self._refused("token", 401, "give the token as 'Authorization: Bearer ...'", request)
        response.headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="workflowlookup"'
        if origin is not None:
            response.headers.update(cors(origin))
        return response

    def _serves(self, host: str) -> bool:
        """Tell whether a Host header names us, and remember it when it does."""
        if host_of(host) not in self._hosts:
            return False
        if len(self._known) < MAX_KNOWN:
            self._known.add(host)
        return True

    def permits(self, origin: str) -> bool:
        """Tell whether pages of this origin may call: loopback ones, and those the operator allowed."""
        given = origin.lower()
        if given in self._origins:
            return True
        scheme, _, authority = given.partition("://")
        return scheme in ("http", "https") and host_of(authority) in LOOPBACK

    def count(self, kind: str, request: web.BaseRequest) -> None:
        """Log and count a request refused for safety."""
        self._metrics.security(kind)
        log.warning("refused", kind=kind, path=request.path[:128], remote=request.remote)

    def _refused(self, kind: str, status: int, text: str, request: web.BaseRequest) -> web.Response:
        self.count(kind, request)
        return web.json_response({"error": text}, status=status)

    def gate(self, methods: Mapping[str, Next]) -> Next:
        """Give the handler of a path whose methods these are; of an unknown path when there are none.

        It refuses, answers preflights, and tells permitted browsers that they may read the answer. Not a middleware,
        because aiohttp builds a chain of those for each request.
        """

        async def gated(request: web.Request) -> web.StreamResponse:
            refused = self.refusal(request)
            if refused is not None:
                return refused
            origin = request.headers.get(hdrs.ORIGIN)
            if origin is not None:
                if request.method == hdrs.METH_OPTIONS:
                    return _with_cors(web.Response(status=204), origin)
                request[CORS_ORIGIN] = origin
            handler = methods.get(request.method)
            if handler is None:
                raise web.HTTPMethodNotAllowed(request.method, methods) if methods else web.HTTPNotFound
            response = await handler(request)
            return response if origin is None else _with_cors(response, origin)

        return gated


CORS_ORIGIN: Final = web.RequestKey("cors_origin", str)


def _with_cors(response: web.StreamResponse, origin: str) -> web.StreamResponse:
    """Add the CORS headers, unless the response is already on its way (then the stream carries them)."""
    if not response.prepared:
        response.headers.update(cors(origin))
    return response


def cors(origin: str) -> dict[str, str]:
    """Give the CORS headers for a permitted origin."""
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": CORS_HEADERS,
        "Access-Control-Expose-Headers": EXPOSED,
        "Access-Control-Max-Age": CORS_MAX_AGE,
        "Vary": "Origin",
    }
