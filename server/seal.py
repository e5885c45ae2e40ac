"""Sealed values: JSON that leaves the server and comes back unaltered, or not at all (HMAC-SHA256).

Above: server.ask (requestState), server.session_id (Mcp-Session-Id). Below: hmac, the secret made by server.compose.
"""

import base64
import binascii
import hmac
from hashlib import sha256
from typing import Final

import orjson

from schema.values import JsonObject

MAX_SEALED: Final = 64 * 1024  # characters of a sealed value we are willing to read
_TAG_BYTES: Final = 32


class Sealer:
    """Seals and opens JSON objects; `purpose` keeps one use's values from passing as another's."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        """Derive this purpose's key from the server's secret (32 random bytes)."""
        self._key = hmac.digest(secret, purpose.encode(), sha256)

    def seal(self, value: JsonObject) -> str:
        """Give the value as URL-safe text with its tag in front."""
        body = orjson.dumps(value)
        return base64.urlsafe_b64encode(hmac.digest(self._key, body, sha256) + body).rstrip(b"=").decode()

    def open(self, sealed: str) -> JsonObject | None:
        """Give the value back, or None when the text is not one of ours, whole and unaltered."""
        if len(sealed) > MAX_SEALED:
            return None
        try:
            raw = base64.b64decode(sealed.encode() + b"=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, hmac.digest(self._key, body, sha256)):
            return None
        value = orjson.loads(body)
        return value if isinstance(value, dict) else None
