"""Retention: finished sessions are removed by age and number, active ones never.

Above: server.retention runs it from time to time, the CLI on demand. Below: the store's port.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, NamedTuple

from engine.errors import StoreError
from engine.sessions.model import FINISHED
from engine.store.port import Deletion, Query, Row, Store

DAY_SECONDS: Final = 86_400
PAGE: Final = 100  # rows looked at in one go
MAX_REMOVED: Final = 10_000  # sessions removed by one sweep; the next one goes on
STATUSES: Final = tuple(sorted(status.value for status in FINISHED))

Keep = Callable[[str], Awaitable[None]]


class Limits(NamedTuple):
    """What is kept: sessions that ended less than `days` ago, and of those the newest `most` (0: all)."""

    days: int
    most: int


class Swept(NamedTuple):
    """How many sessions were removed, and the ids of those left because they cannot be archived."""

    removed: int
    left: tuple[str, ...]


async def sweep(store: Store, limits: Limits, now: float, by: str, keep: Keep | None = None) -> Swept:
    """Remove finished sessions beyond the limits.

    `now`: seconds since 1970; `keep` is awaited with each id before it is deleted (archiving): a session that it
    cannot keep for good is left alone, a disk that is full ends the sweep. Raises StoreError.
    """
    removed = 0
    left: list[str] = []
    found: list[tuple[Row, str]] = []
    async for each in _beyond(store, limits, now):
        found.append(each)
        if len(found) == MAX_REMOVED:
            break
    for row, reason in found:
        current = await store.row(row.session_id)
        if current is None or current.version != row.version:
            continue  # somebody has rolled it back or retried it meanwhile
        if keep is not None and not await _kept(keep, row.session_id):
            left.append(row.session_id)
            continue
        removed += await store.delete(Deletion(row.session_id, row.workflow_id, now, by, reason), row.version)
    return Swept(removed, tuple(left))


async def _kept(keep: Keep, session_id: str) -> bool:
    """Keep a session; False where it never can be: its log is damaged."""
    try:
        await keep(session_id)
    except StoreError as error:
        if error.retryable:
            raise
        return False
    return True


async def _beyond(store: Store, limits: Limits, now: float) -> AsyncIterator[tuple[Row, str]]:
    """Give each finished session that is too old, or one too many, with the reason."""
    oldest = now - limits.days * DAY_SECONDS
    kept = 0
    async for row in _finished(store):
        if row.updated_at < oldest:
            yield row, f"retention: it ended more than {limits.days} days ago"
        elif limits.most and kept >= limits.most:
            yield row, f"retention: {limits.most} newer finished sessions are kept"
        else:
            kept += 1


async def _finished(store: Store) -> AsyncIterator[Row]:
    cursor: str | None = None
    while True:
        page = await store.sessions(Query(statuses=STATUSES), cursor, PAGE)
        for row in page.rows:
            yield row
        cursor = page.cursor
        if cursor is None:
            return
