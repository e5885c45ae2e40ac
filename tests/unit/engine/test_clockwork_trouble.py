"""The clockwork in trouble: sessions that break and stores that fail keep nobody else waiting."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Final

import pytest

from engine import clockwork
from engine.clockwork import BATCH, LOOK_S, MAX_PAUSE_S, PAUSE_S
from engine.errors import StoreError
from engine.runner import Runner
from engine.runner_model import Session
from engine.sessions.due import HEAD_START_S
from engine.store.memory import MemoryStore
from engine.store.port import Due
from tests.unit.engine.clocks_running import Clocks
from tests.unit.engine.flows import prompt
from tests.unit.engine.performing import eventually
from tests.unit.engine.running import BY
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.commanded import command

TURNS: Final = 1_000
"""Turns of the event loop in which a clockwork that does not rest would have looked hundreds of times."""


@pytest.fixture
def world(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path)


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

    async def tick(self, session_id: str, may_wait: Callable[[], bool] = bool) -> Session:
        if session_id == self.broken:
            self.tried += 1
            raise ValueError("broken")
        return await super().tick(session_id, may_wait)


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


class Broken(Odd):
    """A runner that breaks on every session."""

    async def tick(self, session_id: str, may_wait: Callable[[], bool] = bool) -> Session:
        self.broken = session_id
        return await super().tick(session_id, may_wait)


async def test_more_sessions_in_trouble_than_are_remembered_are_not_tried_without_end(
    world: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "MAX_LEFT_ALONE", 2)
    runner = Broken(world.store, world.clock, world.books, world._options, world._observer)
    world.work = world.another(runner)
    for _ in range(9):
        await world.begun()
    world.clock.time += 30
    async with world.running():
        await eventually(lambda: runner.tried >= 9 and not world.work._working)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert runner.tried < TURNS / 10
        assert world.work._next_at == world.clock.now() + PAUSE_S


async def test_a_clock_that_steps_back_leaves_no_session_alone_for_longer(world: Clocks) -> None:
    runner = odd(world)
    runner.broken = await world.begun()
    world.clock.time += 30
    await world.look()
    world.clock.time -= 24 * 3600
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
