"""Fixtures of the contract suite: a test that asks for `store`, `place` or `lasting` runs once per kind of store."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.store.file import FileStore
from engine.store.port import Store
from engine.store.sqlite import SqliteStore
from tests.store_contract.stores import KINDS, Kind, Opener
from tests.store_contract.used import used
from tests.unit.clocks import FakeClock


class Place(NamedTuple):
    """Where the stores of one test live."""

    kind: Kind
    opener: Opener
    clock: FakeClock

    async def another(self) -> Store:
        """Give one more store at this place, opened."""
        store = self.opener(self.clock)
        await store.open()
        return store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
async def place(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Place]:
    kind: Kind = request.param
    async with kind.place(tmp_path) as opener:
        yield Place(kind, opener, clock)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    store = await place.another()
    yield store
    await store.close()


@pytest.fixture(params=[kind for kind in KINDS if kind.lasts], ids=lambda kind: kind.name)
async def lasting(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Place]:
    """Give a place of a store that outlives its process."""
    kind: Kind = request.param
    async with kind.place(tmp_path) as opener:
        yield Place(kind, opener, clock)


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[Store]:
    store = SqliteStore(tmp_path / "full.db", FakeClock())
    await store.open()
    await used(store)
    yield store
    await store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".agent-os" / "state" / "workflows"


@pytest.fixture
async def files(folder: Path) -> AsyncIterator[FileStore]:
    store = FileStore(folder, FakeClock())
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def lite_path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "sessions.db"


@pytest.fixture
async def lite(lite_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(lite_path, FakeClock())
    await store.open()
    yield store
    await store.close()
