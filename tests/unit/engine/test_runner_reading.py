"""The runner: reading changes nothing; rows that were lost are made anew; what memory keeps."""

from pathlib import Path

import orjson
import pytest

from engine import held as held_module
from engine.errors import ArgumentError, SessionStateError, StoreError
from engine.projection import rebuild
from engine.runner import Performed
from engine.sessions.model import Status
from engine.sessions.session_family import PauseSession, ResumeSession
from engine.store.memory import MemoryStore
from engine.store.port import Append, NewEvent, Query, Row, StoredEvent
from tests.unit.engine.running import BY, THREE, Running, moved


@pytest.fixture
def world(tmp_path: Path) -> Running:
    return Running(tmp_path, THREE)


class TestReading:
    """Reading changes nothing; what is not there is said."""

    @pytest.mark.parametrize("session_id", ["wf_none", "../x", "", "A" * 300])
    async def test_an_unknown_session_is_not_found(self, world: Running, session_id: str) -> None:
        with pytest.raises(SessionStateError) as refused:
            await world.runner.session(session_id)
        assert refused.value.reason == "not_found"
        assert not await world.runner.delete(session_id, "", BY)

    async def test_a_version_of_the_past_is_folded_from_the_log(self, world: Running) -> None:
        session_id = await world.begun()
        begun = await world.runner.session(session_id)
        await moved(world.runner, session_id, "one")
        assert (await world.runner.at(session_id, begun.state.version)).state == begun.state
        for version in (0, 999):
            with pytest.raises(ArgumentError):
                await world.runner.at(session_id, version)

    async def test_a_session_is_found_under_the_id_it_was_imported_from(self, world: Running) -> None:
        session_id = await world.begun()
        events = await world.store.read(session_id)
        started = orjson.loads(events[0].data)
        started.update(session_id="wf_new", imported_from="old-1")
        row = await world.store.row(session_id)
        assert row is not None
        new = (events[0]._replace(data=orjson.dumps(started)), *events[1:])
        appended = tuple(NewEvent(*event[1:]) for event in new)
        row = row._replace(session_id="wf_new", imported_from="old-1")
        await world.store.append(Append("wf_new", 0, appended, row))
        session = await world.runner.session("old-1")
        assert session.state.session_id == "wf_new"
        assert (await moved(world.runner, "old-1", "one")).state.session_id == "wf_new"
        assert await world.runner.delete("old-1", "tidy", BY)
        with pytest.raises(SessionStateError):
            await world.runner.session("old-1")

    async def test_a_damaged_log_and_a_lost_document_are_storage_errors(self, world: Running) -> None:
        session_id = await world.begun()
        store = world.store
        assert isinstance(store, MemoryStore)
        kept = store._documents.copy()
        store._documents.clear()
        with pytest.raises(StoreError):
            await world.other().session(session_id)
        store._documents.update(kept)
        store._logs[session_id][0] = store._logs[session_id][0]._replace(data=b"{}")
        for call in (world.other().session, world.other().log):
            with pytest.raises(StoreError) as refused:
                await call(session_id)
            assert not refused.value.retryable


class TestHolding:
    """What memory keeps."""

    async def test_a_held_session_is_not_read_again(self, world: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        session_id = await world.begun()
        asked: list[int] = []
        read = world.store.read

        async def counted(session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
            asked.append(after)
            return await read(session_id, after)

        monkeypatch.setattr(world.store, "read", counted)
        session = await moved(world.runner, session_id, "one")
        assert asked == []
        await world.runner.session(session_id)
        assert asked == [session.state.version - 1]

    async def test_finished_sessions_are_not_held_and_the_oldest_make_room(
        self, world: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(held_module, "MAX_HELD", 2)
        logbook = world.runner._logbook
        ids = [await world.begun() for _ in range(3)]
        assert [logbook.held(session_id) is not None for session_id in ids] == [False, True, True]
        for key in ("one", "two", "three"):
            await moved(world.runner, ids[2], key)
        assert logbook.held(ids[2]) is None
        assert (await world.runner.session(ids[2])).state.status is Status.COMPLETED
        assert logbook.held(ids[2]) is None
        monkeypatch.setattr(held_module, "MAX_HELD_BYTES", 1)
        await moved(world.runner, ids[1], "one")
        assert logbook.held(ids[1]) is None
        assert logbook._held._bytes == 0


@pytest.mark.requirement("SESS-6")
async def test_rows_that_were_dropped_are_rebuilt_from_the_logs(world: Running) -> None:
    ids = [await world.begun() for _ in range(3)]
    await moved(world.runner, ids[1], "one")
    await world.runner.perform(ids[2], PauseSession("lunch"), BY)
    store = world.store
    assert isinstance(store, MemoryStore)
    rows = (await store.sessions(Query())).rows
    store._rows.clear()
    assert (await store.sessions(Query())).rows == ()
    store._logs["broken"] = [StoredEvent(1, "nonsense", 1, 0.0, BY, b"{}")]
    rebuilt = await rebuild(store)
    assert (rebuilt.rows, rebuilt.broken) == (3, ("broken",))
    assert (await store.sessions(Query())).rows == rows
    assert isinstance(await world.runner.perform(ids[2], ResumeSession(), BY), Performed)


async def test_a_row_that_is_missing_hides_no_session(world: Running) -> None:
    session_id = await world.begun()
    store = world.store
    assert isinstance(store, MemoryStore)
    dropped: dict[str, Row] = store._rows
    dropped.clear()
    assert (await world.other().session(session_id)).state.position == "one"
