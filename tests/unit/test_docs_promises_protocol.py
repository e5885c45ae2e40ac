"""What the requirements promise of JSON-RPC and MCP, tried as a reader of the book would."""

from pathlib import Path

import orjson
import pytest

from schema.values import Json, JsonObject
from tests.unit.book import EXAMPLES
from tests.unit.reader import Reader

MODERN: JsonObject = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(EXAMPLES)


def request(method: str, params: Json = None, identity: Json = 1) -> str:
    return orjson.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params}).decode()


async def mcp(reader: Reader, method: str, params: JsonObject) -> JsonObject:
    answer = await reader.ask(request(method, params), over_mcp=True)
    assert isinstance(answer, dict)
    return answer


async def call(reader: Reader, name: str, arguments: JsonObject) -> JsonObject:
    result = (await mcp(reader, "tools/call", {"name": name, "arguments": arguments}))["result"]
    assert isinstance(result, dict)
    return result


@pytest.mark.requirement("RPC-1")
@pytest.mark.parametrize(
    ("method", "params", "key"),
    [
        ("workflow_list", {}, "workflows"),
        ("workflow_get", {"id": "example-loops"}, "steps"),
        ("workflow_next", {"workflowId": "example-loops", "completedSteps": []}, "stepKey"),
        ("workflow_validate", {"workflowId": "example-loops", "stepId": "knock", "output": "done"}, "valid"),
    ],
)
async def test_each_tool_is_a_method_without_a_handshake(
    reader: Reader, method: str, params: JsonObject, key: str
) -> None:
    answer = await reader.ask(request(method, params))

    assert isinstance(answer, dict)
    assert isinstance(answer["result"], dict)
    assert key in answer["result"]


@pytest.mark.requirement("RPC-2")
async def test_a_batch_is_answered_member_by_member(reader: Reader) -> None:
    members = [
        {"jsonrpc": "2.0", "id": "a", "method": "workflow_list"},
        {"jsonrpc": "2.0", "method": "workflow_list"},
        {"jsonrpc": "1.0", "id": "b", "method": "workflow_list"},
        7,
    ]
    answer = await reader.ask(orjson.dumps(members).decode())

    assert isinstance(answer, list)
    assert [(one["id"], "result" in one) for one in answer if isinstance(one, dict)] == [
        ("a", True),
        ("b", False),
        (None, False),
    ]


@pytest.mark.requirement("RPC-3")
@pytest.mark.parametrize("identity", ["text", 0, -7, "", 2**53])
async def test_the_answer_carries_the_id_of_the_request(reader: Reader, identity: Json) -> None:
    answer = await reader.ask(request("workflow_list", None, identity))

    assert isinstance(answer, dict)
    assert answer["id"] == identity


@pytest.mark.requirement("RPC-3")
@pytest.mark.parametrize("identity", [None, 1.5, True, [], {}])
async def test_an_id_that_is_none_is_refused(reader: Reader, identity: Json) -> None:
    assert await code_of(reader, request("workflow_list", None, identity)) == -32600


@pytest.mark.requirement("RPC-4")
@pytest.mark.parametrize("method", ["workflow_list", "no_such_method", "notifications/initialized"])
async def test_a_notification_is_not_answered(reader: Reader, method: str) -> None:
    with pytest.raises(AssertionError, match="does not answer"):
        await reader.ask(orjson.dumps({"jsonrpc": "2.0", "method": method}).decode())


@pytest.mark.requirement("RPC-5")
@pytest.mark.parametrize("params", [None, [], {}])
async def test_params_may_be_empty_where_nothing_is_required(reader: Reader, params: Json) -> None:
    answer = await reader.ask(request("workflow_list", params))

    assert isinstance(answer, dict)
    assert "result" in answer


@pytest.mark.requirement("RPC-5")
async def test_positional_params_are_refused(reader: Reader) -> None:
    assert await code_of(reader, request("workflow_get", ["example-loops"])) == -32602


