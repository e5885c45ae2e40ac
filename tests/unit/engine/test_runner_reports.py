"""The runner: reports, their answers, what is recorded of them and who hears of it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.errors import CriterionError
from engine.runner import Again, Declined, Performed
from engine.sessions.events import Event
from engine.sessions.model import Status
from engine.sessions.session_family import SessionStarted
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, THREE, Running, moved, reported


@pytest.fixture
def world(tmp_path: Path) -> Running:
    return Running(tmp_path, THREE)


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
