"""Calls that take time: progress, logs, questions in both eras, over every way in."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.interaction.doors import Http, Way, is_response
from tests.interaction.test_eras import CAPABILITIES, META, error, initialize, request, result

LEVEL: Final = "io.modelcontextprotocol/logLevel"
ELICITS: Final[JsonObject] = {**META, CAPABILITIES: {"elicitation": {}}}


def call(name: str, arguments: JsonObject, meta: JsonObject | None = None, **more: Json) -> JsonObject:
    params: JsonObject = {"name": name, "arguments": arguments, **more}
    if meta is not None:
        params["_meta"] = meta
    return request("tools/call", params)


def notes(found: list[Json], method: str) -> list[Json]:
    return [one["params"] for one in found if isinstance(one, dict) and one.get("method") == method]


@pytest.mark.parametrize("meta", [{"progressToken": "p"}, {**META, "progressToken": 7}])
async def test_progress_comes_before_the_result_under_the_callers_token(fixtures: Way, meta: JsonObject) -> None:
    found = await fixtures.send(call("count", {"to": 3}, meta))
    token = meta["progressToken"]
    assert notes(found, "notifications/progress") == [
        {"progressToken": token, "progress": n, "total": 3.0, "message": f"at {n}"} for n in (1, 2, 3)
    ]
    assert is_response(found[-1])


async def test_without_a_token_there_is_no_progress(fixtures: Way) -> None:
    found = await fixtures.send(call("count", {"to": 3}, {**META}))
    assert len(found) == 1


async def test_a_modern_caller_gets_logs_only_at_the_level_it_asked_for(fixtures: Way) -> None:
    loud = await fixtures.send(call("count", {"to": 2}, {**META, LEVEL: "info"}))
    assert len(notes(loud, "notifications/message")) == 2
    quiet = await fixtures.send(call("count", {"to": 2}, {**META, LEVEL: "error"}))
    assert notes(quiet, "notifications/message") == []


async def test_a_legacy_caller_gets_logs_from_the_level_it_set(fixtures: Way) -> None:
    await fixtures.send(initialize("2025-11-25"))
    assert await result(fixtures, request("logging/setLevel", {"level": "debug"})) == {}
    loud = await fixtures.send(call("count", {"to": 2}))
    assert notes(loud, "notifications/message")[0] == {"level": "info", "data": {"number": 1}, "logger": "count"}
    await fixtures.send(request("logging/setLevel", {"level": "warning"}))
    assert len(await fixtures.send(call("count", {"to": 2}))) == 1


async def test_a_modern_question_is_answered_by_calling_again(fixtures: Way) -> None:
    asked = await result(fixtures, call("ask_name", {}, ELICITS))
    assert asked["resultType"] == "input_required"
    assert isinstance(asked["inputRequests"], dict)
    assert isinstance(asked["inputRequests"]["name"], dict)
    assert asked["inputRequests"]["name"]["method"] == "elicitation/create"
    reply: JsonObject = {"name": {"action": "accept", "content": {"name": "Ada"}}}
    again = call("ask_name", {}, ELICITS, inputResponses=reply, requestState=asked["requestState"])
    answered = await result(fixtures, again)
    assert answered["structuredContent"] == {"greeting": "hello Ada", "state": {"asked": True}}
    assert answered["resultType"] == "complete"


async def test_a_question_without_its_reply_is_asked_again(fixtures: Way) -> None:
    asked = await result(fixtures, call("ask_name", {}, ELICITS, inputResponses={"other": {"action": "accept"}}))
    assert asked["resultType"] == "input_required"


async def test_an_altered_state_is_refused(fixtures: Way) -> None:
    asked = await result(fixtures, call("ask_name", {}, ELICITS))
    state = str(asked["requestState"])
    for forged in (state + "-X", state[:-2] + ("AA" if state[-2:] != "AA" else "BB"), "", "x" * 100_000, 7):
        assert (await error(fixtures, call("ask_name", {}, ELICITS, requestState=forged)))["code"] == -32602


async def test_a_state_of_another_call_is_refused(fixtures: Way) -> None:
    asked = await result(fixtures, call("ask_name", {}, ELICITS))
    other = call("count", {"to": 1}, ELICITS, requestState=asked["requestState"])
    assert (await error(fixtures, other))["code"] == -32602


@pytest.mark.parametrize("replies", [None, 7, {"name": 12345}, [1]])
async def test_replies_of_the_wrong_shape_are_refused(fixtures: Way, replies: Json) -> None:
    assert (await error(fixtures, call("ask_name", {}, ELICITS, inputResponses=replies)))["code"] == -32602


async def test_a_client_that_cannot_be_asked_gets_the_answer_without(fixtures: Way) -> None:
    answered = await result(fixtures, call("ask_name", {}, {**META}))
    assert answered["structuredContent"] == {"greeting": "nobody answered 'name'"}
    legacy = await result(fixtures, call("ask_name", {}))
    assert legacy["structuredContent"] == {"greeting": "nobody answered 'name'"}


async def test_a_direct_caller_is_never_asked(fixtures: Way) -> None:
    (answer,) = await fixtures.send(request("ask_name", {}), direct=True)
    assert answer == {"jsonrpc": "2.0", "id": 1, "result": {"greeting": "nobody answered 'name'"}}


async def test_a_tool_that_fails_unforeseen_is_a_bug_and_says_nothing_of_it(fixtures: Way) -> None:
    found = await error(fixtures, call("boom", {}))
    assert found["code"] == -32603
    assert "shadow" not in str(found)
    if isinstance(fixtures, Http):
        assert fixtures.status == 200
