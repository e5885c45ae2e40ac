"""The verb `store`: migrating, backing up, restoring and checking a session store as a whole."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from engine.store import sqlite_file
from tests.store_contract.postgres_places import schema_of_its_own
from tests.unit.server.conftest import Call
from tests.unit.server.durable import Durable
from tests.unit.server.world import World

DATA = ".local/share/workflowlookup"
VERBS = [("migrate",), ("backup", "b.jsonl"), ("restore", "b.jsonl"), ("check",)]


@pytest.fixture
def session_id(durable: Durable) -> str:
    return durable.begun()


@pytest.fixture
def next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a release with one migration more."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    for script in sqlite_file.MIGRATIONS.iterdir():
        (folder / script.name).write_bytes(script.read_bytes())
    (folder / "0003_more.sql").write_text("CREATE TABLE more (x);\n")
    monkeypatch.setattr(sqlite_file, "MIGRATIONS", folder)
    return folder


def store_file(world: World) -> Path:
    return world.home / DATA / "sessions.db"


def edit(world: World, statement: str) -> None:
    """Change the store's file behind its back."""
    with closing(sqlite3.connect(store_file(world))) as connection:
        connection.execute(statement)
        connection.commit()


def test_migrate_makes_a_store_and_then_finds_it_up_to_date(call: Call, world: World) -> None:
    made, again = call("store", "migrate"), call("store", "migrate")

    assert (made.code, made.out) == (0, f"{store_file(world)}: made, at schema 2\n")
    assert (again.code, again.out) == (0, f"{store_file(world)}: is at schema 2 already\n")


def test_migrate_tells_from_where_to_where_and_where_the_copy_is(
    call: Call, world: World, session_id: str, next_schema: Path
) -> None:
    said = call("store", "migrate")

    copy = store_file(world).with_name("sessions.db.before-0003.bak")
    assert said.code == 0
    assert said.out == f"{store_file(world)}: brought from schema 2 to 3\nas it was before: {copy}\n"
    assert copy.is_file()
    assert session_id in call("sessions", "list").out


