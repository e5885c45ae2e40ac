"""The stdio process with everything it may be started with: pipes, files, /dev/null, signals, clients that vanish."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.interaction.doors import ROOT, Stdio
from tests.serving import environment

SECONDS: Final = 15
PING: Final = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
PONG: Final[JsonObject] = {"jsonrpc": "2.0", "id": 1, "result": {}}
WAIT: Final = b'{"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"wait_forever","arguments":{}}}\n'


def words(home: Path, module: str | None = None) -> list[str]:
    program = ["-m", module] if module else [str(ROOT / "workflowlookup.py"), "serve"]
    return [sys.executable, *program, "--stdio", "--home", str(home), "--workspace", "none"]


def run(home: Path, text: bytes, module: str | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        words(home, module),
        input=text,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        cwd=ROOT,
        env=environment(home, measured=True),
    )


def answers(text: bytes) -> list[Json]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_end_of_input_ends_the_process_with_everything_answered(home: Path) -> None:
    done = run(home, PING * 500)
    assert answers(done.stdout) == [PONG] * 500
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_last_line_without_its_newline_is_answered(home: Path) -> None:
    assert answers(run(home, PING.rstrip()).stdout) == [PONG]


def test_blank_lines_and_crlf_are_tolerated(home: Path) -> None:
    assert answers(run(home, b"\n\r\n  \n" + PING.rstrip() + b"\r\n\n").stdout) == [PONG]


def test_an_unknown_first_message_is_answered_and_the_process_goes_on(home: Path) -> None:
    done = run(home, b'{"hello": "world"}\n{"jsonrpc":"2.0","id":0,"method":"x/y"}\n' + PING)
    first, second, third = answers(done.stdout)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert "-32600" in str(first["error"])
    assert "-32601" in str(second["error"])
    assert third == PONG


def test_no_input_at_all_ends_quietly(home: Path) -> None:
    done = run(home, b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_files_may_stand_for_both_ends(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(PING * 20_000)
    with (tmp_path / "in.jsonl").open("rb") as reading, (tmp_path / "out.jsonl").open("wb") as writing:
        done = subprocess.run(
            words(home),
            stdin=reading,
            stdout=writing,
            timeout=60,
            check=False,
            cwd=ROOT,
            env=environment(home, measured=True),
        )
    assert done.returncode == 0
    assert answers((tmp_path / "out.jsonl").read_bytes()) == [PONG] * 20_000


def test_dev_null_is_an_empty_input(home: Path) -> None:
    done = subprocess.run(
        words(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
        cwd=ROOT,
        env=environment(home, measured=True),
    )
    assert done.returncode == 0


def test_a_call_that_never_ends_is_cancelled_within_a_second_of_the_end_of_input(home: Path) -> None:
    done = run(home, WAIT + PING, "tests.interaction.fixture_server")
    assert done.returncode == 0
    assert answers(done.stdout) == [PONG]


async def started(home: Path, module: str | None = None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *words(home, module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment(home, measured=True),
    )


async def line(process: asyncio.subprocess.Process) -> Json:
    assert process.stdout is not None
    found: Json = json.loads(await asyncio.wait_for(process.stdout.readline(), SECONDS))
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_with_exit_code_zero(home: Path, number: signal.Signals) -> None:
    process = await started(home)
    assert process.stdin is not None
    process.stdin.write(PING)
    assert await line(process) == PONG
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def test_a_ping_is_answered_while_a_tool_runs_and_a_cancelled_call_is_not_answered(home: Path) -> None:
    process = await started(home, "tests.interaction.fixture_server")
    assert process.stdin is not None
    process.stdin.write(WAIT + PING)
    assert await line(process) == PONG
    process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}\n' + PING)
    assert await line(process) == PONG
    process.stdin.close()
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.read(), SECONDS) == b""
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def test_a_client_that_stops_reading_and_goes_ends_the_process(home: Path) -> None:
    process = await started(home)
    assert process.stdin is not None
    process.stdin.write(PING)
    assert await line(process) == PONG
    assert isinstance(process, asyncio.subprocess.Process)
    pipes: asyncio.SubprocessTransport = process._transport  # type: ignore[attr-defined]  # asyncio has no other way to close one pipe
    reading = pipes.get_pipe_transport(1)
    assert reading is not None
    reading.close()
    process.stdin.write(PING * 200)
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def test_a_legacy_client_is_asked_on_the_same_stream_and_its_reply_taken(home: Path, workspace: Path) -> None:
    way = await Stdio.start(home, workspace, "tests.interaction.fixture_server")
    process = way._process
    assert process.stdin is not None
    params: JsonObject = {"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}}}
    await way.send({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    message: JsonObject = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "ask_name", "arguments": {}},
    }
    process.stdin.write(json.dumps(message).encode() + b"\n")
    question = await line(process)
    assert isinstance(question, dict)
    assert question["method"] == "elicitation/create"
    reply: JsonObject = {
        "jsonrpc": "2.0",
        "id": question["id"],
        "result": {"action": "accept", "content": {"name": "Bo"}},
    }
    process.stdin.write(json.dumps(reply).encode() + b"\n")
    answer = await line(process)
    assert isinstance(answer, dict)
    assert isinstance(answer["result"], dict)
    assert answer["result"]["structuredContent"] == {"greeting": "hello Bo", "state": {"asked": True}}
    await way.close()


async def test_an_edit_of_the_library_is_announced_to_a_client_that_initialized(home: Path, workspace: Path) -> None:
    way = await Stdio.start(home, workspace)
    params: JsonObject = {"protocolVersion": "2025-11-25", "capabilities": {}}
    await way.send({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    subscribe: JsonObject = {"uri": "workflow://sample"}
    await way.send({"jsonrpc": "2.0", "id": 2, "method": "resources/subscribe", "params": subscribe})
    path = workspace / "workflows" / "sample.json"
    path.write_text(path.read_text().replace("Two steps", "Three steps"))
    heard = [await line(way._process), await line(way._process)]
    assert {"jsonrpc": "2.0", "method": "notifications/prompts/list_changed"} in heard
    updated: JsonObject = {"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": subscribe}
    assert updated in heard
    await way.close()
