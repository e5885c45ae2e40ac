"""PostgreSQL stopped, crashed and killed under load, in a server of its own: what was acknowledged is there, once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest

from engine.clock import SystemClock
from engine.errors import ConflictError, StoreError
from engine.store.postgres import PostgresStore
from engine.store.postgres_link import UNREACHABLE
from tests.store_contract.postgres_places import cluster_of_its_own
from tests.store_contract.sample import batch, event

WRITERS: Final = 16
BOUND_S: Final = 60  # seconds for any wait: a server that was killed reads its log again first
KNOWN: Final = frozenset((UNREACHABLE,))
MORE: Final = 200  # acknowledged appends between two interruptions


class Load:
    """Writers that append as fast as they are answered; each event says something that no other says."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._more = asyncio.Condition()
        self._writers: list[asyncio.Task[None]] = []
        self.up = asyncio.Event()
        self.up.set()
        self.stored: dict[str, list[tuple[int, bytes]]] = {}
        self.acknowledged = 0
        self.errors: list[StoreError] = []

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """Let the writers work until the block ends."""
        self._writers = [asyncio.create_task(self._write(f"wf_{number}")) for number in range(WRITERS)]
        try:
            yield
        finally:
            for writer in self._writers:
                writer.cancel()
            await asyncio.wait(self._writers, timeout=BOUND_S)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait, bounded, for something the writers bring about."""
        async with asyncio.timeout(BOUND_S), self._more:
            await self._more.wait_for(reached)

    async def more(self) -> None:
        """Wait until the writers have gone on for a while."""
        goal = self.acknowledged + MORE
        await self.until(lambda: self.acknowledged >= goal)

    async def _write(self, session_id: str) -> None:
        acknowledged = self.stored.setdefault(session_id, [])
        version = tries = 0
        while True:
            tries += 1
            said = f'"{session_id} {tries}"'.encode()
            failed = False
            try:
                once = batch(session_id, version)._replace(events=(event(said),))
                version = await self._store.append(once)
                acknowledged.append((version, said))
                self.acknowledged += 1
            except ConflictError as conflict:
                version = conflict.actual
            except StoreError as error:
                self.errors.append(error)
                failed = True
            async with self._more:
                self._more.notify_all()
            if failed:
                await self.up.wait()


@pytest.mark.requirement("STORE-8")
@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
async def test_postgresql_interrupted_under_load_loses_and_doubles_nothing_and_needs_no_restart_of_ours(
    mode: str,
) -> None:
    with cluster_of_its_own() as cluster:
        store = PostgresStore(cluster.url, SystemClock())
        await store.open()
        load = Load(store)
        async with load.under_way():
            await load.more()
            load.up.clear()
            await asyncio.to_thread(cluster.kill if mode == "kill" else lambda: cluster.stop(mode))
            await load.until(lambda: len(load.errors) >= WRITERS)
            await refused(store)
            await asyncio.to_thread(cluster.start)
            load.up.set()
            await load.more()
        assert all(error.retryable and error.details in KNOWN for error in load.errors)
        logs = {session_id: await store.read(session_id) for session_id in load.stored}
        for session_id, stored in load.stored.items():
            said = [event.data for event in logs[session_id]]
            assert len(set(said)) == len(said)
            assert [said[version - 1] for version, _ in stored] == [each for _, each in stored]
        assert await store.check() == ()
        await store.close()
        written = sum(map(len, logs.values()))
        print(f"{mode}: {load.acknowledged} acknowledged, {written} stored, {len(load.errors)} errors")  # noqa: T201 - a count


async def refused(store: PostgresStore) -> None:
    """Check that reads and appends say clearly, and soon, that there is no server."""
    for call in (store.read("wf_0"), store.append(batch("wf_late"))):
        with pytest.raises(StoreError) as told:
            await asyncio.wait_for(call, BOUND_S)
        assert told.value.retryable
        assert told.value.details in KNOWN
