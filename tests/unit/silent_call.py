"""A call nobody listens to: for tests that run a tool's function directly.

Above: unit tests. Below: tools.contract.Call, which it satisfies.
"""

from collections.abc import Mapping

from schema.values import Json, JsonObject
from tools.contract import NO_REPLIES


class SilentCall:
    """A direct caller without capabilities; progress, logs and notifications go nowhere."""

    replies: Mapping[str, JsonObject] = NO_REPLIES
    state: Json = None
    client_capabilities: JsonObject = {}  # noqa: RUF012 - never written to

    def __init__(self, *, over_mcp: bool = False) -> None:
        """`over_mcp`: pretend that the caller speaks MCP."""
        self.over_mcp = over_mcp

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell nobody."""

    async def log(self, level: str, data: Json, logger: str | None = None) -> None:
        """Tell nobody."""

    async def notify(self, method: str, params: JsonObject) -> None:
        """Tell nobody."""
