"""The stdio process on one socket for both ends, and what its end does to calls that wait for news or replies."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.interaction.doors import ROOT
from tests.interaction.test_eras import INFO, META, request
from tests.interaction.test_stdio_process import PING, PONG, SECONDS, answers, line, run, started, words
from tests.serving import environment

FIXTURES: Final = "tests.interaction.fixture_server"
LISTEN: Final = request("subscriptions/listen", {"notifications": {"promptsListChanged": True}, "_meta": META}, "L")
ASKING: Final[JsonObject] = {"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}}}


def wire(*messages: JsonObject) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


@pytest.fixture
def on_one_socket(home: Path) -> Iterator[tuple[socket.socket, "subprocess.Popen[bytes]"]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS)
    process = subprocess.Popen(
        words(home), stdin=theirs.fileno(), stdout=theirs.fileno(), cwd=ROOT, env=environment(home, measured=True)
    )
    theirs.close()
    with ours:
        yield ours, process
    process.wait(SECONDS)


def test_one_socket_may_be_both_ends_as_ssh_and_inetd_give_it(
    on_one_socket: tuple[socket.socket, "subprocess.Popen[bytes]"],
) -> None:
    ours, process = on_one_socket
    replies = ours.makefile("rb")
    for _ in range(3):
        ours.sendall(PING)
        assert json.loads(replies.readline()) == PONG
    ours.shutdown(socket.SHUT_WR)
    assert replies.readline() == b""
    assert process.wait(SECONDS) == 0


def test_a_client_that_goes_ends_the_process_on_one_socket(
    on_one_socket: tuple[socket.socket, "subprocess.Popen[bytes]"],
) -> None:
    ours, process = on_one_socket
    ours.sendall(PING)
    ours.close()
    assert process.wait(SECONDS) == 0


async def test_the_end_of_input_ends_a_listen_stream_with_its_result(home: Path) -> None:
    process = await started(home)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(wire(LISTEN))
    first = await line(process)
    assert isinstance(first, dict)
    assert first["method"] == "notifications/subscriptions/acknowledged"
    process.stdin.close()
    (last,) = answers(await asyncio.wait_for(process.stdout.read(), SECONDS))
    assert isinstance(last, dict)
    assert isinstance(last["result"], dict)
    meta = last["result"]["_meta"]
    assert isinstance(meta, dict)
    assert (last["id"], last["result"]["resultType"]) == ("L", "complete")
    assert (meta["io.modelcontextprotocol/subscriptionId"], INFO in meta) == ("L", True)
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def test_a_cancelled_listen_stream_says_nothing_more(home: Path) -> None:
    process = await started(home)
    assert process.stdin is not None
    assert process.stdout is not None
    note: JsonObject = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "L"}}
    process.stdin.write(wire(LISTEN, note))
    process.stdin.close()
    found = answers(await asyncio.wait_for(process.stdout.read(), SECONDS))
    assert [one.get("id") for one in found if isinstance(one, dict)] in ([], [None]), "at most the acknowledgement"
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


async def test_the_end_of_input_while_a_client_is_asked_ends_the_process(home: Path) -> None:
    process = await started(home, FIXTURES)
    assert process.stdin is not None
    assert process.stdout is not None
    call = request("tools/call", {"name": "ask_name", "arguments": {}}, 2)
    process.stdin.write(wire(request("initialize", ASKING), call))
    await line(process)
    question = await line(process)
    assert isinstance(question, dict)
    assert question["method"] == "elicitation/create"
    process.stdin.close()
    assert await asyncio.wait_for(process.stdout.read(), SECONDS) == b""
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_is_an_empty_one(home: Path, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *words(home)],
        input=PING,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        cwd=ROOT,
        env=environment(home),
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert answers(done.stdout) == ([PONG] if closed == "2>&-" else [])


def test_a_stray_print_and_a_child_reach_neither_the_protocol_nor_its_input(home: Path) -> None:
    noisy = request("tools/call", {"name": "noisy", "arguments": {}}, 5)
    done = run(home, wire(noisy) + PING, FIXTURES)
    first, second = answers(done.stdout)
    assert isinstance(first, dict)
    assert isinstance(first["result"], dict)
    assert (first["result"]["structuredContent"], second) == ({"child": 0}, PONG), "the child read nothing of ours"
    assert done.stderr.splitlines() == [b"a stray print", b"a stray child"]


async def test_several_processes_share_one_data_folder(home: Path) -> None:
    processes = [await started(home) for _ in range(4)]
    found = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(wire(request("workflow_list", {})))
    for process in processes:
        found.append(await line(process))
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), SECONDS) == 0
    assert found == [found[0]] * 4


def test_shutdown_answers_null_and_ends_the_process_while_a_call_waits(home: Path) -> None:
    wait = request("tools/call", {"name": "wait_forever", "arguments": {}}, "w")
    done = run(home, wire(wait, request("shutdown", None, 9)), FIXTURES)
    null: Json = {"jsonrpc": "2.0", "id": 9, "result": None}
    assert (answers(done.stdout), done.returncode, done.stderr) == ([null], 0, b"")


async def test_hundreds_of_waiting_calls_keep_no_ping_from_being_read(home: Path) -> None:
    process = await started(home, FIXTURES)
    assert process.stdin is not None
    waits = [request("tools/call", {"name": "wait_forever", "arguments": {}}, number) for number in range(300)]
    process.stdin.write(wire(*waits) + PING)
    assert await line(process) == PONG
    process.stdin.write(PING)
    assert await line(process) == PONG
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0
