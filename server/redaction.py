"""What a log line may hold: secrets masked, long values shortened. One structlog processor.

Above: server.logs. Below: nothing.
"""

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache

MASK = "[redacted]"
MAX_TEXT = 2_048  # characters of one value: a line stays readable and, mostly, below a pipe's atomic 4 KiB
MAX_TRACE = 16_384  # characters of a traceback: the one long thing worth keeping
MAX_ITEMS = 32  # members of a list or object
MAX_DEPTH = 4  # levels of nesting
KEPT_NAMES = 512  # field names are few; this only bounds the cache
SHORT = 128  # characters of a value that needs no look
PLAIN_NAMES = frozenset({"event", "level", "timestamp", "logger", "method", "tool", "outcome", "ms", "correlation_id"})
_BEARER = re.compile(r"(?i)(bearer)\s+\S+")
SECRET_PARTS = ("token", "authorization", "secret", "password", "passwd", "cookie", "credential", "apikey", "api_key")
SECRET_NAMES = frozenset({"code", "approval", "key", "auth"})  # `code` as text is an approval's; a number is an error's


def redact(_logger: object, _method: str, line: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Mask and shorten every field of a log line in place (structlog's processor shape)."""
    for name, value in line.items():
        if name in PLAIN_NAMES and (type(value) is float or (type(value) is str and len(value) <= SHORT)):
            # what every request line holds
            continue
        line[name] = _clean(name, value, 0)
    return line


@lru_cache(maxsize=KEPT_NAMES)
def is_secret(name: str) -> bool:
    """Say whether a field of that name is never shown, whatever its value.

    >>> is_secret("X-Api-Key"), is_secret("accessToken"), is_secret("tool")
    (True, True, False)
    """
    plain = name.lower().replace("-", "_")
    return any(part in plain for part in SECRET_PARTS)


def _clean(name: str, value: object, depth: int) -> object:
    if value is None or is_secret(name):
        return None if value is None else MASK
    if isinstance(value, str):
        return MASK if name.lower() in SECRET_NAMES else _shorten(value, MAX_TRACE if name == "exception" else MAX_TEXT)
    if isinstance(value, bytes | bytearray):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return _members(value, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return _items(name, list(value), depth)
    return value if isinstance(value, int | float) else _shorten(str(value), MAX_TEXT)


def _members(value: Mapping[object, object], depth: int) -> object:
    if depth >= MAX_DEPTH:
        return f"({len(value)} members)"
    shown = list(value.items())[:MAX_ITEMS]
    answer: dict[str, object] = {str(key): _clean(str(key), member, depth + 1) for key, member in shown}
    if len(value) > MAX_ITEMS:
        answer["..."] = f"{len(value) - MAX_ITEMS} more"
    return answer


def _items(name: str, value: list[object], depth: int) -> object:
    if depth >= MAX_DEPTH:
        return f"({len(value)} items)"
    answer = [_clean(name, item, depth + 1) for item in value[:MAX_ITEMS]]
    return answer if len(value) <= MAX_ITEMS else [*answer, f"... {len(value) - MAX_ITEMS} more"]


def _shorten(text: str, most: int) -> str:
    """Cut a long text and mask what follows the word Bearer.

    >>> _shorten("Authorization: Bearer abc.def", 100)
    'Authorization: Bearer [redacted]'
    """
    if "earer " in text:
        text = _BEARER.sub(rf"\1 {MASK}", text)
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"
