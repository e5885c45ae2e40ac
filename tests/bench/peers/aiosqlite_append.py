"""The yardstick of many sessions on SQLite: the store's own statements through aiosqlite, one commit each.

Above: tests.bench.floors starts it in the scratch environment. Below: aiosqlite; nothing of ours. Arguments: a JSON
file {database, script, version, insert, keep, pragmas}. For each line `sessions appends` on stdin it answers one line
`wall cpu`, in seconds for all appends. One connection, one lock around each transaction: SQLite has one writer.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TypeAlias

import aiosqlite  # type: ignore[import-not-found]  # lives in the scratch environment

Plan: TypeAlias = dict[str, str]


async def append(database: aiosqlite.Connection, lock: asyncio.Lock, plan: Plan, session: str, version: int) -> None:
    """Append one event at the version the session has, with its row."""
    async with lock:
        await database.execute("BEGIN IMMEDIATE")
        cursor = await database.execute(plan["version"], (session,))
        found = await cursor.fetchone()
        assert found is not None
        assert (found[0] or 0) == version
        event = (session, version + 1, "StepReported", 1, 1.5, "bench", plan["data"].encode())
        await database.execute(plan["insert"], event)
        row = (session, "flow", "a.py", "running", 1, 3, version + 1, 1.0, 2.0, None, None, None)
        await database.execute(plan["keep"], row)
        await database.commit()


async def work(database: aiosqlite.Connection, lock: asyncio.Lock, plan: Plan, session: str, appends: int) -> None:
    """Append so many times to one session."""
    for version in range(appends):
        await append(database, lock, plan, session, version)


async def main(plan: Plan) -> None:
    """Answer until stdin ends."""
    async with aiosqlite.connect(plan["database"], isolation_level=None) as database:
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = FULL")
        await database.executescript(plan["script"])
        lock = asyncio.Lock()
        for number, line in enumerate(sys.stdin):
            sessions, appends = map(int, line.split())
            wall, cpu = time.perf_counter(), time.process_time()

            names = [f"peer{number}-{one}" for one in range(sessions)]
            await asyncio.gather(*(work(database, lock, plan, name, appends) for name in names))
            print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
