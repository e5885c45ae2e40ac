"""What the stores are held against: the same statements on one raw sqlite3 thread, aiosqlite, plain asyncpg.

Above: store_rows, durable_rows. Below: the drivers; the statements are the stores' own, so that only what is around
them differs. Every append is one event of the same size, the session's row with it, one COMMIT of its own.
"""

import asyncio
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg

from engine.store import postgres_link, postgres_statements, sqlite_statements
from engine.store.port import Append, NewEvent, Row
from engine.store.sqlite_file import MIGRATIONS
from tests.bench.scratch import Scratch
from tests.bench.slices import Slice

DATA: Final = json.dumps({"key": "step", "digest": "d" * 64, "output": "o" * 120, "variables": {}}).encode()
POOL: Final = 10  # connections of the plain asyncpg program: its pool's own default


def append_of(session_id: str, version: int) -> Append:
    """Give one append of one event."""
    row = Row(session_id, "flow", "a.py", "running", 1, 3, version + 1, 1.0, 2.0, None, None, None)
    return Append(session_id, version, (NewEvent("StepReported", 1, 1.5, "bench", DATA),), row)


class RawSqlite:
    """One connection on one thread of its own; whoever appends hands over a whole slice."""

    def __init__(self, file: Path) -> None:
        """Make the tables."""
        self._thread = ThreadPoolExecutor(1)
        self._number = 0
        self._thread.submit(self._open, file).result()

    def _open(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
        self._connection.execute("PRAGMA synchronous = FULL")
        for script in sorted(MIGRATIONS.glob("*.sql")):
            self._connection.executescript(script.read_text())

    def slice(self, sessions: int, appends: int) -> Slice:
        """Append so many times to each of so many sessions."""
        self._number += 1
        return self._thread.submit(self._work, f"raw{self._number}", sessions, appends).result()

    def _work(self, name: str, sessions: int, appends: int) -> Slice:
        wall, cpu = time.perf_counter(), time.thread_time()
        execute = self._connection.execute
        insert = sqlite_statements.insert_events(1)
        for version in range(appends):
            for number in range(sessions):
                batch = append_of(f"{name}-{number}", version)
                execute("BEGIN IMMEDIATE")
                ((found,),) = execute(sqlite_statements.VERSION, (batch.session_id,))
                assert (found or 0) == version
                execute(insert, (batch.session_id, version + 1, *batch.events[0]))
                execute(sqlite_statements.KEEP_ROW, batch.row)
                execute("COMMIT")
        return _each(wall, cpu, time.thread_time(), sessions * appends)

    def close(self) -> None:
        """End the thread."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


class Aiosqlite:
    """The peer process in the scratch environment."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take the started process."""
        self._process = process

    def slice(self, sessions: int, appends: int) -> Slice:
        """Append so many times to each of so many sessions."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{sessions} {appends}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline().split()
        assert said, "the peer ended"
        wall, cpu = (float(one) / (sessions * appends) for one in said)
        return Slice(wall, cpu)


@contextmanager
def aiosqlite(scratch: Scratch, folder: Path) -> Iterator[Aiosqlite]:
    """Run the peer until the block ends."""
    plan = folder / "plan.json"
    script = "".join(file.read_text() for file in sorted(MIGRATIONS.glob("*.sql")))
    said = {
        "database": str(folder / "aiosqlite.db"),
        "script": script,
        "version": sqlite_statements.VERSION,
        "insert": sqlite_statements.insert_events(1),
        "keep": sqlite_statements.KEEP_ROW,
        "data": DATA.decode(),
    }
    plan.write_text(json.dumps(said))
    command = [str(scratch.python), str(Path(__file__).parent / "peers" / "aiosqlite_append.py"), str(plan)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Aiosqlite(process)
    finally:
        process.communicate(timeout=60)


class PlainAsyncpg:
    """The store's one statement for one append at a time, each its own transaction, over a pool."""

    def __init__(self, runner: asyncio.Runner, url: str) -> None:
        """Take a URL of the store whose tables are there already."""
        self._runner = runner
        place = postgres_link.place_of(url)
        settings = {"search_path": place.schema, "enable_seqscan": "off"}
        make = asyncpg.create_pool(place.url, min_size=POOL, max_size=POOL, server_settings=settings)
        self._pool = runner.run(_made(make))
        self._number = 0

    def slice(self, sessions: int, appends: int) -> Slice:
        """Append so many times to each of so many sessions."""
        self._number += 1
        return self._runner.run(self._work(f"plain{self._number}", sessions, appends))

    async def _work(self, name: str, sessions: int, appends: int) -> Slice:
        wall, cpu = time.perf_counter(), time.process_time()

        async def work(session_id: str) -> None:
            for version in range(appends):
                arguments = postgres_statements.append_arguments([append_of(session_id, version)])
                async with self._pool.acquire() as connection:
                    won = await connection.fetch(postgres_statements.APPEND, *arguments)
                assert len(won) == 1

        await asyncio.gather(*(work(f"{name}-{number}") for number in range(sessions)))
        return _each(wall, cpu, time.process_time(), sessions * appends)

    def close(self) -> None:
        """Give the connections back."""
        self._runner.run(self._pool.close())


async def _made(pool: "asyncpg.pool.Pool") -> "asyncpg.pool.Pool":
    return await pool


def _each(wall: float, cpu: float, cpu_now: float, count: int) -> Slice:
    return Slice((time.perf_counter() - wall) / count, (cpu_now - cpu) / count)
