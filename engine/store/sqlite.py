"""The SQLite store: sessions in one file, with nothing else installed; several processes may share it.

Above: server.compose. Below: the writer (one thread, group commit), readers of their own, the statements, the file.
In WAL mode readers do not wait for the writer; with synchronous FULL an answered append survives a power cut.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from engine.clock import Clock
from engine.errors import StoreError
from engine.store import sqlite_statements as statements
from engine.store.port import Append, Deletion, Due, Page, Query, Row, StoredEvent
from engine.store.sqlite_file import DRIVER_ERRORS, Stamp, Watched, connect, failure, prepare
from engine.store.sqlite_writer import Writer

READERS: Final = 2
"""Threads that read; each has a connection of its own."""
SECRET_BYTES: Final = 32

Result = TypeVar("Result")


class SqliteStore:
    """Sessions in one SQLite file."""

    name = "sqlite"
    schema = (0, 0)

    def __init__(self, path: Path, clock: Clock, synchronous: str = "FULL") -> None:
        """Take how surely an append is on disk, `synchronous`: FULL, or NORMAL.

        With NORMAL a power cut may take the last moments, a crash of this process never.
        """
        self._path = path
        self._clock = clock
        self._synchronous = synchronous
        self._watched = Watched(path)
        self._writer: Writer | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def open(self) -> None:
        """Create or migrate the file; StoreError where it cannot be used."""
        loop = asyncio.get_running_loop()
        self.schema = await loop.run_in_executor(None, prepare, self._path, self._synchronous)
        self._own = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._watched.begin()
        self._writer = Writer(partial(connect, self._path, self._synchronous), self._watched.stamp)

    async def close(self) -> None:
        """Finish what is under way, then let go of the file."""
        writer, readers = self._writer, self._readers
        self._writer = self._readers = None
        if writer is None or readers is None:
            return
        await writer.close()
        await asyncio.get_running_loop().run_in_executor(None, readers.shutdown)
        while self._connections:
            self._connections.pop().close()

    def append(self, batch: Append) -> asyncio.Future[int]:
        """Append events atomically; answered after COMMIT."""
        return self._write("append", partial(_append, batch))

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the events with seq > `after`."""
        return await self._read("read", lambda connection: statements.read(connection, session_id, after))

    async def row(self, session_id: str) -> Row | None:
        """Give the row of a session by its id, or the newest by the id it was imported from."""
        return await self._read("read", lambda connection: statements.row(connection, session_id))

    async def sessions(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """List sessions, newest first."""
        return await self._read("list", lambda connection: statements.sessions(connection, query, cursor, limit))

    async def counts(self, query: Query) -> Mapping[str, int]:
        """Count the sessions that fit, by stored status."""
        return await self._read("list", lambda connection: statements.counts(connection, query))

    async def due(self, now: float, limit: int) -> Due:
        """Give the sessions that are due."""
        return await self._read("list", lambda connection: statements.due(connection, now, limit))

    def watch(self) -> None:
        """Give nothing: SQLite does not tell what other processes write."""

    async def delete(self, deletion: Deletion, version: int | None = None) -> bool:
        """Delete a session and note it."""
        return await self._write("delete", lambda connection: statements.delete(connection, deletion, version))

    async def deletions(self, session_id: str | None = None, limit: int = 100) -> tuple[Deletion, ...]:
        """Give the audit log of deletions, newest first."""
        return await self._read("list", lambda connection: statements.deletions(connection, session_id, limit))

    async def note(self, deletions: Sequence[Deletion]) -> None:
        """Add to the audit log."""
        await self._write("append", lambda connection: statements.note(connection, deletions))

    async def document(self, digest: str) -> bytes | None:
        """Give a pinned document by its hash."""
        return await self._read("read", lambda connection: statements.document(connection, digest))

    async def replace_rows(self, rows: Sequence[Row]) -> None:
        """Write rows anew; those that are not of the log's version are passed over."""
        await self._write("append", lambda connection: statements.replace_rows(connection, rows))

    async def ids(self) -> tuple[str, ...]:
        """Give the ids of all sessions."""
        return await self._read("list", statements.ids)

    async def check(self) -> tuple[str, ...]:
        """Look for damage in the file, the logs, the documents and the rows."""
        return await self._read("read", statements.damages)

    async def secret(self) -> bytes:
        """Give the secret of this store, made at the first call."""
        fresh = self._clock.random_bytes(SECRET_BYTES)
        return await self._write("read", lambda connection: statements.secret(connection, fresh))

    def _write(self, operation: str, work: Callable[[sqlite3.Connection], Result]) -> asyncio.Future[Result]:
        """Hand work to the writer: its own future needs no task, and every append goes this way."""
        try:
            if self._writer is None:
                raise _not_open(operation)
            return self._writer.submit(operation, work)
        except StoreError as error:
            refused: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused

    async def _read(self, operation: str, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._readers is None:
            raise _not_open(operation)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._reading, operation, work)

    def _reading(self, operation: str, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do the work on this thread's connection; one that failed is not used again."""
        try:
            return work(self._reader())
        except DRIVER_ERRORS as error:
            self._forget()
            raise failure(operation, error) from error

    def _reader(self) -> sqlite3.Connection:
        """Give this thread's connection."""
        stamp = self._watched.stamp()
        own: tuple[Stamp, sqlite3.Connection] | None = getattr(self._own, "connection", None)
        if own is None or own[0] != stamp:
            self._forget()
            own = stamp, connect(self._path, self._synchronous, reading=True)
            self._own.connection = own
            self._connections.append(own[1])
        return own[1]

    def _forget(self) -> None:
        """Close this thread's connection, if it has one."""
        own: tuple[Stamp, sqlite3.Connection] | None = getattr(self._own, "connection", None)
        if own is not None:
            self._own.connection = None
            self._connections.remove(own[1])
            own[1].close()


def _append(batch: Append, connection: sqlite3.Connection) -> int:
    return statements.append(connection, batch)


def _not_open(operation: str) -> StoreError:
    return StoreError(operation, "the store is closed", advice="Nothing was changed")
