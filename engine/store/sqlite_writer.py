"""The one thread that writes to SQLite: what waits is done in one transaction and answered after its COMMIT.

Above: engine.store.sqlite. Below: sqlite3, engine.store.sqlite_file. A member of a group that conflicts fails alone;
where SQLite fails, the group is rolled back and each member tried by itself, so a full disk hits only what is too big.
A group is answered through one call into the event loop: waking it costs more than all the rest.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, Generic, Protocol, TypeVar

from engine.errors import ConflictError, StoreError
from engine.store.sqlite_file import DRIVER_ERRORS, Stamp, failure

MAX_GROUP: Final = 256
"""Members of one transaction."""
MAX_WAITING: Final = 10_000
"""Pieces of work that may wait; one more is refused, its caller tries again."""

Result = TypeVar("Result")


class Job(Protocol):
    """A piece of work somebody waits for."""

    operation: str

    def perform(self, connection: sqlite3.Connection) -> None:
        """Do it within the transaction, keeping what came of it."""
        ...

    def fail(self, error: StoreError) -> None:
        """Keep that it failed."""
        ...

    def settle(self) -> None:
        """Tell whoever waits; called on the event loop."""
        ...


class Pending(Generic[Result]):
    """A piece of work and the future of whoever waits for it."""

    __slots__ = ("_error", "_result", "_work", "future", "operation")

    def __init__(
        self, operation: str, work: Callable[[sqlite3.Connection], Result], future: asyncio.Future[Result]
    ) -> None:
        """`work` raises ConflictError only before it has written anything."""
        self.operation = operation
        self.future = future
        self._work = work
        self._error: StoreError | ConflictError | None = None
        self._result: Result | None = None

    def perform(self, connection: sqlite3.Connection) -> None:
        """Do the work; a conflict is what came of it."""
        self._error = None
        try:
            self._result = self._work(connection)
        except ConflictError as conflict:
            self._error = conflict

    def fail(self, error: StoreError) -> None:
        """Keep that it failed."""
        self._error = error

    def settle(self) -> None:
        """Tell whoever waits, unless nobody does any more."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)  # type: ignore[arg-type]  # work without error has left its result


class Writer:
    """The thread and the queue before it."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], stamp: Callable[[], Stamp]) -> None:
        """`connect` opens a connection that may write; one that failed, or whose `stamp` moved, is not used again."""
        self._connect = connect
        self._stamp = stamp
        self._opened: Stamp | None = None
        self._connection: sqlite3.Connection | None = None
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: str, work: Callable[[sqlite3.Connection], Result]) -> asyncio.Future[Result]:
        """Have `work` done; the future is done after COMMIT. StoreError when closed or when too much waits."""
        if self._closed:
            raise StoreError(operation, "the store is closed", advice="Nothing was changed")
        if self._queue.qsize() >= MAX_WAITING:
            raise StoreError(operation, f"{MAX_WAITING} others wait for the disk already")
        pending = Pending(operation, work, self._loop.create_future())
        self._queue.put(pending)
        return pending.future

    async def close(self) -> None:
        """Do what waits, then end."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.shield(self._ended)

    def _run(self) -> None:
        """Take groups until told to end; a group the thread breaks at has failed."""
        group: list[Job] = []
        going = True
        try:
            while going:
                going = self._take(group)
                self._commit(group)
                self._tell(group)
                group = []
        finally:
            self._closed = True
            self._abandon()
            _fail(group, "the store has ended")
            self._tell(group)
            self._call(self._end)

    def _take(self, group: list[Job]) -> bool:
        """Wait for work and take all that is there; False when it is time to end."""
        job = self._queue.get()
        while job is not None:
            group.append(job)
            if len(group) == MAX_GROUP:
                return True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return True
        return False

    def _commit(self, group: Sequence[Job]) -> None:
        """Do a group in one transaction; where that fails, each member in its own."""
        if not group:
            return
        try:
            connection = self._begun()
        except (*DRIVER_ERRORS, StoreError) as error:
            self._abandon()
            for job in group:
                job.fail(failure(job.operation, error))
            return
        try:
            for job in group:
                job.perform(connection)
            connection.execute("COMMIT")
        except DRIVER_ERRORS as error:
            self._abandon()
            if len(group) == 1:
                group[0].fail(failure(group[0].operation, error))
                return
            for job in group:
                self._commit((job,))

    def _begun(self) -> sqlite3.Connection:
        """Give the connection with a transaction begun that excludes other writers."""
        stamp = self._stamp()
        if self._connection is None or stamp != self._opened:
            self._abandon()
            self._connection, self._opened = self._connect(), stamp
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def _abandon(self) -> None:
        """Close the connection, which rolls back; the next group opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tell(self, group: Sequence[Job]) -> None:
        """Wake the event loop once for the whole group."""
        if group:
            self._call(partial(_settle, group))

    def _call(self, told: Callable[[], None]) -> None:
        """Call into the event loop, unless it is gone."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(told)

    def _end(self) -> None:
        """Let `close` return; what was handed in while the thread broke has failed."""
        left: list[Job] = []
        while not self._queue.empty():
            job = self._queue.get_nowait()
            left += [] if job is None else [job]
        _fail(left, "the store has ended")
        _settle(left)
        if not self._ended.done():
            self._ended.set_result(None)


def _settle(group: Sequence[Job]) -> None:
    for job in group:
        job.settle()


def _fail(group: Sequence[Job], details: str) -> None:
    for job in group:
        job.fail(StoreError(job.operation, details))
