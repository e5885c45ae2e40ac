"""A server on the product's own dispatcher with methods and tools the product does not have.

Methods: those of the JSON-RPC specification's examples. Tools: they wait, count, ask, or fail as no tool should.
`python -m tests.interaction.fixture_server --stdio` serves it as a process.
"""

import asyncio
import subprocess
import sys

from engine.clock import SystemClock
from schema.values import Json, JsonObject
from server.dispatch import Dispatcher
from server.exchange import Exchange
from server.log_bridge import bridge
from server.methods import Method, Table
from server.outcome import NOTHING, Outcome, Success, invalid_params
from server.service import Service
from server.stdio import Stdio
from server.stdio_pipes import guard_descriptors
from tools.contract import Answer, Ask, Call, Catalogue, Done, Prompt, Question, Resource, Tool


async def subtract(_exchange: Exchange, params: JsonObject) -> Outcome:
    args = params.get("args")
    found = args if isinstance(args, list) else [params.get("minuend"), params.get("subtrahend")]
    minuend, subtrahend = found
    if not isinstance(minuend, int) or not isinstance(subtrahend, int):
        return invalid_params("two integers")
    return Success(str(minuend - subtrahend).encode())


async def total(_exchange: Exchange, params: JsonObject) -> Outcome:
    args = params.get("args")
    return Success(str(sum(one for one in args if isinstance(one, int)) if isinstance(args, list) else 0).encode())


async def get_data(_exchange: Exchange, _params: JsonObject) -> Outcome:
    return Success(b'["hello",5]')


async def nothing(_exchange: Exchange, _params: JsonObject) -> Outcome:
    return NOTHING


async def echo(_exchange: Exchange, params: JsonObject) -> Outcome:
    return Success(str(sorted(params)).replace("'", '"').encode())


EXAMPLES: Table = {
    "subtract": Method(subtract, takes_array=True),
    "sum": Method(total, takes_array=True),
    "get_data": Method(get_data),
    "update": Method(nothing, takes_array=True),
    "notify_hello": Method(nothing, takes_array=True),
    "notify_sum": Method(nothing, takes_array=True),
    "echo": Method(echo),
}


async def wait_forever(_arguments: JsonObject, call: Call) -> Answer:
    await call.progress(0, 1, "waiting")
    await asyncio.Event().wait()
    return Done({})


async def count(arguments: JsonObject, call: Call) -> Answer:
    to = arguments["to"]
    for number in range(1, (to if isinstance(to, int) else 0) + 1):
        await call.progress(number, float(str(to)), f"at {number}")
        await call.log("info", {"number": number}, "count")
    return Done({"counted": to})


async def ask_name(_arguments: JsonObject, call: Call) -> Answer:
    reply = call.replies.get("name")
    if reply is None:
        schema: JsonObject = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        question = Question("elicitation/create", {"message": "Who are you?", "requestedSchema": schema})
        return Ask({"name": question}, {"asked": True}, Done({"greeting": "nobody answered 'name'"}))
    content = reply.get("content")
    name: Json = content.get("name") if isinstance(content, dict) else reply.get("action")
    return Done({"greeting": f"hello {name}", "state": call.state})


def boom(_arguments: JsonObject, _call: Call) -> Done:
    raise RuntimeError("a secret path: /etc/shadow")


def noisy(_arguments: JsonObject, _call: Call) -> Done:
    sys.stdout.write("a stray print\n")
    sys.stdout.flush()
    child = subprocess.run(["sh", "-c", "echo a stray child; cat"], check=True, timeout=10)
    return Done({"child": child.returncode})


def plain(name: str, **more: JsonObject) -> JsonObject:
    return {"type": "object", "properties": {**more}, "required": [*more], "additionalProperties": False}


TOOLS = (
    Tool("wait_forever", "Wait", "Waits.", plain("wait_forever"), run_waiting=wait_forever),
    Tool(
        "count", "Count", "Counts.", plain("count", to={"type": "integer", "description": "How far"}), run_waiting=count
    ),
    Tool("ask_name", "Ask", "Asks.", plain("ask_name"), run_waiting=ask_name),
    Tool("boom", "Boom", "Fails.", plain("boom"), run=boom),
    Tool("noisy", "Noisy", "Prints, and starts a child that prints and reads.", plain("noisy"), run=noisy),
)


class Nothing:
    """No prompts, no resources, no completions."""

    def all(self) -> tuple[Prompt, ...]:
        return ()

    def find(self, name: str) -> Prompt | None:
        return None


class NoResources:
    """No resources."""

    def all(self) -> tuple[Resource, ...]:
        return ()

    def templates(self) -> tuple[Resource, ...]:
        return ()

    def tells_news(self, uri: str) -> bool:
        return False

    async def read(self, uri: str, call: Call) -> Answer | None:
        return None


class NoCompletions:
    """No completions."""

    def complete(self, ref: JsonObject, argument: str, value: str) -> tuple[str, ...] | None:
        return None


def fixture_dispatcher() -> Dispatcher:
    offered = Catalogue(TOOLS, Nothing(), NoResources(), NoCompletions(), "Fixtures.")
    return Dispatcher(Service(offered, SystemClock(), b"s" * 32), EXAMPLES)


if __name__ == "__main__":
    reading = guard_descriptors()
    bridge()
    asyncio.run(Stdio(fixture_dispatcher()).run(reading))
