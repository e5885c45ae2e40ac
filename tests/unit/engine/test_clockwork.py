"""The clockwork: timers fire by themselves, once, also after trouble; nothing of it is left when it ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from engine import clockwork
from engine.clockwork import BATCH, LOOK_S, MAX_AT_ONCE, MAX_PAUSE_S, PAUSE_S, Clockwork
from engine.errors import StoreError
from engine.runner import Runner
from engine.runner_model import Session
from engine.sessions.due import HEAD_START_S
from engine.sessions.model import Status
from engine.store.memory import MemoryStore
from engine.store.port import Due
from schema.values import JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.performing import Performing, eventually
from tests.unit.engine.running import BY
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.commanded import command

NAP: Final[JsonObject] = {"id": "nap", "type": "wait", "for": 30}
NAPPING: Final = document([NAP, prompt("next")])
WEEK: Final = 7 * 86_400.0


class Clocks(Performing):
    """A world with one clockwork, looked after by hand or running."""

    def __init__(self, workspace: Path, *documents: JsonObject, store: MemoryStore | None = None) -> None:
        super().__init__(workspace, *(documents or (NAPPING,)), store=store)
        self.told: list[tuple[str, BaseException]] = []
        self.work = self.another(self.runner)

    def another(self, runner: Runner) -> Clockwork:
        """Give a clockwork of another process."""
        return Clockwork(runner, self.clock, lambda session_id, error: self.told.append((session_id, error)))

    async def look(self) -> float:
        """Do all that is due; gives in how many seconds the next look is planned."""
        until = await self.work.look()
        await self.work.idle()
        return until - self.clock.now()

    async def state(self, session_id: str) -> tuple[str, str]:
        """Give status and position as another process reads them."""
        state = (await self.other().session(session_id)).state
        return state.status.value, state.position

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the clockwork while the block lasts."""
        task = asyncio.create_task(self.work.run())
        await eventually(lambda: self.work._next_at < float("inf"))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})


@pytest.fixture
def world(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path)


async def test_a_timer_fires_when_its_time_has_come_and_not_before(world: Clocks) -> None:
    session_id = await world.begun()
    assert await world.look() == 30.0
    world.clock.time += 29.5
    assert await world.look() == 0.5
    assert await world.state(session_id) == ("waiting", "nap")
    world.clock.time += 0.5
    assert await world.look() == LOOK_S
    assert await world.state(session_id) == ("running", "next")


async def test_nothing_is_looked_for_longer_than_half_a_minute(world: Clocks) -> None:
    assert await world.look() == LOOK_S


async def test_a_timer_that_was_due_while_nobody_served_fires_at_the_next_start(world: Clocks) -> None:
    session_id = await world.begun()
    world.clock.time += WEEK
    async with world.running():
        await eventually(lambda: not world.work._working)
        assert await world.state(session_id) == ("running", "next")


async def test_many_processes_fire_a_timer_once(world: Clocks) -> None:
    session_id = await world.begun()
    world.clock.time += 30
    others = [world.another(world.other()) for _ in range(8)]
    await asyncio.gather(*(work.look() for work in others))
    await asyncio.gather(*(work.idle() for work in others))
    fired = [each for each in await world.runner.log(session_id) if type(each.event).__name__ == "TimerFired"]
    assert len(fired) == 1
    assert world.told == []


async def test_a_timer_this_process_sets_is_not_overslept(world: Clocks) -> None:
    async with world.running():
        assert world.work._next_at == world.clock.now() + LOOK_S
        session_id = await world.begun()
        before = world.work._next_at
        await world.begun()
        world.clock.time += 30
        world.work.wake(world.clock.now() - 1)
        await eventually(lambda: world.work._next_at != before and not world.work._working)
        assert await world.state(session_id) == ("running", "next")


async def test_a_due_time_behind_the_planned_look_wakes_nobody(world: Clocks) -> None:
    async with world.running():
        world.work.wake(world.clock.now() + LOOK_S)
        assert not world.work._news.is_set()
        world.work.wake(world.clock.now() + LOOK_S - 1)
        assert world.work._news.is_set()


