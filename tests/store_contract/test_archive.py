"""Export, backup, restore and verification: from any store to any other, all or nothing."""

import re
import stat
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from engine import archive_file
from engine.archive import restore, verify, write_session, write_store
from engine.archive_lines import FORMAT, Counts
from engine.errors import SessionStateError, StoreError
from engine.store.file import FileStore
from engine.store.memory import MemoryStore
from engine.store.port import Query, Store
from engine.store.sqlite import SqliteStore
from tests.store_contract.sample import batch, deletion
from tests.store_contract.used import FLOW, used
from tests.unit.clocks import FakeClock
from tests.unit.engine.running import Running, moved


async def everything(store: Store) -> list[object]:
    """Give all a store holds."""
    rows = (await store.sessions(Query())).rows
    logs = [await store.read(row.session_id) for row in rows]
    documents = {orjson.loads(log[0].data)["document"] for log in logs}
    return [rows, logs, [await store.document(digest) for digest in sorted(documents)], await store.deletions()]


@pytest.fixture
async def backup(full: Store, tmp_path: Path) -> Path:
    await write_store(full, tmp_path / "backups" / "all.jsonl")
    return tmp_path / "backups" / "all.jsonl"


def lines_in(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def rewritten(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """Change the lines of a file."""
    path.write_bytes(b"".join(change(lines_in(path))))
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.requirement("STORE-6")
async def test_a_backup_of_any_store_comes_back_whole_in_any_other(store: Store, tmp_path: Path) -> None:
    events = sum([len(await store.read(name)) for name in await used(store)])
    await write_store(store, tmp_path / "a.jsonl")
    others: list[Store] = [
        MemoryStore(FakeClock()),
        FileStore(tmp_path / "other", FakeClock()),
        SqliteStore(tmp_path / "other.db", FakeClock()),
    ]
    for other in others:
        await other.open()
        assert await restore(other, tmp_path / "a.jsonl") == Counts(2, events, documents=1, deletions=1)
        assert await everything(other) == await everything(store)
        assert await verify(other) == (2, ())
        await other.close()


async def test_a_restored_session_goes_on(full: Store, backup: Path) -> None:
    other = MemoryStore(FakeClock())
    await restore(other, backup)
    (row,) = (await other.sessions(Query(statuses=("running",)))).rows
    session = await moved(Running(None, FLOW, store=other).runner, row.session_id, "two")
    assert session.state.status == "completed"


async def test_one_session_is_exported_and_imported(full: Store, tmp_path: Path) -> None:
    (row,) = (await full.sessions(Query(statuses=("completed",)))).rows
    await write_session(full, row.session_id, tmp_path / "archive" / "one.jsonl")
    assert (mode_of(tmp_path / "archive"), mode_of(tmp_path / "archive" / "one.jsonl")) == (0o700, 0o600)
    other = MemoryStore(FakeClock())
    await other.append(batch("wf_mine"))
    assert (await restore(other, tmp_path / "archive" / "one.jsonl")).sessions == 1
    assert await other.read(row.session_id) == await full.read(row.session_id)


async def test_a_session_nobody_knows_is_not_exported(full: Store, tmp_path: Path) -> None:
    with pytest.raises(SessionStateError) as refused:
        await write_session(full, "wf_none", tmp_path / "none.jsonl")
    assert refused.value.reason == "not_found"
    assert names_in(tmp_path, "*none*") == []


def names_in(folder: Path, pattern: str) -> list[str]:
    return [path.name for path in folder.glob(pattern)]


async def test_restoring_over_a_session_that_is_there_changes_nothing(full: Store, backup: Path) -> None:
    before = await everything(full)
    with pytest.raises(StoreError) as refused:
        await restore(full, backup)
    assert "in the store already" in refused.value.details
    assert await everything(full) == before


async def test_a_restore_that_was_killed_half_way_is_run_again(store: Store, tmp_path: Path) -> None:
    names = await used(store)
    await write_store(store, tmp_path / "a.jsonl")
    before = await everything(store)
    await store.delete(deletion(names[0]))
    assert (await restore(store, tmp_path / "a.jsonl", again=True)).sessions == 2
    assert (await everything(store))[:-1] == before[:-1]
    assert await verify(store) == (2, ())


async def test_a_session_that_went_on_since_the_backup_is_never_overwritten(full: Store, backup: Path) -> None:
    (row,) = (await full.sessions(Query(statuses=("running",)))).rows
    await moved(Running(None, FLOW, store=full).runner, row.session_id, "two")
    before = await everything(full)
    with pytest.raises(StoreError) as refused:
        await restore(full, backup, again=True)
    assert row.session_id in refused.value.details
    assert await everything(full) == before


async def test_an_archive_of_another_format_is_named(backup: Path) -> None:
    rewritten(backup, lambda lines: [lines[0].replace(b"archive-1", b"archive-2"), *lines[1:]])
    with pytest.raises(StoreError) as refused:
        await restore(MemoryStore(FakeClock()), backup)
    assert "workflowlookup-archive-2" in refused.value.details


@pytest.mark.parametrize(
    ("old", "new", "details"),
    [
        (b'"row":{"session_id":"wf_', b'"row":{"session_id":"wf_x', "is not its own"),
        (b'"type":"SessionStarted"', b'"type":"SessionResumed"', "cannot be read"),
        (b'"type":"SessionStarted","version":1', b'"type":"SessionStarted","version":9', "cannot be read"),
    ],
)
async def test_a_log_filed_under_another_session_is_refused(backup: Path, old: bytes, new: bytes, details: str) -> None:
    other = MemoryStore(FakeClock())
    with pytest.raises(StoreError) as refused:
        await restore(other, rewritten(backup, lambda lines: [line.replace(old, new) for line in lines]))
    assert details in refused.value.details
    assert await other.ids() == ()


async def test_deletions_are_restored_once(full: Store, backup: Path) -> None:
    other = MemoryStore(FakeClock())
    await other.note(await full.deletions())
    await restore(other, backup)
    assert await other.deletions() == await full.deletions()


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [],
        lambda lines: lines[1:],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [b'{"format":"another"}\n', *lines[1:]],
        lambda lines: [line for line in lines if b'"document"' not in line[:30]],
        lambda lines: [line for line in lines if b'"seq":2' not in line],
        lambda lines: [line for line in lines if b'"seq":1,' not in line],
        lambda lines: [line for line in lines if b'"deletion"' not in line],
        lambda lines: [line.replace(b'"seq":2', b'"seq":3') for line in lines],
        lambda lines: [line.replace(b'"text":"{', b'"text":"{ ') for line in lines],
        lambda lines: [line.replace(b'"session_id":"wf_', b'"session_id":"../') for line in lines],
        lambda lines: [line.replace(b'"status":"running"', b'"status":7') for line in lines],
        lambda lines: [line.replace(b'"at":', b'"at":"') for line in lines],
        lambda lines: [re.sub(rb'"created_at":[0-9.]+', b'"created_at":1e300', line) for line in lines],
        lambda lines: [re.sub(rb'"at":[0-9.]+', b'"at":-1', line) for line in lines],
        lambda lines: [lines[0], b"not json\n", *lines[1:]],
        lambda lines: [lines[0], b"[]\n", *lines[1:]],
        lambda lines: [lines[0], b'{"kind":"other"}\n', *lines[1:]],
        lambda lines: [lines[0], b'{"kind":"event"}\n', *lines[1:]],
        lambda lines: [lines[0], lines[1], *lines[1:]],
        lambda lines: [line[: len(line) // 2] for line in lines],
    ],
)
async def test_a_damaged_archive_is_refused_before_anything_is_written(
    backup: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    other = MemoryStore(FakeClock())
    with pytest.raises(StoreError) as refused:
        await restore(other, rewritten(backup, change))
    assert (refused.value.operation, refused.value.retryable) == ("restore", False)
    assert await other.ids() == ()
    assert await other.deletions() == ()


async def test_the_file_begins_with_its_format_and_is_read_by_its_owner_only(backup: Path) -> None:
    assert orjson.loads(lines_in(backup)[0]) == {"format": FORMAT}
    assert mode_of(backup) == 0o600
    assert names_in(backup.parent, "*") == ["all.jsonl"]


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        await restore(MemoryStore(FakeClock()), tmp_path / "none.jsonl")
    assert refused.value.details == "there is no such file or folder"
    with pytest.raises(StoreError):
        await restore(MemoryStore(FakeClock()), tmp_path)


async def test_a_line_longer_than_any_of_ours_is_refused(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_file, "MAX_LINE_BYTES", 100)
    with pytest.raises(StoreError) as refused:
        await restore(MemoryStore(FakeClock()), backup)
    assert "more than 100 bytes" in refused.value.details


async def test_a_large_archive_is_written_and_read_in_parts(
    full: Store, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lines_in(backup)
    monkeypatch.setattr(archive_file, "PART_BYTES", 200)
    await write_store(full, backup)
    assert lines_in(backup) == before
    assert (await restore(MemoryStore(FakeClock()), backup)).sessions == 2


async def test_a_place_that_cannot_be_written_is_a_clear_error(full: Store, backup: Path) -> None:
    with pytest.raises(StoreError) as refused:
        await write_store(full, backup / "below" / "a.jsonl")
    assert refused.value.operation == "archive"


async def test_a_backup_that_fails_half_way_leaves_the_old_one(full: Store, backup: Path) -> None:
    before = lines_in(backup)
    await full.append(batch("wf_odd"))
    with pytest.raises(StoreError) as refused:
        await write_store(full, backup)
    assert refused.value.operation == "archive"
    assert lines_in(backup) == before
    assert names_in(backup.parent, "*") == ["all.jsonl"]
