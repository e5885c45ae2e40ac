"""What a method hands back: its result as encoded JSON, or a failure as code, message and data.

Above: server.dispatch wraps it into the envelope. Below: every method of server.methods.
Errors are values from here on; nothing is raised through the JSON-RPC library.
"""

from typing import Final, NamedTuple

import orjson

from schema.values import JsonObject

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_VERSION: Final = -32022


class Success(NamedTuple):
    """A result, encoded once; whoever builds an answer around it embeds these bytes."""

    body: bytes


class Failure(NamedTuple):
    """A failure: JSON-RPC code, a message for people, facts for programs (None = no data)."""

    code: int
    message: str
    data: JsonObject | None = None


Outcome = Success | Failure


def success(result: JsonObject) -> Success:
    """Encode a result object.

    >>> success({"ok": True})
    Success(body=b'{"ok":true}')
    """
    return Success(orjson.dumps(result))


EMPTY: Final = Success(b"{}")
NOTHING: Final = Success(b"null")


def invalid_params(details: str, path: str = "") -> Failure:
    """Refuse params: `details` says what is right; `path` names the part, '' for the whole."""
    data: JsonObject = {"details": details}
    if path:
        data["path"] = path
    return Failure(INVALID_PARAMS, f"Invalid params: {details}", data)
