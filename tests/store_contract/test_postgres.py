"""What only the PostgreSQL store has: shared transactions, nodes, tables newer than the server, URLs and refusals."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from engine.clock import SystemClock
from engine.errors import ConflictError, StoreError
from engine.store.port import Deletion, Document, Query
from engine.store.postgres import PostgresStore
from engine.store.postgres_link import place_of
from tests.serving import free_port
from tests.store_contract.postgres_places import opened, schema_of_its_own
from tests.store_contract.sample import saying

BOUND_S: Final = 30  # seconds no test here should ever need
PASSWORD: Final = "open-sesame"  # noqa: S105 - it must not turn up anywhere
WORKFLOW: Final = Document("0" * 64, b"{}")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with schema_of_its_own() as url:
        yield url


async def test_concurrent_appends_share_transactions_and_a_conflict_fails_alone(url: str) -> None:
    async with opened(url) as store:
        await store.append(saying("stale", 0))
        place = place_of(url)
        watcher = await asyncpg.connect(place.url, server_settings={"search_path": place.schema})
        fine = [store.append(saying(f"s{number}", 0)) for number in range(40)]
        answers = await asyncio.gather(*fine, store.append(saying("stale", 0)), return_exceptions=True)
        groups = await watcher.fetchval("SELECT count(DISTINCT xmin::text) FROM events WHERE session_id <> 'stale'")
        await watcher.close()
    assert answers[:-1] == [1] * 40
    assert isinstance(answers[-1], ConflictError)
    assert groups == 1


async def test_a_member_the_server_refuses_fails_alone(url: str) -> None:
    async with opened(url) as store:
        bad = saying("bad", 0)
        bad = bad._replace(row=bad.row._replace(current_phase=1 << 40))
        answers = await asyncio.gather(store.append(saying("good", 0)), store.append(bad), return_exceptions=True)
        assert answers[0] == 1
        assert isinstance(answers[1], StoreError)
        assert await store.ids() == ("good",)


async def test_two_nodes_on_one_session_lose_and_double_nothing(url: str) -> None:
    async with opened(url) as first, opened(url) as second:

        async def write(store: PostgresStore, name: str) -> int:
            won = version = 0
            while version < 60:
                try:
                    version = await store.append(saying("shared", version, f"{name}{won}"))
                    won += 1
                except ConflictError as conflict:
                    version = conflict.actual
            return won

        counts = await asyncio.wait_for(
            asyncio.gather(*(write(store, name) for name, store in zip("abcd", (first, second) * 2, strict=True))),
            BOUND_S,
        )
        events = await first.read("shared")
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len({event.data for event in events}) == len(events) == sum(counts)
        assert await second.check() == ()


async def test_two_nodes_with_the_same_sessions_in_their_groups_come_to_an_end(url: str) -> None:
    names = [f"s{number}" for number in range(20)]
    async with opened(url) as first, opened(url) as second:
        for version in range(5):
            each = [store.append(saying(name, version)) for store in (first, second) for name in names]
            answers = await asyncio.wait_for(asyncio.gather(*each, return_exceptions=True), BOUND_S)
            assert answers.count(version + 1) == len(names)
            assert sum(isinstance(one, ConflictError) for one in answers) == len(names)


async def test_an_append_against_a_deletion_leaves_all_or_nothing(url: str) -> None:
    async with opened(url) as first, opened(url) as second:
        for number in range(20):
            name = f"s{number}"
            await first.append(saying(name, 0, "x", WORKFLOW))
            deleting = second.delete(Deletion(name, "flow", 1.0, "me", "why"))
            answers = await asyncio.gather(first.append(saying(name, 1)), deleting, return_exceptions=True)
            assert answers[1] is True
            assert await first.read(name) == ()
        assert await first.check() == ()
        assert await first.document(WORKFLOW.hash) is None


async def test_a_document_is_dropped_with_the_last_session_that_pins_it(url: str) -> None:
    async with opened(url) as store:
        for name in ("a", "b"):
            await store.append(saying(name, 0, "x", WORKFLOW))
        await store.delete(Deletion("a", "flow", 1.0, "me", "why"))
        assert await store.document(WORKFLOW.hash) == WORKFLOW.text
        await store.delete(Deletion("b", "flow", 1.0, "me", "why"))
        assert await store.document(WORKFLOW.hash) is None


async def test_a_character_that_postgresql_does_not_take_is_refused_at_once_and_deletes_no_less(url: str) -> None:
    async with opened(url) as store:
        odd = saying("odd", 0)
        with pytest.raises(StoreError) as refused:
            await asyncio.wait_for(store.append(odd._replace(row=odd.row._replace(target_file="a\0b"))), BOUND_S)
        assert not refused.value.retryable
        assert (await store.sessions(Query(target_file="a\0b"))).rows == ()
        await store.append(odd)
        assert await store.delete(Deletion("odd", "flow", 1.0, "me", "no\0more"))
        assert [each.reason for each in await store.deletions("odd")] == ["no\ufffdmore"]


async def test_many_processes_opening_at_once_make_the_tables_once(url: str) -> None:
    stores = [PostgresStore(url, SystemClock()) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    secrets = await asyncio.gather(*(store.secret() for store in stores))
    assert len(set(secrets)) == 1
    for store in stores:
        await store.close()


async def test_tables_newer_than_the_server_are_left_alone(url: str) -> None:
    async with opened(url):
        pass
    place = place_of(url)
    connection = await asyncpg.connect(place.url, server_settings={"search_path": place.schema})
    await connection.execute("INSERT INTO migrations (number, name, at) VALUES (9000, '9000_later', 1)")
    await connection.close()
    with pytest.raises(StoreError) as refused:
        await PostgresStore(url, SystemClock()).open()
    assert refused.value.data() == {"operation": "open", "retryable": False}
    assert "9000" in refused.value.message()


async def test_damage_is_named_by_the_check(url: str) -> None:
    async with opened(url) as store:
        for version in range(3):
            await store.append(saying("gap", version))
        await store.append(saying("unpinned", 0, "x", WORKFLOW))
        place = place_of(url)
        connection = await asyncpg.connect(place.url, server_settings={"search_path": place.schema})
        await connection.execute("DELETE FROM events WHERE seq = 2; DELETE FROM documents; DELETE FROM sessions")
        await connection.close()
        found = await store.check()
        assert "session gap: the log has gaps" in found
        assert "session gap: the row is not of the log's version" in found
        assert "session unpinned: its pinned document is gone" in found


async def test_a_server_that_does_not_answer_is_said_so_without_its_address_or_password() -> None:
    store = PostgresStore(f"postgres://me:{PASSWORD}@127.0.0.1:{free_port()}/test", SystemClock())
    with pytest.raises(StoreError) as refused:
        await store.open()
    assert refused.value.retryable
    assert refused.value.details == "PostgreSQL cannot be reached"
    assert (
        PASSWORD not in f"{refused.value.message()} {refused.value!r} {vars(refused.value)} {refused.value.__cause__}"
    )


@pytest.mark.parametrize(
    "bad",
    [
        "mysql://h/d",
        f"postgres://me:{PASSWORD}@host:{PASSWORD}/d",
        "postgres://h/d?schema=pg_catalog",
        "postgres://h/d?schema=a-b",
        'postgres://h/d?schema="',
        "postgres://[::1/d",
    ],
)
def test_a_url_that_cannot_be_one_is_refused_without_repeating_it(bad: str) -> None:
    with pytest.raises(StoreError) as refused:
        PostgresStore(bad, SystemClock())
    assert not refused.value.retryable
    assert PASSWORD not in refused.value.message()


def test_a_place_does_not_show_its_password() -> None:
    assert PASSWORD not in repr(place_of(f"postgres://me:{PASSWORD}@host/d"))


async def test_a_database_that_is_not_there_is_named_as_such(url: str) -> None:
    parts = urlsplit(url)
    with pytest.raises(StoreError) as refused:
        await PostgresStore(parts._replace(path="/no_such_database", query="").geturl(), SystemClock()).open()
    assert refused.value.details == "there is no such database in PostgreSQL"
    assert not refused.value.retryable


async def test_without_asyncpg_the_store_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreError) as refused:
        await PostgresStore("postgres://host/test", SystemClock()).open()
    assert "asyncpg" in refused.value.message()


async def test_a_store_that_is_not_open_says_so() -> None:
    store = PostgresStore("postgres://host/test", SystemClock())
    with pytest.raises(StoreError):
        await store.append(saying("one", 0))
    with pytest.raises(StoreError):
        await store.read("one")
    await store.close()


async def test_a_caller_that_gives_up_does_not_disturb_the_others(url: str) -> None:
    async with opened(url) as store:
        gone = asyncio.create_task(store.append(saying("gone", 0)))
        stays = asyncio.create_task(store.append(saying("stays", 0)))
        await asyncio.sleep(0)  # both wait now
        gone.cancel()
        assert await stays == 1
        assert await store.ids() in {("stays",), ("gone", "stays")}
