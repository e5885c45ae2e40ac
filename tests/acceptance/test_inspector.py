"""MCP Inspector's command line with `--strict` against the product itself, over stdio and HTTP."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schema.values import JsonObject
from tests.services import ROOT, node, node_package
from tests.serving import PRODUCT, environment, http_server

INSPECTOR_TIMEOUT_S = 60  # seconds for one inspector call on a loaded machine
Inspect = Callable[..., JsonObject]


@pytest.fixture(scope="module")
def product_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with http_server((*PRODUCT, "--http"), tmp_path_factory.mktemp("product")) as base:
        yield f"{base}/mcp"


@pytest.fixture(params=["stdio", "http"])
def inspect(request: pytest.FixtureRequest, tmp_path: Path) -> Inspect:
    script = node_package("@modelcontextprotocol/inspector", "clients/cli/build/index.js")
    if request.param == "http":
        where = [request.getfixturevalue("product_url"), "--transport", "http"]
    else:
        home = environment(tmp_path)["WORKFLOWLOOKUP_HOME"]
        where = [*PRODUCT, "--stdio", "-e", f"WORKFLOWLOOKUP_HOME={home}"]

    def run(method: str, *options: str) -> JsonObject:
        done = subprocess.run(
            [str(node()), str(script), *where, "--method", method, *options],
            capture_output=True,
            text=True,
            timeout=INSPECTOR_TIMEOUT_S,
            cwd=ROOT,
            env=environment(tmp_path),
            check=False,
        )
        assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}"
        answer: JsonObject = json.loads(done.stdout)
        return answer

    return run


def names(listed: object, key: str) -> set[str]:
    assert isinstance(listed, list)
    return {str(one[key]) for one in listed}


@pytest.mark.requirement("MCP-8")
def test_tools_list_has_no_portability_problem(inspect: Inspect) -> None:
    tools = inspect("tools/list", "--strict")["tools"]
    assert {"workflow_list", "workflow_get", "workflow_next", "workflow_validate"} <= names(tools, "name")


@pytest.mark.requirement("MCP-8")
def test_tools_call_gives_the_shipped_workflows(inspect: Inspect) -> None:
    answer = inspect("tools/call", "--tool-name", "workflow_list", "--tool-arg", "limit=2")
    structured = answer["structuredContent"]
    assert isinstance(structured, dict)
    assert isinstance(structured["workflows"], list)
    assert len(structured["workflows"]) == 2


@pytest.mark.requirement("MCP-8")
def test_resources_are_listed_and_read(inspect: Inspect) -> None:
    uris = names(inspect("resources/list")["resources"], "uri")
    assert "workflow-schema://current" in uris
    contents = inspect("resources/read", "--uri", "workflow-schema://current")["contents"]
    assert names(contents, "uri") == {"workflow-schema://current"}


def test_resource_templates_are_listed(inspect: Inspect) -> None:
    assert "workflow://{id}" in names(inspect("resources/templates/list")["resourceTemplates"], "uriTemplate")


def test_prompts_are_listed_and_rendered(inspect: Inspect) -> None:
    prompts = names(inspect("prompts/list")["prompts"], "name")
    messages = inspect("prompts/get", "--prompt-name", min(prompts))["messages"]
    assert isinstance(messages, list)
    assert messages


def test_the_log_level_can_be_set(inspect: Inspect) -> None:
    assert inspect("logging/setLevel", "--log-level", "debug") == {}
