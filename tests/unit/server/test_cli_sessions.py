"""The verb `sessions`: looking at durable runs and changing them, as an operator does it."""

import re
from pathlib import Path

import orjson
import pytest

from engine.sessions.model import Status
from server.verbs.sessions_group import command
from tests.unit.server.conftest import Call
from tests.unit.server.durable import TARGET, Durable
from tests.unit.server.world import World

LOOKS = [("list",), ("show", "wf_absent"), ("events", "wf_absent"), ("explain", "wf_absent"), ("verify",)]


@pytest.fixture
def session_id(durable: Durable) -> str:
    return durable.begun()


def test_every_verb_has_a_help_and_knows_the_settings_of_stores(call: Call) -> None:
    for name in command.commands:
        said = call("sessions", name, "--help")
        assert said.code == 0
        assert "--store" in said.out
        assert "--port" not in said.out


def test_the_list_shows_where_each_session_stands_newest_first(call: Call, durable: Durable) -> None:
    first, second = durable.begun("a.py"), durable.finished("b.py")

    said = call("sessions", "list")

    assert [line.split()[0] for line in said.out.splitlines()] == [second, first]
    assert "completed" in said.out.splitlines()[0]
    assert "phase 1 of 2" in said.out.splitlines()[1]
    assert said.err == "2 shown; 1 active, 1 completed\n"


def test_the_list_as_json_is_what_aos_workflow_gives_of_sessions(call: Call, session_id: str) -> None:
    answer = orjson.loads(call("sessions", "list", "--json").out)

    (row,) = answer["sessions"]
    assert (row["session_id"], row["workflow_type"], row["target_file"]) == (session_id, "gated", TARGET)
    assert (row["status"], row["current_phase"], row["total_phases"], row["is_stale"]) == ("active", 1, 2, False)
    assert answer["counts"] == {"active": 1}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--status", "active"), 1),
        (("--status", "completed"), 1),
        (("--status", "paused"), 0),
        (("--workflow", "gated"), 2),
        (("--workflow", "gated_v1"), 2),
        (("--workflow", "unknown"), 0),
        (("--target", "b.py"), 1),
        (("--newer", "1h"), 2),
        (("--older", "1h"), 0),
        (("--limit", "1"), 1),
    ],
)
def test_the_list_shows_what_is_asked_for(call: Call, durable: Durable, arguments: tuple[str, ...], found: int) -> None:
    durable.begun("a.py")
    durable.finished("b.py")

    said = call("sessions", "list", *arguments)

    assert (said.code, len(said.out.splitlines())) == (0, found)


