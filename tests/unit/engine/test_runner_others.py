"""The runner: of several at once one wins; nothing is lost, nothing half done."""

import asyncio
from pathlib import Path

import pytest

from engine.errors import ConflictError, SessionStateError, StoreError
from engine.runner import Again, Declined, Performed
from engine.sessions.model import Status
from engine.sessions.step_family import StepReported
from engine.store.memory import MemoryStore
from engine.store.port import Append
from tests.unit.clocks import FakeClock
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.running import BY, THREE, Running, moved, reported

SECONDS = 10  # until an answer must be there, on a loaded machine


@pytest.fixture
def world(tmp_path: Path) -> Running:
    return Running(tmp_path, THREE)


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
    @pytest.mark.requirement("AC-PR-001")
    @pytest.mark.requirement("AC-PR-004")
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
