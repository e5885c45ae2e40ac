"""The log: appending, reading, who wins, what comes back byte for byte."""

import asyncio
from contextlib import suppress

import orjson
import pytest

from engine.errors import ConflictError, StoreError
from engine.store.port import Append, Document, NewEvent, Store
from tests.store_contract.conftest import Place
from tests.store_contract.sample import PINNED, START, batch, deletion, event, row

WAIT_S = 60


async def test_what_was_appended_is_read_back_in_order(store: Store) -> None:
    assert await store.append(batch("wf_a", 0, 2)) == 2
    assert await store.append(batch("wf_a", 2, 1)) == 3
    read = await store.read("wf_a")
    assert [each.seq for each in read] == [1, 2, 3]
    assert [each.data for each in read] == [b'{"number":1}', b'{"number":2}', b'{"number":3}']
    assert read[0][1:5] == ("StepReported", 1, START + 0.25, "agent")


async def test_reading_behind_a_version_gives_the_rest(store: Store) -> None:
    await store.append(batch("wf_a", 0, 3))
    assert [each.seq for each in await store.read("wf_a", 2)] == [3]
    assert await store.read("wf_a", 3) == ()
    assert await store.read("wf_none") == ()


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_an_append_at_another_version_tells_the_actual_one_and_changes_nothing(
    store: Store, expected: int
) -> None:
    await store.append(batch("wf_a", 0, 2))
    with pytest.raises(ConflictError) as refused:
        await store.append(batch("wf_a", expected, 1, status="failed"))
    assert refused.value.actual == 2
    assert len(await store.read("wf_a")) == 2
    assert await store.row("wf_a") == row("wf_a", 2)


async def test_a_session_nobody_began_cannot_be_gone_on_with(store: Store) -> None:
    with pytest.raises(ConflictError) as refused:
        await store.append(batch("wf_a", 4))
    assert refused.value.actual == 0
    assert await store.row("wf_a") is None


@pytest.mark.requirement("STORE-1")
async def test_of_many_appends_at_one_version_exactly_one_wins(store: Store) -> None:
    await store.append(batch("wf_a"))
    version = 1
    for _ in range(5):
        found = await asyncio.wait_for(
            asyncio.gather(*(store.append(batch("wf_a", version)) for _ in range(10)), return_exceptions=True), WAIT_S
        )
        assert [each for each in found if not isinstance(each, ConflictError)] == [version + 1]
        version += 1
    assert [each.seq for each in await store.read("wf_a")] == [1, 2, 3, 4, 5, 6]


async def test_two_stores_at_one_place_lose_nothing_and_win_once(lasting: Place) -> None:
    stores = [await lasting.another(), await lasting.another()]
    await stores[0].append(batch("wf_a"))
    won = [0, 0]

    async def race(number: int) -> None:
        while (version := len(await stores[number].read("wf_a"))) < 21:
            with suppress(ConflictError):
                await stores[number].append(batch("wf_a", version))
                won[number] += 1

    await asyncio.wait_for(asyncio.gather(race(0), race(1), race(0), race(1)), WAIT_S)
    read = await stores[0].read("wf_a")
    assert [each.seq for each in read] == list(range(1, len(read) + 1))
    assert sum(won) == len(read) - 1
    for store in stores:
        await store.close()


async def test_thirty_two_sessions_at_once_lose_nothing(store: Store) -> None:
    async def run(session_id: str) -> None:
        for version in range(10):
            assert await store.append(batch(session_id, version)) == version + 1

    names = [f"wf_{number}" for number in range(32)]
    await asyncio.wait_for(asyncio.gather(*map(run, names)), WAIT_S)
    for name in names:
        assert [each.data for each in await store.read(name)] == [b'{"number":%d}' % n for n in range(1, 11)]
    assert await store.check() == ()


async def test_a_conflict_in_a_crowd_fails_alone(store: Store) -> None:
    await store.append(batch("wf_0", 0, 3))
    found = await asyncio.gather(*(store.append(batch(f"wf_{n}")) for n in range(20)), return_exceptions=True)
    assert isinstance(found[0], ConflictError)
    assert found[1:] == [1] * 19


