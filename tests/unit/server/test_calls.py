"""Calls under way: only their own client cancels them, and everything that is kept is bounded."""

import asyncio

import pytest

from server.calls import MAX_LEVELS, MAX_PENDING, Calls


async def start(calls: Calls, scope: str, request_id: str) -> "asyncio.Task[bool]":
    """Run a call that waits until it is cancelled; gives whether its client did it."""
    begun = asyncio.Event()

    async def call() -> bool:
        with calls.running(scope, request_id):
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return calls.was_cancelled()
            return False

    task = asyncio.create_task(call())
    await begun.wait()
    return task


async def test_a_call_is_cancelled_by_its_own_client_only() -> None:
    calls = Calls()
    task = await start(calls, "a", "1")
    assert not calls.cancel("b", "1")
    assert not calls.cancel("a", "2")
    assert calls.cancel("a", "1")
    assert await task is True
    assert not calls.cancel("a", "1")


async def test_a_second_cancellation_does_not_cut_short_what_the_first_one_cleans_up() -> None:
    calls, begun, going, clean = Calls(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def call() -> bool:
        with calls.running("a", "1"):
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                going.set()
                await clean.wait()
            return True

    task = asyncio.create_task(call())
    await begun.wait()
    assert calls.cancel("a", "1")
    await going.wait()
    assert calls.cancel("a", "1")
    clean.set()
    assert await task is True


async def test_a_cancellation_from_elsewhere_is_not_the_clients() -> None:
    calls = Calls()
    task = await start(calls, "a", "1")
    task.cancel()
    assert await task is False


async def test_the_call_of_a_caller_nobody_can_name_cannot_be_cancelled() -> None:
    calls = Calls()
    task = await start(calls, "", "1")
    assert not calls.cancel("", "1")
    task.cancel()
    await task


async def test_a_second_call_of_the_same_id_leaves_the_first_cancellable() -> None:
    calls = Calls()
    first, second = await start(calls, "a", "1"), await start(calls, "a", "1")
    assert calls.cancel("a", "1")
    assert await first is True
    assert not second.done()
    second.cancel()
    await second


async def test_a_reply_reaches_its_question_once_and_from_its_client_only() -> None:
    calls = Calls()
    with calls.question("a", "q") as future:
        assert not calls.reply("b", {"id": "q", "result": {}})
        assert calls.reply("a", {"id": "q", "result": {"x": 1}})
        assert not calls.reply("a", {"id": "q", "result": {"x": 2}})
        assert (await future)["result"] == {"x": 1}
    assert not calls.reply("a", {"id": "q", "result": {}})


async def test_open_questions_are_bounded() -> None:
    calls = Calls()
    opened = [calls.question("a", str(number)) for number in range(MAX_PENDING)]
    for one in opened:
        one.__enter__()
    with pytest.raises(OverflowError), calls.question("a", "more"):
        pass
    for one in opened:
        one.__exit__(None, None, None)
    with calls.question("a", "more") as future:
        assert not future.done()


def test_a_caller_nobody_can_name_sets_no_level_for_the_others() -> None:
    calls = Calls()
    calls.set_level("", "error")
    assert calls.level("") is None


def test_the_least_recently_set_log_level_is_forgotten_first() -> None:
    calls = Calls()
    for number in range(MAX_LEVELS):
        calls.set_level(str(number), "info")
    calls.set_level("0", "error")
    calls.set_level("new", "debug")
    assert (calls.level("0"), calls.level("1"), calls.level("new")) == ("error", None, "debug")


async def test_the_end_of_a_session_cancels_its_calls_and_no_others() -> None:
    calls = Calls()
    mine, other = await start(calls, "a", "1"), await start(calls, "b", "1")
    calls.cancel_all("a")
    assert await mine is True
    assert not other.done()
    other.cancel()
    await other
