"""One request on its way through: who sent it, in which era, and what a running tool may do on its stream.

Above: server.dispatch makes one per message; tools see it as tools.contract.Call. Below: a transport's Connection.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

import orjson

from schema.values import Json, JsonObject
from server.envelope import RequestId
from server.era import LOG_LEVEL_KEY, Era
from server.outcome import Failure
from tools.contract import NO_REPLIES

if TYPE_CHECKING:
    from server.service import Service

LOG_LEVELS: Final = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class Door(Enum):
    """Where a message came in; each door has its own methods."""

    STDIO = "stdio"
    MCP = "mcp"
    RPC = "rpc"

    __hash__ = object.__hash__  # as server.era's


class Peer:
    """What is known of the client at the other end."""

    __slots__ = ("capabilities", "scope", "version", "watched")

    def __init__(self, scope: str = "", version: str | None = None, capabilities: JsonObject | None = None) -> None:
        """`scope` names the client among calls ("" = nobody can); `version` is the legacy revision agreed on."""
        self.scope = scope
        self.version = version
        self.capabilities: JsonObject = capabilities or {}
        self.watched: set[str] = set()


class Connection(Protocol):
    """What a transport offers for one message (HTTP) or one process (stdio).

    `can_ask`: a request sent to the client can be answered; `announces`: notifications can reach it outside a call.
    """

    door: Door
    peer: Peer
    header_version: str | None
    allows_batch: bool
    can_ask: bool
    announces: bool

    def judge(self, message: JsonObject) -> Failure | None:
        """Refuse a modern message that contradicts its transport (HTTP headers); None where nothing is wrong."""
        ...

    async def send(self, message: bytes) -> None:
        """Send a notification or a request to the client ahead of the result."""
        ...

    def stop(self) -> None:
        """End the process once this answer is out (direct method shutdown, stdio only)."""
        ...


class Exchange:
    """One message with its caller; implements tools.contract.Call."""

    __slots__ = (
        "capabilities",
        "connection",
        "correlation_id",
        "era",
        "id",
        "meta",
        "refused",
        "replies",
        "service",
        "state",
    )

    def __init__(
        self, service: "Service", connection: Connection, request_id: RequestId | None, era: Era, meta: JsonObject
    ) -> None:
        """`request_id` is None for a notification; capabilities are the client's own, set by the dispatcher."""
        self.service = service
        self.connection = connection
        self.id = request_id
        self.era = era
        self.meta = meta
        self.capabilities: JsonObject = connection.peer.capabilities
        self.replies: Mapping[str, JsonObject] = NO_REPLIES
        self.state: Json = None
        self.refused: int | str | None = None  # what was wrong where a refusal went out as a result: code or word
        self.correlation_id = service.correlation_id()

    @property
    def over_mcp(self) -> bool:
        """True when the caller speaks MCP."""
        return self.era is not Era.DIRECT

    @property
    def client_capabilities(self) -> JsonObject:
        """The capabilities the client declared for this call."""
        return self.capabilities

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress under the caller's token; without a token nothing is sent."""
        token = self.meta.get("progressToken")
        if token is None:
            return
        params: JsonObject = {"progressToken": token, "progress": done}
        if total is not None:
            params["total"] = total
        if message is not None:
            params["message"] = message
        await self.notify("notifications/progress", params)

    async def log(self, level: str, data: Json, logger: str | None = None) -> None:
        """Send a log message if the client wants that level (legacy: setLevel, else all; modern: per request)."""
        if not self._wants(level):
            return
        params: JsonObject = {"level": level, "data": data}
        if logger is not None:
            params["logger"] = logger
        await self.notify("notifications/message", params)

    async def notify(self, method: str, params: JsonObject) -> None:
        """Send a notification on this call's stream; nothing for direct callers, who expect none."""
        if self.over_mcp:
            await self.connection.send(orjson.dumps({"jsonrpc": "2.0", "method": method, "params": params}))

    def _wants(self, level: str) -> bool:
        """Tell whether the client asked for messages of this level."""
        if self.era is Era.MODERN:
            least: Json = self.meta.get(LOG_LEVEL_KEY)
        else:
            least = self.service.calls.level(self.connection.peer.scope) or LOG_LEVELS[0]
        return least in LOG_LEVELS and LOG_LEVELS.index(level) >= LOG_LEVELS.index(str(least))
