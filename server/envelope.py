"""The envelope: bytes -> JSON value -> a judged message. Strict where the JSON-RPC 2.0 specification is strict.

Above: server.dispatch. Below: orjson. Knows nothing of methods, eras or transports.
"""

from typing import Final

import orjson

from schema.values import Json, JsonObject, is_deeper
from server.outcome import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, Failure

MAX_DEPTH: Final = 96  # levels of nesting in one message: a 64-deep context inside params inside a batch, and room
MAX_BYTES: Final = 16 * 1024 * 1024  # bytes of one message or body
MAX_BATCH: Final = 100  # members of one batch: bounds what one line may start
MAX_EXACT: Final = 2**53  # integers beyond it, read as floats, do not come back as they were sent

# The texts are the specification's own, so that its examples come out to the letter; details go into data.
INVALID: Final = Failure(INVALID_REQUEST, "Invalid Request")

RequestId = str | int | float
_PARAMS: Final = (
    dict,
    list,
    type(None),
)  # what params may be; a tuple, because building a union costs more than the test


def parse(text: bytes) -> Json | Failure:
    """Read one message; a Failure (-32700) for bytes that are not UTF-8 JSON or nest too deep.

    >>> parse(b'{"a": 1}')
    {'a': 1}
    >>> parse(b'[NaN]').code
    -32700
    """
    try:
        value: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Failure(PARSE_ERROR, "Parse error")
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH and is_deeper(value, MAX_DEPTH):
        return Failure(PARSE_ERROR, "Parse error", {"details": f"a message nests at most {MAX_DEPTH} levels"})
    return value


def readable_id(message: Json) -> RequestId | None:
    """Give the id to answer under: the message's own where it is a proper one, else None (null).

    >>> readable_id({"id": 7}), readable_id({"id": True}), readable_id([])
    (7, None, None)
    """
    found = message.get("id") if isinstance(message, dict) else None
    if isinstance(found, bool):
        return None
    if isinstance(found, (str, int)) or (isinstance(found, float) and found.is_integer() and abs(found) <= MAX_EXACT):
        return found
    return None


def is_reply(message: JsonObject) -> bool:
    """Tell whether the message answers a request of ours instead of being one."""
    return "method" not in message and "id" in message and ("result" in message or "error" in message)


def refusal(message: Json, request_id: RequestId | None) -> Failure | None:
    """Judge one message's envelope; None when it is a proper request, notification or reply.

    `request_id`: the message's own, as `readable_id` gives it.
    """
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return INVALID
    if request_id is None and "id" in message and not is_reply(message):
        return Failure(INVALID_REQUEST, INVALID.message, {"details": "an id is a string or an integer"})
    if not isinstance(message.get("method"), str):
        return None if is_reply(message) else INVALID
    if not isinstance(message.get("params"), _PARAMS):
        return Failure(INVALID_PARAMS, "Invalid params", {"details": "params must be an object"})
    return None
