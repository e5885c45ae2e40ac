"""What only the memory store does: it forgets, and it is bounded."""

import pytest

from engine.errors import ConflictError, StoreError
from engine.store.memory import EVENT_BYTES, FINISHED_TTL_S, MAX_DELETIONS, MemoryStore
from engine.store.port import Query
from tests.store_contract.sample import PINNED, batch, deletion
from tests.unit.clocks import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "timed_out"])
async def test_a_finished_session_is_forgotten_after_a_day(clock: FakeClock, status: str) -> None:
    store = MemoryStore(clock)
    await store.append(batch("wf_a", status=status)._replace(documents=(PINNED,)))
    await store.append(batch("wf_b"))
    clock.time += FINISHED_TTL_S - 1
    assert await store.row("wf_a") is not None
    clock.time += 1
    assert await store.row("wf_a") is None
    assert await store.read("wf_a") == ()
    assert await store.document(PINNED.hash) is None
    assert await store.counts(Query()) == {"running": 1}


async def test_a_session_that_goes_on_again_is_not_forgotten(clock: FakeClock) -> None:
    store = MemoryStore(clock)
    await store.append(batch("wf_a", status="failed"))
    await store.append(batch("wf_a", 1, status="running"))
    clock.time += 2 * FINISHED_TTL_S
    assert await store.row("wf_a") is not None


async def test_the_oldest_finished_sessions_make_room_and_open_ones_stay(clock: FakeClock) -> None:
    store = MemoryStore(clock, max_bytes=4 * (EVENT_BYTES + 20))
    for name, status in (("wf_a", "running"), ("wf_b", "completed"), ("wf_c", "completed"), ("wf_d", "running")):
        await store.append(batch(name, status=status))
    await store.append(batch("wf_e"))
    assert set(await store.ids()) == {"wf_a", "wf_c", "wf_d", "wf_e"}
    with pytest.raises(ConflictError) as gone:
        await store.append(batch("wf_c", 1))
    assert gone.value.actual == 0


async def test_where_open_sessions_fill_everything_an_append_is_refused(clock: FakeClock) -> None:
    store = MemoryStore(clock, max_bytes=2 * (EVENT_BYTES + 20))
    await store.append(batch("wf_a", 0, 2))
    with pytest.raises(StoreError) as refused:
        await store.append(batch("wf_b"))
    assert "under way" in refused.value.details
    await store.delete(deletion("wf_a"))
    assert await store.append(batch("wf_b")) == 1


async def test_the_audit_log_is_bounded(clock: FakeClock) -> None:
    store = MemoryStore(clock)
    await store.note([deletion(f"wf_{number}") for number in range(MAX_DELETIONS + 5)])
    assert len(await store.deletions(limit=MAX_DELETIONS + 5)) == MAX_DELETIONS
