"""Speaks HTTP to a server inside the test: start, post, read the events of a stream, close.

Above: the HTTP tests beside this file. Below: server.http_app on a loopback port.
"""

import json
from typing import Final

import aiohttp
from aiohttp.test_utils import TestServer

from schema.values import JsonObject
from server.http_app import HttpApp
from server.settings import Settings
from tests.interaction.conftest import product
from tests.interaction.fixture_server import fixture_dispatcher

SECONDS: Final = 15  # until a request must be answered, on a loaded machine
JSON: Final = {"Content-Type": "application/json"}


async def serving(settings: Settings, *, fixtures: bool = False) -> aiohttp.ClientSession:
    """Start a server; the client session closes it."""
    dispatcher = fixture_dispatcher() if fixtures else product(settings)
    server = TestServer(HttpApp(dispatcher, settings).application(), host="127.0.0.1")
    await server.start_server(access_log=None)
    client = aiohttp.ClientSession(server.make_url("/"), timeout=aiohttp.ClientTimeout(total=SECONDS))
    client._server = server  # kept so that it lives as long as its client
    return client


async def closed(client: aiohttp.ClientSession) -> None:
    """Close the client and its server."""
    await client.close()
    await client._server.close()  # type: ignore[attr-defined]  # put there by serving


async def posted(
    client: aiohttp.ClientSession, message: object, path: str = "/mcp", **headers: str
) -> aiohttp.ClientResponse:
    """Post a message and read the answer whole."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await client.post(path, data=json.dumps(message), headers={**JSON, **named})
    await response.read()
    return response


async def frames(response: aiohttp.ClientResponse, count: int) -> list[tuple[str, JsonObject]]:
    """Read so many events: their id lines and messages."""
    found: list[tuple[str, JsonObject]] = []
    event_id = ""
    while len(found) < count:
        line = (await response.content.readline()).decode()
        assert line, f"the stream ended after {found}"
        if line.startswith("id: "):
            event_id = line[4:].strip()
        if line.startswith("data: "):
            found.append((event_id, json.loads(line[6:])))
    return found
