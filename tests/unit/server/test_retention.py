"""Retention while a server serves: it begins at once, is counted, archives, and outlives a store that fails."""

import asyncio
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.memory import MemoryStore
from engine.store.port import Append, NewEvent, Page, Query, Row, Store
from server import retention
from server.compose import opened_store
from server.metrics import Metrics
from server.settings import Settings
from tests.unit.clocks import FakeClock
from tests.unit.server.durable import Durable
from tests.unit.server.world import World

PATIENCE_S = 30.0
DAY_S = 86_400.0


class Told(Metrics):
    """Metrics that tell when retention was counted."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = asyncio.Event()

    def pruned(self, how: str, sessions: int) -> None:
        super().pruned(how, sessions)
        self.counted.set()


def settings_of(world: World, **flags: object) -> Settings:
    return world.load(flags).settings


async def ids(store: Store) -> set[str]:
    return {row.session_id for row in (await store.sessions(Query())).rows}


async def swept(settings: Settings, store: Store, clock: FakeClock) -> str:
    """Run retention until it was counted once; gives the metrics."""
    metrics = Told()
    async with retention.running(settings, store, clock, metrics):
        await asyncio.wait_for(metrics.counted.wait(), PATIENCE_S)
    return metrics.text().decode()


async def put(store: Store, name: str, at: float) -> None:
    row = Row(name, "flow", "a.py", "completed", 1, 1, 1, at, at, at, None)
    await store.append(Append(name, 0, (NewEvent("SessionStarted", 1, at, "test", b"{}"),), row))


@pytest.mark.requirement("OPS-2")
async def test_a_server_prunes_as_soon_as_it_starts_and_counts_it(world: World) -> None:
    clock = FakeClock()
    store = MemoryStore(FakeClock(clock.now() - 60 * DAY_S))
    await put(store, "old", clock.now() - 31 * DAY_S)
    await put(store, "new", clock.now() - DAY_S)

    text = await swept(settings_of(world, retention="prune"), store, clock)

    assert await ids(store) == {"new"}
    assert 'workflowlookup_retention_total{how="deleted"} 1.0' in text


def test_an_archived_session_is_a_file_of_its_owner_alone(world: World, durable: Durable) -> None:
    old, new = durable.finished("a.py"), durable.finished("b.py")
    settings = settings_of(world, retention="archive", retention_count="1")

    async def served() -> tuple[str, set[str]]:
        async with opened_store(settings, FakeClock()) as store:
            return await swept(settings, store, FakeClock(0.0)), await ids(store)

    text, left = asyncio.run(served())
    folder: Path = settings.home / "archive"
    assert left == {new}
    assert [file.name for file in folder.iterdir()] == [f"{old}.jsonl"]
    assert (folder.stat().st_mode & 0o777, (folder / f"{old}.jsonl").stat().st_mode & 0o777) == (0o700, 0o600)
    assert 'workflowlookup_retention_total{how="archived"} 1.0' in text


async def test_a_session_that_cannot_be_archived_stays_and_is_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = FakeClock()
    store = MemoryStore(FakeClock(clock.now() - 60 * DAY_S))
    await put(store, "broken", clock.now() - 31 * DAY_S)

    text = await swept(settings_of(world, retention="archive"), store, clock)

    assert await ids(store) == {"broken"}
    assert 'workflowlookup_retention_total{how="archived"} 0.0' in text


async def test_a_store_that_fails_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(MemoryStore):
        failures = 2

        async def sessions(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
            if self.failures:
                self.failures -= 1
                raise StoreError("list", "the disk reports an error")
            return await super().sessions(query, cursor, limit)

    monkeypatch.setattr(retention, "EVERY_SECONDS", 0.0)
    clock = FakeClock()
    store = Failing(FakeClock(clock.now() - 60 * DAY_S))
    await put(store, "old", clock.now() - 31 * DAY_S)

    await swept(settings_of(world, retention="prune"), store, clock)

    assert await ids(store) == set()


async def test_without_the_setting_nothing_is_ever_removed(world: World) -> None:
    clock = FakeClock()
    store = MemoryStore(FakeClock(clock.now() - 60 * DAY_S))
    await put(store, "old", clock.now() - 3000 * DAY_S)
    settings = settings_of(world)

    async with retention.running(settings, store, clock, Metrics()):
        assert retention.retention_of(settings, store) is None

    assert await ids(store) == {"old"}
