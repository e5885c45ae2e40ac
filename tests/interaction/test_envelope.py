"""Envelopes that are wrong, odd or hostile, over every way in: each is answered by code, and nothing else breaks."""

import json

import pytest

from schema.values import Json, JsonObject
from tests.interaction.doors import Http, Way
from tests.interaction.test_eras import modern

BAD = {
    "NaN": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}', -32700),
    "Infinity": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":-Infinity}}', -32700),
    "bad UTF-8": (b'{"jsonrpc":"2.0","id":1,"method":"ping\xff"}', -32700),
    "lone surrogate": (b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', -32700),
    "too deep": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b'{"a":' * 97 + b"1" + b"}" * 98, -32700),
    "a million brackets": (b"[" * 1_000_000, -32700),
    "a string": (b'"hello"', -32600),
    "null": (b"null", -32600),
    "no jsonrpc": (b'{"id":1,"method":"ping"}', -32600),
    "jsonrpc 1.0": (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
    "jsonrpc a number": (b'{"jsonrpc":2.0,"id":1,"method":"ping"}', -32600),
    "id null": (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
    "id a fraction": (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
    "id true": (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
    "id beyond what comes back exactly": (b'{"jsonrpc":"2.0","id":18446744073709551616,"method":"ping"}', -32600),
    "id a list": (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600),
    "no method": (b'{"jsonrpc":"2.0","id":1}', -32600),
    "method null": (b'{"jsonrpc":"2.0","id":1,"method":null}', -32600),
    "params a string": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}', -32602),
    "params positional": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32602),
    "unknown method": (b'{"jsonrpc":"2.0","id":1,"method":"no/such"}', -32601),
    "a private name": (b'{"jsonrpc":"2.0","id":1,"method":"__class__"}', -32601),
    "a notification as a request": (b'{"jsonrpc":"2.0","id":1,"method":"notifications/initialized"}', -32601),
}
SILENT = {
    "unknown notification": b'{"jsonrpc":"2.0","method":"no/such"}',
    "notification with bad params": b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":"x"}',
    "cancel of nothing": b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}',
    "a reply nobody asked for": b'{"jsonrpc":"2.0","id":"ask-1","result":{}}',
    "an error nobody can place": b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
    "an error nobody asked for": b'{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}',
}


def code_of(answer: Json) -> Json:
    assert isinstance(answer, dict)
    error = answer["error"]
    assert isinstance(error, dict)
    return error["code"]


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_message_is_refused_by_code(door: Way, name: str) -> None:
    text, code = BAD[name]
    (answer,) = await door.send(text)
    assert code_of(answer) == code


async def test_a_refused_message_is_answered_under_its_id_where_that_is_readable(door: Way) -> None:
    (readable,) = await door.send(b'{"jsonrpc":"1.0","id":"mine","method":"ping"}')
    (unreadable,) = await door.send(b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}')
    assert isinstance(readable, dict)
    assert isinstance(unreadable, dict)
    assert (readable["id"], unreadable["id"]) == ("mine", None)


@pytest.mark.parametrize("name", SILENT)
async def test_what_wants_no_answer_gets_none(door: Way, name: str) -> None:
    assert await door.send(SILENT[name], answers=0) == []


async def test_the_deepest_message_allowed_is_served(door: Way) -> None:
    deep = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b'{"a":' * 94 + b"1" + b"}" * 95
    assert await door.send(deep) == [{"jsonrpc": "2.0", "id": 1, "result": {}}]


@pytest.mark.parametrize("request_id", [0, -1, "", "abc", 2**53, 2**63, 1.0, 1e3])
async def test_any_proper_id_comes_back_as_it_was(door: Way, request_id: Json) -> None:
    (answer,) = await door.send({"jsonrpc": "2.0", "id": request_id, "method": "ping"})
    assert answer == {"jsonrpc": "2.0", "id": request_id, "result": {}}


