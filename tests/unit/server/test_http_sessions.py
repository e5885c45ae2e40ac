"""Remembered sessions: streams replay what was missed, and everything that is kept is bounded."""

import asyncio
from collections.abc import Callable

from server.exchange import Peer
from server.http_sessions import (
    IDLE_SECONDS,
    MAX_EVENTS,
    MAX_KEPT_BYTES,
    MAX_SESSIONS,
    MAX_STREAMS,
    STANDING,
    Session,
    Sessions,
    Stream,
)
from tests.unit.clocks import FakeClock


async def taken(stream: Stream, after: int, count: int) -> list[bytes]:
    found: list[bytes] = []
    async with asyncio.timeout(5):
        async for chunk in stream.follow(after):
            found.append(chunk)
            if len(found) == count:
                break
    return found


async def test_a_follower_gets_what_it_missed_and_then_what_is_new() -> None:
    stream = Stream("s")
    assert [stream.add(b"1"), stream.add(b"2")] == ["s-1", "s-2"]
    following = asyncio.create_task(taken(stream, 1, 2))
    stream.add(b"3")
    frames = await following
    assert frames == [b"id: s-2\nevent: message\ndata: 2\n\n", b"id: s-3\nevent: message\ndata: 3\n\n"]


async def test_a_closed_stream_ends_after_its_last_event() -> None:
    stream = Stream("s")
    stream.add(b"1")
    stream.close()
    assert len(await taken(stream, 0, 99)) == 1
    assert await taken(stream, 1, 99) == []


async def test_a_later_follower_takes_over() -> None:
    stream = Stream("s")
    first = asyncio.create_task(taken(stream, 0, 99))
    second = asyncio.create_task(taken(stream, 0, 1))
    await asyncio.wait({second}, timeout=0)
    stream.add(b"1")
    assert len(await second) == 1
    stream.add(b"2")
    assert len(await first) <= 1


async def test_only_the_newest_events_are_kept() -> None:
    stream = Stream("s")
    for number in range(MAX_EVENTS + 5):
        stream.add(str(number).encode())
    stream.close()
    frames = await taken(stream, 0, MAX_EVENTS + 99)
    assert len(frames) == MAX_EVENTS
    assert frames[0].startswith(b"id: s-6\n")


async def test_large_events_are_kept_by_their_bytes_and_the_newest_always() -> None:
    stream = Stream("s")
    for _ in range(3):
        stream.add(b"x" * MAX_KEPT_BYTES)
    stream.close()
    (frame,) = await taken(stream, 0, 99)
    assert frame.startswith(b"id: s-3\n")


async def test_the_oldest_of_too_many_streams_is_forgotten_but_never_the_standing_one() -> None:
    session = Session(Peer())
    first = session.new_stream()
    for _ in range(MAX_STREAMS):
        session.new_stream()
    assert session.stream("1") is None
    assert first.closed
    assert session.stream(STANDING) is not None


async def test_the_oldest_of_too_many_sessions_ends_and_so_do_idle_ones() -> None:
    clock = FakeClock()
    ended: list[str] = []
    sessions = Sessions(clock, None, ended.append)
    for number in range(MAX_SESSIONS + 1):
        sessions.begin(str(number), Peer())
    assert sessions.find("0") is None
    assert sessions.find("1") is not None
    clock.time += IDLE_SECONDS
    sessions.begin("new", Peer())
    assert sessions.find("1") is None
    assert sessions.find("new") is not None
    assert sorted(ended) == sorted(str(number) for number in range(MAX_SESSIONS + 1))


async def test_a_session_watches_changes_once_and_stops_at_its_end() -> None:
    listeners: list[Callable[[str], None]] = []

    class News:
        kinds = frozenset({"tools"})

        def watch(self, listener: Callable[[str], None]) -> Callable[[], None]:
            listeners.append(listener)
            return lambda: listeners.remove(listener)

    session = Session(Peer())
    session.peer.watched.add("workflow://a")
    session.watch(News())
    session.watch(News())
    assert len(listeners) == 1
    for change in ("tools", "workflow://a", "workflow://b"):
        listeners[0](change)
    standing = session.stream(STANDING)
    assert standing is not None
    session.end()
    frames = await taken(standing, 0, 99)
    assert [b"list_changed" in frames[0], b"workflow://a" in frames[1], len(frames)] == [True, True, 2]
    assert listeners == []
