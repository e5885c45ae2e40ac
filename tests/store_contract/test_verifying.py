"""Verification, and backups of stores that are damaged or in use."""

from pathlib import Path

import pytest

from engine.archive import restore, verify, write_session, write_store
from engine.errors import StoreError
from engine.projection import rebuild
from engine.store.file import FileStore
from engine.store.memory import MemoryStore
from engine.store.port import Append, NewEvent, Query, Row, Store, StoredEvent
from tests.store_contract.sample import batch
from tests.store_contract.used import used
from tests.unit.clocks import FakeClock

PAUSED = NewEvent("SessionPaused", 1, 1.0, "agent", b'{"phase":1,"note":""}')


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

    async def test_no_backup_pretends_a_log_that_cannot_be_read(self, full: Store, tmp_path: Path) -> None:
        await full.append(batch("wf_odd")._replace(events=(PAUSED,)))
        with pytest.raises(StoreError) as refused:
            await write_session(full, "wf_odd", tmp_path / "a.jsonl")
        assert refused.value.details == "a log does not begin with a start"
        assert (await verify(full)).problems == ("session wf_odd: its log cannot be read",)

    async def test_a_broken_log_whose_row_is_lost_is_no_backup(self, tmp_path: Path) -> None:
        store = Rowless(FakeClock())
        (name, _) = await used(store)
        await store.append(batch(name, len(await store.read(name))))
        store.has_lost = True
        with pytest.raises(StoreError) as refused:
            await write_store(store, tmp_path / "a.jsonl")
        assert refused.value.details == "the log of a session cannot be read"

    async def test_a_session_that_grows_meanwhile_is_taken_as_it_was_at_one_version(self, tmp_path: Path) -> None:
        store = Busy(FakeClock())
        (name, _) = await used(store)
        log, row = await store.read(name), await store.row(name)
        assert row is not None
        store.late = Append(name, len(log), (PAUSED,), row._replace(version=len(log) + 1))
        await write_session(store, name, tmp_path / "a.jsonl")
        other = MemoryStore(FakeClock())
        await restore(other, tmp_path / "a.jsonl")
        assert len(await other.read(name)) == len(log) + 1

    async def test_a_row_that_stays_behind_costs_a_backup_no_event(self, tmp_path: Path) -> None:
        store = MemoryStore(FakeClock())
        (name, _) = await used(store)
        log, row = await store.read(name), await store.row(name)
        assert row is not None
        store._rows[name] = row._replace(version=1)
        await write_session(store, name, tmp_path / "a.jsonl")
        other = MemoryStore(FakeClock())
        await restore(other, tmp_path / "a.jsonl")
        assert (await other.read(name), await other.row(name)) == (log, row)

    async def test_a_session_deleted_meanwhile_is_left_out(self, tmp_path: Path) -> None:
        store = Deleting(FakeClock())
        names = await used(store)
        store.gone = names[0]
        await write_store(store, tmp_path / "a.jsonl")
        other = MemoryStore(FakeClock())
        assert (await restore(other, tmp_path / "a.jsonl")).sessions == 1
        assert await verify(store) == (2, ())

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


class Busy(MemoryStore):
    """A store that is appended to between the reading of a log and of its row."""

    late: Append | None = None

    async def row(self, session_id: str) -> Row | None:
        if self.late is not None and self.late.session_id == session_id:
            late, self.late = self.late, None
            await self.append(late)
        return await super().row(session_id)


class Deleting(MemoryStore):
    """A store in which somebody deletes a session after its id was given."""

    gone = ""

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        return () if session_id == self.gone else await super().read(session_id, after)


def lose_documents(folder: Path) -> None:
    for path in (folder / "documents").iterdir():
        path.unlink()
