"""The clockwork: timers fire by themselves, once; nothing of it is left when it ends."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from engine import clockwork
from engine.clockwork import LOOK_S, MAX_AT_ONCE, PAUSE_S
from engine.sessions.due import HEAD_START_S
from engine.sessions.model import Status
from engine.store.port import Due
from tests.unit.engine.clocks_running import NAPPING, Clocks
from tests.unit.engine.flows import prompt
from tests.unit.engine.performing import eventually
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.commanded import command

WEEK: Final = 7 * 86_400.0


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


@pytest.mark.requirement("AC-PR-026")
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


async def test_many_slow_commands_keep_no_timer_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "MAX_COMMANDING", MAX_AT_ONCE + 1)
    slow = document([command("run-it", "tool one"), prompt("next")], id="slow")
    world = Clocks(tmp_path, NAPPING, slow)
    world.scripted.gate.clear()
    for _ in range(MAX_AT_ONCE + 2):
        await world.asked_for("slow")
    napping = await world.begun()
    world.clock.time += 30
    for _ in range(3):
        await world.work.look()
        await eventually(lambda: len(world.work._commanding) == len(world.work._working))
    assert await world.state(napping) == ("running", "next")
    assert len(world.work._commanding) == MAX_AT_ONCE + 1
    assert [pause.next_s for pause in world.work._left_alone.values()] == [2 * PAUSE_S]
    world.scripted.gate.set()
    await world.work.idle()
    world.clock.time += PAUSE_S
    await world.look()
    assert (await world.store.due(world.clock.now(), 100)) == Due((), None)
    assert (world.told, world.work._commanding) == ([], set())


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


async def test_at_its_end_nothing_of_it_runs_and_nobody_tells_it_anything(world: Clocks) -> None:
    heard = []
    async with world.running():
        heard.append(world.runner._alarm)
    assert [*heard, world.runner._alarm] == [world.work.wake, None]
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
