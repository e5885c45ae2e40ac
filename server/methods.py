"""The tables: which method answers to which name, per door and era. The whole list of what can be asked of a server.

Above: server.dispatch looks methods up here. Below: handshake, mcp_tools, mcp_library, mcp_streams.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from schema.values import JsonObject
from server import handshake, mcp_library, mcp_streams, mcp_tools
from server.era import Era
from server.exchange import Door, Exchange
from server.outcome import Outcome
from server.service import Service

Run = Callable[[Exchange, JsonObject], Awaitable[Outcome]]


class Method(NamedTuple):
    """A registered method.

    `takes_array`: positional params arrive as the one argument `args` (else they are refused);
    `at_once`: answered without the JSON-RPC library, so that a process can greet before loading it;
    `waits`: may wait for something, so it gets a task of its own (a tool: as its contract says).
    """

    run: Run
    takes_array: bool = False
    at_once: bool = False
    waits: bool = False


Table = Mapping[str, Method]

BOTH: Final[Table] = {
    "tools/list": Method(mcp_tools.list_tools),
    "tools/call": Method(mcp_tools.call_tool),
    "prompts/list": Method(mcp_library.list_prompts),
    "prompts/get": Method(mcp_library.get_prompt, waits=True),
    "resources/list": Method(mcp_library.list_resources),
    "resources/templates/list": Method(mcp_library.list_templates),
    "resources/read": Method(mcp_library.read_resource, waits=True),
    "completion/complete": Method(mcp_library.complete),
}
LEGACY: Final[Table] = {
    "initialize": Method(handshake.initialize, at_once=True),
    "ping": Method(handshake.ping, at_once=True),
    "logging/setLevel": Method(mcp_streams.set_level),
    "resources/subscribe": Method(mcp_streams.subscribe),
    "resources/unsubscribe": Method(mcp_streams.unsubscribe),
    **BOTH,
}
MODERN: Final[Table] = {
    "server/discover": Method(handshake.discover, at_once=True),
    "subscriptions/listen": Method(mcp_streams.listen, waits=True),
    **BOTH,
}


class Tables(NamedTuple):
    """All tables of one server, by door and era, and which methods are direct ones; at /rpc every message is direct."""

    direct: Table
    by_place: Mapping[tuple[Door, Era], Table]


def tables(service: Service, examples: Table) -> Tables:
    """Make the tables of a server; `examples` are further direct methods (the tests' JSON-RPC examples)."""
    direct: dict[str, Method] = {
        name: Method(mcp_tools.as_method(registered)) for name, registered in service.tools.items()
    }
    direct.update(examples)
    rpc = {**direct, "initialize": LEGACY["initialize"], "tools/list": LEGACY["tools/list"]}
    on_stdio = {**direct, "shutdown": Method(handshake.shutdown)}
    nothing: Table = {}
    return Tables(
        direct=on_stdio,
        by_place={
            (Door.STDIO, Era.DIRECT): on_stdio,
            (Door.STDIO, Era.LEGACY): LEGACY,
            (Door.STDIO, Era.MODERN): MODERN,
            (Door.MCP, Era.DIRECT): nothing,
            (Door.MCP, Era.LEGACY): LEGACY,
            (Door.MCP, Era.MODERN): MODERN,
            (Door.RPC, Era.DIRECT): rpc,
        },
    )
