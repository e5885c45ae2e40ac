"""The store for many machines: sessions in PostgreSQL, any node answers any request.

Above: server.compose. Below: postgres_group (writes), postgres_link (connections), postgres_tables (migrations).
Reads come from a small pool and are tried once more where a connection ended meanwhile; nothing here needs a restart
when the server had one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from engine.clock import Clock
from engine.errors import StoreError
from engine.store import postgres_link as link
from engine.store import postgres_statements as statements
from engine.store.listing import cut_due, cut_page, notes_size, page_size, place_of
from engine.store.port import Append, Deletion, Due, Page, Query, Row, StoredEvent
from engine.store.postgres_group import GroupCommit
from engine.store.postgres_tables import prepare
from engine.store.postgres_watch import watched

if TYPE_CHECKING:
    from asyncpg import Connection, Record
    from asyncpg.pool import Pool

SECRET_BYTES: Final = 32
MAX_SHOWN: Final = 100
"""Sessions that one check names; the first are enough to begin with."""
Found = TypeVar("Found")


class PostgresStore:
    """Sessions in the tables of one schema of one PostgreSQL database."""

    name = "postgres"
    schema = (0, 0)

    def __init__(self, url: str, clock: Clock) -> None:
        """Take postgres://user:password@host:port/database, optionally ?schema=NAME; nothing is connected yet."""
        self._clock = clock
        self._link = link.Link(link.place_of(url))
        self._group = GroupCommit(self._link)
        self._pool: Pool | None = None

    async def open(self) -> None:
        """Make the tables, or bring them up to date; StoreError where that cannot be done."""
        with link.telling("open"):
            connection = await self._link.writer()
            try:
                self.schema = await prepare(connection, self._link.place.schema, self._clock.now())
            finally:
                connection.terminate()
            self._pool = await self._link.readers()

    async def close(self) -> None:
        """Finish the appends under way and give all connections back."""
        await self._group.close()
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), link.CONNECT_SECONDS)
            except link.faults():
                self._pool.terminate()
            self._pool = None

    async def append(self, batch: Append) -> int:
        """Append events atomically, sharing a transaction; gives the new version."""
        self._opened()
        return await self._group.append(batch)

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the events with seq > `after`, in order."""
        return tuple([StoredEvent(*record) for record in await self._fetch("read", statements.READ, session_id, after)])

    async def row(self, session_id: str) -> Row | None:
        """Give the row of a session by its id, or the newest by the id it was imported from."""
        found = await self._fetch("read", statements.ROW, statements.plain(session_id))
        return Row(*found[0]) if found else None

    async def sessions(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """List sessions, newest first."""
        wanted = page_size(limit)
        behind = None if cursor is None else place_of(cursor)
        text, values = statements.page(query, behind, wanted + 1)
        return cut_page([Row(*record) for record in await self._fetch("list", text, *values)], wanted)

    async def counts(self, query: Query) -> Mapping[str, int]:
        """Count the sessions that fit, by stored status."""
        text, values = statements.totals(query)
        return {str(status): int(count) for status, count in await self._fetch("list", text, *values)}

    async def due(self, now: float, limit: int) -> Due:
        """Give the sessions that are due."""
        wanted = page_size(limit)
        found = await self._fetch("list", statements.DUE, wanted + 1)
        return cut_due([Row(*record) for record in found], now, wanted)

    def watch(self) -> AsyncGenerator[float, None]:
        """Give the due times that nodes set, this one included."""
        return watched(self._link)

    async def delete(self, deletion: Deletion, version: int | None = None) -> bool:
        """Delete a session, and documents only it pinned; note it. False where it is not there at that version."""

        async def work(connection: "Connection") -> bool:
            async with connection.transaction():
                if await connection.fetchval(statements.DELETE_HEAD, deletion.session_id, version) is None:
                    return False
                await connection.fetchval(statements.LOCK_DOCUMENTS)
                for text in statements.DELETE_REST:
                    await connection.execute(text, deletion.session_id)
                await connection.execute(statements.NOTE, *statements.note_arguments([deletion]))
                return True

        return await self._with_connection("delete", work, tries=1)

    async def deletions(self, session_id: str | None = None, limit: int = 100) -> tuple[Deletion, ...]:
        """Give the audit log of deletions, newest first."""
        found = await self._fetch("list", statements.DELETIONS, session_id, notes_size(limit))
        return tuple(Deletion(*record) for record in found)

    async def note(self, deletions: Sequence[Deletion]) -> None:
        """Add to the audit log, in the order given; not tried twice."""
        if deletions:
            await self._fetch("append", statements.NOTE, *statements.note_arguments(deletions), tries=1)

    async def document(self, digest: str) -> bytes | None:
        """Give a pinned document by its hash."""
        found = await self._fetch("read", statements.DOCUMENT, digest)
        return bytes(found[0][0]) if found else None

    async def replace_rows(self, rows: Sequence[Row]) -> None:
        """Write rows anew; those that are not of the log's version are passed over."""
        if rows:
            await self._fetch("append", statements.REPLACE_ROWS, *statements.row_arguments(rows))

    async def ids(self) -> tuple[str, ...]:
        """Give the ids of all sessions, in order."""
        return tuple(str(record[0]) for record in await self._fetch("list", statements.IDS))

    async def check(self) -> tuple[str, ...]:
        """Look for gaps, for rows that are behind and for documents that are gone; gives what is wrong."""
        wrong = []
        for words, text in statements.CHECKS:
            found = await self._fetch("read", f"{text} ORDER BY 1 LIMIT {MAX_SHOWN}")
            wrong += [f"session {record[0]}: {words}" for record in found]
        return tuple(wrong)

    async def secret(self) -> bytes:
        """Give the secret that all who share these tables share, made at the first call."""
        found = await self._fetch("read", statements.SHARED)
        if not found:
            await self._fetch("append", statements.PUT_SHARED, self._clock.random_bytes(SECRET_BYTES))
            found = await self._fetch("read", statements.SHARED)
        return bytes(found[0][0])

    async def _fetch(
        self, operation: str, text: str, *values: statements.Argument | tuple[statements.Value, ...], tries: int = 2
    ) -> "list[Record]":
        """Run one statement; again over a fresh connection where it may be run twice."""

        async def work(connection: "Connection") -> "list[Record]":
            found: list[Record] = await connection.fetch(text, *values)
            return found

        return await self._with_connection(operation, work, tries=tries)

    async def _with_connection(
        self, operation: str, work: "Callable[[Connection], Awaitable[Found]]", *, tries: int
    ) -> Found:
        """Do work on a connection of the pool; on a fresh one where the first had ended and it may be done twice."""
        pool = self._opened()
        while True:
            tries -= 1
            try:
                async with pool.acquire(timeout=link.ANSWER_SECONDS) as connection:
                    return await work(connection)
            except link.faults() as error:
                if tries <= 0 or not link.is_lost(error):
                    raise link.told(operation, error) from None

    def _opened(self) -> "Pool":
        if self._pool is None:
            raise StoreError("open", "it is not open", retryable=False, advice="Open the store first")
        return self._pool
