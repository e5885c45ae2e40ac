"""One-time approval codes: how one looks, how it is kept, and whether one offered is right.

Above: approving, server.verbs (shows one on a terminal). Below: model. Only salt and hash are ever stored.
"""

import hashlib
import hmac
from typing import Final

from engine.sessions.model import Code

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 characters nobody takes for one another: five bits each."""
LENGTH: Final = 8
"""Characters of a code: 40 bits, and five tries."""
LIFETIME: Final = 600.0
"""Seconds a code holds."""
SALT_BYTES: Final = 16
"""Random bytes of a salt."""
_COST: Final = 2**12
"""scrypt's n: some ten milliseconds, four megabytes."""
_BLOCK: Final = 8


def code_from(random: bytes) -> str:
    """Make a code of LENGTH random bytes.

    >>> code_from(bytes(range(8)))
    'ABCDEFGH'
    """
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:LENGTH])


def hashed(code: str, salt: str) -> str:
    """Give the scrypt hash (hex) of a code as a person types it; `salt` in hex.

    >>> hashed("abcd-efgh", "00") == hashed("ABCDEFGH ", "00")
    True
    """
    typed = "".join(character for character in code.upper() if character in ALPHABET)[: LENGTH + 1]
    digest = hashlib.scrypt(typed.encode("ascii"), salt=bytes.fromhex(salt), n=_COST, r=_BLOCK, p=1, dklen=32)
    return digest.hex()


def is_right(code: str, issued: Code) -> bool:
    """Tell whether a code is the one that was issued."""
    return hmac.compare_digest(hashed(code, issued.salt), issued.hash)
