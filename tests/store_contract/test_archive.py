"""Export, backup, restore and verification: from any store to any other, all or nothing."""

import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import orjson
import pytest

from engine.archive import restore, verify, write_session, write_store
from engine.archive_lines import FORMAT, Counts
from engine.errors import SessionStateError, StoreError
from engine.projection import rebuild
from engine.store.file import FileStore
from engine.store.memory import MemoryStore
from engine.store.port import Query, Row, Store
from engine.store.sqlite import SqliteStore
from tests.store_contract.sample import batch
from tests.unit.clocks import FakeClock
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, Running, moved

FLOW = document(prompt("one"), prompt("two"))


async def used(store: Store) -> list[str]:
    """Use a store: two sessions of one document, one of them finished, and one that was deleted."""
    world = Running(Path.cwd(), FLOW, store=store)
    names = []
    for number in range(3):
        session = await world.runner.begin("flow", f"src/{number}.py", {}, BY)
        names.append(session.state.session_id)
    await moved(world.runner, names[0], "one", 'Ünïcödé " 漢字')
    await moved(world.runner, names[0], "two")
    await moved(world.runner, names[1], "one")
    await world.runner.delete(names[2], "a try", "operator")
    return names[:2]


async def everything(store: Store) -> list[object]:
    """Give all a store holds."""
    rows = (await store.sessions(Query())).rows
    logs = [await store.read(row.session_id) for row in rows]
    documents = {orjson.loads(log[0].data)["document"] for log in logs}
    return [rows, logs, [await store.document(digest) for digest in sorted(documents)], await store.deletions()]


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[Store]:
    store = SqliteStore(tmp_path / "full.db", FakeClock())
    await store.open()
    await used(store)
    yield store
    await store.close()


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


class TestVerifying:
    """What a verification finds."""

    async def test_a_log_that_cannot_be_read_is_named(self, full: Store) -> None:
        await full.append(batch("wf_odd"))
        verified = await verify(full)
        assert verified == (3, ("session wf_odd: its log cannot be read",))

    async def test_a_row_that_is_not_what_its_log_gives_is_named_and_rebuilt(self, full: Store) -> None:
        (row,) = (await full.sessions(Query(statuses=("running",)))).rows
        await full.replace_rows([row._replace(target_file="another")])
        verified = await verify(full)
        wrong = f"session {row.session_id}: its row is not what its log gives; rebuild the rows"
        assert verified.problems == (wrong,)
        await rebuild(full)
        assert (await verify(full)).problems == ()

    async def test_more_problems_than_anybody_reads_are_counted(self, full: Store) -> None:
        for number in range(120):
            await full.append(batch(f"wf_odd_{number}"))
        assert (await verify(full)).problems[-1] == "and 20 more"

    async def test_a_lost_document_is_named_and_no_backup_pretends(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path / "files", FakeClock())
        await store.open()
        await used(store)
        lose_documents(tmp_path / "files")
        verified = await verify(store)
        assert len(verified.problems) == 4
        with pytest.raises(StoreError) as refused:
            await write_store(store, tmp_path / "a.jsonl")
        assert refused.value.details == "a pinned document is missing or damaged"
        await store.close()

    async def test_a_lost_row_is_made_anew_for_a_backup(self, tmp_path: Path) -> None:
        store = Rowless(FakeClock())
        await used(store)
        store.has_lost = True
        await write_store(store, tmp_path / "a.jsonl")
        other = MemoryStore(FakeClock())
        await restore(other, tmp_path / "a.jsonl")
        assert (await verify(other)).problems == ()
        assert await other.counts(Query()) == {"completed": 1, "running": 1}


class Rowless(MemoryStore):
    """A store that loses its rows when told to."""

    has_lost = False

    async def row(self, session_id: str) -> Row | None:
        return None if self.has_lost else await super().row(session_id)


def lose_documents(folder: Path) -> None:
    for path in (folder / "documents").iterdir():
        path.unlink()
