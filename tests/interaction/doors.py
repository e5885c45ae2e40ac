"""The three ways in, behind one face: in-process, stdio (a real process), HTTP (a real port)."""

import asyncio
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol

import aiohttp
from aiohttp.test_utils import TestServer

from schema.values import Json, JsonObject
from server.dispatch import Dispatcher
from server.era import MODERN_ONLY, VERSION_KEY, meta_of
from server.exchange import Door, Peer
from server.http_app import HttpApp
from server.modern_headers import NAMED_BY
from server.outcome import Failure
from server.settings import Settings
from tests.serving import environment

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 15  # how long any single answer may take
FENCE: Final = "fence"


def is_response(message: Json) -> bool:
    """Tell a response (or a batch of them) from a notification or a request to us."""
    return isinstance(message, list) or (isinstance(message, dict) and "method" not in message)


def encoded(message: Json | bytes) -> bytes:
    """Give the bytes of a message; bytes are sent as they are."""
    return message if isinstance(message, bytes) else json.dumps(message).encode()


class Way(Protocol):
    """One way in: `send` gives all that came back for a message; `answers` responses are waited for."""

    name: str

    async def send(self, message: Json | bytes, answers: int = 1, *, direct: bool = False) -> list[Json]:
        """Send one message; `direct` says that it is for the plain JSON-RPC methods."""
        ...

    async def close(self) -> None:
        """End it."""
        ...


class InProcess:
    """Straight into the dispatcher; as a Connection it is what stdio is."""

    name = "in-process"

    def __init__(self, serving: Dispatcher) -> None:
        self.door = Door.STDIO
        self.peer = Peer("in-process")
        self.header_version: str | None = None
        self.allows_batch = True
        self.can_ask = False
        self.announces = True
        self._dispatcher = serving
        self._found: list[Json] = []

    def judge(self, message: JsonObject) -> Failure | None:
        return None

    def stop(self) -> None:
        self._found.append({"stopped": True})

    async def post(self, message: bytes) -> None:
        self._found.append(json.loads(message))

    async def send(self, message: Json | bytes, answers: int = 1, *, direct: bool = False) -> list[Json]:
        self._found = found = []
        body = await asyncio.wait_for(self._dispatcher.dispatch(encoded(message), _Inner(self)), SECONDS)
        if body is not None:
            found.append(json.loads(body))
        assert len([one for one in found if is_response(one)]) == answers, found
        return found

    async def close(self) -> None:
        self._dispatcher.service.close()


class _Inner:
    """The in-process way seen from the dispatcher (whose `send` goes the other direction)."""

    def __init__(self, way: InProcess) -> None:
        self.__dict__ = way.__dict__
        self._way = way

    door: Door
    peer: Peer
    header_version: str | None
    allows_batch: bool
    can_ask: bool
    announces: bool

    def judge(self, message: JsonObject) -> Failure | None:
        return None

    def stop(self) -> None:
        self._way.stop()

    async def send(self, message: bytes) -> None:
        await self._way.post(message)


class Stdio:
    """A real process, one JSON object a line."""

    name = "stdio"

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._fences = 0

    @classmethod
    async def start(cls, home: Path, workspace: Path, module: str | None = None) -> "Stdio":
        program = ["-m", module] if module else [str(ROOT / "workflowlookup.py"), "serve"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *program, "--stdio", "--home", str(home), "--workspace", str(workspace)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=64 * 1024 * 1024,
            cwd=ROOT,
            env=environment(home),
        )
        return cls(process)

    async def send(self, message: Json | bytes, answers: int = 1, *, direct: bool = False) -> list[Json]:
        assert self._process.stdin is not None
        self._process.stdin.write(encoded(message).replace(b"\n", b" ") + b"\n")
        found: list[Json] = []
        while len([one for one in found if is_response(one)]) < answers:
            found.append(await self._line())
        self._fences += 1
        fence: JsonObject = {"jsonrpc": "2.0", "id": f"{FENCE}-{self._fences}", "method": "ping"}
        self._process.stdin.write(encoded(fence) + b"\n")
        while (one := await self._line()) != {"jsonrpc": "2.0", "id": fence["id"], "result": {}}:
            found.append(one)
        assert len([one for one in found if is_response(one)]) == answers, found
        return found

    async def _line(self) -> Json:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), SECONDS)
        assert line, "the process ended"
        value: Json = json.loads(line)
        return value

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert await asyncio.wait_for(self._process.wait(), SECONDS) == 0


class Http:
    """A real port on this machine; keeps the session id and sends the headers a proper client sends."""

    name = "http"

    def __init__(self, server: TestServer) -> None:
        self._server = server
        self._session = aiohttp.ClientSession()
        self.session_id: str | None = None
        self.status = 0

    @classmethod
    async def start(cls, serving: Dispatcher, settings: Settings) -> "Http":
        server = TestServer(HttpApp(serving, settings).application(), host="127.0.0.1")
        await server.start_server(access_log=None)
        return cls(server)

    async def send(self, message: Json | bytes, answers: int = 1, *, direct: bool = False) -> list[Json]:
        headers = self._headers(message)
        url = self._server.make_url("/rpc" if direct else "/mcp")
        async with (
            asyncio.timeout(SECONDS),
            self._session.post(url, data=BytesIO(encoded(message)), headers=headers) as response,
        ):
            self.status = response.status
            self.session_id = response.headers.get("Mcp-Session-Id", self.session_id)
            text = await response.read()
            if response.content_type == "text/event-stream":
                found: list[Json] = [json.loads(line[6:]) for line in text.splitlines() if line.startswith(b"data: ")]
            else:
                found = [json.loads(text)] if text else []
        assert len([one for one in found if is_response(one)]) == answers, found
        return found

    def _headers(self, message: Json | bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        params = message.get("params") if isinstance(message, dict) else None
        version = meta_of(params).get(VERSION_KEY)
        method = str(message.get("method")) if isinstance(message, dict) else ""
        if version is not None or method in MODERN_ONLY:
            headers |= {"MCP-Protocol-Version": str(version), "Mcp-Method": method}
            if method in NAMED_BY and isinstance(params, dict):
                headers["Mcp-Name"] = str(params.get(NAMED_BY[method]))
        elif self.session_id is not None:
            headers["Mcp-Session-Id"] = self.session_id
        return headers

    async def close(self) -> None:
        await self._session.close()
        await self._server.close()
