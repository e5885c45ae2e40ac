"""Which generation of MCP a message belongs to, and what each generation wants around a result.

Above: server.dispatch, server.methods. Below: server.outcome.
legacy = the initialize handshake (four revisions), modern = 2026-07-28, stateless, direct = plain JSON-RPC.
"""

from enum import Enum
from typing import Final, NamedTuple

from schema.values import Json, JsonObject
from server.outcome import UNSUPPORTED_VERSION, Failure, invalid_params

LEGACY_VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
MODERN_VERSIONS: Final = ("2026-07-28",)
NEWEST_LEGACY: Final = LEGACY_VERSIONS[0]
BATCH_VERSION: Final = "2025-03-26"  # the only revision whose transport has batches

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
LOG_LEVEL_KEY: Final = "io.modelcontextprotocol/logLevel"
SERVER_INFO_KEY: Final = "io.modelcontextprotocol/serverInfo"
SUBSCRIPTION_KEY: Final = "io.modelcontextprotocol/subscriptionId"

MODERN_ONLY: Final = frozenset({"server/discover", "subscriptions/listen"})


class Era(Enum):
    """The generation a message belongs to."""

    DIRECT = "direct"
    LEGACY = "legacy"
    MODERN = "modern"

    __hash__ = object.__hash__  # Enum's own is written in Python, and every message looks its table up by era


class Cache(NamedTuple):
    """How long (ms) and for whom (public, private) a modern client may keep a list or a read."""

    ttl_ms: int
    scope: str


def meta_of(params: Json) -> JsonObject:
    """Give the `_meta` object of params, or an empty one."""
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta if isinstance(meta, dict) else {}


def era_of(method: str, meta: JsonObject, *, header_version: str | None, direct: bool) -> Era:
    """Tell a message's era; `direct` = the method is one of the direct ones at this door.

    >>> era_of("ping", {}, header_version=None, direct=False)
    <Era.LEGACY: 'legacy'>
    """
    if VERSION_KEY in meta or method in MODERN_ONLY or header_version in MODERN_VERSIONS:
        return Era.MODERN
    return Era.DIRECT if direct else Era.LEGACY


def incomplete(meta: JsonObject) -> Failure | None:
    """Refuse a modern request whose `_meta` lacks what each must carry: protocol version, client capabilities."""
    if not isinstance(meta.get(VERSION_KEY), str):
        return invalid_params(f"_meta['{VERSION_KEY}'] is required and must be a string", "_meta")
    if not isinstance(meta.get(CAPABILITIES_KEY), dict):
        return invalid_params(f"_meta['{CAPABILITIES_KEY}'] is required and must be an object", "_meta")
    return None


def unsupported(version: str) -> Failure:
    """Refuse a protocol version, naming those we serve in the modern era."""
    message = f"Unsupported protocol version; this server speaks {', '.join(MODERN_VERSIONS)}"
    return Failure(UNSUPPORTED_VERSION, message, {"supported": list(MODERN_VERSIONS), "requested": version})


def finish(result: JsonObject, era: Era, server_info: JsonObject, cache: Cache | None = None) -> JsonObject:
    """Add what the modern era wants on a complete result; legacy and direct results stay as they are.

    `cache` is given for lists and reads.
    """
    if era is not Era.MODERN:
        return result
    result.setdefault("resultType", "complete")
    meta = result.setdefault("_meta", {})
    if isinstance(meta, dict):
        meta[SERVER_INFO_KEY] = server_info
    if cache is not None:
        result["ttlMs"] = cache.ttl_ms
        result["cacheScope"] = cache.scope
    return result
