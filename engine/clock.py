"""Time and randomness as a parameter: whoever needs them is handed a Clock; tests hand in one they control.

Above: engine.library, server.seal, server.compose. Below: the operating system, here and nowhere else.
"""

import secrets
import time
from typing import Protocol


class Clock(Protocol):
    """Where time and random bytes come from."""

    def now(self) -> float:
        """Give the wall-clock time in seconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds on a clock that never steps back; only differences mean anything."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Give `count` bytes fit for secrets."""
        ...


class SystemClock:
    """The operating system's clock and random source."""

    def now(self) -> float:
        """Give the wall-clock time in seconds since 1970, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds on a clock that never steps back."""
        return time.monotonic()

    def random_bytes(self, count: int) -> bytes:
        """Give `count` bytes fit for secrets."""
        return secrets.token_bytes(count)


def local_offset(at: float) -> float:
    """Give how many seconds the local time of this machine was ahead of UTC at `at`, in seconds since 1970."""
    return float(time.localtime(at).tm_gmtoff)