@pytest.mark.requirement("RPC-6")
@pytest.mark.parametrize("text", ["{", "", '{"jsonrpc": "2.0", "id": 1, "method": "workflow_list", "params": NaN}'])
async def test_what_is_not_json_is_a_parse_error_with_id_null(reader: Reader, text: str) -> None:
    answer = await reader.ask(text)

    assert isinstance(answer, dict)
    assert answer["id"] is None
    assert await code_of(reader, text) == -32700


async def code_of(reader: Reader, text: str) -> Json:
    answer = await reader.ask(text)
    assert isinstance(answer, dict)
    error = answer["error"]
    assert isinstance(error, dict)
    return error["code"]


@pytest.mark.requirement("MCP-1")
async def test_both_eras_are_served_at_one_door_in_any_order(reader: Reader) -> None:
    discovered = await mcp(reader, "server/discover", {"_meta": MODERN})
    opened = await mcp(
        reader,
        "initialize",
        {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "reader", "version": "1"}},
    )
    modern = await mcp(reader, "tools/list", {"_meta": MODERN})
    legacy = await mcp(reader, "tools/list", {})

    assert isinstance(discovered["result"], dict)
    assert discovered["result"]["supportedVersions"] == ["2026-07-28"]
    assert isinstance(opened["result"], dict)
    assert opened["result"]["protocolVersion"] == "2025-06-18"
    assert isinstance(modern["result"], dict)
    assert modern["result"]["resultType"] == "complete"
    assert isinstance(legacy["result"], dict)
    assert "resultType" not in legacy["result"]


@pytest.mark.requirement("MCP-2")
async def test_a_tool_call_gives_the_object_of_the_direct_method_twice(reader: Reader) -> None:
    arguments: JsonObject = {"workflowId": "example-checklist", "completedSteps": []}
    direct = await reader.ask(request("workflow_next", arguments))
    result = await call(reader, "workflow_next", arguments)

    assert isinstance(direct, dict)
    assert isinstance(result["content"], list)
    (block,) = result["content"]
    assert isinstance(block, dict)
    assert result["structuredContent"] == direct["result"]
    assert orjson.loads(str(block["text"])) == direct["result"]


@pytest.mark.requirement("MCP-3")
async def test_a_refusal_is_a_result_the_agent_can_read(reader: Reader) -> None:
    result = await call(reader, "workflow_next", {"workflowId": "nowhere", "completedSteps": []})

    assert result["isError"] is True
    structured = result["structuredContent"]
    assert isinstance(structured, dict)
    assert isinstance(structured["error"], dict)
    assert structured["error"]["code"] == -32001
    assert structured["error"]["data"] == {"workflowId": "nowhere"}


@pytest.mark.requirement("MCP-4")
async def test_an_unknown_tool_is_an_error(reader: Reader) -> None:
    answer = await mcp(reader, "tools/call", {"name": "workflow_delete", "arguments": {}})

    assert isinstance(answer["error"], dict)
    assert answer["error"]["code"] == -32602


@pytest.mark.requirement("MCP-5")
async def test_the_tool_list_does_not_change_from_call_to_call() -> None:
    first, second = Reader(EXAMPLES), Reader(Path("/nonexistent"))

    assert await mcp(first, "tools/list", {}) == await mcp(second, "tools/list", {})


@pytest.mark.requirement("MCP-6")
async def test_arguments_as_models_send_them_are_understood(reader: Reader) -> None:
    listed = await call(reader, "workflow_list", {"limit": 1.0, "tags": '["example"]'})
    refused = await call(reader, "workflow_list", {"limit": 1.5})

    assert isinstance(listed["structuredContent"], dict)
    assert isinstance(listed["structuredContent"]["workflows"], list)
    assert len(listed["structuredContent"]["workflows"]) == 1
    assert refused["isError"] is True
