"""What a modern HTTP request repeats of its body in headers, so that proxies can route: it must be the same.

Above: server.http_app judges requests with it. Below: server.era.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

from schema.values import Json, JsonObject
from server.era import VERSION_KEY, meta_of
from server.outcome import HEADER_MISMATCH, Failure

NAMED_BY: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
PREFIX: Final = "=?base64?"
SUFFIX: Final = "?="


def decoded(value: str) -> str | None:
    """Decode a header value that may be in its base64 form; None when that form is broken.

    >>> decoded("plain"), decoded("=?base64?aMOp?="), decoded("=?base64?a?=")
    ('plain', 'hé', None)
    """
    value = value.strip()
    if not (value.startswith(PREFIX) and value.endswith(SUFFIX)):
        return value
    try:
        return base64.b64decode(value[len(PREFIX) : -len(SUFFIX)].encode(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def mismatch(message: JsonObject, headers: Mapping[str, str], input_schema: JsonObject | None) -> Failure | None:
    """Compare headers and body of a modern request; `input_schema` is the called tool's, for its Mcp-Param headers."""
    params = message.get("params")
    body: JsonObject = params if isinstance(params, dict) else {}
    method = str(message.get("method"))
    expected: list[tuple[str, Json]] = [
        ("MCP-Protocol-Version", meta_of(params).get(VERSION_KEY)),
        ("Mcp-Method", method),
    ]
    if method in NAMED_BY:
        expected.append(("Mcp-Name", body.get(NAMED_BY[method])))
    arguments = body.get("arguments")
    expected += _mirrored(input_schema, arguments if isinstance(arguments, dict) else {})
    for name, value in expected:
        given = headers.get(name)
        if given is None:
            return Failure(HEADER_MISMATCH, f"the header {name} is required and must equal the request's own value")
        if decoded(given) != _as_header(value):
            return Failure(HEADER_MISMATCH, f"the header {name} must equal the request's own value")
    return None


def _mirrored(input_schema: JsonObject | None, arguments: JsonObject) -> list[tuple[str, Json]]:
    """List the Mcp-Param headers a call must carry: one per present argument that its schema marks."""
    properties = (input_schema or {}).get("properties")
    found: list[tuple[str, Json]] = []
    for name, rule in (properties if isinstance(properties, dict) else {}).items():
        header = rule.get("x-mcp-header") if isinstance(rule, dict) else None
        if isinstance(header, str) and arguments.get(name) is not None:
            found.append((f"Mcp-Param-{header}", arguments[name]))
    return found


def _as_header(value: Json) -> str | None:
    """Write a body value as a header has it; None when it has no such form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