async def test_an_append_given_up_by_its_caller_harms_nobody(store: Store) -> None:
    given_up = asyncio.ensure_future(store.append(batch("wf_a")))
    kept = asyncio.ensure_future(store.append(batch("wf_b")))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await asyncio.wait_for(kept, WAIT_S) == 1
    assert len(await store.read("wf_a")) in (0, 1)
    assert await store.append(batch("wf_b", 1)) == 2


async def test_a_payload_of_ten_mebibytes_comes_back(store: Store) -> None:
    data = orjson.dumps({"output": "x" * 10 * 1024 * 1024})
    await store.append(Append("wf_a", 0, (event(data),), row("wf_a")))
    assert (await store.read("wf_a"))[0].data == data


async def test_hundreds_of_events_in_one_append_are_all_or_none(store: Store) -> None:
    await store.append(batch("wf_a", 0, 300))
    with pytest.raises(ConflictError):
        await store.append(batch("wf_a", 299, 300))
    assert [each.seq for each in await store.read("wf_a")] == list(range(1, 301))


@pytest.mark.parametrize(
    "data",
    [
        '{"text":"Ünïcödé 漢字 🧭 \u2028"}'.encode(),
        rb'{"text":"quotes \" \' \\ ; DROP TABLE events; --"}',
        rb'{"text":"\u0000"}',
        b'{"large":123456789012345678901234567890,"float":1.50}',
        b'{"twice":1,"twice":2}',
        b'{ "spaced" : [ 1, 2 ] }\n',
        b"[" * 900 + b"]" * 900,
        b"null",
        b'{"float":1e+16,"half":"\xed\xa0\x80"}',
    ],
)
async def test_json_comes_back_byte_for_byte(store: Store, data: bytes) -> None:
    await store.append(Append("wf_a", 0, (event(data),), row("wf_a")))
    assert (await store.read("wf_a"))[0].data == data


@pytest.mark.parametrize("text", ["O'Brien \"; --", "漢字 🧭", "a\nb\tc", "%s {} ? $1", "NULL", ""])
async def test_odd_text_in_a_row_is_kept_and_found(store: Store, text: str) -> None:
    odd = row("wf_a", workflow_id=text, target_file=text, imported_from=text or None)
    who = NewEvent("StepReported", 1, START, text, b"{}")
    await store.append(Append("wf_a", 0, (who,), odd))
    assert await store.row("wf_a") == odd
    assert (await store.read("wf_a"))[0].by == text


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
async def test_text_that_a_store_cannot_hold_is_refused_whole_or_kept(store: Store, text: str) -> None:
    odd = row("wf_a", target_file=text)
    try:
        await store.append(Append("wf_a", 0, (event(),), odd))
    except StoreError:
        assert await store.read("wf_a") == ()
        assert await store.row("wf_a") is None
    else:
        assert await store.row("wf_a") == odd
    assert await store.append(batch("wf_b")) == 1


async def test_ids_that_look_like_paths_reach_no_file(store: Store) -> None:
    for odd in ("../escape", "/etc/passwd", "a/b", ".lock", "documents", "x" * 500, ""):
        assert await store.read(odd) == ()
        assert await store.row(odd) is None
        assert await store.document(odd) is None
        assert not await store.delete(deletion(odd))


async def test_a_document_is_stored_once_and_kept_while_pinned(store: Store) -> None:
    for name in ("wf_a", "wf_b"):
        await store.append(batch(name)._replace(documents=(PINNED,)))
    assert await store.document(PINNED.hash) == PINNED.text
    assert await store.delete(deletion("wf_a"))
    assert await store.document(PINNED.hash) == PINNED.text
    assert await store.document("0" * 64) is None
    assert await store.check() == ()


async def test_several_documents_in_one_append_are_all_there(store: Store) -> None:
    other = Document("ab" * 32, '{"name": "漢字"}'.encode())
    await store.append(batch("wf_a")._replace(documents=(PINNED, other)))
    await store.append(batch("wf_a", 1)._replace(documents=(PINNED,)))
    assert await store.document(PINNED.hash) == PINNED.text
    assert await store.document(other.hash) == other.text


async def test_the_ids_are_those_of_all_logs(store: Store) -> None:
    assert await store.ids() == ()
    for name in ("wf_b", "wf_a"):
        await store.append(batch(name, 0, 2))
    assert sorted(await store.ids()) == ["wf_a", "wf_b"]
