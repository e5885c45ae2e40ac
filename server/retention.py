"""Runs retention while the server serves: once at the start, then every hour.

Above: server.compose. Below: engine.retention, engine.archive (what archiving writes), server.metrics.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from engine.clock import Clock
from engine.errors import StoreError
from engine.retention import Limits, Swept, sweep
from engine.store.port import Store
from server.logs import get
from server.metrics import Metrics
from server.settings import Settings

EVERY_SECONDS: Final = 3600.0  # between two sweeps; a session may outlive its days by that
BY: Final = "server"
ARCHIVE: Final = "archive"  # folder below the home folder

log = get("retention")


class Retention(NamedTuple):
    """What is removed from which store, and what counts it; `folder` takes archived sessions, None = they just go."""

    store: Store
    limits: Limits
    folder: Path | None

    async def once(self, now: float, by: str = BY) -> Swept:
        """Remove what is beyond the limits now. Raises StoreError."""
        return await sweep(self.store, self.limits, now, by, None if self.folder is None else self._archive)

    @property
    def how(self) -> str:
        """Give the word for what happens to a session."""
        return "deleted" if self.folder is None else "archived"

    async def _archive(self, session_id: str) -> None:
        from engine.archive import write_session  # noqa: PLC0415 - only where sessions are archived

        if self.folder is not None:
            await write_session(self.store, session_id, self.folder / f"{session_id}.jsonl")


def retention_of(settings: Settings, store: Store) -> Retention | None:
    """Give what the settings want; None where they keep everything."""
    if settings.retention == "off":
        return None
    return retention_with(settings, store, archive=settings.retention == "archive")


def retention_with(settings: Settings, store: Store, *, archive: bool) -> Retention:
    """Give a retention by the settings' limits, whether or not they want one."""
    folder = settings.home / ARCHIVE if archive else None
    return Retention(store, Limits(settings.retention_days, settings.retention_count), folder)


@asynccontextmanager
async def running(settings: Settings, store: Store, clock: Clock, metrics: Metrics) -> AsyncIterator[None]:
    """Sweep in the background while the block lasts, where the settings want it."""
    retention = retention_of(settings, store)
    if retention is None:
        yield
        return
    task = asyncio.create_task(run(retention, clock, metrics))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def run(retention: Retention, clock: Clock, metrics: Metrics) -> None:
    """Sweep until cancelled; a store that fails is tried again an hour later."""
    while True:
        try:
            removed, left = await retention.once(clock.now())
        except StoreError as error:
            log.warning("retention failed", operation=error.operation, details=error.details)
        else:
            metrics.pruned(retention.how, removed)
            if removed:
                log.info("retention", how=retention.how, sessions=removed)
            if left:
                log.warning("sessions that cannot be archived stay", sessions=len(left), first=left[0])
        await asyncio.sleep(EVERY_SECONDS)
