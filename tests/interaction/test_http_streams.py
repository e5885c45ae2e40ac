"""Streams over HTTP: listening, progress, cancelling, asking, and taking up a broken stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from schema.values import JsonObject
from server import http_app
from server.settings import Settings
from tests.interaction.conftest import settings_for
from tests.interaction.over_http import JSON, SECONDS, closed, frames, posted, serving
from tests.interaction.test_eras import META, initialize, modern, request


@pytest.fixture
def settings(home: Path, workspace: Path) -> Settings:
    return settings_for(home, workspace)


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


async def test_a_legacy_call_outlives_its_client_until_it_is_cancelled(settings: Settings) -> None:
    client = await serving(settings, fixtures=True)
    session = (await posted(client, initialize("2025-11-25"))).headers["Mcp-Session-Id"]
    call = request("tools/call", {"name": "wait_forever", "arguments": {}, "_meta": {"progressToken": 1}}, "c")
    headers = {**JSON, "Mcp-Session-Id": session}
    async with client.post("/mcp", data=json.dumps(call), headers=headers) as response:
        await frames(response, 1)
        waiting = [task for task in asyncio.all_tasks() if "_finished" in str(task.get_coro())]
    assert (await posted(client, request("ping"))).status == 200, "by now the server knows that its client is gone"
    assert not waiting[0].done()
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "c"}}
    assert (await posted(client, cancel, Mcp_Session_Id=session)).status == 202
    assert len((await asyncio.wait(waiting, timeout=SECONDS))[0]) == 1
    await closed(client)


async def test_a_stream_tells_proxies_to_leave_it_alone_and_pages_that_they_may_read_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_app, "KEEP_ALIVE_SECONDS", 0.01)
    client = await serving(settings, fixtures=True)
    call = request("tools/call", {"name": "wait_forever", "arguments": {}, "_meta": {"progressToken": 1}})
    headers = {**JSON, "Origin": "http://localhost:6274"}
    async with client.post("/mcp", data=json.dumps(call), headers=headers) as response:
        await frames(response, 1)
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-cache, no-transform"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:6274"
        silence = await asyncio.wait_for(response.content.readuntil(b": still here\n\n"), SECONDS)
        assert b"data:" not in silence
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


@pytest.mark.parametrize("last", ["nope", "99-1", "0-x", "0-²", "0-" + "9" * 5000])
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
