"""Methods that open a conversation: initialize, ping, server/discover. Light on purpose: a process answers them first.

Above: server.methods lists them; server.dispatch answers them before the JSON-RPC library is loaded (its import takes
longer than everything else at start). Below: server.era, server.session_id.
"""

from typing import Final

from schema.values import JsonObject
from server.era import BATCH_VERSION, LEGACY_VERSIONS, MODERN_VERSIONS, NEWEST_LEGACY, Cache, Era, finish
from server.exchange import Exchange
from server.outcome import EMPTY, NOTHING, Outcome, invalid_params, success

DISCOVER_CACHE: Final = Cache(ttl_ms=300_000, scope="private")  # what we offer changes only with a restart
KEPT_CAPABILITIES: Final = ("elicitation", "sampling", "roots")  # those a server may act on; the rest is not kept


async def initialize(exchange: Exchange, params: JsonObject) -> Outcome:
    """Agree on a legacy revision: the one asked for where we speak it, else our newest (the client decides then)."""
    asked = params.get("protocolVersion")
    if not isinstance(asked, str):
        return invalid_params("protocolVersion is required and must be a string", "protocolVersion")
    version = asked if asked in LEGACY_VERSIONS else NEWEST_LEGACY
    declared = params.get("capabilities")
    peer = exchange.connection.peer
    peer.version = version
    peer.capabilities = kept(declared) if isinstance(declared, dict) else {}
    exchange.connection.allows_batch = exchange.connection.allows_batch and version == BATCH_VERSION
    result: JsonObject = {
        "protocolVersion": version,
        "capabilities": capabilities(exchange),
        "serverInfo": exchange.service.info,
        "instructions": exchange.service.catalogue.instructions,
    }
    return success(result)


def kept(declared: JsonObject) -> JsonObject:
    """Keep the client capabilities a server acts on, reduced to the names of what they hold (bounded, self-contained).

    >>> kept({"elicitation": {"form": {"x": 1}}, "experimental": {"y": {}}, "roots": None})
    {'elicitation': {'form': {}}}
    """
    answer: JsonObject = {}
    for name in KEPT_CAPABILITIES:
        inner = declared.get(name)
        if isinstance(inner, dict):
            answer[name] = {key: {} for key in list(inner)[:8] if len(key) <= 32}  # noqa: PLR2004 - 8 names of 32 characters: more than any revision defines
    return answer


def capabilities(exchange: Exchange) -> JsonObject:
    """Declare what this connection really serves; list changes only where there is a stream to announce them on."""
    catalogue = exchange.service.catalogue
    kinds = catalogue.changes.kinds if catalogue.changes is not None else frozenset()
    announced = kinds if exchange.era is Era.MODERN or exchange.connection.announces else frozenset()
    resources: JsonObject = {"listChanged": True} if "resources" in announced else {}
    if exchange.connection.announces or (exchange.era is Era.MODERN and kinds):
        resources["subscribe"] = True
    declared: JsonObject = {
        "tools": {"listChanged": True} if "tools" in announced else {},
        "resources": resources,
        "prompts": {"listChanged": True} if "prompts" in announced else {},
        "completions": {},
        "logging": {},
    }
    return declared


async def ping(_exchange: Exchange, _params: JsonObject) -> Outcome:
    """Answer a sign of life."""
    return EMPTY


async def discover(exchange: Exchange, _params: JsonObject) -> Outcome:
    """Tell a modern client what there is: versions, capabilities, instructions."""
    result: JsonObject = {
        "supportedVersions": list(MODERN_VERSIONS),
        "capabilities": capabilities(exchange),
        "instructions": exchange.service.catalogue.instructions,
    }
    return success(finish(result, Era.MODERN, exchange.service.info, DISCOVER_CACHE))


async def shutdown(exchange: Exchange, _params: JsonObject) -> Outcome:
    """End the process after this answer (direct method, stdio only)."""
    exchange.connection.stop()
    return NOTHING
