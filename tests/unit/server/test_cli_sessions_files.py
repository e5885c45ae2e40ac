"""`sessions export|import|verify`: from store to store, the earlier tool's files, and whether all is sound."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from engine.sessions.model import Status
from schema.values import Json, JsonObject
from tests.unit.server.conftest import Call
from tests.unit.server.durable import Durable
from tests.unit.server.world import World

OLD = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = ("--store", "sqlite:other.db")
SHAPE_A: JsonObject = {
    "session_id": OLD,
    "workflow_type": "gated",
    "target_file": "src/app.py",
    "current_phase": 2,
    "completed_phases": [1],
    "phase_artifacts": {"1": {"phase_number": 1, "evidence": {"tests": 3}, "timestamp": "2026-01-01T10:00:00"}},
    "checkpoints": {"1": "passed", "2": "pending"},
    "created_at": "2026-01-01T09:00:00",
    "updated_at": "2026-01-01T11:30:01",
}
SHAPE_B: JsonObject = {
    "session_id": OLD,
    "workflow_type": "gated",
    "target_file": "src/app.py",
    "current_phase": 1,
    "total_phases": 2,
    "completed_phases": [],
    "session_status": "paused",
    "created_at": "2026-01-01T09:00:00+00:00",
    "last_updated": "2026-01-01T12:00:00Z",
    "paused_at": "2026-01-01T12:00:00Z",
    "evidence": {},
    "phase_history": [],
    "errors": [],
}


@pytest.fixture
def session_id(durable: Durable) -> str:
    return durable.begun()


def put(world: World, name: str, value: Json) -> Path:
    path = world.project / name
    path.write_bytes(orjson.dumps(value))
    return path


def test_an_export_moves_a_session_into_another_store(
    call: Call, durable: Durable, world: World, session_id: str
) -> None:
    durable.passed(session_id)

    said = call("sessions", "export", session_id, "--output", "out.jsonl")

    assert (said.code, said.out, said.err) == (0, "", f"{session_id} is in out.jsonl\n")
    file = world.project / "out.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600
    brought = call("sessions", "import", "out.jsonl", *OTHER)
    assert (brought.code, brought.out) == (0, "out.jsonl: taken in (sessions: 1)\n")
    same = [call("sessions", "events", session_id, *store).out for store in ((), OTHER)]
    assert same[0] == same[1]
    assert "phase 2 of 2" in call("sessions", "list", *OTHER).out


def test_without_a_file_an_export_goes_to_standard_output(call: Call, session_id: str) -> None:
    said = call("sessions", "export", session_id)

    assert said.code == 0
    lines = [orjson.loads(line) for line in said.out.splitlines()]
    assert lines[0] == {"format": "workflowlookup-archive-1"}
    assert lines[-1]["kind"] == "end"


def test_an_export_never_writes_over_a_file_by_accident(call: Call, session_id: str, world: World) -> None:
    (world.project / "mine.txt").write_text("mine")

    said = call("sessions", "export", session_id, "--output", "mine.txt")

    assert said.code == 3
    assert "--force" in said.err
    assert (world.project / "mine.txt").read_text() == "mine"
    assert call("sessions", "export", session_id, "--output", "mine.txt", "--force").code == 0
    assert call("sessions", "export", session_id, "--output", ".").code == 3


def test_a_session_that_is_there_already_is_not_brought_in_again(call: Call, session_id: str) -> None:
    call("sessions", "export", session_id, "--output", "out.jsonl")

    said = call("sessions", "import", "out.jsonl")

    assert said.code == 1
    assert f"session {session_id} is in the store already" in said.err
    assert "delete it there first" in said.err


def test_an_archive_that_was_cut_off_brings_nothing(call: Call, session_id: str, world: World) -> None:
    call("sessions", "export", session_id, "--output", "out.jsonl")
    whole = (world.project / "out.jsonl").read_bytes()
    (world.project / "out.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))

    said = call("sessions", "import", "out.jsonl", *OTHER, "--json")

    assert said.code == 1
    (told,) = orjson.loads(said.out)
    assert (told["ok"], told["sessions"]) == (False, 0)
    assert "cut off" in told["error"]
    assert call("sessions", "list", *OTHER).out == ""


@pytest.mark.parametrize(("shape", "status"), [(SHAPE_A, Status.WAITING), (SHAPE_B, Status.PAUSED)])
def test_session_files_of_the_earlier_tool_are_found_again_under_their_old_id(
    call: Call, durable: Durable, world: World, shape: JsonObject, status: Status
) -> None:
    put(world, "old.json", shape)

    said = call("sessions", "import", "old.json", "--json")

    assert said.code == 0
    (told,) = orjson.loads(said.out)
    assert told["session_id"].startswith("wf_")
    assert f"session_id: {told['session_id']}" in call("sessions", "show", OLD).out
    assert durable.status(OLD) in (status, Status.RUNNING)
    assert call("sessions", "verify").code == 0
    assert call("sessions", "export", OLD, "--output", "new.jsonl").code == 0
    again = call("sessions", "import", "old.json")
    assert again.code == 1
    assert f"the session is in the store already, as {told['session_id']}" in again.err


def test_local_times_of_an_old_file_are_read_in_the_zone_of_this_machine(
    call: Call, world: World, durable: Durable, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time  # noqa: PLC0415 - only to change the zone

    file = put(world, "old.json", SHAPE_A)
    monkeypatch.setenv("TZ", "Etc/GMT-2")
    time.tzset()
    try:
        os.utime(file, (1_767_300_000, 1_767_300_000))
        assert call("sessions", "import", "old.json").code == 0
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()

    (row,) = orjson.loads(call("sessions", "list", "--json").out)["sessions"]
    assert row["created_at"].startswith("2026-01-01T07:00:00")


def test_what_is_odd_in_an_old_file_is_shown_with_its_line(call: Call, world: World, durable: Durable) -> None:
    file = world.project / "old.json"
    file.write_bytes(orjson.dumps({**SHAPE_A, "checkpoint_note": 5}, option=orjson.OPT_INDENT_2))

    said = call("sessions", "import", "old.json")

    assert said.code == 0
    assert "imported as wf_" in said.out
    assert "minor: line " in said.out
    assert "checkpoint_note: it is no text" in said.out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"session_id": ', "it is no JSON document"),
        (b"", "it is no JSON document"),
        (b"[1, 2]", "the file is no JSON object"),
        (b'{"session_id": "../x", "workflow_type": "gated"}', "session_id: it is no session id"),
        (orjson.dumps({**SHAPE_A, "workflow_type": "nine"}), "No workflow has the id 'nine'"),
        (b'{"format": "workflowlookup-session-1"}', "--store file:FOLDER"),
        (b'{"format": "workflowlookup-archive-1"}\n{"kind": "nonsense"}\n', "line 2 is no line of an archive"),
    ],
)
def test_a_file_that_cannot_be_taken_in_says_why_and_changes_nothing(
    call: Call, world: World, durable: Durable, text: bytes, why: str
) -> None:
    (world.project / "bad.json").write_bytes(text)

    said = call("sessions", "import", "bad.json")

    assert said.code == 1
    assert said.err.startswith("bad.json: ")
    assert why in said.err
    assert call("sessions", "list").out == ""


def test_one_bad_file_does_not_keep_the_others_out(call: Call, world: World, durable: Durable) -> None:
    put(world, "old.json", SHAPE_A)

    said = call("sessions", "import", "absent.json", "old.json")

    assert said.code == 3
    assert "absent.json: there is no such file" in said.err
    assert "old.json: imported as wf_" in said.out


def test_a_file_that_is_too_large_is_refused_unread(
    call: Call, world: World, durable: Durable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.verbs.bringing.MAX_BYTES", 100)
    put(world, "old.json", SHAPE_A)

    said = call("sessions", "import", "old.json")

    assert said.code == 1
    assert "more than 100 bytes" in said.err


def test_a_file_that_cannot_be_looked_at_is_told(call: Call, durable: Durable) -> None:
    said = call("sessions", "import", "x" * 300)

    assert said.code == 3
    assert ": File name too long" in said.err


def test_a_sound_store_is_told_as_sound(call: Call, session_id: str) -> None:
    said = call("sessions", "verify")

    assert (said.code, said.out, said.err) == (0, "", "1 session looked at: sound\n")
    assert orjson.loads(call("sessions", "verify", session_id, "--json").out) == {
        "ok": True,
        "sessions": 1,
        "problems": [],
    }


def test_a_damaged_log_is_named_and_the_others_are_not_suspected(call: Call, durable: Durable, world: World) -> None:
    bad, good = durable.begun("a.py"), durable.begun("b.py")
    damage(world, "UPDATE events SET data = '{}' WHERE seq = 1 AND session_id = ?", bad)

    said = call("sessions", "verify")

    assert said.code == 1
    assert f"session {bad}: its log cannot be read" in said.out
    assert good not in said.out
    assert call("sessions", "verify", good).code == 0
    assert call("sessions", "show", good).code == 0
    assert call("sessions", "show", bad).code == 3
    assert call("sessions", "export", bad).code == 3


def test_verifying_a_session_that_is_not_there_fails(call: Call, session_id: str) -> None:
    said = call("sessions", "verify", "wf_absent", session_id)

    assert said.code == 1
    assert said.out == "session wf_absent: it is not in the store\n"


def damage(world: World, statement: str, session_id: str) -> None:
    """Change the store's file behind its back."""
    with closing(sqlite3.connect(world.home / ".local/share/workflowlookup/sessions.db")) as connection:
        connection.execute(statement, (session_id,))
        connection.commit()
