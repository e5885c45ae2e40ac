"""Both generations of MCP on one endpoint and one process, in any order, over every way in."""

from typing import Final

import pytest

from engine.version import SERVER_VERSION
from schema.values import Json, JsonObject
from tests.interaction.doors import Http, Way

VERSION: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
INFO: Final = "io.modelcontextprotocol/serverInfo"
META: Final[JsonObject] = {VERSION: "2026-07-28", CAPABILITIES: {}}


def request(method: str, params: JsonObject | None = None, request_id: Json = 1) -> JsonObject:
    message: JsonObject = {"jsonrpc": "2.0", "id": request_id, "method": method}
    if params is not None:
        message["params"] = params
    return message


def modern(method: str, **params: Json) -> JsonObject:
    return request(method, {**params, "_meta": {**META}})


def initialize(version: str) -> JsonObject:
    return request(
        "initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    )


async def result(door: Way, message: JsonObject) -> JsonObject:
    (answer,) = await door.send(message)
    assert isinstance(answer, dict)
    found = answer.get("result")
    assert isinstance(found, dict), answer
    return found


async def error(door: Way, message: JsonObject) -> JsonObject:
    (answer,) = await door.send(message)
    assert isinstance(answer, dict)
    found = answer.get("error")
    assert isinstance(found, dict), answer
    assert answer["id"] == message["id"]
    return found


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_initialize_agrees_on_every_legacy_version(door: Way, version: str) -> None:
    found = await result(door, initialize(version))
    assert found["protocolVersion"] == version
    assert found["serverInfo"] == {"name": "workflowlookup", "title": "Workflow Lookup", "version": SERVER_VERSION}
    assert found["instructions"]


@pytest.mark.parametrize("version", ["2099-01-01", "1.0", "", "2026-07-28"])
async def test_initialize_with_a_version_we_do_not_speak_offers_our_newest(door: Way, version: str) -> None:
    assert (await result(door, initialize(version)))["protocolVersion"] == "2025-11-25"


async def test_initialize_without_a_version_is_refused(door: Way) -> None:
    assert (await error(door, request("initialize", {"capabilities": {}})))["code"] == -32602


async def test_discover_tells_versions_and_capabilities(door: Way) -> None:
    found = await result(door, modern("server/discover"))
    assert found["supportedVersions"] == ["2026-07-28"]
    assert found["resultType"] == "complete"
    assert isinstance(found["ttlMs"], int)
    assert found["cacheScope"] in ("public", "private")
    assert isinstance(found["capabilities"], dict)
    assert {"tools", "resources", "prompts", "completions", "logging"} == set(found["capabilities"])


async def test_the_eras_mix_in_any_order(door: Way) -> None:
    await result(door, modern("server/discover"))
    assert (await result(door, initialize("2025-11-25")))["protocolVersion"] == "2025-11-25"
    assert "resultType" not in await result(door, request("tools/list"))
    assert (await result(door, modern("tools/list")))["resultType"] == "complete"
    assert await result(door, request("ping")) == {}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/list", {}),
        ("prompts/list", {}),
        ("resources/list", {}),
        ("resources/templates/list", {}),
        ("resources/read", {"uri": "workflow://sample"}),
    ],
)
async def test_modern_lists_and_reads_say_how_long_they_keep_and_legacy_ones_do_not(
    door: Way, method: str, params: JsonObject
) -> None:
    found = await result(door, modern(method, **params))
    assert found["resultType"] == "complete"
    assert isinstance(found["_meta"], dict)
    assert isinstance(found["_meta"][INFO], dict)
    assert found["_meta"][INFO]["name"] == "workflowlookup"
    assert found["cacheScope"] in ("public", "private")
    legacy = await result(door, request(method, params))
    assert {"resultType", "ttlMs", "cacheScope", "_meta"}.isdisjoint(legacy)


@pytest.mark.parametrize("method", ["initialize", "ping", "logging/setLevel", "resources/subscribe", "workflow_list"])
async def test_modern_requests_do_not_find_what_only_others_have(door: Way, method: str) -> None:
    assert (await error(door, modern(method)))["code"] == -32601
    if isinstance(door, Http):
        assert door.status == 404


