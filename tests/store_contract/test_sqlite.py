"""What only the SQLite store has: modes, migrations, foreign and newer files, a writer that breaks."""

import asyncio
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store import sqlite_file, sqlite_writer
from engine.store.port import Query
from engine.store.sqlite import SqliteStore
from tests.store_contract.lite import bytes_of, new_store, run
from tests.store_contract.sample import PINNED, batch, deletion

WAIT_S = 30


@pytest.fixture
def path(lite_path: Path) -> Path:
    return lite_path


@pytest.fixture
def store(lite: SqliteStore) -> SqliteStore:
    return lite


def odd_file(path: Path, content: bytes) -> Path:
    """Write a file that no store wrote."""
    path.write_bytes(content)
    return path


def ask(path: Path, text: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute(text))


async def test_only_the_owner_may_read_the_files(store: SqliteStore, path: Path) -> None:
    await store.append(batch("wf_a"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("sessions.db", "sessions.db-wal", "sessions.db-shm", "sessions.db.lock"), 0o600)


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_the_setting_says_how_surely_an_append_is_on_disk(path: Path, synchronous: str, level: int) -> None:
    sqlite_file.prepare(path, synchronous)
    with closing(sqlite_file.connect(path, synchronous)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchall() == [(level,)]
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


@pytest.mark.requirement("STORE-4")
async def test_an_older_file_is_copied_and_migrated(
    store: SqliteStore, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append(batch("wf_a", 0, 3))
    await store.close()
    scripts = tmp_path / "sql"
    scripts.mkdir()
    for script in sqlite_file.MIGRATIONS.iterdir():
        (scripts / script.name).write_text(script.read_text())
    (scripts / "0003_more.sql").write_text("-- a comment; with a semicolon\nALTER TABLE facts ADD COLUMN more TEXT;\n")
    monkeypatch.setattr(sqlite_file, "MIGRATIONS", scripts)
    await asyncio.gather(store.open(), new_store(path).open())
    assert len(await store.read("wf_a")) == 3
    assert ask(path, "PRAGMA user_version") == [(3,)]
    copy = path.with_name("sessions.db.before-0003.bak")
    assert ask(copy, "PRAGMA user_version") == [(2,)]
    assert ask(copy, "SELECT count(*) FROM events") == [(3,)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


async def test_a_migration_that_fails_leaves_the_file_as_it_was(
    store: SqliteStore, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.close()
    scripts = tmp_path / "sql"
    scripts.mkdir()
    (scripts / "0001_sessions.sql").write_text("")
    (scripts / "0003_more.sql").write_text("CREATE TABLE fresh (a);\nCREATE TABLE events (a);\n")
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "MIGRATIONS", scripts)
        with pytest.raises(StoreError) as refused:
            await store.open()
    assert refused.value.operation == "open"
    assert ask(path, "PRAGMA user_version") == [(2,)]
    assert ask(path, "SELECT name FROM sqlite_master WHERE name = 'fresh'") == []
    await store.open()
    assert await store.check() == ()


async def test_a_file_of_a_newer_server_is_refused(store: SqliteStore, path: Path) -> None:
    await store.close()
    run(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreError) as refused:
        await store.open()
    assert "newer version (schema 99" in refused.value.details
    assert not refused.value.retryable


@pytest.mark.parametrize("text", ["CREATE TABLE theirs (a)", "PRAGMA user_version = 1"])
async def test_a_file_of_another_program_is_refused_untouched(path: Path, text: str) -> None:
    path.parent.mkdir()
    run(path, "CREATE TABLE a (b)", text)
    before = bytes_of(path)
    with pytest.raises(StoreError) as refused:
        await new_store(path).open()
    assert refused.value.details == "the file belongs to another program"
    assert bytes_of(path) == before


async def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = odd_file(tmp_path / "sessions.db", b"no database" * 1000)
    with pytest.raises(StoreError) as refused:
        await new_store(path).open()
    assert refused.value.details == "the file is no SQLite database"
    assert bytes_of(path) == b"no database" * 1000


async def test_a_lost_projection_does_not_stop_a_session(store: SqliteStore, path: Path) -> None:
    await store.append(batch("wf_a", 0, 2))
    row = await store.row("wf_a")
    run(path, "DELETE FROM sessions")
    assert await store.check() == ("the row of wf_a does not stand at the end of its log",)
    assert await store.ids() == ("wf_a",)
    assert row is not None
    await store.replace_rows([row])
    assert await store.row("wf_a") == row
    run(path, "DELETE FROM sessions")
    assert await store.append(batch("wf_a", 2)) == 3
    assert await store.counts(Query()) == {"running": 1}


async def test_check_names_gaps_and_lost_documents(store: SqliteStore, path: Path) -> None:
    await store.append(batch("wf_a", 0, 3)._replace(documents=(PINNED,)))
    run(path, "DELETE FROM events WHERE seq = 2", "DELETE FROM documents")
    assert await store.check() == ("the log of wf_a has gaps", "the document of wf_a is missing")


async def test_documents_nobody_pins_go_with_the_last_session(store: SqliteStore, path: Path) -> None:
    await store.append(batch("wf_a")._replace(documents=(PINNED,)))
    await store.delete(deletion("wf_a"))
    assert await store.document(PINNED.hash) is None
    assert ask(path, "SELECT count(*) FROM pins") == [(0,)]


async def test_more_work_than_may_wait_is_refused(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "MAX_WAITING", 0)
    with pytest.raises(StoreError) as refused:
        await store.append(batch("wf_a"))
    assert refused.value.retryable


async def test_more_than_one_group_of_work_is_all_done(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "MAX_GROUP", 3)
    assert await asyncio.gather(*(store.append(batch(f"wf_{number}")) for number in range(20))) == [1] * 20


async def test_a_member_that_cannot_be_stored_fails_alone(store: SqliteStore) -> None:
    odd = [store.append(batch(f"wf_{number}", target_file="\ud800" if number == 7 else "a")) for number in range(12)]
    found = await asyncio.gather(*odd, return_exceptions=True)
    assert isinstance(found.pop(7), StoreError)
    assert found == [1] * 11


async def test_a_writer_that_breaks_answers_everybody(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", caught.append)

    def broken(connection: sqlite3.Connection) -> int:
        raise RuntimeError

    writer = store._writer
    assert writer is not None
    asked = [store.append(batch("wf_a")), writer.submit("append", broken), store.append(batch("wf_b"))]
    found = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), WAIT_S)
    assert isinstance(found[1], StoreError)
    await asyncio.to_thread(writer._thread.join, WAIT_S)
    assert [each.exc_type for each in caught] == [RuntimeError]
    with pytest.raises(StoreError):
        await asyncio.wait_for(store.append(batch("wf_c")), WAIT_S)
    assert await store.read("wf_b") == ()
