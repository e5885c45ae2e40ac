"""A reader who tries what the book says: requests in, the product's own answers out, all in this process.

Above: tests/unit/test_docs*.py. Below: server.compose and server.dispatch over the documents of one folder.
"""

import asyncio
from pathlib import Path
from typing import Final

import orjson

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source
from engine.store.memory import MemoryStore
from schema.values import Json, JsonObject
from server.compose import catalogue, runner_of
from server.dispatch import Dispatcher
from server.exchange import Door, Peer
from server.outcome import Failure
from server.service import Service
from server.settings import load

SECRET: Final = bytes(32)  # seals nothing anybody keeps


class Desk:
    """The connection of one request; nothing but answers comes back over it."""

    header_version: str | None = None
    allows_batch = True
    can_ask = False
    announces = False

    def __init__(self, door: Door) -> None:
        """Take the door the request comes in by."""
        self.door = door
        self.peer = Peer()

    def judge(self, _message: JsonObject) -> Failure | None:
        """Find nothing: there are no headers here."""
        return None

    async def send(self, message: bytes) -> None:
        """Refuse: no request of the book is answered by more than its answer."""
        raise AssertionError(f"nobody asked for {message!r}")

    def stop(self) -> None:
        """Refuse: the book does not end this process."""
        raise AssertionError("a request stopped the server")


class Reader:
    """One server over one folder of documents."""

    def __init__(self, folder: Path, source: str = "path-1", reveal: str = "steps", workspace: str = "none") -> None:
        """Read the folder as the source of that name, and nothing else; `reveal` and `workspace` as the settings."""
        library = Library((Source(source, str(folder), expected=True),), None, SystemClock())
        settings = load(
            {"workspace": workspace, "watch_seconds": "0", "reveal": reveal}, {"HOME": "/nonexistent"}
        ).settings
        runner = runner_of(MemoryStore(SystemClock()), library, settings)
        self._dispatcher = Dispatcher(Service(catalogue(library, settings, runner), SystemClock(), SECRET))

    async def ask(self, request: str, *, over_mcp: bool = False) -> Json:
        """Send one request as the book prints it; gives the parsed answer."""
        await asyncio.sleep(0)  # what a transport reads later is handled in a later turn of the loop
        body = await self._dispatcher.dispatch(request.encode(), Desk(Door.MCP if over_mcp else Door.RPC))
        assert body is not None, "the server does not answer this"
        answer: Json = orjson.loads(body)
        return answer
