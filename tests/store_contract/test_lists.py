"""Rows and lists: finding, paging, filtering, counting, deleting, rebuilding."""

import base64

import pytest

from engine.errors import ArgumentError
from engine.store.port import Query, Store
from tests.store_contract.sample import PINNED, START, batch, deletion, fill, row


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


async def walk(store: Store, query: Query, size: int) -> list[str]:
    """Give the ids of all pages."""
    found: list[str] = []
    cursor = None
    while True:
        page = await store.sessions(query, cursor, size)
        assert len(page.rows) <= size
        found += [each.session_id for each in page.rows]
        if page.cursor is None:
            return found
        cursor = page.cursor


async def test_a_row_is_found_by_its_id(store: Store) -> None:
    await store.append(batch("wf_a", 0, 2))
    assert await store.row("wf_a") == row("wf_a", 2)
    assert await store.row("wf_b") is None


async def test_an_imported_session_is_found_under_its_old_id_the_newest_first(store: Store) -> None:
    await store.append(batch("wf_a", imported_from="old-1", created_at=START))
    await store.append(batch("wf_b", imported_from="old-1", created_at=START + 1))
    await store.append(batch("old-2"))
    await store.append(batch("wf_c", imported_from="old-2"))
    found = [await store.row(name) for name in ("old-1", "wf_a", "old-2")]
    assert [each and each.session_id for each in found] == ["wf_b", "wf_a", "old-2"]


async def test_pages_go_through_everything_newest_first(store: Store) -> None:
    names = await fill(store, 23)
    for size in (1, 5, 22, 23, 100):
        assert await walk(store, Query(), size) == names


async def test_sessions_of_the_same_moment_are_all_listed_once(store: Store) -> None:
    for number in range(9):
        await store.append(batch(f"wf_{number}"))
    assert await walk(store, Query(), 2) == [f"wf_{number}" for number in reversed(range(9))]


async def test_a_walk_is_not_disturbed_by_sessions_that_are_added(store: Store) -> None:
    names = await fill(store, 6)
    first = await store.sessions(Query(), None, 3)
    await store.append(batch("wf_new", created_at=START + 100))
    second = await store.sessions(Query(), first.cursor, 3)
    assert [each.session_id for each in (*first.rows, *second.rows)] == names
    assert second.cursor is None


async def test_a_walk_goes_on_where_the_last_session_of_a_page_was_deleted(store: Store) -> None:
    names = await fill(store, 6)
    first = await store.sessions(Query(), None, 3)
    await store.delete(deletion(names[2]))
    second = await store.sessions(Query(), first.cursor, 3)
    assert [each.session_id for each in second.rows] == names[3:]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "AAAA",
        "é",
        "W10",
        "bnVsbA",
        "!" * 10_000,
        *map(encoded, (b'["a", 1]', b'[1e999,"a"]', b'[1,"../a"]', b'[1,"a\\u0000"]')),
    ],
)
async def test_a_cursor_no_store_gave_is_refused(store: Store, cursor: str) -> None:
    await fill(store, 2)
    with pytest.raises(ArgumentError) as refused:
        await store.sessions(Query(), cursor)
    assert refused.value.path == "cursor"


async def test_a_page_has_at_least_one_row_and_at_most_a_thousand(store: Store) -> None:
    await fill(store, 3)
    assert len((await store.sessions(Query(), None, 0)).rows) == 1
    assert len((await store.sessions(Query(), None, 10**9)).rows) == 3


