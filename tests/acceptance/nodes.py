"""Server processes that share a store, and the doors to them: pipes, HTTP, a round-robin proxy that knows nothing.

Above: test_nodes. Below: the product's command line. Every wait is bounded.
"""

import asyncio
import json
import os
import selectors
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import aiohttp

from schema.values import Json, JsonObject
from tests.bench import sample
from tests.serving import PRODUCT, environment, stop

ANSWER_S: Final = 30.0  # seconds for one answer on a loaded machine
CHUNK: Final = 1 << 16  # bytes in one read

Ask = Callable[[str, JsonObject], Awaitable[JsonObject]]
"""Calls one tool: its name and arguments in, the JSON-RPC answer out."""

GATE: Final[JsonObject] = {
    "evidence": {
        "passed": {"type": "integer", "description": "Tests that pass", "validators": [], "example": 3},
        "summary": {"type": "string", "description": "What was done", "validators": [], "example": "Three tests."},
    },
    "rules": [{"expression": "evidence.passed > 0", "message": "At least one test passes."}],
}
PHASES: Final[JsonObject] = {
    "schemaVersion": "1.1.0",
    "id": "two-phases",
    "name": "Two phases",
    "description": "Two phases with tasks and a gate.",
    "version": "1.0.0",
    "phases": [
        {
            "number": number,
            "title": f"Phase {number}",
            "purpose": "Do it.",
            "tasks": [
                {"id": f"{name}-{number}", "title": name, "prompt": f"Do {name} {number}."} for name in ("look", "mend")
            ],
            "gate": GATE,
        }
        for number in (1, 2)
    ],
}
CONFIRMED: Final[JsonObject] = {
    "schemaVersion": "1.0.0",
    "id": "one-yes",
    "name": "One yes",
    "description": "One step that a person confirms.",
    "version": "1.0.0",
    "steps": [{"id": "drop-it", "title": "Drop it", "prompt": "Drop the table.", "requireConfirmation": True}],
}
EVIDENCE: Final[JsonObject] = {"passed": 3, "summary": "Three tests, all pass."}


def workspace_in(folder: Path) -> Path:
    """Make a workspace that holds the workflow."""
    workflows = folder / "workspace" / "workflows"
    workflows.mkdir(parents=True)
    for workflow in (PHASES, CONFIRMED):
        (workflows / f"{workflow['id']}.json").write_text(json.dumps(workflow))
    return folder / "workspace"


class Pipes:
    """A server on stdio, asked one call at a time."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def ask(self, tool: str, arguments: JsonObject) -> JsonObject:
        """Call a tool directly and wait for the answer."""
        self.say(tool, arguments)
        return self.hear()

    def say(self, tool: str, arguments: JsonObject) -> None:
        """Send a call; its answer is for `hear`."""
        assert self.process.stdin is not None
        self.process.stdin.write(sample.line({"jsonrpc": "2.0", "id": 1, "method": tool, "params": arguments}))
        self.process.stdin.flush()

    def hear(self) -> JsonObject:
        """Wait for one answer."""
        assert self.process.stdout is not None
        line = b""
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                assert ready.select(ANSWER_S), "no answer in time"
                data = os.read(self.process.stdout.fileno(), CHUNK)
                assert data, "the server ended"
                line += data
        answer: JsonObject = json.loads(line)
        return answer


@contextmanager
def on_pipes(home: Path, workspace: Path, store: str) -> Iterator[Pipes]:
    """Run a server on stdio until the block ends, however it ended."""
    home.mkdir(exist_ok=True)
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [*PRODUCT, "--stdio", "--workspace", str(workspace), "--store", store],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            env=environment(home),
        )
    try:
        yield Pipes(process)
    finally:
        if process.poll() is None:
            stop(process)
        for end in (process.stdin, process.stdout):
            if end is not None:
                end.close()


class RoundRobin:
    """A TCP proxy: the first connection goes to the first node, the next to the next, and so on."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self.port = 0
        self.served = [0] * len(ports)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join one connection to the node whose turn it is."""
        turn = sum(self.served) % len(self._ports)
        self.served[turn] += 1
        node_reader, node_writer = await asyncio.open_connection("127.0.0.1", self._ports[turn])
        await asyncio.gather(_copy(reader, node_writer), _copy(node_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends."""
    try:
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()


@asynccontextmanager
async def round_robin(*urls: str) -> AsyncIterator[RoundRobin]:
    """Run the proxy over nodes named by their base URLs until the block ends."""
    proxy = RoundRobin([int(url.rpartition(":")[2]) for url in urls])
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()


@asynccontextmanager
async def client_of(port: int) -> AsyncIterator[aiohttp.ClientSession]:
    """Give an HTTP client that opens a connection for every request."""
    connector = aiohttp.TCPConnector(force_close=True)
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector, timeout=timeout) as client:
        yield client


def over_rpc(client: aiohttp.ClientSession) -> Ask:
    """Give the direct JSON-RPC door."""

    async def ask(tool: str, arguments: JsonObject) -> JsonObject:
        message: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": tool, "params": arguments}
        async with client.post("/rpc", json=message) as response:
            answer: JsonObject = await response.json()
            return answer

    return ask


async def mcp_call(
    client: aiohttp.ClientSession, tool: str, arguments: JsonObject, capabilities: JsonObject, **further: Json
) -> JsonObject:
    """Make one call as a client of the stateless generation does; gives the answer as it is."""
    message = sample.call(1, modern=True)
    params = message["params"]
    assert isinstance(params, dict)
    meta = params["_meta"]
    assert isinstance(meta, dict)
    meta["io.modelcontextprotocol/clientCapabilities"] = capabilities
    params |= {"name": tool, "arguments": arguments, **further}
    headers = {**sample.MODERN_HEADERS, "Mcp-Name": tool}
    async with client.post("/mcp", json=message, headers=headers) as response:
        answer: JsonObject = await response.json()
        return answer


def over_mcp(client: aiohttp.ClientSession) -> Ask:
    """Give the MCP door to a client that cannot ask its user; the answer looks like that of /rpc."""

    async def ask(tool: str, arguments: JsonObject) -> JsonObject:
        answer = await mcp_call(client, tool, arguments, {})
        result = answer.get("result")
        return {**answer, "result": result["structuredContent"]} if isinstance(result, dict) else answer

    return ask


def result(answer: JsonObject) -> JsonObject:
    """Give what a call answered; AssertionError where it was refused."""
    found = answer.get("result")
    assert isinstance(found, dict), answer
    assert found.get("status") != "error", answer
    return found


def text(value: Json) -> str:
    """Give a text, which it must be."""
    assert isinstance(value, str)
    return value


def report(session_id: str, shown: JsonObject) -> JsonObject:
    """Give the arguments that report the open step: evidence for a gate, an output for any other."""
    step = shown["step"]
    assert isinstance(step, dict), shown
    said: JsonObject = {"evidence": EVIDENCE} if step["type"] == "gate" else {"output": f"{step['id']} is done."}
    return {"sessionId": session_id, "stepKey": text(shown["stepKey"]), **said}
