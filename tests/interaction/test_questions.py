"""Questions to a client that declines, refuses, is late, or was never to be asked; states that come back too late."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

import pytest

from schema.values import Json, JsonObject
from server import ask
from server.dispatch import Dispatcher
from server.exchange import Door, Peer
from server.outcome import Failure
from server.service import Service
from tests.interaction.fixture_server import TOOLS, NoCompletions, NoResources, Nothing
from tests.interaction.test_calls import ELICITS, call
from tests.interaction.test_eras import initialize, request
from tests.unit.clocks import FakeClock
from tools.contract import Answer, Ask, Call, Catalogue, Done, Prompt, Question

NOBODY: Final[JsonObject] = {"greeting": "nobody answered 'name'"}
SECONDS: Final = 10  # until an answer must be there, on a loaded machine


class Asked:
    """A client on stdio that answers each question with these members of a reply, or never (None)."""

    def __init__(self, serving: Dispatcher, reply: JsonObject | None) -> None:
        self.door = Door.STDIO
        self.peer = Peer("asked", "2025-11-25", {"elicitation": {}})
        self.header_version: str | None = None
        self.allows_batch = True
        self.can_ask = True
        self.announces = True
        self.questions = 0
        self.serving = serving
        self._reply = reply

    def judge(self, message: JsonObject) -> Failure | None:
        return None

    def stop(self) -> None:
        raise AssertionError("nobody asked for the end")

    async def send(self, message: bytes) -> None:
        self.questions += 1
        if self._reply is not None:
            reply = {"jsonrpc": "2.0", "id": json.loads(message)["id"], **self._reply}
            assert await self.serving.dispatch(json.dumps(reply).encode(), self) is None

    async def answer(self, message: JsonObject) -> JsonObject:
        async with asyncio.timeout(SECONDS):
            body = await self.serving.dispatch(json.dumps(message).encode(), self)
        assert body is not None
        found: JsonObject = json.loads(body)
        return found


class SameName(Nothing):
    """A prompt that bears the name of the tool that asks, and asks too."""

    def find(self, name: str) -> Prompt | None:
        return Prompt(name, name, name, (), self.render) if name == "ask_name" else None

    def render(self, _arguments: JsonObject, _call: Call) -> Answer:
        question = Question("elicitation/create", {"message": "Who?", "requestedSchema": {"type": "object"}})
        return Ask({"name": question}, None, Done({"messages": []}))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def serving(clock: FakeClock) -> AsyncIterator[Dispatcher]:
    offered = Catalogue(TOOLS, SameName(), NoResources(), NoCompletions(), "Fixtures.")
    dispatcher = Dispatcher(Service(offered, clock, b"s" * 32))
    yield dispatcher
    dispatcher.service.close()


def result(answer: JsonObject) -> JsonObject:
    found = answer.get("result")
    assert isinstance(found, dict), answer
    return found


def code(answer: JsonObject) -> Json:
    assert isinstance(answer.get("error"), dict), answer
    return answer["error"]["code"]  # type: ignore[index,call-overload]  # asserted above


@pytest.mark.parametrize(
    ("reply", "greeting"),
    [
        ({"result": {"action": "decline"}}, {"greeting": "hello decline", "state": {"asked": True}}),
        ({"result": {"action": "cancel"}}, {"greeting": "hello cancel", "state": {"asked": True}}),
        ({"error": {"code": -1, "message": "the user closed the window"}}, NOBODY),
        ({"result": "no object"}, NOBODY),
    ],
)
async def test_a_legacy_reply_of_any_kind_ends_the_wait(
    serving: Dispatcher, reply: JsonObject, greeting: JsonObject
) -> None:
    client = Asked(serving, reply)
    assert result(await client.answer(call("ask_name", {})))["structuredContent"] == greeting
    assert client.questions == 1


async def test_a_legacy_client_that_never_replies_gets_the_answer_without(
    serving: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "REPLY_SECONDS", 0.001)
    client = Asked(serving, None)
    assert result(await client.answer(call("ask_name", {})))["structuredContent"] == NOBODY
    assert client.questions == 1


async def test_a_direct_call_asks_nobody_even_after_initialize(serving: Dispatcher) -> None:
    client = Asked(serving, None)
    await client.answer(initialize("2025-11-25"))
    client.peer.capabilities = {"elicitation": {}}
    assert result(await client.answer(request("ask_name", {}))) == NOBODY
    assert client.questions == 0


async def test_a_request_state_lives_ten_minutes(serving: Dispatcher, clock: FakeClock) -> None:
    client = Asked(serving, None)
    state = result(await client.answer(call("ask_name", {}, ELICITS)))["requestState"]
    again = call(
        "ask_name", {}, ELICITS, requestState=state, inputResponses={"name": {"action": "accept", "content": {}}}
    )
    clock.time += 599
    assert result(await client.answer(again))["resultType"] == "complete"
    clock.time += 1
    assert code(await client.answer(again)) == -32602


async def test_a_request_state_of_a_prompt_is_refused_for_the_tool_of_its_name(serving: Dispatcher) -> None:
    client = Asked(serving, None)
    params: JsonObject = {"name": "ask_name", "arguments": {}, "_meta": ELICITS}
    state = result(await client.answer(request("prompts/get", params)))["requestState"]
    assert result(await client.answer(request("prompts/get", {**params, "requestState": state})))
    assert code(await client.answer(call("ask_name", {}, ELICITS, requestState=state))) == -32602


async def test_a_request_state_holds_for_the_arguments_it_was_made_for(serving: Dispatcher) -> None:
    client = Asked(serving, None)
    params: JsonObject = {"name": "ask_name", "arguments": {"a": 1}, "_meta": ELICITS}
    state = result(await client.answer(request("prompts/get", params)))["requestState"]
    other: JsonObject = {**params, "arguments": {"a": 2}, "requestState": state}
    assert code(await client.answer(request("prompts/get", other))) == -32602
