"""Retention over the real memory store: what is removed, what never is."""

import pytest

from engine.errors import StoreError
from engine.retention import DAY_SECONDS, Limits, sweep
from engine.store.memory import MemoryStore
from engine.store.port import Append, NewEvent, Query, Row
from tests.unit.clocks import FakeClock

NOW = 1_800_000_000.0


async def stored(store: MemoryStore, name: str, status: str, days_ago: float) -> None:
    at = NOW - days_ago * DAY_SECONDS
    ended = None if status == "running" else at
    row = Row(name, "flow", "a.py", status, 1, 1, 1, at, at, ended, None)
    await store.append(Append(name, 0, (NewEvent("SessionStarted", 1, at, "test", b"{}"),), row))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(FakeClock(NOW - 60 * DAY_SECONDS))  # its own drop of old sessions is another matter


async def left(store: MemoryStore) -> set[str]:
    return {row.session_id for row in (await store.sessions(Query())).rows}


async def test_finished_sessions_go_by_age_and_active_ones_stay_however_old(store: MemoryStore) -> None:
    for name, status, days in (("old", "completed", 31), ("new", "failed", 29), ("active", "running", 300)):
        await stored(store, name, status, days)
    assert await sweep(store, Limits(30, 0), NOW, "server") == (1, ())
    assert await left(store) == {"new", "active"}
    (deletion,) = await store.deletions()
    assert (deletion.session_id, deletion.by) == ("old", "server")
    assert "more than 30 days" in deletion.reason


async def test_of_the_finished_ones_only_the_newest_are_kept_where_a_number_is_set(store: MemoryStore) -> None:
    for number in range(250):
        await stored(store, f"s{number:03}", "completed", 20 - number / 100)
    assert await sweep(store, Limits(30, 3), NOW, "server") == (247, ())
    assert await left(store) == {"s249", "s248", "s247"}


async def test_a_session_is_kept_first_and_stays_where_keeping_it_fails(store: MemoryStore) -> None:
    await stored(store, "one", "completed", 40)
    kept: list[str] = []

    async def keep(session_id: str) -> None:
        kept.append(session_id)

    async def full(session_id: str) -> None:
        raise StoreError("archive", "the disk is full")

    with pytest.raises(StoreError):
        await sweep(store, Limits(30, 0), NOW, "server", full)
    assert await left(store) == {"one"}
    assert await sweep(store, Limits(30, 0), NOW, "server", keep) == (1, ())
    assert kept == ["one"]


async def test_a_session_that_moves_between_look_and_removal_stays(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(store, "one", "failed", 40)
    await stored(store, "two", "failed", 40)

    async def keep(session_id: str) -> None:
        if session_id == "two":
            row = await store.row("one")
            assert row is not None
            revived = row._replace(status="running", version=2)
            await store.append(Append("one", 1, (NewEvent("PhaseRetried", 1, NOW, "test", b"{}"),), revived))

    assert await sweep(store, Limits(30, 0), NOW, "server", keep) == (1, ())
    assert await left(store) == {"one"}


async def test_a_session_that_is_rolled_back_while_it_is_archived_stays(store: MemoryStore) -> None:
    await stored(store, "one", "completed", 40)

    async def keep(session_id: str) -> None:
        row = await store.row(session_id)
        assert row is not None
        revived = row._replace(status="running", version=2)
        await store.append(Append(session_id, 1, (NewEvent("RolledBack", 1, NOW, "test", b"{}"),), revived))

    assert (await sweep(store, Limits(30, 0), NOW, "server", keep)).removed == 0
    assert await left(store) == {"one"}


async def test_one_sweep_removes_a_bounded_number(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.retention.MAX_REMOVED", 2)
    for number in range(5):
        await stored(store, f"s{number}", "completed", 40)
    assert [(await sweep(store, Limits(30, 0), NOW, "server")).removed for _ in range(4)] == [2, 2, 1, 0]


async def test_a_session_that_can_never_be_kept_stays_and_does_not_stand_in_the_way_of_others(
    store: MemoryStore,
) -> None:
    await stored(store, "broken", "completed", 40)
    await stored(store, "sound", "completed", 41)

    async def keep(session_id: str) -> None:
        if session_id == "broken":
            raise StoreError("archive", "the log of a session cannot be read", retryable=False)

    assert await sweep(store, Limits(30, 0), NOW, "server", keep) == (1, ("broken",))
    assert await left(store) == {"broken"}
