"""The four tools as callers meet them: as direct methods and over MCP, the same object, over every way in."""

import json

import pytest

from schema.values import Json, JsonObject
from tests.interaction.doors import Way
from tests.interaction.test_eras import META, request


async def direct(door: Way, method: str, params: Json = None) -> JsonObject:
    message: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": method}
    if params is not None:
        message["params"] = params
    (answer,) = await door.send(message, direct=True)
    assert isinstance(answer, dict)
    return answer


async def tool(door: Way, name: str, arguments: Json, *, modern: bool = False) -> JsonObject:
    params: JsonObject = {"name": name, "arguments": arguments}
    if modern:
        params["_meta"] = {**META}
    (answer,) = await door.send(request("tools/call", params))
    assert isinstance(answer, dict)
    found = answer["result"]
    assert isinstance(found, dict)
    return found


def error_of(answer: JsonObject) -> JsonObject:
    found = answer["error"]
    assert isinstance(found, dict)
    return found


CALLS: dict[str, tuple[str, JsonObject]] = {
    "list": ("workflow_list", {"category": "testing"}),
    "get": ("workflow_get", {"id": "sample", "mode": "metadata"}),
    "next": ("workflow_next", {"workflowId": "sample", "completedSteps": [], "context": {"target": "it"}}),
    "validate": ("workflow_validate", {"workflowId": "sample", "stepId": "report", "output": "all done"}),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("modern", [False, True])
async def test_direct_and_mcp_give_the_same_object(door: Way, name: str, modern: bool) -> None:
    method, arguments = CALLS[name]
    plain = (await direct(door, method, arguments))["result"]
    found = await tool(door, method, arguments, modern=modern)
    assert found["structuredContent"] == plain
    assert isinstance(found["content"], list)
    (block,) = found["content"]
    assert isinstance(block, dict)
    assert json.loads(str(block["text"])) == plain
    assert "isError" not in found


async def test_the_four_methods_need_no_handshake_and_no_params_where_nothing_is_required(door: Way) -> None:
    empty: list[Json] = [None, {}, []]
    for params in empty:
        found = (await direct(door, "workflow_list", params))["result"]
        assert isinstance(found, dict)
        assert isinstance(found["workflows"], list)
        assert "sample" in [one["id"] for one in found["workflows"] if isinstance(one, dict)]
        assert found["invalid"] == 1


async def test_a_walk_ends_and_hands_out_one_step_at_a_time(door: Way) -> None:
    done: list[Json] = []
    seen: list[Json] = []
    for _ in range(5):
        arguments: JsonObject = {
            "workflowId": "sample",
            "completedSteps": done,
            "context": {"target": "x", "broken": True},
        }
        found = (await direct(door, "workflow_next", arguments))["result"]
        assert isinstance(found, dict)
        if found["isComplete"]:
            break
        seen.append(found["stepKey"])
        done = [*done, found["stepKey"]]
    assert seen == ["look", "mend", "report"]


REFUSALS: dict[str, tuple[str, JsonObject, int, list[str]]] = {
    "unknown workflow": ("workflow_get", {"id": "sampel"}, -32001, ["closest", "workflowId"]),
    "invalid workflow": ("workflow_get", {"id": "broken"}, -32002, ["details", "findings", "workflowId"]),
    "unknown step": (
        "workflow_next",
        {"workflowId": "sample", "completedSteps": ["nope"]},
        -32003,
        ["stepId", "workflowId"],
    ),
    "unknown current step": (
        "workflow_next",
        {"workflowId": "sample", "completedSteps": [], "currentStep": "nope"},
        -32003,
        ["stepId", "workflowId"],
    ),
    "unknown step to validate": (
        "workflow_validate",
        {"workflowId": "sample", "stepId": "nope", "output": "x"},
        -32003,
        ["stepId", "workflowId"],
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_an_error_directly_and_a_readable_result_over_mcp(door: Way, name: str) -> None:
    method, arguments, code, keys = REFUSALS[name]
    error = error_of(await direct(door, method, arguments))
    assert error["code"] == code
    assert isinstance(error["data"], dict)
    assert sorted(error["data"]) == keys
    found = await tool(door, method, arguments)
    assert found["isError"] is True
    assert isinstance(found["structuredContent"], dict)
    assert found["structuredContent"]["error"] == error
    assert isinstance(found["content"], list)
    assert isinstance(found["content"][0], dict)
    assert str(error["message"]) in str(found["content"][0]["text"])


BAD: dict[str, tuple[str, Json, str]] = {
    "missing": ("workflow_get", {}, "id"),
    "unknown argument": ("workflow_get", {"id": "sample", "mod": "full"}, "mode"),
    "wrong type": ("workflow_next", {"workflowId": 7, "completedSteps": []}, "workflowId"),
    "wrong enum": ("workflow_get", {"id": "sample", "mode": "ful"}, "full"),
    "fraction for an integer": ("workflow_list", {"limit": 2.5}, "limit"),
    "out of range": ("workflow_list", {"limit": 0}, "limit"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_arguments_name_the_argument_and_what_is_right(door: Way, name: str) -> None:
    method, arguments, word = BAD[name]
    error = error_of(await direct(door, method, arguments))
    assert error["code"] == -32602
    assert isinstance(error["data"], dict)
    assert {"details"} <= set(error["data"]) <= {"details", "path"}
    assert word in json.dumps(error)
    found = await tool(door, method, arguments)
    assert found["isError"] is True
    assert word in json.dumps(found["content"])


async def test_positional_values_are_refused(door: Way) -> None:
    assert error_of(await direct(door, "workflow_get", ["sample"]))["code"] == -32602


async def test_floats_and_json_strings_of_real_clients_are_understood(door: Way) -> None:
    whole = (await direct(door, "workflow_list", {"limit": 2.0}))["result"]
    assert isinstance(whole, dict)
    assert isinstance(whole["workflows"], list)
    assert len(whole["workflows"]) == 2
    arguments: JsonObject = {"workflowId": "sample", "completedSteps": '["look"]', "context": '{"broken": true}'}
    found = await tool(door, "workflow_next", arguments)
    assert isinstance(found["structuredContent"], dict)
    assert found["structuredContent"]["stepKey"] == "mend"


async def test_a_null_where_an_argument_is_optional_is_as_if_absent(door: Way) -> None:
    found = (await direct(door, "workflow_list", {"category": None, "limit": None}))["result"]
    assert isinstance(found, dict)
    assert found["workflows"]


async def test_an_unknown_method_says_what_was_meant_where_something_is_near(door: Way) -> None:
    error = error_of(await direct(door, "workflow_nxt", {}))
    assert (error["code"], error["message"]) == (-32601, "Method not found")
    assert "workflow_next" in str(error["data"])
    if door.name == "http":
        (answer,) = await door.send(request("workflow_list"))
        assert isinstance(answer, dict)
        assert "/rpc" in str(error_of(answer)["data"])
