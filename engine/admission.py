"""How many sessions may be active at once: the limit-th start still succeeds, however many start side by side.

Above: engine.runner. Below: engine.store.port. Several servers on one store count each for itself while they start.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from engine.errors import SessionStateError
from engine.sessions.model import Status
from engine.store.port import Query, Store

ACTIVE: Final = Query(statuses=(Status.RUNNING.value, Status.WAITING.value))
"""What counts as active; paused and finished sessions do not."""


class Admission:
    """Lets starts in while there is room."""

    def __init__(self, store: Store, most: int) -> None:
        """At most `most` sessions are active at once."""
        self._store = store
        self._most = most
        self._starting: set[object] = set()
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def one_more(self) -> AsyncIterator[None]:
        """Keep a place for one start while the block runs; SessionStateError ("limit") where there is none."""
        while True:
            before = frozenset(self._starting)
            active = sum((await self._store.counts(ACTIVE)).values())
            if active + len(before | self._starting) < self._most:
                break
            if active >= self._most:
                raise SessionStateError("limit", "", _FULL.format(most=self._most), _ADVICE)
            if self._starting:
                await self._ended.wait()
        token = object()
        self._starting.add(token)
        try:
            yield
        finally:
            self._starting.discard(token)
            self._ended.set()
            self._ended = asyncio.Event()


_FULL: Final = "{most} sessions are active already, as many as this server allows"
_ADVICE: Final = (
    "Finish, pause or delete one (aos_workflow list_sessions with status active names them), then start again"
)
