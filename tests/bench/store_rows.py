"""Appends to the stores: SQLite with synchronous=FULL and PostgreSQL, against their drivers without group commit.

Above: tests.bench.__main__. Below: floors (the yardsticks), the stores themselves in this process.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from engine.clock import SystemClock
from engine.store.port import Store
from engine.store.postgres import PostgresStore
from engine.store.sqlite import SqliteStore
from tests.bench import floors
from tests.bench.rows import Row
from tests.bench.scratch import Scratch
from tests.bench.slices import Compared, Slice, alternate
from tests.store_contract.postgres_places import schema_of_its_own

MANY: Final = 32  # sessions at once
ONE_APPENDS: Final = 300  # appends in a slice of one session
MANY_APPENDS: Final = 20  # appends of each of many sessions in a slice


class Appends:
    """A store of ours under load, in slices."""

    def __init__(self, runner: asyncio.Runner, store: Store) -> None:
        """Take an opened store that lives in the loop of `runner`."""
        self._runner = runner
        self._store = store
        self._number = 0

    def slice(self, sessions: int, appends: int) -> Slice:
        """Append so many times to each of so many sessions."""
        self._number += 1
        return self._runner.run(self._work(f"ours{self._number}", sessions, appends))

    async def _work(self, name: str, sessions: int, appends: int) -> Slice:
        wall, cpu = time.perf_counter(), time.process_time()

        async def work(session_id: str) -> None:
            for version in range(appends):
                await self._store.append(floors.append_of(session_id, version))

        await asyncio.gather(*(work(f"{name}-{number}") for number in range(sessions)))
        count = sessions * appends
        return Slice((time.perf_counter() - wall) / count, (time.process_time() - cpu) / count)


@contextmanager
def folder_of(scratch: Scratch, name: str) -> Iterator[Path]:
    """Give an empty folder on the scratch disk until the block ends."""
    folder = scratch.home(name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened(runner: asyncio.Runner, store: Store) -> Iterator[Store]:
    """Open a store in the loop of `runner` until the block ends."""
    runner.run(store.open())
    try:
        yield store
    finally:
        runner.run(store.close())


@contextmanager
def postgres_url(runner: asyncio.Runner) -> Iterator[str]:
    """Give a schema of its own until the block ends."""
    place = schema_of_its_own()
    url = runner.run(place.__aenter__())
    try:
        yield url
    finally:
        runner.run(place.__aexit__(None, None, None))


def rows(scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give appends a second, divided by the yardsticks'."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        folder = stack.enter_context(folder_of(scratch, "appends"))
        yield from _sqlite(stack, runner, scratch, folder, rounds)
        yield _postgres(stack, runner, rounds)


def _sqlite(stack: ExitStack, runner: asyncio.Runner, scratch: Scratch, folder: Path, rounds: int) -> Iterator[Row]:
    ours = Appends(runner, stack.enter_context(opened(runner, SqliteStore(folder / "ours.db", SystemClock()))))
    raw = floors.RawSqlite(folder / "raw.db")
    stack.callback(raw.close)
    peer = stack.enter_context(floors.aiosqlite(scratch, folder))
    for warm in (ours, raw, peer):
        warm.slice(MANY, 2)
    one = alternate(lambda: ours.slice(1, ONE_APPENDS), lambda: raw.slice(1, ONE_APPENDS), rounds)
    many = alternate(lambda: ours.slice(MANY, MANY_APPENDS), lambda: peer.slice(MANY, MANY_APPENDS), rounds)
    name = "store append, SQLite FULL"
    yield row(f"{name}, 1 session", "one raw sqlite3 thread, same statements", one, (0.55, 0.65))
    yield row(f"{name}, {MANY} sessions", "aiosqlite, one commit each", many, (5.0, 7.0))


def _postgres(stack: ExitStack, runner: asyncio.Runner, rounds: int) -> Row:
    url = stack.enter_context(postgres_url(runner))
    ours = Appends(runner, stack.enter_context(opened(runner, PostgresStore(url, SystemClock()))))
    plain = floors.PlainAsyncpg(runner, url)
    stack.callback(plain.close)
    for warm in (ours, plain):
        warm.slice(MANY, 2)
    found = alternate(lambda: ours.slice(MANY, MANY_APPENDS), lambda: plain.slice(MANY, MANY_APPENDS), rounds)
    return row(
        f"store append, PostgreSQL, {MANY} sessions", "asyncpg, one commit each, 10 connections", found, (3.5, 4.5)
    )


def row(measure: str, yardstick: str, found: Compared, goals: tuple[float, float | None]) -> Row:
    """Give the row of a throughput: how many times the yardstick's, and the rates behind it."""
    ours, theirs = (sum(1 / one.wall for one in some) / len(some) for some in (found.ours, found.theirs))
    detail = f"{ours:.0f} / {theirs:.0f} a second; {found.detail()}"
    return Row(measure, yardstick, 1 / found.wall(), "x", *goals, at_least=True, detail=detail)
