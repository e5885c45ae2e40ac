"""The ids of sessions: what ours look like, and which a caller may name (an imported session keeps its old one too).

Above: engine.runner, tools, engine.archive. Below: nothing. An id is data: it is matched before it is looked up.
"""

import base64
import re
from typing import Final, Protocol

PREFIX: Final = "wf_"
RANDOM_BYTES: Final = 16
"""128 random bits: 26 characters of base32; nobody guesses one, no two are alike."""

_ID: Final = re.compile(r"[a-z0-9_-]{1,64}")


class RandomSource(Protocol):
    """Where random bytes come from: engine.clock.Clock is one."""

    def random_bytes(self, count: int) -> bytes:
        """Give `count` bytes fit for secrets."""
        ...


def new_session_id(clock: RandomSource) -> str:
    """Give a new id: `wf_` and 26 characters [a-z2-7]."""
    text = base64.b32encode(clock.random_bytes(RANDOM_BYTES)).decode("ascii")
    return PREFIX + text.rstrip("=").lower()


def is_session_id(text: str) -> bool:
    r"""Tell whether a caller's text may be an id at all, ours or an earlier tool's.

    >>> is_session_id("wf_abc234"), is_session_id("../x"), is_session_id("a" * 65), is_session_id("a\n")
    (True, False, False, False)
    """
    return _ID.fullmatch(text) is not None
