"""The stores the contract suite runs over: a new one is a Kind in KINDS.

Above: tests/store_contract/conftest.py, killing. Below: the stores. A Kind gives a place (a folder, a schema) for the
length of one test, and at that place any number of store objects, not yet opened: two of them are two processes.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from engine.clock import Clock
from engine.store.file import FileStore
from engine.store.memory import MemoryStore
from engine.store.port import Store
from engine.store.postgres import PostgresStore
from engine.store.sqlite import SqliteStore
from tests.store_contract.postgres_places import schema_of_its_own

Opener: TypeAlias = Callable[[Clock], Store]


class Kind(NamedTuple):
    """One store: `place` makes a fresh place and clears it away; `lasts`: what it keeps outlives the object."""

    name: str
    place: Callable[[Path], AbstractAsyncContextManager[Opener]]
    lasts: bool = True


@asynccontextmanager
async def memory_place(folder: Path) -> AsyncIterator[Opener]:
    """Give stores of one process each."""
    yield MemoryStore


@asynccontextmanager
async def file_place(folder: Path) -> AsyncIterator[Opener]:
    """Give stores of one folder."""
    yield lambda clock: FileStore(folder / "sessions", clock)


@asynccontextmanager
async def sqlite_place(folder: Path) -> AsyncIterator[Opener]:
    """Give stores of one file."""
    yield lambda clock: SqliteStore(folder / "home" / "sessions.db", clock)


@asynccontextmanager
async def postgres_place(folder: Path) -> AsyncIterator[Opener]:
    """Give stores of one schema."""
    async with schema_of_its_own() as url:
        yield lambda clock: PostgresStore(url, clock)


KINDS: tuple[Kind, ...] = (
    Kind("memory", memory_place, lasts=False),
    Kind("file", file_place),
    Kind("sqlite", sqlite_place),
    Kind("postgres", postgres_place),
)