def test_the_list_goes_on_behind_the_first_page(call: Call, durable: Durable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.verbs.sessions_looks.PAGE", 2)
    ids = {durable.begun(f"{number}.py") for number in range(3)}

    assert {line.split()[0] for line in call("sessions", "list").out.splitlines()} == ids


@pytest.mark.parametrize("wrong", [("--older", "soon"), ("--status", "lost"), ("--limit", "0"), ("--colour",)])
def test_a_wrong_option_is_a_usage_error(call: Call, wrong: tuple[str, ...]) -> None:
    said = call("sessions", "list", *wrong)

    assert said.code == 2
    assert wrong[-1].lstrip("-") in said.err


def test_show_tells_what_is_done_what_is_next_and_what_failed(call: Call, durable: Durable, session_id: str) -> None:
    durable.failed(session_id)

    said = call("sessions", "show", session_id)

    assert said.code == 0
    assert f"session_id: {session_id}" in said.out
    assert "position: write" in said.out
    assert "tests" in said.out
    answer = orjson.loads(call("sessions", "show", session_id, "--json").out)
    assert set(answer) == {"session", "history", "approvals", "recovery"}
    assert answer["session"]["target_file"] == TARGET


def test_show_tells_what_an_override_let_pass(call: Call, durable: Durable, session_id: str) -> None:
    durable.failed(session_id)
    durable.overridden(session_id)

    answer = orjson.loads(call("sessions", "show", session_id, "--json").out)

    (issue,) = answer["session"]["phase_warnings"]["phase_1"]
    assert issue["field"] == "tests"
    assert "phase_warnings:" in call("sessions", "show", session_id).out


def test_events_and_explain_tell_what_happened_and_why(call: Call, durable: Durable, session_id: str) -> None:
    durable.failed(session_id)
    durable.passed(session_id)

    events = call("sessions", "events", session_id).out.splitlines()
    decided = call("sessions", "explain", session_id).out.splitlines()

    assert "SessionStarted" in events[0]
    assert "GateRefused" in "\n".join(events)
    assert [int(line.split()[0]) for line in events] == list(range(1, len(events) + 1))
    versions = [int(line.split()[0]) for line in decided]
    assert versions == sorted(versions, reverse=True)
    assert "phase 1 is complete" in "\n".join(decided)
    assert len(call("sessions", "explain", session_id, "--limit", "1").out.splitlines()) == 1
    as_json = orjson.loads(call("sessions", "events", session_id, "--json").out)
    assert [each["version"] for each in as_json] == list(range(1, len(events) + 1))
    assert {each["by"] for each in as_json} == {"test"}


@pytest.mark.parametrize("verb", ["show", "events", "explain", "export"])
def test_a_session_that_is_not_there_is_told_with_the_verb_that_lists_them(
    call: Call, session_id: str, verb: str
) -> None:
    said = call("sessions", verb, "wf_absent")

    assert said.code == 1
    assert said.out == ""
    assert "There is no session 'wf_absent'" in said.err
    assert "`workflow-lookup sessions list`" in said.err


@pytest.mark.parametrize("store", ["sqlite", "file"])
@pytest.mark.parametrize("verb", ["show", "events", "explain", "export"])
def test_an_id_is_data_and_never_a_path(call: Call, durable: Durable, verb: str, store: str) -> None:
    durable.begun(store=store)

    said = call("sessions", verb, "../../../../../workflows/gated", "--store", store)

    assert said.code == 1
    assert "There is no session" in said.err


@pytest.mark.parametrize("arguments", LOOKS)
def test_a_store_in_memory_cannot_be_looked_into_from_outside(call: Call, arguments: tuple[str, ...]) -> None:
    said = call("sessions", *arguments, "--store", "memory")

    assert said.code == 2
    assert "lives inside its server's process" in said.err


@pytest.mark.parametrize("arguments", LOOKS)
def test_looking_makes_no_store_and_says_that_there_is_none(
    call: Call, world: World, arguments: tuple[str, ...]
) -> None:
    said = call("sessions", *arguments)

    assert said.code == (1 if "wf_absent" in arguments else 0)
    assert "there is no store at" in said.err
    assert list(world.home.iterdir()) == []


def test_the_file_store_of_the_workspace_is_looked_into_as_well(call: Call, durable: Durable, world: World) -> None:
    session_id = durable.begun(store="file")

    assert (world.project / ".agent-os/state/workflows" / f"{session_id}.json").is_file()
    assert session_id in call("sessions", "list", "--store", "file").out


def test_delete_asks_for_yes_where_nobody_can_be_asked(call: Call, durable: Durable, session_id: str) -> None:
    said = call("sessions", "delete", session_id)

    assert said.code == 2
    assert "--yes" in said.err
    assert durable.status(session_id) is Status.RUNNING


def test_what_is_deleted_is_gone_and_stays_in_the_audit_log(call: Call, session_id: str) -> None:
    said = call("sessions", "delete", session_id, "--yes", "--reason", "tried out")

    assert (said.code, said.out) == (0, f"{session_id}: deleted\n")
    assert call("sessions", "list").out == ""
    line = call("sessions", "deletions").out
    assert line.endswith(f"{session_id}  gated  by cli: tried out\n")
    (noted,) = orjson.loads(call("sessions", "deletions", "--json").out)
    assert (noted["session_id"], noted["workflow_type"], noted["reason"]) == (session_id, "gated", "tried out")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", noted["at"])


def test_deleting_what_is_not_there_is_told_by_the_exit_code(call: Call, session_id: str) -> None:
    said = call("sessions", "delete", "wf_absent", session_id, "--yes", "--json")

    assert said.code == 1
    assert orjson.loads(said.out) == {"deleted": [session_id], "absent": ["wf_absent"]}


def test_prune_removes_finished_sessions_beyond_the_limits_and_never_active_ones(call: Call, durable: Durable) -> None:
    active, old, new = durable.begun("a.py"), durable.finished("b.py"), durable.finished("c.py")

    said = call("sessions", "prune", "--yes", "--retention-count", "1")

    assert said.out == "1 finished session deleted\n"
    left = call("sessions", "list").out
    assert (active in left, old in left, new in left) == (True, False, True)
    assert "retention: 1 newer finished sessions are kept" in call("sessions", "deletions").out
    assert orjson.loads(call("sessions", "prune", "--yes", "--json").out) == {
        "sessions": 0,
        "how": "deleted",
        "left": [],
    }


@pytest.mark.parametrize("arguments", [("--archive",), ("--retention", "archive")])
def test_prune_can_archive_first_and_an_archive_can_be_brought_back(
    call: Call, durable: Durable, world: World, arguments: tuple[str, ...]
) -> None:
    old = durable.finished("b.py")
    durable.finished("c.py")

    said = call("sessions", "prune", "--yes", "--retention-count", "1", *arguments)

    assert said.out == "1 finished session archived\n"
    archive = world.home / ".local/share/workflowlookup/archive" / f"{old}.jsonl"
    assert archive.stat().st_mode & 0o777 == 0o600
    assert old not in call("sessions", "list").out
    assert call("sessions", "import", archive).code == 0
    assert old in call("sessions", "list", "--status", "completed").out


def test_a_store_that_cannot_be_opened_ends_with_three(call: Call, world: World) -> None:
    damaged = world.home / "damaged.db"
    damaged.write_bytes(b"no database, " * 100)

    said = call("sessions", "list", "--store", f"sqlite:{damaged}")

    assert said.code == 3
    assert said.err.startswith("workflow-lookup: The session store could not open: the file is")
    assert Path(damaged).read_bytes() == b"no database, " * 100


def test_prune_asks_first_and_removes_nothing_where_nobody_is_there_to_ask(call: Call) -> None:
    said = call("sessions", "prune")
    assert said.code == 2
    assert "--yes goes on without asking" in said.err
