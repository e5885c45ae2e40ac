"""The runner: beginning, reporting, reading; one winner, nothing lost, nothing half done."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from engine import held as held_module
from engine.errors import (
    ArgumentError,
    ConflictError,
    CriterionError,
    RefusedError,
    SessionStateError,
    StoreError,
    WorkflowInvalidError,
    WorkflowNotFoundError,
)
from engine.library_model import Dynamic, Rendered
from engine.pinned import canonical
from engine.projection import rebuild, row_of
from engine.runner import Again, Declined, Performed, Runner
from engine.sessions.events import Event
from engine.sessions.model import Status
from engine.sessions.session_family import PauseSession, ResumeSession, SessionStarted
from engine.sessions.step_family import StepReported
from engine.store.memory import MemoryStore
from engine.store.port import Append, NewEvent, Query, Row, StoredEvent
from schema.finding import Finding, Severity
from schema.values import JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.running import BY, Running, moved, phase, phased, reported

THREE = document(prompt("one"), prompt("two"), prompt("three"))
SECONDS = 10  # until an answer must be there, on a loaded machine


@pytest.fixture
def world(tmp_path: Path) -> Running:
    return Running(tmp_path, THREE)


class TestBeginning:
    """What it takes to begin."""

    async def test_a_session_begins_at_its_first_step_pinned_to_its_document(self, world: Running) -> None:
        session = await world.runner.begin("flow", "src/app.py", {"note": "x"}, BY)
        state = session.state
        assert (state.position, state.status, state.target_file) == ("one", Status.RUNNING, "src/app.py")
        assert state.session_id.startswith("wf_")
        assert state.options == {"note": "x"}
        assert state.document == canonical(THREE).hash
        assert await world.store.document(state.document) == canonical(THREE).text
        assert await world.store.row(state.session_id) == row_of(state, session.workflow)

    async def test_the_context_option_gives_the_first_variables(self, tmp_path: Path) -> None:
        steps = document(prompt("one", runCondition={"var": "go", "equals": True}), prompt("two"))
        world = Running(tmp_path, steps)
        assert (await world.runner.begin("flow", "a", {"context": {"go": True}}, BY)).state.position == "one"
        assert (await world.runner.begin("flow", "a", {"context": {"go": False}}, BY)).state.position == "two"

    async def test_two_starts_are_two_sessions(self, world: Running) -> None:
        assert await world.begun() != await world.begun()

    @pytest.mark.parametrize(
        ("options", "path"),
        [
            ({"context": [1]}, "options/context"),
            ({"note": "x" * 70_000}, "options"),
            ({"context": {"a": "x" * 300_000}}, "context"),
        ],
    )
    async def test_options_are_bounded(self, world: Running, options: JsonObject, path: str) -> None:
        with pytest.raises(ArgumentError) as refused:
            await world.runner.begin("flow", "a", options, BY)
        assert refused.value.path == path
        assert await world.store.ids() == ()

    async def test_options_nested_too_deep_are_refused(self, world: Running) -> None:
        deep: JsonObject = {}
        for _ in range(70):
            deep = {"a": deep}
        with pytest.raises(ArgumentError):
            await world.runner.begin("flow", "a", deep, BY)

    async def test_a_path_outside_and_an_unknown_workflow_are_refused(self, world: Running) -> None:
        with pytest.raises(RefusedError):
            await world.runner.begin("flow", "../a", {}, BY)
        with pytest.raises(WorkflowNotFoundError):
            await world.runner.begin("flaw", "a", {}, BY)

    async def test_the_last_place_may_be_taken_and_one_more_is_refused(self, tmp_path: Path) -> None:
        world = Running(tmp_path, THREE, max_active=3)
        begun = await asyncio.gather(*(world.begun() for _ in range(6)), return_exceptions=True)
        refused = [each for each in begun if isinstance(each, SessionStateError)]
        assert len(begun) - len(refused) == 3
        assert {each.reason for each in refused} == {"limit"}
        ids = [each for each in begun if isinstance(each, str)]
        await world.runner.perform(ids[0], PauseSession("later"), BY)
        await world.begun()
        with pytest.raises(SessionStateError):
            await world.begun()


class TestDynamic:
    """Workflows whose phases are made when a session starts."""

    @pytest.fixture
    def dynamic(self, world: Running, tmp_path: Path) -> Running:
        def render(text: str) -> Rendered:
            wrong = Finding(Severity.CRITICAL, "no-tasks", "the file has no tasks")
            return Rendered(document(*(prompt(name) for name in text.split())), () if text else (wrong,))

        world.books.put(THREE, Dynamic("spec_path", "tasks.md", render))
        (tmp_path / "spec").mkdir()
        return world

    async def test_a_session_runs_on_the_document_rendered_for_it(self, dynamic: Running, tmp_path: Path) -> None:
        (tmp_path / "spec" / "tasks.md").write_text("alpha beta")
        session = await dynamic.runner.begin("flow", "a", {"spec_path": "spec"}, BY)
        assert session.state.position == "alpha"
        (tmp_path / "spec" / "tasks.md").write_text("gamma")
        again = await dynamic.other().session(session.state.session_id)
        assert again.document == document(prompt("alpha"), prompt("beta"))
        assert dynamic.runner.newer_version(session) is None

    async def test_without_its_option_or_with_findings_nothing_begins(self, dynamic: Running, tmp_path: Path) -> None:
        with pytest.raises(ArgumentError) as missing:
            await dynamic.runner.begin("flow", "a", {}, BY)
        assert missing.value.path == "options/spec_path"
        (tmp_path / "spec" / "tasks.md").write_text("")
        with pytest.raises(WorkflowInvalidError):
            await dynamic.runner.begin("flow", "a", {"spec_path": "spec/tasks.md"}, BY)
        with pytest.raises(RefusedError):
            await dynamic.runner.begin("flow", "a", {"spec_path": "../spec"}, BY)
        assert await dynamic.store.ids() == ()


class TestReporting:
    """Reports and their answers."""

    async def test_a_session_goes_from_step_to_step_to_its_end(self, world: Running) -> None:
        session_id = await world.begun()
        for key, following in (("one", "two"), ("two", "three"), ("three", "")):
            session = await moved(world.runner, session_id, key)
            assert session.state.position == following
        assert session.state.status is Status.COMPLETED
        row = await world.store.row(session_id)
        assert row is not None
        assert (row.status, row.version) == ("completed", session.state.version)

    async def test_what_is_stored_is_what_is_held(self, world: Running) -> None:
        session_id = await world.begun()
        here = await moved(world.runner, session_id, "one")
        assert (await world.other().session(session_id)).state == here.state

    @pytest.mark.requirement("SESS-1")
    async def test_the_same_report_again_is_answered_from_the_version_it_was_recorded_with(
        self, world: Running
    ) -> None:
        session_id = await world.begun()
        first = await moved(world.runner, session_id, "one")
        await moved(world.runner, session_id, "two")
        again = await reported(world.runner, session_id, "one")
        assert isinstance(again, Again)
        assert again.session.state == first.state
        assert (await world.runner.session(session_id)).state.position == "three"

    async def test_a_key_that_is_not_open_is_declined_and_changes_nothing(self, world: Running) -> None:
        session_id = await world.begun()
        before = await world.store.read(session_id)
        declined = await reported(world.runner, session_id, "two")
        assert isinstance(declined, Declined)
        assert declined.refusal.reason == "not_open"
        assert await world.store.read(session_id) == before

    async def test_time_that_steps_back_does_not_bend_the_log(self, world: Running) -> None:
        session_id = await world.begun()
        world.clock.time -= 1000
        await moved(world.runner, session_id, "one")
        times = [event.at for event in await world.store.read(session_id)]
        assert times == sorted(times)

    async def test_what_cannot_be_decided_is_an_error_and_records_nothing(self, tmp_path: Path) -> None:
        endless: JsonObject = {"type": "regex", "pattern": "^(a+)+$", "message": "Only a."}
        world = Running(tmp_path, document(prompt("one", validationCriteria=[endless])))
        session_id = await world.begun()
        before = await world.store.read(session_id)
        with pytest.raises(CriterionError):
            await reported(world.runner, session_id, "one", "a" * 40 + "b")
        assert await world.store.read(session_id) == before
        assert isinstance(await reported(world.runner, session_id, "one", "aaa"), Performed)

    @pytest.mark.requirement("SESS-4")
    async def test_an_edit_does_not_change_a_running_session_and_is_told(self, world: Running) -> None:
        session_id = await world.begun()
        assert world.runner.newer_version(await world.runner.session(session_id)) is None
        world.books.put(document(prompt("other")))
        session = await moved(world.other(), session_id, "one")
        assert session.state.position == "two"
        assert world.runner.newer_version(session) == "1.0.0"
        world.books.put(document(prompt("other"), version="2.0.0"))
        assert world.runner.newer_version(session) == "2.0.0"
        world.books.entries.clear()
        assert world.runner.newer_version(session) is None

    async def test_an_observer_hears_of_every_event_that_was_stored(self, tmp_path: Path) -> None:
        heard: list[tuple[str, str]] = []

        class Ear:
            def recorded(self, workflow_id: str, events: Sequence[Event]) -> None:
                heard.extend((workflow_id, type(event).__name__) for event in events)

        world = Running(tmp_path, THREE, observer=Ear())
        session_id = await world.begun()
        await moved(world.runner, session_id, "one")
        log = await world.runner.log(session_id)
        assert heard == [("flow", type(each.event).__name__) for each in log]
        assert [each.seq for each in log] == list(range(1, len(log) + 1))
        assert isinstance(log[0].event, SessionStarted)
        assert {each.by for each in log} == {BY}


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


class TestOthers:
    """Several processes, and several callers in one, on one session."""

    @pytest.mark.requirement("SESS-2")
    async def test_of_two_different_reports_on_one_step_exactly_one_wins(self, world: Running) -> None:
        session_id = await world.begun()
        there = world.other()
        await there.session(session_id)
        both = await asyncio.gather(
            reported(world.runner, session_id, "one", "mine"), reported(there, session_id, "one", "theirs")
        )
        assert [isinstance(each, Performed) for each in both].count(True) == 1
        lost = next(each for each in both if not isinstance(each, Performed))
        assert isinstance(lost, Declined)
        assert (lost.refusal.reason, lost.refusal.open) == ("not_open", ("two",))
        events = [each.event for each in await world.runner.log(session_id)]
        assert len([each for each in events if isinstance(each, StepReported)]) == 1

    async def test_two_equal_reports_are_one_and_both_get_its_answer(self, world: Running) -> None:
        session_id = await world.begun()
        both = await asyncio.gather(*(reported(world.runner, session_id, "one") for _ in range(2)))
        assert {type(each) for each in both} == {Performed, Again}
        assert both[0].session.state == both[1].session.state

    @pytest.mark.requirement("SESS-2")
    async def test_ten_at_once_lose_nothing(self, tmp_path: Path) -> None:
        files = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
        world = Running(tmp_path, document(loop("rep", each("files"), [prompt("aaa")])))
        session_id = await world.begun(context={"files": [*files]})
        keys = [f"rep@{number}::aaa" for number in range(10)]

        async def agent(key: str) -> None:
            runner = world.other()
            for _ in range(200):
                if isinstance(await reported(runner, session_id, key), Performed | Again):
                    return
                await asyncio.sleep(0)
            raise AssertionError(key)

        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*map(agent, keys))
        session = await world.runner.session(session_id)
        assert list(session.state.reports) == keys
        assert session.state.status is Status.COMPLETED

    async def test_a_session_deleted_elsewhere_is_gone_here(self, world: Running) -> None:
        session_id = await world.begun()
        await world.runner.session(session_id)
        assert await world.other().delete(session_id, "not needed", BY)
        for call in (world.runner.session(session_id), reported(world.runner, session_id, "one")):
            with pytest.raises(SessionStateError) as refused:
                await call
            assert refused.value.reason == "not_found"
        (line,) = await world.store.deletions(session_id)
        assert (line.reason, line.by, line.workflow_id) == ("not needed", BY, "flow")

    async def test_a_refusal_decided_on_what_is_held_is_decided_again_on_what_is_stored(self, world: Running) -> None:
        session_id = await world.begun()
        await moved(world.other(), session_id, "one")
        assert (await moved(world.runner, session_id, "two")).state.position == "three"

    async def test_whoever_never_gets_its_turn_is_told_so(self, tmp_path: Path) -> None:
        class Busy(MemoryStore):
            async def append(self, batch: Append) -> int:
                if batch.expected_version:
                    raise ConflictError(99)
                return await super().append(batch)

        clock = FakeClock()
        world = Running(tmp_path, THREE, store=Busy(clock))
        session_id = await world.begun()
        with pytest.raises(SessionStateError) as refused:
            await reported(world.runner, session_id, "one")
        assert refused.value.reason == "conflict"


class Slow(MemoryStore):
    """A store whose appends wait for a word."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()
        self.breaks = False

    async def append(self, batch: Append) -> int:
        if batch.expected_version:
            self.entered.set()
            await self.go_on.wait()
            if self.breaks:
                raise StoreError("append", "the disk is full")
        return await super().append(batch)


