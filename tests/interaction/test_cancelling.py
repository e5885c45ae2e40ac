"""Cancellation in every order: before the call began, twice, by another notation of its id; and calls beyond count."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

import pytest

from schema.values import Json, JsonObject
from server import calls
from server.stdio import driven
from tests.interaction.fixture_server import fixture_dispatcher
from tests.interaction.test_calls import call
from tests.interaction.test_eras import request
from tests.interaction.test_questions import Asked

SECONDS: Final = 10  # until a call must have ended, on a loaded machine
TURNS: Final = 3  # of the event loop: enough for a call to begin, or for a cancellation to arrive


class Client(Asked):
    """A client with calls left running."""

    def start(self, message: JsonObject) -> "asyncio.Task[bytes | None]":
        return asyncio.create_task(self.serving.dispatch(json.dumps(message).encode(), self))

    async def cancel(self, request_id: Json) -> None:
        assert await self.start(cancelled(request_id)) is None


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client(fixture_dispatcher(), None)
    yield made
    made.serving.service.close()


def cancelled(request_id: Json) -> JsonObject:
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request_id}}


def waiting(request_id: Json) -> JsonObject:
    return {**call("wait_forever", {}), "id": request_id}


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def test_a_call_and_its_cancellation_in_one_breath_leave_nothing_running(client: Client) -> None:
    running, other = client.start(waiting("a")), client.start(waiting("b"))
    message = client.serving.read(json.dumps(cancelled("a")).encode(), client)
    assert driven(client.serving.answer(message, client)).body is None, "as stdio does, before any task begins"
    assert await asyncio.wait_for(running, SECONDS) is None
    assert not other.done()
    other.cancel()


@pytest.mark.parametrize(("request_id", "named"), [(7, 7.0), (7.0, 7), (0, 0), ("", "")])
async def test_an_id_is_the_same_in_every_notation(client: Client, request_id: Json, named: Json) -> None:
    running = client.start(waiting(request_id))
    await turns()
    await client.cancel(named)
    assert await asyncio.wait_for(running, SECONDS) is None


@pytest.mark.parametrize("named", ["7", True, None, [7], {}, 8])
async def test_a_cancellation_of_another_id_or_of_none_changes_nothing(client: Client, named: Json) -> None:
    running = client.start(waiting(7))
    await turns()
    await client.cancel(named)
    await turns()
    assert not running.done()
    running.cancel()


async def test_no_call_waits_beyond_the_limit_and_a_cancelled_one_makes_room(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "MAX_RUNNING", 2)
    running = [client.start(waiting(number)) for number in range(2)]
    await turns()
    refused = await client.start(waiting(3))
    assert refused is not None
    assert json.loads(refused)["error"]["code"] == -32600
    assert json.loads(refused)["id"] == 3
    pong = await client.start(request("ping"))
    assert pong is not None
    assert json.loads(pong)["result"] == {}
    await client.cancel(0)
    assert await asyncio.wait_for(running[0], SECONDS) is None
    again = client.start(waiting(3))
    await turns()
    assert not again.done()
    again.cancel()
    running[1].cancel()
