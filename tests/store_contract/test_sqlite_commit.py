"""An append to SQLite is answered after its COMMIT and never before, cancelled or not, alone or in a group."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from engine.errors import ConflictError, StoreError
from engine.store.sqlite import SqliteStore
from tests.store_contract.sample import batch
from tests.unit.clocks import FakeClock

WAIT_S = 30


class Held(sqlite3.Connection):
    """A connection whose COMMIT says that it has come to it and waits until it may go on."""

    reached = threading.Event()
    may_go = threading.Event()
    commits = 0
    fails = 0

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
        if sql == "COMMIT":
            Held.reached.set()
            Held.may_go.wait(WAIT_S)
            Held.commits += 1
            if Held.commits <= Held.fails:
                raise OSError
        return super().execute(sql, *parameters)  # type: ignore[arg-type]  # passed on as it came


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Held]]:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Held))
    Held.may_go.set()
    Held.fails = 0
    yield Held
    Held.may_go.set()


@pytest.fixture
async def store(held: type[Held], tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "sessions.db", FakeClock())
    await store.open()
    await store.append(batch("wf_first"))
    held.reached.clear()
    held.may_go.clear()
    held.commits = 0
    yield store
    held.may_go.set()
    await store.close()


async def at_commit(held: type[Held]) -> None:
    """Wait until the writer is about to commit, and let the loop do whatever it would."""
    assert await asyncio.to_thread(held.reached.wait, WAIT_S)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_nobody_is_answered_before_the_commit(store: SqliteStore, held: type[Held]) -> None:
    asked = [asyncio.ensure_future(store.append(batch(f"wf_{number}"))) for number in range(5)]
    await at_commit(held)
    assert not any(each.done() for each in asked)
    assert await store.ids() == ("wf_first",)
    held.may_go.set()
    assert await asyncio.wait_for(asyncio.gather(*asked), WAIT_S) == [1] * 5


async def test_a_commit_that_fails_acknowledges_nothing_that_is_not_there(store: SqliteStore, held: type[Held]) -> None:
    held.fails = 2
    asked = [asyncio.ensure_future(store.append(batch("wf_a")))]
    await at_commit(held)
    asked += [asyncio.ensure_future(store.append(batch(name))) for name in ("wf_b", "wf_c", "wf_b")]
    await asyncio.sleep(0)
    held.may_go.set()
    found = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), WAIT_S)
    assert isinstance(found[0], StoreError)
    assert found[1:3] == [1, 1]
    assert isinstance(found[3], ConflictError)
    assert set(await store.ids()) == {"wf_first", "wf_b", "wf_c"}


async def test_an_append_whose_caller_has_gone_is_in_the_log_whole_or_not_at_all(
    store: SqliteStore, held: type[Held]
) -> None:
    under_way = asyncio.ensure_future(store.append(batch("wf_a", 0, 3)))
    await at_commit(held)
    waiting = asyncio.ensure_future(store.append(batch("wf_b", 0, 3)))
    behind = asyncio.ensure_future(store.append(batch("wf_b", 3)))
    await asyncio.sleep(0)
    under_way.cancel()
    waiting.cancel()
    held.may_go.set()
    await asyncio.wait({under_way, waiting, behind}, timeout=WAIT_S)
    assert (under_way.cancelled(), waiting.cancelled(), behind.result()) == (True, True, 4)
    assert [len(await store.read(name)) for name in ("wf_a", "wf_b")] == [3, 4]
    assert await store.check() == ()


async def test_closing_waits_for_what_is_about_to_be_committed(store: SqliteStore, held: type[Held]) -> None:
    asked = [asyncio.ensure_future(store.append(batch("wf_a")))]
    await at_commit(held)
    asked += [asyncio.ensure_future(store.append(batch(f"wf_{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(store.close())
    await asyncio.sleep(0)
    assert not closing.done()
    held.may_go.set()
    await asyncio.wait_for(closing, WAIT_S)
    assert await asyncio.wait_for(asyncio.gather(*asked), WAIT_S) == [1] * 4