async def sample(store: Store) -> None:
    await store.append(batch("wf_a", status="running", workflow_id="one", target_file="x"))
    await store.append(batch("wf_b", status="waiting", workflow_id="two", target_file="x"))
    await store.append(batch("wf_c", status="completed", workflow_id="one", target_file="y", completed_at=START + 7))
    await store.append(batch("wf_d", status="paused", workflow_id="one", target_file="x", updated_at=START + 50))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query(), "dcba"),
        (Query(statuses=("running",)), "a"),
        (Query(statuses=("running", "waiting")), "ba"),
        (Query(statuses=("failed",)), ""),
        (Query(workflow_id="one"), "dca"),
        (Query(target_file="x"), "dba"),
        (Query(workflow_id="one", target_file="x", statuses=("paused",)), "d"),
        (Query(updated_after=START + 1), "d"),
        (Query(updated_before=START + 50), "cba"),
        (Query(updated_before=START + 51, updated_after=START + 1), "d"),
        (Query(workflow_id="one' OR 1=1 --"), ""),
        (Query(statuses=("%",)), ""),
    ],
)
async def test_lists_and_counts_keep_to_what_was_asked(store: Store, query: Query, names: str) -> None:
    await sample(store)
    listed = (await store.sessions(query)).rows
    assert "".join(each.session_id.removeprefix("wf_") for each in listed) == names
    assert await walk(store, query, 1) == [each.session_id for each in listed]
    counted = await store.counts(query)
    assert sum(counted.values()) == len(names)
    assert counted == {each.status: 1 for each in listed}


async def test_a_row_follows_its_session(store: Store) -> None:
    await store.append(batch("wf_a"))
    await store.append(batch("wf_a", 1, status="completed", current_phase=3, completed_at=START + 5))
    assert await store.row("wf_a") == row("wf_a", 2, status="completed", current_phase=3, completed_at=START + 5)
    assert await store.counts(Query()) == {"completed": 1}


async def test_a_deleted_session_is_gone_and_noted(store: Store) -> None:
    await store.append(batch("wf_a")._replace(documents=(PINNED,)))
    await store.append(batch("wf_b"))
    assert await store.delete(deletion("wf_a"))
    assert await store.read("wf_a") == ()
    assert await store.row("wf_a") is None
    assert await store.ids() == ("wf_b",)
    assert [each.session_id for each in (await store.sessions(Query())).rows] == ["wf_b"]
    assert await store.deletions() == (deletion("wf_a"),)


async def test_deleting_twice_notes_it_once(store: Store) -> None:
    await store.append(batch("wf_a"))
    assert await store.delete(deletion("wf_a"))
    assert not await store.delete(deletion("wf_a"))
    assert not await store.delete(deletion("wf_never"))
    assert len(await store.deletions()) == 1


async def test_a_session_that_moved_on_is_not_deleted_at_its_old_version(store: Store) -> None:
    await store.append(batch("wf_a", 0, 2))
    assert not await store.delete(deletion("wf_a"), 1)
    assert not await store.delete(deletion("wf_none"), 1)
    assert len(await store.read("wf_a")) == 2
    assert await store.deletions() == ()
    assert await store.delete(deletion("wf_a"), 2)
    assert await store.ids() == ()


async def test_an_id_that_was_deleted_may_begin_anew(store: Store) -> None:
    await store.append(batch("wf_a", 0, 5))
    await store.delete(deletion("wf_a"))
    assert await store.append(batch("wf_a", 0, 2)) == 2
    assert len(await store.read("wf_a")) == 2


async def test_deletions_are_listed_newest_first_within_a_limit_and_by_session(store: Store) -> None:
    for number in range(5):
        await store.append(batch(f"wf_{number}"))
        await store.delete(deletion(f"wf_{number}", START + number))
    assert [each.at - START for each in await store.deletions(limit=3)] == [4, 3, 2]
    assert await store.deletions("wf_1") == (deletion("wf_1", START + 1),)
    assert await store.deletions("wf_none") == ()


async def test_a_backup_gives_its_deletions_back(store: Store) -> None:
    await store.append(batch("wf_a"))
    await store.delete(deletion("wf_a", START + 3))
    await store.note([deletion("wf_x", START + 1), deletion("wf_y", START + 2)])
    assert [each.session_id for each in await store.deletions(limit=200_000)] == ["wf_y", "wf_x", "wf_a"]


async def test_rows_are_replaced_where_they_stand_at_the_end_of_the_log(store: Store) -> None:
    await store.append(batch("wf_a", 0, 2))
    await store.append(batch("wf_b", 0, 2))
    fresh = row("wf_a", 2, status="paused")
    await store.replace_rows([fresh, row("wf_b", 1, status="failed"), row("wf_none", 1)])
    assert await store.row("wf_a") == fresh
    assert await store.row("wf_b") == row("wf_b", 2)
    assert await store.row("wf_none") is None
    assert await store.counts(Query()) == {"paused": 1, "running": 1}
