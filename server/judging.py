"""What a well-formed message still has to be: complete for its era, its params by name, its method near a known one.

Above: server.dispatch. Below: server.era, server.methods.
"""

from schema.suggest import closest
from schema.values import JsonObject
from server.era import CAPABILITIES_KEY, MODERN_VERSIONS, VERSION_KEY, incomplete, unsupported
from server.exchange import Door, Exchange
from server.methods import Method, Tables
from server.observe import MAX_NAME
from server.outcome import Failure, invalid_params


def modern_refusal(message: JsonObject, exchange: Exchange) -> Failure | None:
    """Judge a modern request in the order clients rely on: complete, consistent, of a version we serve."""
    meta = exchange.meta
    refused = incomplete(meta) or exchange.connection.judge(message)
    if refused is not None:
        return refused
    version, declared = meta[VERSION_KEY], meta[CAPABILITIES_KEY]
    exchange.capabilities = declared if isinstance(declared, dict) else {}
    if version not in MODERN_VERSIONS:
        return unsupported(str(version))
    exchange.connection.allows_batch = False  # this version has none
    return None


def named_params(message: JsonObject, method: Method | None) -> JsonObject | Failure:
    """Give params as named ones: absent and empty are {}, an array only where the method takes one."""
    params = message.get("params")
    if isinstance(params, dict):
        return params
    if isinstance(params, list) and params:
        if method is None or method.takes_array:
            return {"args": params}
        return invalid_params("give params by name, as an object")
    return {}


def hint(name: str, tables: Tables, exchange: Exchange) -> JsonObject | None:
    """Say what an unknown method may have meant; None where nothing is near."""
    door = exchange.connection.door
    if door is Door.MCP and name in tables.direct:
        return {"details": f"{name} is a direct method: POST it to /rpc, or call the tool with tools/call"}
    known = (*tables.by_place[door, exchange.era], *(tables.direct if door is Door.STDIO else ()))
    near = closest(name[:MAX_NAME], known)
    return {"details": f"did you mean {' or '.join(near)}?"} if near else None