async def test_a_command_nobody_took_is_taken_after_a_head_start(tmp_path: Path) -> None:
    world = Clocks(tmp_path, document([command("run-it", "tool one"), prompt("next")]))
    session_id = (await world.asked_for()).state.session_id
    assert await world.look() == HEAD_START_S
    assert world.scripted.ran == []
    world.clock.time += HEAD_START_S
    await world.look()
    assert await world.state(session_id) == ("running", "next")


async def test_a_slow_command_keeps_no_other_session_waiting(tmp_path: Path) -> None:
    slow = document([command("run-it", "tool one"), prompt("next")], id="slow")
    world = Clocks(tmp_path, NAPPING, slow)
    world.scripted.gate.clear()
    (await world.asked_for("slow")).state  # noqa: B018 - begun, and nobody has taken its command
    napping = await world.begun()
    world.clock.time += 30
    await world.work.look()
    await eventually(lambda: len(world.work._working) == 1)
    assert await world.state(napping) == ("running", "next")
    world.scripted.gate.set()
    await world.work.idle()


async def test_no_more_sessions_are_seen_to_at_once_than_there_is_room_for(world: Clocks) -> None:
    for _ in range(MAX_AT_ONCE + 5):
        await world.begun()
    world.clock.time += 30
    await world.work.look()
    assert len(world.work._working) == MAX_AT_ONCE
    await world.work.idle()
    assert len((await world.store.due(world.clock.now(), 100)).rows) == 5
    await world.look()
    assert (await world.store.due(world.clock.now(), 100)) == Due((), None)


class Troubled(MemoryStore):
    """A store that fails when told to."""

    failing: StoreError | None = None

    async def due(self, now: float, limit: int) -> Due:
        if self.failing is not None:
            raise self.failing
        return await super().due(now, limit)


class Odd(Runner):
    """A runner that breaks on one session."""

    broken: str = ""
    tried = 0

    async def tick(self, session_id: str) -> Session:
        if session_id == self.broken:
            self.tried += 1
            raise ValueError("broken")
        return await super().tick(session_id)


def odd(world: Clocks) -> Odd:
    """Have the clockwork look after a runner that can break."""
    runner = Odd(world.store, world.clock, world.books, world._options, world._observer)
    world.work = world.another(runner)
    return runner


async def test_a_session_that_makes_trouble_is_left_alone_longer_each_time_and_the_others_go_on(world: Clocks) -> None:
    runner = odd(world)
    runner.broken = await world.begun()
    fine = await world.begun()
    world.clock.time += 30
    assert await world.look() == LOOK_S
    assert await world.state(fine) == ("running", "next")
    pause = PAUSE_S
    for tried in range(1, 12):
        assert runner.tried == tried
        assert [str(error) for _, error in world.told] == ["broken"] * tried
        world.clock.time += pause - 0.5
        assert await world.look() == 0.5
        world.clock.time += 0.5
        await world.look()
        pause = min(2 * pause, MAX_PAUSE_S)
    runner.broken, broken = "", runner.broken
    world.clock.time += MAX_PAUSE_S
    await world.look()
    assert await world.state(broken) == ("running", "next")
    assert world.work._left_alone == {}


async def test_a_session_only_others_can_see_to_is_not_asked_about_without_end(tmp_path: Path) -> None:
    world = Clocks(tmp_path, document([command("run-it", "tool one"), prompt("next")]))
    await world.asked_for()
    world.work = world.another(world.other(workspace=tmp_path / "elsewhere"))
    world.clock.time += HEAD_START_S
    await world.look()
    assert await world.look() == PAUSE_S
    assert world.told == []


async def test_sessions_left_alone_do_not_fill_what_is_looked_for(
    world: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "BATCH", 1)
    runner = odd(world)
    runner.broken = await world.begun()
    world.clock.time += 1
    fine = await world.begun()
    world.clock.time += 30
    await world.look()
    assert await world.state(fine) == ("waiting", "nap")
    await world.look()
    assert await world.state(fine) == ("running", "next")
    assert BATCH > 1


