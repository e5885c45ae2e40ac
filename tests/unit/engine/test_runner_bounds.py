"""The runner where things go wrong for long: a store that fails at any call, a log that grows without end."""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest

from engine import logbook as logbook_module
from engine.errors import SessionStateError, StoreError
from engine.projection import folded
from engine.runner import Performed, Runner
from engine.sessions.phase_family import CompletePhase
from engine.sessions.step_family import ReportStep, StepReported
from engine.store.memory import MemoryStore
from engine.store.port import Append, StoredEvent
from tests.unit.clocks import FakeClock
from tests.unit.engine.flows import document, loop, prompt
from tests.unit.engine.running import BY, Running, phase, phased

FLOW = document(prompt("a"), loop("l", {"type": "for", "count": 3}, [prompt("b"), prompt("c")]), prompt("z"))
GATED = phased(phase(1, [], {"evidence": {"ok": {"type": "boolean"}}}), phase(2, [prompt("b")]))
AGENTS = 10
CALLS = 25  # of each agent
SECONDS = 30


class Failing(MemoryStore):
    """Fails now and then, before it did what it was asked or after it."""

    def __init__(self, seed: int) -> None:
        super().__init__(FakeClock())
        self.chance = random.Random(seed)  # noqa: S311 - the same failures at every run
        self.share = 0.0

    async def turn(self, operation: str) -> None:
        await asyncio.sleep(0)
        if self.chance.random() < self.share:
            raise StoreError(operation, "the wire was cut")

    async def append(self, batch: Append) -> int:
        await self.turn("append")
        version = await super().append(batch)
        await self.turn("append")
        return version

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        await self.turn("read")
        return await super().read(session_id, after)


class Crowd:
    """Agents that report one session at once through two processes; some of their calls are cancelled."""

    def __init__(self, store: Failing, world: Running, session_id: str) -> None:
        self.store = store
        self.session_id = session_id
        self.runners = (world.runner, world.other())
        self.counted: dict[str, str] = {}

    async def work(self, name: int) -> None:
        for number in range(CALLS):
            with contextlib.suppress(StoreError, asyncio.CancelledError):
                await self._report(self.store.chance.choice(self.runners), f"{name}-{number}")
            await self._check_memory()

    async def _report(self, runner: Runner, output: str) -> None:
        key = (await runner.session(self.session_id)).state.position
        task = asyncio.create_task(runner.perform(self.session_id, ReportStep(key, output, None, {}), BY))
        if self.store.chance.random() < self.store.share:
            await asyncio.sleep(0)
            task.cancel()
        outcome = await task
        if isinstance(outcome, Performed) and outcome.events:
            assert key not in self.counted
            self.counted[key] = output

    async def _check_memory(self) -> None:
        """Compare what memory holds with the log: it is what the log says, at its version or an earlier one."""
        log = await MemoryStore.read(self.store, self.session_id)
        for runner in self.runners:
            held = runner._logbook.held(self.session_id)
            if held is not None:
                assert held.session.state == folded(log[: held.session.state.version])


@pytest.mark.requirement("SESS-5")
@pytest.mark.parametrize("seed", range(12))
async def test_a_store_that_fails_at_any_call_loses_nothing_and_counts_nothing_twice(tmp_path: Path, seed: int) -> None:
    store = Failing(seed)
    world = Running(tmp_path, FLOW, store=store)
    crowd = Crowd(store, world, await world.begun())
    store.share = 0.2
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(crowd.work(name) for name in range(AGENTS)))
    store.share = 0.0
    events = [each.event for each in await world.runner.log(crowd.session_id)]
    reports = [event for event in events if isinstance(event, StepReported)]
    said = {event.key: event.output for event in reports}
    assert len(said) == len(reports) > 0
    assert {key: said[key] for key in crowd.counted} == crowd.counted
    state = (await world.other().session(crowd.session_id)).state
    row = await store.row(crowd.session_id)
    assert row is not None
    assert (row.version, row.status) == (state.version, state.status.value)


async def refused_for_ever(runner: Runner, session_id: str) -> None:
    for number in range(100):
        await runner.perform(session_id, CompletePhase(1, {"ok": "x" * 1_000, "n": number}), BY)


async def test_a_log_that_is_full_can_be_read_and_deleted_and_no_other_session_suffers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook_module, "MAX_LOG_BYTES", 20_000)
    world = Running(tmp_path, GATED)
    session_id, other = await world.begun("phased"), await world.begun("phased")
    for runner in (world.runner, world.other()):
        with pytest.raises(SessionStateError) as full:
            await refused_for_ever(runner, session_id)
        assert (full.value.reason, full.value.session_id) == ("limit", session_id)
    log = await world.store.read(session_id)
    assert 15_000 < sum(len(event.data) for event in log) <= 20_000
    assert (await world.runner.session(session_id)).state.version == len(log)
    assert isinstance(await world.runner.perform(other, CompletePhase(1, {"ok": True}), BY), Performed)
    assert await world.runner.delete(session_id, "full", BY)
