"""News of an edited library, for clients that want to be told: looked for only while somebody listens.

Above: server.compose puts it into the catalogue. Below: engine.library (its listing re-reads what changed).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from engine.clock import Clock

MOST_OF_THE_TIME: Final = 50  # times the length of a look that passes before the next: a huge library costs 2 %
KINDS: Final = frozenset({"prompts", "resources"})  # what an edit changes; the tools are fixed


class LibraryChanges:
    """Tells listeners which lists and resources changed, at most `seconds` after an edit."""

    def __init__(self, fingerprints: Callable[[], dict[str, str]], seconds: float, clock: Clock) -> None:
        """`fingerprints` looks at the files and gives every workflow's content hash by id; `seconds` between looks."""
        self._fingerprints = fingerprints
        self._seconds = seconds
        self._clock = clock
        self._listeners: dict[object, Callable[[str], None]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The lists that may change."""
        return KINDS

    def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with each changed kind or resource URI; gives the function that ends it."""
        token = object()
        self._listeners[token] = listener
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look(self._fingerprints()))

        def end() -> None:
            self._listeners.pop(token, None)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

        return end

    async def _look(self, before: dict[str, str]) -> None:
        """Compare the library with what it was, again and again."""
        pause = self._seconds
        while True:
            await asyncio.sleep(pause)
            started = self._clock.monotonic()
            now = self._fingerprints()
            pause = max(self._seconds, MOST_OF_THE_TIME * (self._clock.monotonic() - started))
            if now == before:
                continue
            if now.keys() != before.keys():
                self._tell("resources")
            self._tell("prompts")
            for workflow_id in before.keys() | now.keys():
                if before.get(workflow_id) != now.get(workflow_id):
                    self._tell(f"workflow://{workflow_id}")
            before = now

    def _tell(self, change: str) -> None:
        for listener in list(self._listeners.values()):
            listener(change)