async def test_pauses_that_are_long_over_and_too_many_of_them_are_forgotten(
    world: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "MAX_LEFT_ALONE", 2)
    for name in ("wf_a", "wf_b", "wf_c"):
        world.work._leave_alone(name)
        world.clock.time += 1
    await world.look()
    assert list(world.work._left_alone) == ["wf_b", "wf_c"]
    world.clock.time += MAX_PAUSE_S + PAUSE_S
    await world.look()
    assert world.work._left_alone == {}


async def test_a_session_that_was_deleted_meanwhile_is_no_trouble(world: Clocks) -> None:
    session_id = await world.begun()
    world.clock.time += 30
    await world.work.look()
    await world.other().delete(session_id, "not needed", BY)
    await world.work.idle()
    assert world.told == []


async def test_other_states_of_a_session_that_stop_it_are_told(world: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.begun()
    monkeypatch.setattr("engine.runner.MAX_TRIES", 0)
    world.clock.time += 30
    await world.look()
    assert [getattr(error, "reason", "") for _, error in world.told] == ["conflict"]


async def test_a_store_that_fails_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "PAUSE_S", 0.0)
    world = Clocks(tmp_path)
    store = world.store = Troubled(world.clock)
    world.runner = world.other()
    world.work = world.another(world.runner)
    session_id = await world.begun()
    store.failing = StoreError("list", "gone")
    world.clock.time += 30
    async with world.running():
        await eventually(lambda: len(world.told) > 1)
        assert {session_id for session_id, _ in world.told} == {""}
        store.failing = None
        await eventually(lambda: world.work._next_at > world.clock.now() and not world.work._working)
    assert await world.state(session_id) == ("running", "next")


class Telling(MemoryStore):
    """A store that tells what others set, and fails in between."""

    told = 0

    def watch(self) -> AsyncGenerator[float, None]:  # type: ignore[override] # the memory store cannot tell
        return self._tell()

    async def _tell(self) -> AsyncGenerator[float, None]:
        self.told += 1
        yield 0.0
        if self.told < 3:
            raise StoreError("list", "gone")
        await asyncio.Event().wait()


async def test_what_others_set_is_heard_again_after_the_store_was_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "PAUSE_S", 0.0)
    world = Clocks(tmp_path)
    store = world.store = Telling(world.clock)
    world.work = world.another(world.other())
    async with world.running():
        await eventually(lambda: store.told == 3)
    assert len(world.told) == 2


async def test_at_its_end_nothing_of_it_runs_and_nobody_tells_it_anything(world: Clocks) -> None:
    runner = odd(world)
    heard = []
    async with world.running():
        heard.append(runner._alarm)
    assert [*heard, runner._alarm] == [world.work.wake, None]
    assert {task for task in asyncio.all_tasks() if task is not asyncio.current_task()} == set()


async def test_what_is_under_way_at_its_end_is_stored_or_not_begun(world: Clocks) -> None:
    session_id = await world.begun()
    world.clock.time += 30
    task = asyncio.create_task(world.work.run())
    await eventually(lambda: bool(world.work._working))
    task.cancel()
    await asyncio.wait({task})
    assert (await world.state(session_id))[1] in ("nap", "next")
    await world.look()
    assert await world.state(session_id) == ("running", "next")


async def test_a_session_at_rest_holds_no_task(world: Clocks) -> None:
    async with world.running():
        before = len(asyncio.all_tasks())
        for _ in range(20):
            await world.begun()
        await eventually(lambda: not world.work._working)
        assert len(asyncio.all_tasks()) <= before


async def test_the_time_of_a_whole_session_is_up_without_anybody(tmp_path: Path) -> None:
    world = Clocks(tmp_path, document([prompt("one")], config={"timeout": 60}))
    session_id = await world.begun()
    world.clock.time += 60
    await world.look()
    assert (await world.state(session_id))[0] == Status.TIMED_OUT.value