def test_a_store_of_a_newer_release_is_left_alone_and_the_copy_still_serves(
    call: Call, world: World, session_id: str, next_schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = orjson.loads(call("store", "migrate", "--json").out)
    assert (answer["before"], answer["now"]) == (2, 3)
    (next_schema / "0003_more.sql").unlink()

    said = call("store", "check")

    assert said.code == 3
    assert "written by a newer version (schema 3, this one knows 2). Upgrade this server" in said.err
    assert session_id in call("sessions", "list", "--store", f"sqlite:{answer['copy']}").out


@pytest.mark.parametrize("kind", ["sqlite:other.db", "file:other"])
def test_a_backup_restores_everything_into_a_store_of_any_kind(
    call: Call, durable: Durable, world: World, kind: str
) -> None:
    kept, gone = durable.finished("a.py"), durable.begun("b.py")
    call("sessions", "delete", gone, "--yes", "--reason", "wrong file")

    saved = call("store", "backup", "all.jsonl")
    restored = call("store", "restore", "all.jsonl", "--store", kind)

    assert saved.out.startswith("1 session, ")
    assert saved.out.endswith(" in all.jsonl\n")
    assert (world.project / "all.jsonl").stat().st_mode & 0o777 == 0o600
    assert restored.code == 0
    assert restored.out.endswith(" 1 documents restored\n")
    events = [call("sessions", "events", kept, *store).out for store in ((), ("--store", kind))]
    assert events[0] == events[1]
    assert "wrong file" in call("sessions", "deletions", "--store", kind).out
    assert call("store", "check", "--store", kind).code == 0


def test_a_backup_says_in_json_what_it_holds(call: Call, session_id: str) -> None:
    counts = orjson.loads(call("store", "backup", "all.jsonl", "--json").out)

    assert (counts["sessions"], counts["documents"], counts["deletions"]) == (1, 1, 0)
    assert counts["events"] > 1


def test_a_backup_never_writes_over_a_file_by_accident(call: Call, session_id: str) -> None:
    assert call("store", "backup", "all.jsonl").code == 0
    said = call("store", "backup", "all.jsonl")

    assert said.code == 3
    assert "all.jsonl exists already" in said.err
    assert call("store", "backup", "all.jsonl", "--force").code == 0


def test_a_store_that_is_not_there_is_not_backed_up_as_empty(call: Call, world: World) -> None:
    said = call("store", "backup", "all.jsonl")

    assert said.code == 3
    assert "could not back up: it is not there" in said.err
    assert not (world.project / "all.jsonl").exists()


def test_a_store_that_is_not_there_is_not_called_sound(call: Call) -> None:
    said = call("store", "check")

    assert said.code == 3
    assert "could not check: it is not there" in said.err


def test_restoring_over_a_session_that_is_there_changes_nothing(call: Call, durable: Durable, session_id: str) -> None:
    call("store", "backup", "all.jsonl")
    durable.passed(session_id)
    before = call("sessions", "events", session_id).out

    said = call("store", "restore", "all.jsonl")

    assert said.code == 1
    assert f"session {session_id} is in the store already" in said.err
    assert call("sessions", "events", session_id).out == before


def test_a_damaged_backup_is_refused_whole(call: Call, session_id: str, world: World) -> None:
    call("store", "backup", "all.jsonl")
    file = world.project / "all.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"at"', b'"ta"', 1))

    said = call("store", "restore", "all.jsonl", "--store", "sqlite:other.db")

    assert said.code == 1
    assert "is no line of an archive" in said.err
    assert call("sessions", "list", "--store", "sqlite:other.db").out == ""


def test_restoring_from_no_file_is_a_usage_error(call: Call) -> None:
    said = call("store", "restore", "absent.jsonl")

    assert said.code == 2
    assert "absent.jsonl" in said.err


def test_a_sound_store_passes_the_check(call: Call, session_id: str) -> None:
    said = call("store", "check")

    assert (said.code, said.out, said.err) == (0, "", "1 session looked at: sound\n")


def test_rows_that_do_not_fit_their_logs_are_found_and_written_anew(call: Call, world: World, session_id: str) -> None:
    edit(world, "UPDATE sessions SET status = 'completed'")
    found = call("store", "check")
    mended = call("store", "check", "--rebuild", "--json")

    assert found.code == 1
    assert f"session {session_id}: its row is not what its log gives" in found.out
    assert mended.code == 0
    answer = orjson.loads(mended.out)
    assert (answer["ok"], answer["rebuilt"]) == (True, {"rows": 1, "broken": []})
    assert "active" in call("sessions", "list").out


def test_rows_that_are_gone_come_back_from_the_logs(call: Call, world: World, session_id: str) -> None:
    edit(world, "DELETE FROM sessions")

    said = call("store", "check", "--rebuild")

    assert said.err.startswith("1 rows written anew\n")
    assert session_id in call("sessions", "list").out


@pytest.mark.parametrize("arguments", VERBS)
def test_a_store_in_memory_is_refused(call: Call, world: World, arguments: tuple[str, ...]) -> None:
    (world.project / "b.jsonl" if "restore" in arguments else world.project / "c").write_text("")

    said = call("store", *arguments, "--store", "memory")

    assert said.code == 2
    assert "lives inside its server's process" in said.err


@pytest.mark.parametrize("arguments", [("migrate",), ("check",)])
def test_a_database_nobody_answers_at_is_told_without_its_password(call: Call, arguments: tuple[str, ...]) -> None:
    said = call("store", *arguments, "--store", "postgres://ann:hunter2@127.0.0.1:1/none")

    assert said.code == 3
    assert "could not open" in said.err
    assert "hunter2" not in said.err


def test_a_folder_that_cannot_be_made_is_told(call: Call, world: World) -> None:
    (world.project / "plain").write_text("")

    said = call("store", "migrate", "--store", "sqlite:plain/sessions.db")

    assert said.code == 3
    assert "could not open" in said.err


def test_the_verbs_work_on_a_database_as_on_a_file(call: Call, durable: Durable) -> None:
    kept = durable.finished()
    call("store", "backup", "all.jsonl")

    def everything(url: str) -> None:
        store = ("--store", url)
        assert call("store", "migrate", *store).out.endswith(": made, at schema 2\n")
        assert call("store", "migrate", *store).out.endswith(": is at schema 2 already\n")
        assert call("store", "restore", "all.jsonl", *store).code == 0
        assert call("sessions", "events", kept, *store).out == call("sessions", "events", kept).out
        assert call("store", "check", "--rebuild", *store).code == 0
        assert (
            call("sessions", "prune", "--yes", "--retention-count", "1", *store).out == "0 finished sessions deleted\n"
        )
        assert call("sessions", "delete", kept, "--yes", *store).code == 0
        assert call("sessions", "list", *store).out == ""

    async def in_a_schema() -> None:
        async with schema_of_its_own() as url:
            await asyncio.to_thread(everything, url)

    asyncio.run(in_a_schema())
