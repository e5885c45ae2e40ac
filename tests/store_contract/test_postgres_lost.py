"""The PostgreSQL store over connections that end at the worst moment: stored once, answered, or told apart."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from engine.errors import ConflictError, StoreError
from engine.store.port import Document
from engine.store.postgres import PostgresStore
from engine.store.postgres_link import place_of
from tests.store_contract.cutting import Cut, Proxy, proxy_to
from tests.store_contract.postgres_places import opened, schema_of_its_own
from tests.store_contract.sample import deletion, saying

BOUND_S: Final = 30  # seconds no test here should ever need
WORKFLOW: Final = Document("0" * 64, b"{}")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with schema_of_its_own() as url:
        yield url


@pytest.fixture
async def cut_store(url: str) -> AsyncIterator[tuple[PostgresStore, Proxy]]:
    """Give a store that reaches its server through a proxy, with one session that has one event."""
    parts = urlsplit(url)
    async with proxy_to(parts.hostname or "127.0.0.1", parts.port or 5432) as proxy:
        user = f"{parts.username}@" if parts.username else ""
        async with opened(parts._replace(netloc=f"{user}127.0.0.1:{proxy.port}").geturl()) as store:
            await store.append(saying("one", 0))
            yield store, proxy


@pytest.mark.requirement("STORE-10")
@pytest.mark.parametrize("how", Cut)
async def test_an_append_whose_answer_is_lost_is_stored_once_and_answered(
    cut_store: tuple[PostgresStore, Proxy], how: Cut
) -> None:
    store, proxy = cut_store
    proxy.cut_next(how)
    assert await asyncio.wait_for(store.append(saying("one", 1, how.name)), BOUND_S) == 2
    assert [event.data for event in await store.read("one")] == [b'"x"', f'"{how.name}"'.encode()]
    assert proxy.connections > 1


async def test_an_append_that_is_still_under_way_when_its_connection_ends_is_stored_once(
    cut_store: tuple[PostgresStore, Proxy], url: str
) -> None:
    store, proxy = cut_store
    place = place_of(url)
    blocker = await asyncpg.connect(place.url, server_settings={"search_path": place.schema})
    async with blocker.transaction():
        await blocker.execute("SELECT FROM heads FOR UPDATE")
        proxy.cut_next(Cut.AT_ONCE)
        appending = asyncio.create_task(store.append(saying("one", 1, "slow")))
        async with asyncio.timeout(BOUND_S):  # until the first try and the second both wait for the row
            while await _waiting_for_locks(blocker) < 2:
                pass
    assert await asyncio.wait_for(appending, BOUND_S) == 2
    assert len(await store.read("one")) == 2
    await blocker.close()


async def _waiting_for_locks(connection: "asyncpg.Connection") -> int:
    blocked = "relation = 'heads'::regclass OR $1 = ANY(pg_blocking_pids(pid))"
    text = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND ({blocked})"  # noqa: S608 - two constants
    return int(await connection.fetchval(text, connection.get_server_pid()))


async def test_a_start_whose_commit_is_not_answered_keeps_its_document(cut_store: tuple[PostgresStore, Proxy]) -> None:
    store, proxy = cut_store
    await store.append(saying("two", 0, "x", WORKFLOW))  # the statements are prepared from here on
    for requests_before in range(4):  # begin, append, pin, commit
        name = f"start{requests_before}"
        proxy.cut_next(Cut.ANSWER, requests_before)
        assert await asyncio.wait_for(store.append(saying(name, 0, name, WORKFLOW)), BOUND_S) == 1
        assert len(await store.read(name)) == 1
    assert await store.document(WORKFLOW.hash) == WORKFLOW.text
    assert await store.check() == ()


async def test_a_lost_answer_does_not_hide_that_somebody_else_was_first(
    cut_store: tuple[PostgresStore, Proxy], url: str
) -> None:
    store, proxy = cut_store
    async with opened(url) as other:
        await other.append(saying("one", 1, "other"))
    proxy.cut_next(Cut.REQUEST)
    with pytest.raises(ConflictError) as refused:
        await asyncio.wait_for(store.append(saying("one", 1, "mine")), BOUND_S)
    assert refused.value.actual == 2


async def test_a_read_goes_on_over_a_new_connection(cut_store: tuple[PostgresStore, Proxy]) -> None:
    store, proxy = cut_store
    assert len(await store.read("one")) == 1
    proxy.cut_next(Cut.ANSWER)
    assert len(await store.read("one")) == 1


async def test_a_deletion_is_not_tried_twice(cut_store: tuple[PostgresStore, Proxy]) -> None:
    store, proxy = cut_store
    assert len(await store.read("one")) == 1
    proxy.cut_next(Cut.REQUEST)
    with pytest.raises(StoreError) as refused:
        await store.delete(deletion("one"))
    assert refused.value.data() == {"operation": "delete", "retryable": True}
    assert await store.delete(deletion("one"))