@pytest.mark.requirement("SESS-5")
@pytest.mark.parametrize("breaks", [False, True])
async def test_a_cancelled_call_stores_all_or_nothing_and_ends_after_it(tmp_path: Path, breaks: bool) -> None:
    slow = Slow(FakeClock())
    slow.breaks = breaks
    world = Running(tmp_path, THREE, store=slow)
    session_id = await world.begun()
    before = await slow.read(session_id)
    task = asyncio.create_task(reported(world.runner, session_id, "one"))
    async with asyncio.timeout(SECONDS):
        await slow.entered.wait()
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        slow.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    after = await slow.read(session_id)
    assert (len(after) > len(before)) is not breaks
    assert (await world.runner.session(session_id)).state.position == ("one" if breaks else "two")


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


class TestRollingBack:
    """Back to where a phase began."""

    async def test_a_phase_is_current_again_with_new_keys(self, tmp_path: Path) -> None:
        world = Running(
            tmp_path, phased(phase(1, [prompt("one")]), phase(2, [prompt("two")]), phase(3, [prompt("thr")]))
        )
        session_id = await world.begun("phased")
        await moved(world.runner, session_id, "one")
        await moved(world.runner, session_id, "two")
        back = await world.other().roll_back(session_id, 1, "it was wrong", BY)
        assert isinstance(back, Performed)
        assert (back.session.state.position, back.session.state.phase) == ("one~1", 1)
        assert isinstance(await reported(world.runner, session_id, "one"), Declined)
        assert (await moved(world.runner, session_id, "one~1")).state.position == "two~1"
        assert (await world.other().session(session_id)).state == (await world.runner.session(session_id)).state

    @pytest.mark.parametrize("number", [3, 9, -1])
    async def test_a_phase_that_was_not_reached_is_declined(self, tmp_path: Path, number: int) -> None:
        world = Running(tmp_path, phased(*(phase(n, [prompt(f"step-{n}")]) for n in (1, 2, 3))))
        session_id = await world.begun("phased")
        declined = await world.runner.roll_back(session_id, number, "why not", BY)
        assert isinstance(declined, Declined)
        assert declined.refusal.error_type == "ValidationError"


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


async def test_the_runner_tells_whether_words_need_proof(world: Running) -> None:
    assert isinstance(world.runner, Runner)
    assert world.runner.verified is False
