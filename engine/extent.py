"""How large a context is, and whether that is still allowed.

Above: tools. Below: errors.
"""

import json
from typing import Final

from engine.errors import ArgumentError
from schema.values import JsonObject, is_deeper

MAX_BYTES: Final = 256 * 1024
"""Bytes of a context as compact JSON: what an agent can still read and send."""
MAX_DEPTH: Final = 64
"""Levels of objects and lists in a context."""
WARN_SHARE: Final = 0.8
"""Share of MAX_BYTES from which an answer warns."""
MOST_BYTES_A_CHARACTER: Final = 4
"""Bytes of compact JSON for one character of Python's own notation, at most: its length is known three times faster."""
ADVICE: Final = "leave out what no later step needs"

_TOO_DEEP: Final = f"it is nested deeper than {MAX_DEPTH} levels"
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def room(context: JsonObject) -> int:
    """Give how many characters of Python's notation may be added before it is to be measured again.

    >>> room({}), room({"a": "x" * 200_000})
    (65536, 15534)
    """
    return max(0, MAX_BYTES // MOST_BYTES_A_CHARACTER - len(repr(context)) // MOST_BYTES_A_CHARACTER)


def check_context(context: JsonObject) -> tuple[str, ...]:
    """Give the warnings a context deserves; ArgumentError where it is too large or too deep.

    >>> check_context({"a": 1}), check_context({"a": "x" * 250_000})
    ((), ('context has 250008 bytes; at most 262144 are allowed; leave out what no later step needs',))
    """
    if not context:
        return ()
    try:
        notation = repr(context)
    except RecursionError:
        raise ArgumentError("context", _TOO_DEEP) from None
    if notation.count("[") + notation.count("{") > MAX_DEPTH and is_deeper(context, MAX_DEPTH):
        raise ArgumentError("context", _TOO_DEEP)
    if len(notation) * MOST_BYTES_A_CHARACTER < MAX_BYTES * WARN_SHARE:
        return ()
    text = _encode(context)
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise ArgumentError("context", f"it has {size} bytes of JSON; at most {MAX_BYTES} are allowed; {ADVICE}")
    if size > MAX_BYTES * WARN_SHARE:
        return (f"context has {size} bytes; at most {MAX_BYTES} are allowed; {ADVICE}",)
    return ()
