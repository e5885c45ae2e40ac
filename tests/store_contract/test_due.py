"""What is due: sessions in which there is something to do without anybody's call, and when to look again."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Final

import pytest

from engine.errors import StoreError
from engine.store.port import Due, Store
from tests.store_contract.conftest import Place
from tests.store_contract.postgres_places import Cluster, cluster_of_its_own, opened, schema_of_its_own
from tests.store_contract.sample import START, batch, deletion, row

PATIENCE_S: Final = 30.0
"""Seconds a test waits for what another connection tells."""


def names(due: Due) -> list[str]:
    return [each.session_id for each in due.rows]


async def test_sessions_without_a_due_time_are_never_due(store: Store) -> None:
    await store.append(batch("wf_a"))
    assert await store.due(START * 2, 10) == Due((), None)


async def test_what_is_due_comes_earliest_first_with_the_time_of_the_next(store: Store) -> None:
    for name, at in (("wf_a", 3.0), ("wf_b", 1.5), ("wf_c", 2.0), ("wf_d", 9.0), ("wf_e", 7.0)):
        await store.append(batch(name, due_at=START + at))
    await store.append(batch("wf_f"))
    found = await store.due(START + 3, 10)
    assert found == Due((row("wf_b", due_at=START + 1.5), *found.rows[1:]), START + 7)
    assert names(found) == ["wf_b", "wf_c", "wf_a"]
    assert await store.due(START + 1, 10) == Due((), START + 1.5)
    assert (await store.due(START + 9, 10)).next_at is None


async def test_no_more_than_asked_for_is_given_and_the_rest_is_due_at_once(store: Store) -> None:
    for number in range(5):
        await store.append(batch(f"wf_{number}", due_at=START + number))
    found = await store.due(START + 99, 2)
    assert (names(found), found.next_at) == (["wf_0", "wf_1"], START + 2)
    assert names(await store.due(START + 99, 0)) == ["wf_0"]
    assert names(await store.due(START + 99, 5)) == [f"wf_{number}" for number in range(5)]


async def test_sessions_due_at_the_same_moment_are_all_given(store: Store) -> None:
    for name in ("wf_b", "wf_a", "wf_c"):
        await store.append(batch(name, due_at=START))
    assert names(await store.due(START, 10)) == ["wf_a", "wf_b", "wf_c"]


async def test_a_due_time_moves_and_goes_with_its_session(store: Store) -> None:
    await store.append(batch("wf_a", due_at=START + 1))
    await store.append(batch("wf_a", 1, due_at=START + 5))
    assert await store.due(START + 2, 10) == Due((), START + 5)
    await store.append(batch("wf_a", 2))
    assert await store.due(START + 9, 10) == Due((), None)
    await store.append(batch("wf_b", due_at=START + 1))
    await store.delete(deletion("wf_b"))
    assert await store.due(START + 9, 10) == Due((), None)


async def test_due_times_are_rebuilt_with_the_rows(store: Store) -> None:
    await store.append(batch("wf_a", 0, 2))
    await store.replace_rows([row("wf_a", 2, due_at=START + 4)])
    assert await store.row("wf_a") == row("wf_a", 2, due_at=START + 4)
    assert names(await store.due(START + 4, 10)) == ["wf_a"]


async def test_a_due_time_is_there_for_the_next_process(lasting: Place) -> None:
    first = await lasting.another()
    await first.append(batch("wf_a", due_at=START + 4))
    await first.close()
    second = await lasting.another()
    assert await second.due(START + 4, 10) == Due((row("wf_a", due_at=START + 4),), None)
    await second.close()


async def heard(watching: AsyncGenerator[float, None] | None) -> float:
    """Give the next due time a store tells of."""
    assert watching is not None
    return await asyncio.wait_for(anext(watching), PATIENCE_S)


async def test_a_store_that_can_tell_of_others_does_so_the_others_say_that_they_cannot(place: Place) -> None:
    one, two = await place.another(), await place.another()
    watching = one.watch()
    if watching is None:
        assert place.kind.name != "postgres"
    else:
        assert await heard(watching) == 0.0
        await two.append(batch("wf_a"))
        await two.append(batch("wf_b", due_at=START + 7))
        assert await heard(watching) == START + 7
        await two.append(batch("wf_b", 1, due_at=START + 7))  # as it was: nothing to tell
        await two.append(batch("wf_b", 2, due_at=START + 8))
        assert await heard(watching) == START + 8
        await watching.aclose()
    await one.close()
    await two.close()


async def test_due_times_told_while_nobody_took_them_come_as_the_earliest() -> None:
    async with schema_of_its_own() as url, opened(url) as store, opened(url) as other:
        watching = store.watch()
        assert await heard(watching) == 0.0
        for number in (6, 4, 5):
            await other.append(batch(f"wf_{number}", due_at=START + number))
        found = [await heard(watching)]
        while min(found) > START + 4:
            found.append(await heard(watching))
        assert found[-1] == START + 4
        await watching.aclose()


async def test_what_other_schemas_and_other_programs_say_is_not_heard() -> None:
    async with schema_of_its_own() as url, schema_of_its_own() as elsewhere, opened(url) as store:
        watching = store.watch()
        assert await heard(watching) == 0.0
        async with opened(elsewhere) as other:
            await other.append(batch("wf_a", due_at=START))
        await store._fetch("list", "SELECT pg_notify('workflowlookup', 'no time'), pg_notify('workflowlookup', '')")
        await store.append(batch("wf_b", due_at=START + 5))
        assert await heard(watching) == START + 5
        await watching.aclose()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with cluster_of_its_own() as cluster:
        yield cluster


async def test_a_listener_that_lost_its_server_is_told_so_and_may_listen_anew(cluster: Cluster) -> None:
    async with opened(cluster.url) as store:
        watching = store.watch()
        assert await heard(watching) == 0.0
        cluster.stop()
        with pytest.raises(StoreError):
            await heard(watching)
        with pytest.raises(StoreError):
            await heard(store.watch())
        cluster.start()
        again = store.watch()
        assert await heard(again) == 0.0
        await again.aclose()
