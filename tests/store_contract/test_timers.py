"""Timers and commands of sessions on stores that outlive their process, looked after by several processes."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from engine import clockwork
from engine.clock import SystemClock
from engine.clockwork import LOOK_S
from engine.errors import StoreError
from engine.runner import Recorded, Runner
from engine.sessions.model import Status
from engine.store.port import Store
from engine.store.postgres import PostgresStore
from tests.store_contract.conftest import Place
from tests.store_contract.killing import OPENERS
from tests.store_contract.nodes import Waking, runner
from tests.store_contract.nodes import lasting as endless
from tests.store_contract.postgres_places import cluster_of_its_own, schema_of_its_own
from tests.unit.clocks import FakeClock
from tests.unit.engine.performing import Scripted

PATIENCE_S: Final = 60.0
"""Seconds any wait here may take on a loaded machine."""
BY: Final = "test"
HOUR: Final = 3600.0


@asynccontextmanager
async def node(place: Place, workspace: Path, scripted: Scripted) -> AsyncIterator[Runner]:
    """Give the runner of one more process."""
    store = await place.another()
    try:
        yield runner(store, place.clock, workspace, scripted)
    finally:
        await store.close()


async def all_look(*runners: Runner) -> None:
    """Have the clockworks of several processes do what is due at the same time."""
    works = [Waking(each, each._clock) for each in runners]
    await asyncio.gather(*(work.look() for work in works))
    await asyncio.gather(*(work.idle() for work in works))
    assert [work.told for work in works] == [[] for _ in works]


def happened(log: tuple[Recorded, ...]) -> list[str]:
    return [type(each.event).__name__ for each in log]


async def test_a_timer_survives_a_restart_and_fires_once_whoever_looks(lasting: Place, tmp_path: Path) -> None:
    scripted = Scripted()
    async with node(lasting, tmp_path, scripted) as first:
        session_id = (await first.begin("napping", "", {}, BY)).state.session_id
    lasting.clock.time += 30
    async with node(lasting, tmp_path, scripted) as one, node(lasting, tmp_path, scripted) as two:
        await all_look(one, two, one)
        assert (await two.session(session_id)).state.position == "next"
        assert happened(await one.log(session_id)).count("TimerFired") == 1
        await all_look(one, two)
        assert happened(await one.log(session_id)).count("TimerFired") == 1


async def test_a_command_is_run_by_one_of_several_processes(lasting: Place, tmp_path: Path) -> None:
    scripted = Scripted()
    async with node(lasting, tmp_path, scripted) as first:
        await first.close()
        session_id = (await first.begin("running", "", {}, BY)).state.session_id
    lasting.clock.time += 30
    async with node(lasting, tmp_path, scripted) as one, node(lasting, tmp_path, scripted) as two:
        await all_look(one, two)
        assert scripted.ran == ["tool one"]
        assert (await one.session(session_id)).state.position == "next"
        assert happened(await two.log(session_id)).count("EffectFinished") == 1


async def test_a_timer_set_by_one_node_wakes_the_other(tmp_path: Path) -> None:
    async with schema_of_its_own() as url:
        clock = FakeClock()
        stores = [PostgresStore(url, clock), PostgresStore(url, clock)]
        for store in stores:
            await store.open()
        setting, hearing = (runner(store, clock, tmp_path, Scripted()) for store in stores)
        work = Waking(hearing, clock)
        running = asyncio.create_task(work.run())
        async with asyncio.timeout(PATIENCE_S):
            while await work.planned.get() != clock.now() + LOOK_S or work._news.is_set():
                pass
            session_id = (await setting.begin("napping", "", {}, BY)).state.session_id
            clock.time += 1
            while await work.planned.get() != clock.now() + 29:
                pass
            clock.time += 29
            work.wake()
            while await work.planned.get() != clock.now() + LOOK_S:
                pass
            await work.idle()
            assert (await hearing.session(session_id)).state.position == "next"
        running.cancel()
        await asyncio.wait({running})
        for store in stores:
            await store.close()
        assert work.told == []


@asynccontextmanager
async def fresh_place(kind: str, folder: Path) -> AsyncIterator[str]:
    """Give what names an unused place of a kind of store."""
    if kind == "sqlite":
        yield str(folder / "sessions.db")
        return
    async with schema_of_its_own() as url:
        yield url


@contextmanager
def killed(kind: str, place: str, workspace: Path, how: str) -> Iterator[None]:
    """Have a process run a command, and kill it there with SIGKILL; the command ends with the block."""
    pipe = workspace / "begun"
    os.mkfifo(pipe)
    child = subprocess.Popen((sys.executable, "-m", "tests.store_contract.nodes", kind, place, str(workspace), how))
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([reading], [], [], PATIENCE_S)[0], "the command does not begin"
        number = int(os.read(reading, 100))
        child.kill()
        child.wait(PATIENCE_S)
        yield
        os.kill(number, signal.SIGKILL)
    finally:
        os.close(reading)
        child.kill()
        child.wait(PATIENCE_S)


@pytest.mark.parametrize("how", ["once", "repeatable"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_process_killed_between_claim_and_outcome_leaves_a_command_that_is_found(
    kind: str, how: str, tmp_path: Path
) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    async with fresh_place(kind, tmp_path) as place:
        with killed(kind, place, workspace, how):
            position, ran = await found_again(OPENERS[kind](place), workspace, how)
    assert (position, ran) == (("next", 1) if how == "repeatable" else ("run-it", 0))


async def found_again(store: Store, workspace: Path, how: str) -> tuple[str, int]:
    """Let the lease of a lost command end; gives the step the session stands at then, and how often it was run anew."""
    await store.open()
    scripted, clock = Scripted(), FakeClock(SystemClock().now())
    again = runner(store, clock, workspace, scripted, endless(repeatable=how == "repeatable"))
    (session_id,) = await store.ids()
    state = (await again.tick(session_id)).state
    assert (state.status, state.effect and bool(state.effect.node)) == (Status.WAITING, True)
    clock.time += HOUR
    state = (await again.tick(session_id)).state
    await store.close()
    assert (state.cause and state.cause.error_type) == (None if how == "repeatable" else "OutcomeUnknownError")
    return state.position, len(scripted.ran)


async def test_postgresql_restarted_under_a_clockwork_costs_no_timer_and_no_restart_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "PAUSE_S", 0.1)
    clock = FakeClock()
    with cluster_of_its_own() as cluster:
        store = PostgresStore(cluster.url, clock)
        await store.open()
        waking = runner(store, clock, tmp_path, Scripted())
        work = Waking(waking, clock)
        running = asyncio.create_task(work.run())
        session_id = (await waking.begin("napping", "", {}, BY)).state.session_id
        await asyncio.to_thread(cluster.stop, "immediate")
        clock.time += 30
        work.wake()
        async with asyncio.timeout(PATIENCE_S):
            assert await work.trouble.get() == ""
            await asyncio.to_thread(cluster.start)
            while await work.planned.get() != clock.now() + LOOK_S:
                pass
            await work.idle()
        assert happened(await waking.log(session_id)).count("TimerFired") == 1
        assert (await waking.session(session_id)).state.position == "next"
        assert {type(error) for _, error in work.told} == {StoreError}
        running.cancel()
        await asyncio.wait({running})
        await store.close()
