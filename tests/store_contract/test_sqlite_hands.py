"""The SQLite file in rough hands: removed, replaced, locked, damaged, on disks that take nothing."""

import asyncio
import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store import sqlite_file
from engine.store.sqlite import SqliteStore
from tests.store_contract.lite import bytes_of, new_store, run
from tests.store_contract.sample import batch

WAIT_S = 30


@pytest.fixture
def path(lite_path: Path) -> Path:
    return lite_path


@pytest.fixture
def store(lite: SqliteStore) -> SqliteStore:
    return lite


def link(path: Path, target: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(target)


def remove(path: Path) -> None:
    for each in path.parent.glob(path.name + "*"):
        each.unlink()


async def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    link(path, tmp_path / "elsewhere.db")
    with pytest.raises(StoreError):
        await new_store(path).open()
    assert not (tmp_path / "elsewhere.db").exists()


async def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as refused:
        await new_store(tmp_path / "file" / "sessions.db").open()
    assert refused.value.operation == "open"


async def test_another_process_that_holds_the_file_is_waited_for_and_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_MS", 50)
    store = new_store(path)
    await store.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [store.append(batch(f"wf_{number}")) for number in range(3)]
        found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), WAIT_S)
        other.execute("ROLLBACK")
    assert [each.details for each in found if isinstance(each, StoreError)] == [
        "another process keeps the file locked"
    ] * 3
    assert await store.append(batch("wf_0")) == 1
    await store.close()


async def test_a_file_that_was_removed_or_replaced_is_never_written_to_unseen(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    await store.append(batch("wf_a"))
    other = new_store(tmp_path / "other.db")
    await other.open()
    await other.append(batch("wf_b", 0, 2))
    await other.close()
    remove(path)
    for asked in (store.append(batch("wf_a", 1)), store.read("wf_a")):
        with pytest.raises(StoreError) as refused:
            await asked
        assert refused.value.details == "the file cannot be reached"
    (tmp_path / "other.db").rename(path)
    assert await store.append(batch("wf_b", 2)) == 3
    assert await store.ids() == ("wf_b",)


async def test_a_backup_put_in_the_place_of_the_file_is_not_destroyed_by_the_log_beside_it(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    await asyncio.gather(*(store.append(batch(f"wf_{number}")) for number in range(50)))
    other = new_store(tmp_path / "other.db")
    await other.open()
    await other.append(batch("wf_b", 0, 2))
    await other.close()
    before = bytes_of(tmp_path / "other.db")
    (tmp_path / "other.db").rename(path)
    for asked in (store.append(batch("wf_b", 2)), store.read("wf_b"), store.append(batch("wf_c"))):
        with pytest.raises(StoreError) as refused:
            await asked
        assert "the file was replaced while serving" in refused.value.details
        assert not refused.value.retryable
    assert bytes_of(path) == before
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).rename(tmp_path / f"old{suffix}")
    assert await store.append(batch("wf_b", 2)) == 3
    assert await store.check() == ()


@pytest.mark.parametrize(
    ("number", "details"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "the file cannot be written to")],
)
async def test_a_folder_that_takes_no_file_is_named_for_what_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, details: str
) -> None:
    def refusing(*_: object) -> int:
        raise OSError(number, "no")

    monkeypatch.setattr("engine.store.lock.os.open", refusing)
    with pytest.raises(StoreError) as refused:
        await new_store(path).open()
    assert (refused.value.details, refused.value.retryable) == (details, True)


async def test_a_file_that_is_damaged_while_serving_is_a_clear_error_and_leaks_nothing(
    store: SqliteStore, path: Path
) -> None:
    await store.append(batch("wf_a"))
    run(path, "ALTER TABLE events RENAME TO lost")
    for _ in range(5):
        with pytest.raises(StoreError) as refused:
            await store.read("wf_a")
    assert refused.value.details == "SQLite refused"
    with pytest.raises(StoreError):
        await store.append(batch("wf_a", 1))
    assert store._connections == []
    run(path, "ALTER TABLE lost RENAME TO events")
    assert await store.append(batch("wf_a", 1)) == 2
