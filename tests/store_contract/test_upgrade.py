"""Stores as the first release left them: brought up to date with their sessions, which can be due from then on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import orjson

from engine.store import postgres_tables, sqlite_file
from engine.store.file import FileStore
from engine.store.port import Store
from engine.store.postgres_link import place_of
from tests.store_contract.lite import new_store, run
from tests.store_contract.postgres_places import opened, schema_of_its_own
from tests.store_contract.sample import START, batch, row
from tests.unit.clocks import FakeClock

ROW = ", ".join(f"'{value}'" if isinstance(value, str) else repr(value) for value in row("wf_a")[:9])
OLD = (
    "INSERT INTO events VALUES ('wf_a', 1, 'StepReported', 1, 2.0, 'agent', '1')",
    f"INSERT INTO sessions VALUES ({ROW}, NULL, NULL)",  # noqa: S608 - values of our own
)


async def demand_it_goes_on(store: Store) -> None:
    """Have the session of the older release there, and due when it is told to be."""
    assert await store.row("wf_a") == row("wf_a")
    assert (await store.due(START * 2, 1)).rows == ()
    await store.append(batch("wf_a", 1, due_at=START))
    assert (await store.due(START, 1)).rows == (row("wf_a", 2, due_at=START),)


async def test_a_file_of_the_first_release_is_copied_and_its_sessions_go_on(lite_path: Path) -> None:
    first = (sqlite_file.MIGRATIONS / "0001_sessions.sql").read_text()
    lite_path.parent.mkdir()
    run(lite_path, *sqlite_file.statements(first), f"PRAGMA application_id = {sqlite_file.APPLICATION_ID}")
    run(lite_path, "PRAGMA user_version = 1", *OLD)
    store = new_store(lite_path)
    await store.open()
    assert store.schema == (1, 2)
    await demand_it_goes_on(store)
    await store.close()
    with closing(sqlite3.connect(lite_path.with_name("sessions.db.before-0002.bak"))) as copy:
        assert copy.execute("SELECT count(*) FROM events").fetchall() == [(1,)]


async def test_tables_of_the_first_release_are_brought_up_to_date_and_their_sessions_go_on() -> None:
    first = postgres_tables.migrations()[0]
    async with schema_of_its_own() as url:
        place = place_of(url)
        connection = await asyncpg.connect(place.url, server_settings={"search_path": place.schema})
        await connection.execute(f'CREATE SCHEMA "{place.schema}"')
        await connection.execute(postgres_tables.LEDGER)
        await connection.execute(first.text)
        await connection.execute(postgres_tables.APPLIED, first.number, first.name, START)
        for text in (*OLD, "INSERT INTO heads VALUES ('wf_a', 1)"):
            await connection.execute(text)
        await connection.close()
        async with opened(url) as store:
            assert store.schema == (1, 2)
            await demand_it_goes_on(store)


async def test_a_session_file_of_the_first_release_goes_on(folder: Path, files: FileStore) -> None:
    await files.append(batch("wf_a"))
    path = folder / "wf_a.json"
    said = orjson.loads(path.read_bytes())
    del said["session"]["due_at"]
    path.write_bytes(orjson.dumps(said))
    again = FileStore(folder, FakeClock())
    await again.open()
    assert await again.check() == ()
    await demand_it_goes_on(again)
    await again.close()
