"""`doctor --actions`: all actions and three whole workflows against a real server, and what is told of bad ones."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest

from engine.clock import SystemClock
from schema.values import Json
from server.verbs import doctor_actions, doctor_report
from server.verbs.doctor_actions import Tried, evidence_for
from server.verbs.doctor_report import told
from tests.serving import PRODUCT, free_port, http_server
from tests.unit.server.conftest import Call

ACTIONS = {
    "list_workflows",
    "start",
    "get_phase",
    "get_task",
    "complete_phase",
    "get_state",
    "list_sessions",
    "get_session",
    "delete_session",
    "pause",
    "resume",
    "retry_phase",
    "rollback",
    "get_errors",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("doctored")
    with http_server((*PRODUCT, "--http", "--workspace", str(home)), home) as url:
        yield url


@contextmanager
def impostor(status: int, body: bytes) -> Iterator[str]:
    """Answer every request in one way, as something else than a server of ours."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}"
    finally:
        listening.shutdown()
        thread.join(10)
        listening.server_close()


@pytest.mark.requirement("OPS-3")
def test_a_sound_server_is_told_as_sound_and_nothing_stays_behind(call: Call, server: str) -> None:
    said = call("doctor", "--actions", server, "--json")

    assert said.code == 0, said.out
    report = orjson.loads(said.out)
    assert {each["action"] for each in report["actions"]} == ACTIONS
    assert all(each["ok"] for each in report["actions"])
    assert [each["workflow"] for each in report["workflows"]] == list(doctor_actions.WALKED)
    assert all(each["ok"] and each["phases_completed"] > 1 for each in report["workflows"])
    assert (report["ok"], report["server"]) == (True, server)
    assert report["date"].endswith("Z")
    assert "Python" in report["environment"]
    with closing(doctor_actions.Server(server, None, SystemClock())) as again:
        assert again.act("list_sessions")[0]["count"] == 0


def test_the_report_for_people_has_a_line_for_each_action(call: Call, server: str) -> None:
    lines = call("doctor", "--actions", server).out.splitlines()

    assert lines[0] == f"Validation of {server}"
    shown = [line.split() for line in lines[lines.index("actions") + 1 : lines.index("workflows")]]
    assert {words[1] for words in shown} == ACTIONS
    assert all(words[0] in ("ok", "slow") and "target" in words for words in shown)
    assert lines[-2] == "recommendation"


def test_without_an_address_the_one_of_the_settings_is_tried(call: Call, server: str) -> None:
    assert call("doctor", "--actions", "--port", server.rpartition(":")[2]).code == 0


def test_a_server_that_lacks_a_workflow_fails(call: Call, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_actions, "WALKED", ("absent_v1", "spec_creation_v1"))

    said = call("doctor", "--actions", server)

    assert said.code == 1
    assert "  FAILED absent_v1: 0 phases completed" in said.out.splitlines()
    assert "  absent_v1: this server does not have it" in said.out
    assert f"  {doctor_report.BAD}" in said.out
    assert "  ok     spec_creation_v1" in said.out


def test_a_server_without_a_workspace_can_start_nothing_and_the_report_says_why(call: Call, tmp_path: Path) -> None:
    with http_server((*PRODUCT, "--http", "--workspace", "none"), tmp_path) as url:
        said = call("doctor", "--actions", url)

    assert said.code == 1
    assert "FAILED start" in said.out
    assert "workspace" in said.out
    assert "no session began, so nothing else could be tried" in said.out


def test_where_no_server_is_the_exit_code_is_three(call: Call) -> None:
    said = call("doctor", "--actions", f"http://127.0.0.1:{free_port()}")

    assert said.code == 3
    assert "cannot be tried" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("status", "body", "told_as"),
    [
        (200, b"<html>", "does not answer as a workflowlookup server"),
        (401, b"{}", "HTTP status 401"),
        (200, b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}}', "not found"),
        (200, b"[]", "HTTP status 200"),
    ],
)
def test_what_is_no_server_of_ours_is_told_as_that(call: Call, status: int, body: bytes, told_as: str) -> None:
    with impostor(status, body) as url:
        said = call("doctor", "--actions", url)

    assert said.code == 3
    assert told_as in said.err


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "http://", "http://127.0.0.1:port"])
def test_what_is_no_address_is_told(call: Call, address: str) -> None:
    said = call("doctor", "--actions", address)

    assert said.code == 3
    assert "is no http address" in said.err


def test_a_gate_that_refuses_the_examples_is_an_issue(call: Call, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_actions, "evidence_for", lambda content: {})

    said = call("doctor", "--actions", server, "--json")

    assert said.code == 1
    report = orjson.loads(said.out)
    assert [each["ok"] for each in report["workflows"]] == [False, False, False]
    assert any(issue.startswith("complete_phase: ") for issue in report["issues"])


def test_a_slow_action_is_told_and_fails_nothing() -> None:
    class Sound:
        tried = (Tried("start", ok=True, ms=900.0, target_ms=500.0, issue=""),)
        walked = (doctor_actions.Walked("x", ok=True, phases=2, issue=""),)

    report = doctor_report.shown(Sound())

    assert report["ok"] is True
    assert report["issues"] == ["start: it took 900 ms; the target is 500 ms"]
    assert report["recommendation"] == doctor_report.SLOW
    assert any(
        line.startswith("  slow   start") for line in told({**report, "server": "", "date": "", "environment": ""})
    )


def test_evidence_is_the_example_of_a_field_or_a_value_of_its_type() -> None:
    fields: list[Json] = [
        {"field": "a", "type": "integer", "example": 7},
        {"field": "b", "type": "boolean"},
        {"field": "c"},
    ]

    assert evidence_for({"checkpoint": {"required_evidence": fields}}) == {
        "a": 7,
        "b": True,
        "c": "tried by doctor",
    }
    assert evidence_for({}) == {}
