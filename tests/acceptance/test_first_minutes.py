"""What `make run` starts tells a newcomer how to connect, and every line of it works as printed.

MCP Inspector's lines are tried with the Inspector itself in test_inspector.py.
"""

import json
import re
import selectors
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import pytest

from schema.values import Json
from tests.services import ROOT, missing
from tests.serving import PRODUCT, START_TIMEOUT_S, environment, free_port, stop

LINE_SECONDS = 30  # one pasted line; every one answers in well under a second
READ_BYTES = 65536  # the greeting is under three kilobytes
TOKEN = "a-token-of-this-test-only"  # noqa: S105 - nobody else's secret
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "newcomer", "version": "1"}}
INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO})


class Greeting(NamedTuple):
    """What the server printed, by client, and the environment a newcomer's shell would have."""

    url: str
    lines: dict[str, str]
    variables: dict[str, str]


def read_greeting(stream: IO[bytes]) -> str:
    """Read until the last line of the greeting is whole; what came so far when the server falls silent."""
    text = b""
    with selectors.DefaultSelector() as ready:
        ready.register(stream, selectors.EVENT_READ)
        while not re.search(rb"^curl .*\n", text, re.MULTILINE) and ready.select(START_TIMEOUT_S):
            chunk = stream.read1(READ_BYTES)  # type: ignore[attr-defined]  # a pipe is a BufferedReader, which has it
            if not chunk:
                break
            text += chunk
    return text.decode()


@pytest.fixture(scope="module", params=["open", "with a token"])
def greeting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Greeting]:
    """Start the server with the words of `make run`; once without and once with a token."""
    home = tmp_path_factory.mktemp("newcomer")
    variables = environment(home, measured=True) | ({"WORKFLOWLOOKUP_TOKEN": TOKEN} if request.param != "open" else {})
    port = free_port()
    command = [*PRODUCT, "--http", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=variables) as process:
        assert process.stdout is not None
        try:
            text = read_greeting(process.stdout)
            rows = (re.split(r" {2,}", line, maxsplit=1) for line in text.splitlines() if line)
            lines = {row[0]: row[1] for row in rows if len(row) > 1}
            yield Greeting(f"http://127.0.0.1:{port}", lines, variables)
        finally:
            stop(process)


def paste(line: str, variables: dict[str, str], given: str = "") -> Json:
    """Run a line as a newcomer's shell would, outside the checkout; the one JSON answer it prints."""
    home = variables["HOME"]
    done = subprocess.run(
        ["sh", "-c", line], cwd=home, env=variables, input=given, capture_output=True, text=True,
        check=False, timeout=LINE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: Json = json.loads(done.stdout)
    return answer


def need_curl() -> None:
    """Skip where there is no curl."""
    if shutil.which("curl") is None:
        missing("curl", "install it with the system's package manager")


def assert_introduces_itself(answer: Json) -> None:
    """Check the answer to `initialize`."""
    match answer:
        case {"id": 1, "result": {"serverInfo": {"name": name}}}:
            assert name == "workflowlookup"
        case _:
            pytest.fail(f"no answer to initialize: {answer}")


def test_make_run_starts_exactly_this_server() -> None:
    if shutil.which("make") is None:
        missing("make", "install it with the system's package manager")
    command = ["make", "--dry-run", "--no-print-directory", "run", "PORT=8123"]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=LINE_SECONDS).stdout
    last = planned.splitlines()[-1]
    assert last == "exec .venv/bin/workflow-lookup serve --http --host 127.0.0.1 --port 8123"


def test_the_greeting_has_a_line_for_every_client(greeting: Greeting) -> None:
    clients = {
        "MCP Inspector, HTTP",
        "MCP Inspector, stdio",
        "Claude Code, HTTP",
        "Claude Code, stdio",
        "VS Code",
        "Cursor",
    }
    assert set(greeting.lines) >= clients | {"curl"}


def test_the_greeting_never_shows_the_token(greeting: Greeting) -> None:
    assert not [line for line in greeting.lines.values() if TOKEN in line]


def test_the_curl_line_lists_the_workflows(greeting: Greeting) -> None:
    need_curl()
    match paste(greeting.lines["curl"], greeting.variables):
        case {"jsonrpc": "2.0", "id": 1, "result": {"workflows": [_, *_]}}:
            assert greeting.lines["curl"].startswith("curl -s ")
        case answer:
            pytest.fail(f"no workflows in {answer}")


def test_the_curl_line_is_refused_without_the_token(greeting: Greeting) -> None:
    need_curl()
    bare = {key: value for key, value in greeting.variables.items() if key != "WORKFLOWLOOKUP_TOKEN"}
    answer = paste(greeting.lines["curl"], bare)
    assert isinstance(answer, dict)
    assert ("error" in answer) == (bare != greeting.variables)


@pytest.mark.parametrize("client", ["VS Code", "Cursor"])
def test_the_configuration_of_an_editor_starts_a_server(greeting: Greeting, client: str) -> None:
    file, _, text = greeting.lines[client].partition("   ")
    assert file == {"VS Code": ".vscode/mcp.json", "Cursor": ".cursor/mcp.json"}[client]
    servers = json.loads(text)["servers" if client == "VS Code" else "mcpServers"]
    entry = servers["workflow-lookup"]
    assert_introduces_itself(
        paste(shlex.join([entry["command"], *entry["args"]]), greeting.variables, INITIALIZE + "\n")
    )


def test_the_claude_code_line_for_stdio_names_a_command_that_serves(greeting: Greeting) -> None:
    add, _, start = greeting.lines["Claude Code, stdio"].partition(" -- ")
    assert add == "claude mcp add workflow-lookup"
    assert_introduces_itself(paste(start, greeting.variables, INITIALIZE + "\n"))


def test_the_claude_code_line_for_http_names_the_mcp_endpoint(greeting: Greeting) -> None:
    need_curl()
    words = re.match(
        r"claude mcp add --transport http workflow-lookup (\S+)(?: --header (\".*\"))?$",
        greeting.lines["Claude Code, HTTP"],
    )
    assert words is not None
    assert words[1] == f"{greeting.url}/mcp"
    bearer = f"-H {words[2]}" if words[2] else ""
    accepts = "-H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream'"
    line = f"curl -s {words[1]} {bearer} {accepts} -d {shlex.quote(INITIALIZE)}"
    assert_introduces_itself(paste(line, greeting.variables))


def test_a_second_server_on_the_same_port_says_what_to_do(greeting: Greeting, tmp_path: Path) -> None:
    port = greeting.url.rpartition(":")[2]
    command = [sys.executable, *PRODUCT[1:], "--http", "--port", port]
    done = subprocess.run(
        command, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=LINE_SECONDS
    )
    assert done.returncode == 3
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
