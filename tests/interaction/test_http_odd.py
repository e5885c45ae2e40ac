"""HTTP from odd or hostile clients: old versions, encodings, headers that are no text, names in other notations."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from aiohttp.test_utils import TestServer

from schema.values import JsonObject
from server import http_app
from server.http_app import HttpApp
from server.settings import Settings
from tests.interaction.conftest import product, settings_for
from tests.interaction.test_eras import initialize

SECONDS: Final = 15  # until a request must be answered, on a loaded machine
TOKEN: Final = "correct-horse"  # noqa: S105 - a token for these tests only
PING: Final = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
PONG: Final = b'{"jsonrpc":"2.0","id":1,"result":{}}'


@pytest.fixture
def settings(home: Path, workspace: Path) -> Settings:
    return settings_for(home, workspace)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[TestServer]:
    made = await started(settings)
    yield made
    await made.close()


async def started(settings: Settings) -> TestServer:
    made = TestServer(HttpApp(product(settings), settings).application(), host="127.0.0.1")
    await made.start_server(access_log=None)
    return made


async def said(server: TestServer, text: bytes) -> tuple[int, bytes]:
    """Send a request that closes its connection; gives the status and everything that came back."""
    assert server.port is not None
    reading, writing = await asyncio.open_connection("127.0.0.1", server.port)
    writing.write(text)
    answer = await asyncio.wait_for(reading.read(), SECONDS)
    writing.close()
    await writing.wait_closed()
    return int(answer.split()[1]), answer


def post(body: bytes, *headers: bytes, version: bytes = b"1.1", path: bytes = b"/mcp") -> bytes:
    """Write a request by hand; a header given replaces ours of that name."""
    given = {line.split(b":")[0].lower() for line in headers}
    usual = (b"Host: localhost", b"Content-Type: application/json", b"Content-Length: %d" % len(body))
    kept = [line for line in usual if line.split(b":")[0].lower() not in given]
    if b"transfer-encoding" in given:
        kept.pop()
    return b"\r\n".join((b"POST %s HTTP/%s" % (path, version), *kept, *headers, b"Connection: close", b"", body))


def bare(verb: bytes) -> bytes:
    """Write a request without a body."""
    return verb + b" /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "text",
    [
        post(PING, version=b"1.0"),
        post(PING, path=b"/mcp/"),
        post(PING, b"Content-Type: Application/JSON; charset=utf-8"),
        post(gzip.compress(PING), b"Content-Encoding: gzip"),
        post(b"%x\r\n%s\r\n0\r\n\r\n" % (len(PING), PING), b"Transfer-Encoding: chunked"),
        post(PING, b"X-Note: \xff"),
    ],
    ids=["HTTP/1.0", "trailing slash", "charset", "gzip", "chunked", "a byte that is no text"],
)
async def test_every_proper_way_to_write_a_request_is_understood(server: TestServer, text: bytes) -> None:
    status, answer = await said(server, text)
    assert (status, answer.endswith(PONG)) == (200, True)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (post(b"no gzip at all", b"Content-Encoding: gzip"), 400),
        (post(gzip.compress(b" " * (16 * 1024 * 1024 + 1)), b"Content-Encoding: gzip"), 413),
        (post(b""), 400),
        (post(PING, b"MCP-Protocol-Version: \xff"), 400),
        (post(PING, b"Mcp-Session-Id: \xff"), 404),
        (post(PING, b"Host: \xff"), 403),
        (post(PING, b"Host: a b"), 403),
        (post(PING, b"Host: :80"), 403),
        (post(PING, b"Origin: http://\xff"), 403),
        (post(PING, path=b"/rpc/"), 404),
        (bare(b"OPTIONS"), 405),
        (bare(b"HEAD"), 405),
        (b"\x16\x03\x01 hello\r\n\r\n", 400),
    ],
)
async def test_what_cannot_be_served_has_its_status(server: TestServer, text: bytes, status: int) -> None:
    found, answer = await said(server, text)
    assert found == status
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (b"bearer correct-horse", 200),
        (b"BEARER   correct-horse ", 200),
        (b"Bearer correct-horse2", 401),
        (b"Bearer correct-hors", 401),
        (b"Bearer", 401),
        (b"Basic correct-horse", 401),
        (b"Bearer \xff", 401),
    ],
)
async def test_a_token_is_compared_whole_and_its_scheme_in_any_case(
    settings: Settings, given: bytes, status: int
) -> None:
    server = await started(settings._replace(token=TOKEN))
    found, answer = await said(server, post(PING, b"Authorization: " + given, b"Origin: http://localhost:6274"))
    assert found == status
    assert b"Access-Control-Allow-Origin: http://localhost:6274" in answer, "a page must be able to read the refusal"
    await server.close()


@pytest.mark.parametrize(
    ("bound", "host", "status"),
    [
        ("fd00::5", b"[fd00::5]:8000", 200),
        ("fd00::5", b"fd00", 403),
        ("::1", b"[::1]:8000", 200),
        ("::1", b"", 403),
        ("::", b"[::]", 200),
        ("::", b"a b", 403),
    ],
)
async def test_an_ipv6_address_to_bind_is_a_host_that_is_served(
    settings: Settings, bound: str, host: bytes, status: int
) -> None:
    server = await started(settings._replace(host=bound))
    assert (await said(server, post(PING, b"Host: " + host)))[0] == status
    await server.close()


async def test_initialize_as_a_notification_begins_no_session(server: TestServer) -> None:
    message: JsonObject = {**initialize("2025-11-25")}
    del message["id"]
    status, answer = await said(server, post(json.dumps(message).encode()))
    assert status == 202
    assert b"mcp-session-id" not in answer.lower()


async def test_a_client_that_initializes_again_gets_a_session_of_its_own(settings: Settings) -> None:
    server = await started(settings._replace(sessions=True))
    first = session_of((await said(server, post(json.dumps(initialize("2025-11-25")).encode())))[1])
    header = b"Mcp-Session-Id: " + first
    second = session_of((await said(server, post(json.dumps(initialize("2025-06-18")).encode(), header)))[1])
    assert first != second
    for session in (first, second):
        assert (await said(server, post(PING, b"Mcp-Session-Id: " + session)))[0] == 200
    await server.close()


def session_of(answer: bytes) -> bytes:
    return next(line.split(b": ")[1] for line in answer.split(b"\r\n") if line.startswith(b"Mcp-Session-Id: "))


async def test_a_body_that_does_not_come_is_waited_for_only_so_long(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_app, "BODY_SECONDS", 0.05)
    status, answer = await said(server, post(PING, b"Content-Length: 4000"))
    assert status == 408
    assert b"seconds" in answer
