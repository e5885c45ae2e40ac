"""A person's word through the official clients: the product asks, in both eras, over both transports."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.session import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult

from schema.values import JsonObject
from tests.services import INTEROP, ROOT, node, node_package
from tests.serving import PRODUCT, environment, http_server

CLIENT_TIMEOUT_S: Final = 60  # seconds for one client's whole walk on a loaded machine
CAREFUL: Final[JsonObject] = {
    "schemaVersion": "1.0.0",
    "id": "careful",
    "name": "Careful",
    "description": "Made for a test.",
    "version": "1.0.0",
    "steps": [
        {"id": "ask", "title": "Ask", "prompt": "Ask first.", "requireConfirmation": True},
        {"id": "tell", "title": "Tell", "prompt": "Tell of it."},
    ],
}
CONNECT: Final[JsonObject] = {
    "schemaVersion": "1.2.0",
    "id": "connect",
    "name": "Connect",
    "description": "Made for a test.",
    "version": "1.0.0",
    "state": {},
    "steps": [
        {"id": "hello", "type": "message", "message": "Welcome."},
        {
            "id": "server",
            "type": "input",
            "prompt": "Which server?",
            "fields": [
                {"name": "region", "kind": "choice", "choices": ["eu", "us"]},
                {"name": "port", "kind": "integer", "default": 5432, "validation": {"min": 1024}},
                {"name": "tls", "kind": "boolean", "default": True},
            ],
            "store": "server",
        },
        {"id": "tell", "title": "Tell", "prompt": "Tell of {{ state.server }}."},
    ],
}
REPLIES: Final = {
    "approved": ElicitResult(action="accept", content={"decision": "approve", "comment": "go on"}),
    "rejected": ElicitResult(action="accept", content={"decision": "reject", "comment": "not so"}),
    "declined": ElicitResult(action="decline"),
    "cancelled": ElicitResult(action="cancel"),
}
EXPECTED: Final = {
    "approved": (True, "tell", "running"),
    "rejected": (False, "ask", "running"),
    "declined": (False, "ask", "running"),
    "cancelled": (False, "ask", "waiting"),
}
"""accepted, stepKey and status after each reply."""


def prepared(folder: Path) -> Path:
    """Make a project with the workflow in it; gives its folder."""
    project = folder / "project"
    (project / "workflows").mkdir(parents=True)
    for document in (CAREFUL, CONNECT):
        (project / "workflows" / f"{document['id']}.json").write_text(json.dumps(document))
    return project


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("people")
    command = [*PRODUCT, "--http", "--store", "memory", "--workspace", str(prepared(home))]
    with http_server(command, home) as base:
        yield f"{base}/mcp"


@pytest.fixture(params=["stdio", "http"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> JsonObject:
    if request.param == "http":
        return {"transport": "http", "url": request.getfixturevalue("served")}
    command, *arguments = PRODUCT
    env: JsonObject = dict(environment(tmp_path))
    serve = [*arguments, "--stdio", "--workspace", str(prepared(tmp_path))]
    return {"transport": "stdio", "command": command, "args": [*serve], "cwd": str(ROOT), "env": env}


@asynccontextmanager
async def client_that(target: JsonObject, mode: str, reply: ElicitResult, seen: list[str]) -> AsyncIterator[Client]:
    """Give the official client, answering each question with `reply`; `seen` gets the questions."""

    async def answer(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        seen.append(params.message)
        return reply

    where = str(target["url"]) if "url" in target else StdioServerParameters.model_validate(target)
    async with asyncio.timeout(CLIENT_TIMEOUT_S), Client(where, mode=mode, elicitation_callback=answer) as client:
        yield client


@pytest.mark.requirement("PEOPLE-1")
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_python_client_asks_its_person_and_the_word_counts(target: JsonObject, mode: str) -> None:
    for name, reply in REPLIES.items():
        seen: list[str] = []
        async with client_that(target, mode, reply, seen) as client:
            start: JsonObject = {"action": "start", "workflow_type": "careful", "target_file": "a.py"}
            begun = (await client.call_tool("aos_workflow", start)).structured_content or {}
            report: JsonObject = {"sessionId": begun["session_id"], "stepKey": "ask", "output": "done"}
            answer = (await client.call_tool("workflow_next", report)).structured_content or {}
        assert (answer["accepted"], answer["stepKey"], answer["status"]) == EXPECTED[name], name
        assert len(seen) == 1
        assert "Ask" in seen[0]


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_python_client_asks_its_person_for_input_and_the_answer_counts(target: JsonObject, mode: str) -> None:
    seen: list[str] = []
    reply = ElicitResult(action="accept", content={"region": "eu", "port": 5433, "tls": False})
    async with client_that(target, mode, reply, seen) as client:
        start: JsonObject = {"action": "start", "workflowId": "connect"}
        begun = (await client.call_tool("workflow_session", start)).structured_content or {}
    assert seen == ["Welcome.\nWhich server?"]
    assert begun["stepKey"] == "tell"
    assert begun["guidance"]["prompt"] == 'Tell of {"region":"eu","port":5433,"tls":false}.'


@pytest.mark.parametrize(
    ("script", "mode"), [("ask_v1.mjs", "legacy"), ("ask_v2.mjs", "legacy"), ("ask_v2.mjs", "modern")]
)
def test_the_typescript_clients_ask_their_person_and_the_word_counts(
    target: JsonObject, script: str, mode: str
) -> None:
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
    assert report["asked"] == 1
    assert (report["accepted"], report["stepKey"], report["status"]) == EXPECTED["approved"]