@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen"])
async def test_modern_methods_without_meta_say_what_is_missing(door: Way, method: str) -> None:
    found = await error(door, request(method, {}))
    assert found["code"] == -32602
    assert VERSION in str(found["message"])


@pytest.mark.parametrize(
    "meta", [{VERSION: "2026-07-28"}, {VERSION: 7, CAPABILITIES: {}}, {VERSION: "2026-07-28", CAPABILITIES: []}]
)
async def test_incomplete_meta_is_refused(door: Way, meta: JsonObject) -> None:
    assert (await error(door, request("tools/list", {"_meta": meta})))["code"] == -32602


async def test_an_unknown_modern_version_is_refused_with_those_we_serve(door: Way) -> None:
    found = await error(door, request("tools/list", {"_meta": {VERSION: "v999.0.0", CAPABILITIES: {}}}))
    assert found["code"] == -32022
    assert found["data"] == {"supported": ["2026-07-28"], "requested": "v999.0.0"}
    if isinstance(door, Http):
        assert door.status == 400


async def test_tools_list_is_the_same_bytes_every_time(door: Way) -> None:
    first = await door.send(request("tools/list"))
    assert await door.send(request("tools/list")) == first


async def test_an_unknown_resource_has_the_code_of_its_era(door: Way) -> None:
    assert (await error(door, request("resources/read", {"uri": "workflow://nope"})))["code"] == -32002
    assert (await error(door, modern("resources/read", uri="workflow://nope")))["code"] == -32602


async def test_an_invalid_workflow_as_a_resource_says_what_is_wrong_with_it(door: Way) -> None:
    for message in (
        request("resources/read", {"uri": "workflow://broken"}),
        modern("resources/read", uri="workflow://broken"),
    ):
        found = await error(door, message)
        assert found["code"] == -32002
        assert isinstance(found["data"], dict)
        assert (found["data"]["workflowId"], bool(found["data"]["findings"])) == ("broken", True)
    subscribe = request("resources/subscribe", {"uri": "workflow://broken"})
    if isinstance(door, Http):  # without --sessions there is no stream to be told on, so nothing is promised
        assert (await error(door, subscribe))["code"] == -32601
    else:
        assert await result(door, subscribe) == {}


async def test_the_schema_is_a_resource(door: Way) -> None:
    found = await result(door, request("resources/read", {"uri": "workflow-schema://current"}))
    assert isinstance(found["contents"], list)
    first = found["contents"][0]
    assert isinstance(first, dict)
    assert "json-schema.org/draft-07" in str(first["text"])


async def test_every_workflow_is_a_prompt_and_its_id_completes(door: Way) -> None:
    prompts = await result(door, request("prompts/list"))
    assert isinstance(prompts["prompts"], list)
    assert "sample" in [one["name"] for one in prompts["prompts"] if isinstance(one, dict)]
    prompt = await result(door, request("prompts/get", {"name": "sample"}))
    assert "workflow_next" in str(prompt["messages"])
    ref: JsonObject = {"type": "ref/resource", "uri": "workflow://{id}"}
    found = await result(door, request("completion/complete", {"ref": ref, "argument": {"name": "id", "value": "sam"}}))
    assert found["completion"] == {"values": ["sample"], "total": 1, "hasMore": False}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("prompts/get", {"name": "nope"}),
        ("prompts/get", {}),
        ("prompts/list", {"cursor": "!"}),
        ("resources/list", {"cursor": "AAAA"}),
        ("tools/list", {"cursor": "x"}),
        ("tools/call", {"name": "nope"}),
        ("tools/call", {}),
        ("tools/call", {"name": "workflow_list", "arguments": [1]}),
        ("resources/read", {}),
        ("completion/complete", {}),
        (
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "nope"}, "argument": {"name": "a", "value": ""}},
        ),
        ("logging/setLevel", {"level": "loud"}),
        ("resources/unsubscribe", {}),
    ],
)
async def test_what_is_wrong_with_params_is_said(door: Way, method: str, params: JsonObject) -> None:
    found = await error(door, request(method, params))
    assert found["code"] == -32602
    assert found["message"] != "Invalid params"
