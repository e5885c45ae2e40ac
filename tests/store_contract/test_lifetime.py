"""Opening, closing, opening again; the secret; clocks that step back."""

import asyncio

import pytest

from engine.errors import StoreError
from engine.store.port import Query, Store
from tests.store_contract.conftest import Place
from tests.store_contract.sample import PINNED, START, batch, deletion, row
from tests.unit.clocks import FakeClock

WAIT_S = 60


async def test_opening_again_keeps_everything(lasting: Place) -> None:
    store = await lasting.another()
    await store.append(batch("wf_a", 0, 3, imported_from="old")._replace(documents=(PINNED,)))
    await store.append(batch("wf_b"))
    await store.delete(deletion("wf_b"))
    before = (await store.read("wf_a"), await store.secret())
    await store.close()
    again = await lasting.another()
    assert (await again.read("wf_a"), await again.secret()) == before
    assert await again.row("old") == row("wf_a", 3, imported_from="old")
    assert await again.document(PINNED.hash) == PINNED.text
    assert await again.deletions() == (deletion("wf_b"),)
    assert await again.check() == ()
    assert await again.append(batch("wf_a", 3)) == 4
    await again.close()


async def test_what_one_store_appends_another_at_the_place_reads_at_once(lasting: Place) -> None:
    one, other = await lasting.another(), await lasting.another()
    for version in range(5):
        await one.append(batch("wf_a", version))
        assert len(await other.read("wf_a")) == version + 1
        assert await other.row("wf_a") == row("wf_a", version + 1)
        assert await other.counts(Query()) == {"running": 1}
    await other.delete(deletion("wf_a"))
    assert await one.row("wf_a") is None
    assert await one.secret() == await other.secret()
    await one.close()
    await other.close()


async def test_many_stores_may_open_one_new_place_at_once(lasting: Place) -> None:
    stores = await asyncio.wait_for(asyncio.gather(*(lasting.another() for _ in range(8))), WAIT_S)
    secrets = await asyncio.gather(*(store.secret() for store in stores))
    assert len(set(secrets)) == 1
    for store in stores:
        await store.close()


async def test_closing_finishes_the_appends_under_way(place: Place) -> None:
    store = await place.another()
    under_way = [asyncio.ensure_future(store.append(batch(f"wf_{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    await asyncio.wait_for(store.close(), WAIT_S)
    assert await asyncio.wait_for(asyncio.gather(*under_way), WAIT_S) == [1] * 50
    await store.open()
    assert len(await store.ids()) == 50
    await store.close()


async def test_a_closed_store_says_so_and_may_be_closed_twice(lasting: Place) -> None:
    store = await lasting.another()
    await store.close()
    await store.close()
    for asked in (store.append(batch("wf_a")), store.read("wf_a"), store.sessions(Query()), store.secret()):
        with pytest.raises(StoreError):
            await asked


async def test_the_secret_is_32_bytes_and_stays(store: Store) -> None:
    first = await store.secret()
    assert len(first) == 32
    assert await store.secret() == first


async def test_a_fresh_store_is_sound_and_empty(store: Store) -> None:
    assert await store.check() == ()
    assert await store.ids() == ()
    assert await store.counts(Query()) == {}
    assert (await store.sessions(Query())).rows == ()


async def test_a_clock_that_steps_back_loses_and_reorders_nothing(store: Store, clock: FakeClock) -> None:
    await store.append(batch("wf_a", 0, 1, updated_at=START + 100))
    clock.time -= 1_000_000
    await store.append(batch("wf_a", 1, 1, updated_at=START - 100))
    await store.append(batch("wf_b", created_at=START - 100))
    assert [each.seq for each in await store.read("wf_a")] == [1, 2]
    assert [each.session_id for each in (await store.sessions(Query())).rows] == ["wf_a", "wf_b"]
