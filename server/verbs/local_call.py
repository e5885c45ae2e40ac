"""A call that comes from this very process: what a tool sees when the command line runs it.

Above: verbs.next. Below: tools.contract. Nobody listens, so progress and messages go nowhere.
"""

from collections.abc import Mapping

from schema.values import Json, JsonObject
from tools.contract import NO_REPLIES, Tool


class LocalCall:
    """The command line's own `tools.contract.Call`."""

    replies: Mapping[str, JsonObject] = NO_REPLIES
    state: Json = None
    over_mcp: bool = False

    def __init__(self) -> None:
        """Declare no capabilities: a terminal is not a client."""
        self.client_capabilities: JsonObject = {}

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Do nothing."""

    async def log(self, level: str, data: Json, logger: str | None = None) -> None:
        """Do nothing."""

    async def notify(self, method: str, params: JsonObject) -> None:
        """Do nothing."""


def run_tool(tool: Tool, arguments: JsonObject) -> JsonObject:
    """Run a tool that never waits and give its answer; raises DomainError as the tool does."""
    if tool.run is None:
        raise TypeError(f"{tool.name} waits; the command line runs tools that do not")
    return tool.run(arguments, LocalCall()).value or {}
