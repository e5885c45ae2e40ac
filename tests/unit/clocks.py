"""A clock that tests control."""


class FakeClock:
    """Time stands still until a test moves it; random bytes are a running number."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.time = now
        self._drawn = 0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def random_bytes(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")
