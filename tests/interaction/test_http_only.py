"""What only HTTP has: statuses, headers, who may call, sessions, streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from schema.values import JsonObject
from server.http_app import HttpApp
from server.settings import Settings
from tests.interaction.conftest import product, settings_for
from tests.interaction.fixture_server import fixture_dispatcher
from tests.interaction.test_eras import META, initialize, modern, request

SECONDS: Final = 15
JSON: Final = {"Content-Type": "application/json"}
TOKEN: Final = "correct-horse"  # noqa: S105 - a token for these tests only


@pytest.fixture
def settings(home: Path, workspace: Path) -> Settings:
    return settings_for(home, workspace)


async def serving(settings: Settings, *, fixtures: bool = False) -> aiohttp.ClientSession:
    """Start a server; the client session closes it."""
    dispatcher = fixture_dispatcher() if fixtures else product(settings)
    server = TestServer(HttpApp(dispatcher, settings).application(), host="127.0.0.1")
    await server.start_server(access_log=None)
    client = aiohttp.ClientSession(server.make_url("/"), timeout=aiohttp.ClientTimeout(total=SECONDS))
    client._server = server  # kept so that it lives as long as its client
    return client


async def closed(client: aiohttp.ClientSession) -> None:
    await client.close()
    await client._server.close()  # type: ignore[attr-defined]  # put there by serving


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    made = await serving(settings)
    yield made
    await closed(made)


@pytest.fixture
async def remembered(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    made = await serving(settings._replace(sessions=True), fixtures=True)
    yield made
    await closed(made)


async def posted(
    client: aiohttp.ClientSession, message: object, path: str = "/mcp", **headers: str
) -> aiohttp.ClientResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await client.post(path, data=json.dumps(message), headers={**JSON, **named})
    await response.read()
    return response


@pytest.mark.parametrize("path", ["/mcp", "/rpc", "/livez", "/readyz", "/metrics", "/tools/list", "/nowhere"])
async def test_a_foreign_origin_or_host_is_refused_on_every_route(client: aiohttp.ClientSession, path: str) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example:80"}, {"Origin": "null"}, {"Host": ""}):
        assert (await client.get(path, headers=headers)).status == 403
        assert (await client.post(path, headers=headers)).status == 403


@pytest.mark.parametrize("origin", ["http://localhost:6274", "http://127.0.0.1", "https://[::1]:8080"])
async def test_a_loopback_page_may_call_and_read_the_answer(client: aiohttp.ClientSession, origin: str) -> None:
    preflight = await client.options("/mcp", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert preflight.status == 204
    assert "Mcp-Session-Id" in preflight.headers["Access-Control-Allow-Headers"]
    answer = await posted(client, initialize("2025-11-25"), Origin=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Mcp-Session-Id" in answer.headers["Access-Control-Expose-Headers"]


async def test_an_allowed_origin_and_host_may_call(settings: Settings) -> None:
    client = await serving(settings._replace(allow_origin=("https://app.example",), allow_host=("flow.example",)))
    answer = await client.get("/tools/list", headers={"Origin": "https://app.example", "Host": "flow.example:8443"})
    assert answer.status == 200
    assert (await client.get("/tools/list", headers={"Origin": "https://app.example.evil"})).status == 403
    await closed(client)


async def test_with_a_token_every_route_but_livez_wants_it(settings: Settings) -> None:
    client = await serving(settings._replace(token=TOKEN))
    for path in ("/mcp", "/rpc", "/readyz", "/metrics", "/tools/list"):
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            refused = await client.get(path, headers=given)
            assert refused.status == 401
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await client.get("/livez")).status == 200
    assert (await client.get("/tools/list", headers={"Authorization": f"Bearer {TOKEN}"})).status == 200
    metrics = await (await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).text()
    assert 'workflowlookup_refused_total{kind="token"} 15.0' in metrics
    await closed(client)


async def test_other_media_types_sizes_and_verbs_have_their_status(client: aiohttp.ClientSession) -> None:
    assert (await client.post("/mcp", data=b"{}", headers={"Content-Type": "text/plain"})).status == 415
    assert (await client.post("/mcp", data=BytesIO(b" " * (16 * 1024 * 1024 + 1)), headers=JSON)).status == 413
    for verb in ("GET", "DELETE", "PUT", "PATCH"):
        refused = await client.request(verb, "/mcp")
        assert refused.status == 405
        assert refused.headers["Allow"] == "POST"


async def test_notifications_are_202_without_a_body(client: aiohttp.ClientSession) -> None:
    answer = await posted(client, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (answer.status, await answer.read()) == (202, b"")


async def test_a_session_id_holds_after_a_restart_and_not_on_a_stranger(settings: Settings, tmp_path: Path) -> None:
    first = await serving(settings)
    session = (await posted(first, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    await closed(first)
    again = await serving(settings)
    assert (await posted(again, request("ping"), Mcp_Session_Id=session)).status == 200
    assert (await posted(again, request("ping"), Mcp_Session_Id=session + "x")).status == 404
    assert (await posted(again, request("ping"), Mcp_Session_Id="a b")).status == 404
    await closed(again)
    stranger = await serving(settings._replace(home=tmp_path / "other"))
    assert (await posted(stranger, request("ping"), Mcp_Session_Id=session)).status == 404
    await closed(stranger)


async def test_an_unknown_version_header_is_refused_except_where_versions_are_agreed_on(
    client: aiohttp.ClientSession,
) -> None:
    assert (await posted(client, request("ping"), MCP_Protocol_Version="1999-01-01")).status == 400
    assert (await posted(client, initialize("1999-01-01"), MCP_Protocol_Version="1999-01-01")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"MCP_Protocol_Version": "2026-07-28"},
        {"MCP_Protocol_Version": "2025-11-25", "Mcp_Method": "tools/call", "Mcp_Name": "workflow_list"},
        {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/list", "Mcp_Name": "workflow_list"},
        {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call"},
        {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "workflow_get"},
        {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "=?base64?!?="},
    ],
)
async def test_modern_headers_that_contradict_the_body_are_refused(
    client: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    answer = await posted(client, modern("tools/call", name="workflow_list", arguments={}), **headers)
    assert answer.status == 400
    assert (await answer.json())["error"]["code"] == -32020


async def test_modern_headers_may_be_in_base64(client: aiohttp.ClientSession) -> None:
    headers = {
        "MCP_Protocol_Version": "2026-07-28",
        "Mcp_Method": "tools/call",
        "Mcp_Name": "=?base64?d29ya2Zsb3dfbGlzdA==?=",
    }
    answer = await posted(client, modern("tools/call", name="workflow_list", arguments={}), **headers)
    assert answer.status == 200


async def test_operators_see_health_readiness_and_metrics(client: aiohttp.ClientSession) -> None:
    await posted(client, {"jsonrpc": "2.0", "id": 1, "method": "workflow_list"}, "/rpc")
    await posted(client, {"jsonrpc": "2.0", "id": 1, "method": "workflow_get", "params": {"id": "nope"}}, "/rpc")
    assert await (await client.get("/livez")).text() == "ok\n"
    ready = await client.get("/readyz")
    assert (ready.status, await ready.json()) == (200, {"checks": {"library": "ok"}})
    text = await (await client.get("/metrics")).text()
    assert 'workflowlookup_request_seconds_count{outcome="ok",tool="workflow_list"} 1.0' in text
    assert 'workflowlookup_request_seconds_count{outcome="-32001",tool="workflow_get"} 1.0' in text


async def test_a_refusal_over_mcp_is_counted_by_its_code_and_one_for_safety_as_a_security_event(
    settings: Settings,
) -> None:
    client = await serving(settings._replace(reveal="nothing"))
    for arguments in ({"id": "sample", "mode": "full"}, {"id": "nope"}):
        answer = await posted(client, request("tools/call", {"name": "workflow_get", "arguments": {**arguments}}))
        assert (await answer.json())["result"]["isError"] is True
    text = await (await client.get("/metrics")).text()
    for code in ("-32007", "-32001"):
        assert f'workflowlookup_request_seconds_count{{outcome="{code}",tool="workflow_get"}} 1.0' in text
    assert 'workflowlookup_refused_total{kind="reveal"} 1.0' in text
    await closed(client)


async def test_the_tools_are_listed_for_curl(client: aiohttp.ClientSession) -> None:
    tools = (await (await client.get("/tools/list")).json())["tools"]
    assert [one["name"] for one in tools] == ["workflow_list", "workflow_get", "workflow_next", "workflow_validate"]


async def frames(response: aiohttp.ClientResponse, count: int) -> list[tuple[str, JsonObject]]:
    """Read so many events: their id lines and messages."""
    found: list[tuple[str, JsonObject]] = []
    event_id = ""
    while len(found) < count:
        line = (await response.content.readline()).decode()
        assert line, f"the stream ended after {found}"
        if line.startswith("id: "):
            event_id = line[4:].strip()
        if line.startswith("data: "):
            found.append((event_id, json.loads(line[6:])))
    return found


async def test_a_listener_is_acknowledged_first_and_then_told_of_an_edit(
    client: aiohttp.ClientSession, workspace: Path
) -> None:
    wanted: JsonObject = {
        "promptsListChanged": True,
        "toolsListChanged": True,
        "resourceSubscriptions": ["workflow://sample"],
    }
    message = {**modern("subscriptions/listen", notifications=wanted), "id": "sub"}
    headers = {**JSON, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
    async with client.post("/mcp", data=json.dumps(message), headers=headers) as response:
        ((_, first),) = await frames(response, 1)
        meta = {"io.modelcontextprotocol/subscriptionId": "sub"}
        honoured = {"promptsListChanged": True, "resourceSubscriptions": ["workflow://sample"]}
        assert first["method"] == "notifications/subscriptions/acknowledged"
        assert first["params"] == {"notifications": honoured, "_meta": meta}
        path = workspace / "workflows" / "sample.json"
        path.write_text(path.read_text().replace("Two steps", "Three steps"))
        told = [message for _, message in await frames(response, 2)]
    assert [one["method"] for one in told] == ["notifications/prompts/list_changed", "notifications/resources/updated"]
    assert told[1]["params"] == {"uri": "workflow://sample", "_meta": meta}


async def test_a_modern_call_is_cancelled_when_its_client_goes_and_a_legacy_one_by_notification(
    settings: Settings,
) -> None:
    client = await serving(settings, fixtures=True)
    session = (await posted(client, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    call: JsonObject = {"name": "wait_forever", "arguments": {}, "_meta": {"progressToken": 1}}
    headers = {**JSON, "Mcp-Session-Id": session}
    async with client.post("/mcp", data=json.dumps(request("tools/call", call, "c")), headers=headers) as response:
        await frames(response, 1)
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "c"}}
        assert (await posted(client, cancel, Mcp_Session_Id=session)).status == 202
        assert b"result" not in await response.content.read()
    modern_call: JsonObject = {**call, "_meta": {**META, "progressToken": 1}}
    headers = {**JSON, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "wait_forever"}
    async with client.post("/mcp", data=json.dumps(request("tools/call", modern_call)), headers=headers) as response:
        await frames(response, 1)
        waiting = [task for task in asyncio.all_tasks() if "_finished" in str(task.get_coro())]
        assert len(waiting) == 1
    await asyncio.wait(waiting, timeout=SECONDS)
    assert waiting[0].cancelled()
    await closed(client)


async def test_a_legacy_client_is_asked_on_its_calls_stream(settings: Settings) -> None:
    client = await serving(settings, fixtures=True)
    params: JsonObject = {"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}}}
    session = (await posted(client, request("initialize", params))).headers["Mcp-Session-Id"]
    headers = {**JSON, "Mcp-Session-Id": session}
    call = request("tools/call", {"name": "ask_name", "arguments": {}})
    async with client.post("/mcp", data=json.dumps(call), headers=headers) as response:
        ((_, question),) = await frames(response, 1)
        reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"name": "Cy"}}}
        assert (await posted(client, reply)).status == 202, "a stranger's reply is taken and dropped"
        assert (await posted(client, reply, Mcp_Session_Id=session)).status == 202
        ((_, answer),) = await frames(response, 1)
    assert isinstance(answer["result"], dict)
    assert answer["result"]["structuredContent"] == {"greeting": "hello Cy", "state": {"asked": True}}
    await closed(client)


async def test_remembered_sessions_end_when_deleted(remembered: aiohttp.ClientSession) -> None:
    session = (await posted(remembered, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    assert (await posted(remembered, request("ping"), Mcp_Session_Id=session)).status == 200
    assert (await remembered.delete("/mcp", headers={"Mcp-Session-Id": session})).status == 204
    assert (await posted(remembered, request("ping"), Mcp_Session_Id=session)).status == 404
    assert (await remembered.delete("/mcp", headers={"Mcp-Session-Id": session})).status == 404
    assert (await remembered.get("/mcp", headers={"Mcp-Session-Id": session})).status == 404


async def test_a_broken_stream_is_resumed_where_it_broke(remembered: aiohttp.ClientSession) -> None:
    session = (await posted(remembered, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    headers = {**JSON, "Mcp-Session-Id": session}
    call = request("tools/call", {"name": "count", "arguments": {"to": 3}, "_meta": {"progressToken": 1}})
    async with remembered.post("/mcp", data=json.dumps(call), headers=headers) as response:
        first = (await frames(response, 1))[0][0]
    resume = {"Mcp-Session-Id": session, "Accept": "text/event-stream", "Last-Event-ID": first}
    async with remembered.get("/mcp", headers=resume) as response:
        rest = await frames(response, 6)
    assert [number for number, _ in rest] == [f"1-{n}" for n in range(2, 8)]
    assert "result" in rest[-1][1]


@pytest.mark.parametrize("last", ["nope", "99-1", "0-x", "0-²"])
async def test_a_last_event_id_of_no_stream_is_refused(remembered: aiohttp.ClientSession, last: str) -> None:
    session = (await posted(remembered, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    headers = {"Mcp-Session-Id": session, "Accept": "text/event-stream", "Last-Event-ID": last}
    assert (await remembered.get("/mcp", headers=headers)).status == 400


async def test_the_standing_stream_wants_an_accept_header_and_tells_of_edits(
    settings: Settings, workspace: Path
) -> None:
    client = await serving(settings._replace(sessions=True))
    session = (await posted(client, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    assert (await client.get("/mcp", headers={"Mcp-Session-Id": session})).status == 406
    headers = {"Mcp-Session-Id": session, "Accept": "text/event-stream"}
    async with client.get("/mcp", headers=headers) as response:
        path = workspace / "workflows" / "sample.json"
        path.write_text(path.read_text().replace("Two steps", "Three steps"))
        ((number, told),) = await frames(response, 1)
    assert (number, told["method"]) == ("0-1", "notifications/prompts/list_changed")
    await closed(client)