async def test_a_batch_is_judged_member_by_member(door: Way) -> None:
    batch: list[Json] = [
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": None, "method": "ping"},
        {"jsonrpc": "2.0", "id": "x", "method": "no/such"},
    ]
    (answers,) = await door.send(batch)
    assert isinstance(answers, list)
    assert answers[0] == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert [code_of(one) for one in answers[1:]] == [-32600, -32601]


async def test_a_batch_of_a_hundred_is_served_and_one_more_is_refused_whole(door: Way) -> None:
    one: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    (answers,) = await door.send([one] * 100)
    assert isinstance(answers, list)
    assert len(answers) == 100
    (refused,) = await door.send([one] * 101)
    assert code_of(refused) == -32600


async def test_batches_end_when_initialize_agrees_on_a_version_without_them(door: Way) -> None:
    params: JsonObject = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    await door.send({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    if isinstance(door, Http):
        return  # over HTTP the version header decides, and this client sends none
    (refused,) = await door.send([{"jsonrpc": "2.0", "id": 2, "method": "ping"}])
    assert code_of(refused) == -32600


async def test_batches_end_with_the_first_message_of_a_version_without_them(door: Way) -> None:
    if isinstance(door, Http):
        return  # over HTTP the version header of each message decides
    (answers,) = await door.send([{"jsonrpc": "2.0", "id": 1, "method": "ping"}])
    assert answers == [{"jsonrpc": "2.0", "id": 1, "result": {}}]
    await door.send(modern("server/discover"))
    (refused,) = await door.send([{"jsonrpc": "2.0", "id": 2, "method": "ping"}])
    assert code_of(refused) == -32600


async def test_a_message_of_sixteen_mebibytes_is_read_and_a_larger_one_is_refused(door: Way) -> None:
    frame = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"%s"}}'
    whole = frame % (b"x" * (16 * 1024 * 1024 - len(frame) + 2))
    assert len(whole) == 16 * 1024 * 1024
    assert await door.send(whole) == [{"jsonrpc": "2.0", "id": 1, "result": {}}]
    if door.name == "in-process":
        return  # the transports bound the size; in-process there is none
    (refused,) = await door.send(whole + b" " * 20 + b"x")
    assert code_of(refused) in (-32700, -32600)
    assert await door.send({"jsonrpc": "2.0", "id": 2, "method": "ping"}) == [{"jsonrpc": "2.0", "id": 2, "result": {}}]


async def test_a_client_argument_named_like_our_own_is_an_argument(fixtures: Way) -> None:
    params: JsonObject = {"context": 1, "exchange": 2, "params": 3, "self": 4, "connection": 5}
    message: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": "echo", "params": params}
    (answer,) = await fixtures.send(message, direct=True)
    assert answer == {"jsonrpc": "2.0", "id": 1, "result": sorted(params)}


async def test_positional_params_are_refused_where_a_method_takes_none(fixtures: Way) -> None:
    (answer,) = await fixtures.send({"jsonrpc": "2.0", "id": 1, "method": "echo", "params": [1]}, direct=True)
    assert code_of(answer) == -32602


@pytest.mark.parametrize("params", [None, [], {}])
async def test_empty_params_in_any_form_are_the_same(fixtures: Way, params: Json) -> None:
    message: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": "echo", "params": params}
    (answer,) = await fixtures.send(message, direct=True)
    assert answer == {"jsonrpc": "2.0", "id": 1, "result": []}


async def test_a_bug_is_answered_without_a_word_of_the_exception(fixtures: Way) -> None:
    (answer,) = await fixtures.send({"jsonrpc": "2.0", "id": 1, "method": "boom"}, direct=True)
    assert code_of(answer) == -32603
    assert "secret" not in json.dumps(answer)
    assert isinstance(answer, dict)
    error = answer["error"]
    assert isinstance(error, dict)
    assert isinstance(error["data"], dict)
    assert error["data"]["correlationId"]
