"""The official clients against the fixture server: each lists, calls, sees progress and cancels, on both transports."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.session import ClientRequestContext
from mcp.shared.subscriptions import PromptsListChanged
from mcp_types import ElicitRequestParams, ElicitResult

from schema.values import JsonObject
from tests.services import INTEROP, ROOT, node, node_package
from tests.serving import FIXTURES, environment, http_server

CLIENT_TIMEOUT_S = 60  # seconds for one client's whole walk on a loaded machine
CANCEL_POLLS = 100  # questions "how many were cancelled?" until the server must have noticed
TEXT = "This is a simple text response for testing."


@pytest.fixture(scope="module")
def fixture_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_server(FIXTURES, tmp_path_factory.mktemp("fixtures")) as base:
        yield f"{base}/mcp"


@pytest.fixture(params=["stdio", "http"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> JsonObject:
    if request.param == "http":
        return {"transport": "http", "url": request.getfixturevalue("fixture_url")}
    command, *arguments = FIXTURES
    env: JsonObject = dict(environment(tmp_path))
    return {"transport": "stdio", "command": command, "args": [*arguments, "--stdio"], "cwd": str(ROOT), "env": env}


async def accept(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"username": "ada", "email": "ada@example.com", "name": "Ada"})


@asynccontextmanager
async def python_client(target: JsonObject, mode: str) -> AsyncIterator[Client]:
    where = str(target["url"]) if "url" in target else StdioServerParameters.model_validate(target)
    async with asyncio.timeout(CLIENT_TIMEOUT_S), Client(where, mode=mode, elicitation_callback=accept) as client:
        yield client


@pytest.mark.requirement("MCP-9")
@pytest.mark.parametrize("mode", ["legacy", "auto", "2026-07-28"])
async def test_the_python_client_lists_calls_and_sees_progress(target: JsonObject, mode: str) -> None:
    seen: list[float] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        seen.append(progress)

    async with python_client(target, mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("test_simple_text")
        await client.call_tool("test_tool_with_progress", progress_callback=on_progress)
        prompts = {prompt.name for prompt in (await client.list_prompts()).prompts}
        resources = {str(resource.uri) for resource in (await client.list_resources()).resources}
    assert {"test_simple_text", "test_wait"} <= names
    assert answer.content[0].model_dump()["text"] == TEXT
    assert seen == [0, 50, 100]
    assert "test_simple_prompt" in prompts
    assert "test://static-text" in resources


@pytest.mark.requirement("MCP-9")
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_python_client_cancels_a_running_call(target: JsonObject, mode: str) -> None:
    started = anyio.Event()

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        started.set()

    async with python_client(target, mode) as client:
        before = await cancelled(client)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: client.call_tool("test_wait", progress_callback=on_progress))
            await started.wait()
            tasks.cancel_scope.cancel()
        for _ in range(CANCEL_POLLS):
            if await cancelled(client) > before:
                break
        assert await cancelled(client) == before + 1


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_python_client_answers_questions(target: JsonObject, mode: str) -> None:
    async with python_client(target, mode) as client:
        user = await client.call_tool("test_elicitation", {"message": "Who are you?"})
        greeting = await client.call_tool("test_input_required_result_elicitation")
        prompt = await client.get_prompt("test_input_required_result_prompt")
    assert "ada@example.com" in user.content[0].model_dump()["text"]
    assert greeting.content[0].model_dump()["text"] == "Hello, Ada!"
    assert prompt.messages


async def test_the_python_client_hears_of_changed_prompts(target: JsonObject) -> None:
    async with python_client(target, "2026-07-28") as client, client.listen(prompts_list_changed=True) as news:
        await client.call_tool("test_trigger_tool_change")
        await client.call_tool("test_trigger_prompt_change")
        assert await anext(news) == PromptsListChanged()


async def cancelled(client: Client) -> int:
    answer = await client.call_tool("test_count_cancelled")
    return int((answer.structured_content or {})["cancelled"])


@pytest.mark.requirement("MCP-9")
@pytest.mark.parametrize(
    ("script", "mode"),
    [("client_v1.mjs", "legacy"), ("client_v2.mjs", "legacy"), ("client_v2.mjs", "auto"), ("client_v2.mjs", "modern")],
)
def test_the_typescript_clients_list_call_see_progress_and_cancel(target: JsonObject, script: str, mode: str) -> None:
    node_package("@modelcontextprotocol/sdk", "package.json")
    node_package("@modelcontextprotocol/client", "package.json")
    negotiation = {"pin": "2026-07-28"} if mode == "modern" else mode
    walked = subprocess.run(
        [str(node()), str(INTEROP / script), json.dumps({**target, "mode": negotiation})],
        capture_output=True,
        text=True,
        timeout=CLIENT_TIMEOUT_S,
        check=False,
    )
    assert walked.returncode == 0, walked.stderr[-2000:]
    report = json.loads(walked.stdout)
    assert {"test_simple_text", "test_wait"} <= set(report["tools"])
    assert report["text"] == TEXT
    assert report["progress"] == [0, 50, 100]
    assert report["cancelled"] is True
    assert report["counted"] > 0
