"""What every method works with: the catalogue, the calls under way, the seals, the identity of this server.

Above: server.methods read it through their exchange; server.compose makes it. Below: tools.contract, server.calls.
"""

from collections.abc import Callable
from typing import NamedTuple

from engine.clock import Clock
from engine.version import SERVER_VERSION
from schema.values import JsonObject
from server.calls import Calls
from server.metrics import Metrics
from server.seal import Sealer
from tools.arguments import Arguments
from tools.contract import Catalogue, Tool


class Registered(NamedTuple):
    """A tool with its compiled argument rules; `actions` are the values of its argument `action`, where it has one."""

    tool: Tool
    arguments: Arguments
    actions: frozenset[str]


class Service:
    """One server's moving parts; made once per process."""

    def __init__(self, catalogue: Catalogue, clock: Clock, secret: bytes, metrics: Metrics | None = None) -> None:
        """`secret` (32 bytes or more) seals session ids and request states; equal on all nodes of one server."""
        self.catalogue = catalogue
        self.clock = clock
        self.calls = Calls()
        self.metrics = metrics or Metrics()
        self.states = Sealer(secret, "request-state")
        self.sessions = Sealer(secret, "http-session")
        self.tools: dict[str, Registered] = {
            tool.name: Registered(tool, Arguments(tool.input_schema), _actions(tool)) for tool in catalogue.tools
        }
        self.info: JsonObject = {"name": "workflowlookup", "title": "Workflow Lookup", "version": SERVER_VERSION}
        self._process = clock.random_bytes(4).hex()
        self._numbers = 0
        self.open = True
        self._closers: dict[object, Callable[[], None]] = {}
        self.listed: list[JsonObject] = [listed_tool(tool) for tool in catalogue.tools]

    def at_close(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when the server shuts down; gives the function that forgets it."""
        token = object()
        self._closers[token] = wake

        def forget() -> None:
            self._closers.pop(token, None)

        return forget

    def close(self) -> None:
        """Begin the shutdown: whoever waits for news is woken and ends."""
        self.open = False
        for wake in list(self._closers.values()):
            wake()

    def correlation_id(self) -> str:
        """Make an id that joins an answer and its log line: the process's random part and a running number."""
        self._numbers += 1
        return f"{self._process}-{self._numbers}"


def listed_tool(tool: Tool) -> JsonObject:
    """Give a tool as tools/list shows it; always the same bytes for the same tool."""
    shown: JsonObject = {"name": tool.name, "title": tool.title, "description": tool.description}
    shown["inputSchema"] = tool.input_schema
    if tool.output_schema is not None:
        shown["outputSchema"] = tool.output_schema
    if tool.annotations:
        shown["annotations"] = tool.annotations
    return shown


def _actions(tool: Tool) -> frozenset[str]:
    properties = tool.input_schema.get("properties")
    rule = properties.get("action") if isinstance(properties, dict) else None
    names = rule.get("enum") if isinstance(rule, dict) else None
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
