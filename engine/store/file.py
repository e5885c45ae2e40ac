"""The file store: one readable JSON file per session in a folder of the workspace, for small use and for git.

Above: server.compose. Below: engine.store.file_folder, in one thread of its own; processes share a folder by its lock.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from engine.clock import Clock
from engine.errors import StoreError
from engine.store.disk import DISK_ERRORS, failure
from engine.store.file_folder import SessionFolder
from engine.store.listing import count, due_of, notes_size, page_of
from engine.store.port import Append, Deletion, Due, Page, Query, Row, StoredEvent

SECRET_BYTES: Final = 32
GONE: Final = "Put it back, or restart the server to begin with an empty one"

Result = TypeVar("Result")


class FileStore:
    """Sessions as files of one folder."""

    name = "file"
    schema = (1, 1)

    def __init__(self, folder: Path, clock: Clock) -> None:
        """`folder` is made where it is missing; `clock` gives the secret."""
        self._folder = SessionFolder(folder)
        self._clock = clock
        self._thread: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """Make the folder; StoreError where it cannot be."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="file-store")
        try:
            await self._do("open", self._folder.prepare)
        except StoreError:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what is under way."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, thread.shutdown)

    async def append(self, batch: Append) -> int:
        """Append events atomically; answered when they are on disk."""
        return await self._do("append", partial(self._folder.append, batch))

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the events with seq > `after`; StoreError naming the session whose file is damaged."""
        return await self._do("read", partial(self._folder.read, session_id, after))

    async def row(self, session_id: str) -> Row | None:
        """Give the row of a session by its id, or the newest by the id it was imported from."""
        return await self._do("read", partial(self._folder.row, session_id))

    async def sessions(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """List sessions, newest first; damaged files are left out, `check` names them."""
        return page_of(await self._do("list", self._folder.rows), query, cursor, limit)

    async def counts(self, query: Query) -> Mapping[str, int]:
        """Count the sessions that fit, by stored status."""
        return count(await self._do("list", self._folder.rows), query)

    async def due(self, now: float, limit: int) -> Due:
        """Give the sessions that are due; damaged files are left out."""
        return due_of(await self._do("list", self._folder.rows), now, limit)

    def watch(self) -> None:
        """Give nothing: a folder does not tell what others write in it."""

    async def delete(self, deletion: Deletion, version: int | None = None) -> bool:
        """Delete a session's file and note it."""
        return await self._do("delete", partial(self._folder.delete, deletion, version))

    async def deletions(self, session_id: str | None = None, limit: int = 100) -> tuple[Deletion, ...]:
        """Give the audit log of deletions, newest first."""
        return await self._do("list", partial(self._deletions, session_id, limit))

    async def note(self, deletions: Sequence[Deletion]) -> None:
        """Add to the audit log."""
        await self._do("append", partial(self._folder.note, deletions))

    async def document(self, digest: str) -> bytes | None:
        """Give a pinned document by its hash."""
        return await self._do("read", partial(self._folder.document, digest))

    async def replace_rows(self, rows: Sequence[Row]) -> None:
        """Write rows anew; those that are not of the log's version are passed over."""
        await self._do("append", partial(self._folder.replace_rows, rows))

    async def ids(self) -> tuple[str, ...]:
        """Give the ids of all files, damaged ones included."""
        return await self._do("list", self._folder.ids)

    async def check(self) -> tuple[str, ...]:
        """Name the damaged files and the missing documents."""
        return await self._do("read", self._folder.damages)

    async def secret(self) -> bytes:
        """Give the secret of this store, made at the first call."""
        return await self._do("read", partial(self._folder.secret, partial(self._clock.random_bytes, SECRET_BYTES)))

    def _deletions(self, session_id: str | None, limit: int) -> tuple[Deletion, ...]:
        found = (each for each in self._folder.deletions() if session_id in (None, each.session_id))
        return tuple(islice(found, notes_size(limit)))

    async def _do(self, operation: str, work: Callable[[], Result]) -> Result:
        """Have blocking work done in the store's thread, its errors in our words."""
        if self._thread is None:
            raise StoreError(operation, "the store is closed", advice="Nothing was changed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except FileNotFoundError as error:
            raise StoreError(operation, "the store's folder is gone", advice=GONE) from error
        except DISK_ERRORS as error:
            raise failure(operation, error) from error
