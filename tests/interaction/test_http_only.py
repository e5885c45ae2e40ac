"""What only HTTP has: statuses, headers, who may call, sessions, metrics."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from server import http_app
from server.settings import Settings
from tests.interaction.conftest import product, settings_for
from tests.interaction.over_http import JSON, closed, posted, serving
from tests.interaction.test_eras import initialize, modern, request

TOKEN: Final = "correct-horse"  # noqa: S105 - a token for these tests only


@pytest.fixture
def settings(home: Path, workspace: Path) -> Settings:
    return settings_for(home, workspace)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    made = await serving(settings)
    yield made
    await closed(made)


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
    assert (ready.status, await ready.json()) == (200, {"checks": {"library": "ok", "store": "ok"}})
    text = await (await client.get("/metrics")).text()
    assert 'workflowlookup_request_seconds_count{outcome="ok",tool="workflow_list"} 1.0' in text
    assert 'workflowlookup_request_seconds_count{outcome="-32001",tool="workflow_get"} 1.0' in text


async def test_a_check_that_fails_or_takes_too_long_makes_the_server_not_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> str | None:
        return "the disk is full"

    async def stuck() -> str | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(http_app, "CHECK_SECONDS", 0.01)
    serving = product(settings)
    serving.service.catalogue = serving.service.catalogue._replace(checks={"disk": broken, "store": stuck})
    server = TestServer(http_app.HttpApp(serving, settings).application(), host="127.0.0.1")
    async with TestClient(server) as client:
        ready = await client.get("/readyz")
        found = await ready.json()
    assert (ready.status, found) == (503, {"checks": {"disk": "the disk is full", "store": "no answer within 0.01 s"}})


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
    assert [one["name"] for one in tools] == [
        "workflow_list",
        "workflow_get",
        "workflow_next",
        "workflow_validate",
        "aos_workflow",
        "workflow_session",
    ]
