"""Commands and timers of a served product: real programs, real time, every store, and a second server that goes on."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from schema.values import Json, JsonObject
from server.compose import serving
from server.settings import Settings
from tests.interaction.doors import InProcess, Way
from tests.interaction.test_aos_doors import STORES, place, settings_on
from tests.interaction.test_durable_next import direct

SECONDS: Final = 60.0
"""Seconds any session here may take on a loaded machine."""
COUNT: Final = (
    "import json, pathlib, sys; print(json.dumps([sys.argv[1:], sorted(map(str, pathlib.Path().iterdir()))]))"
)
SAY: Final[JsonObject] = {"id": "say", "title": "Say", "prompt": "Tell: {{ state.found.data }}"}


def document(workflow_id: str, *steps: JsonObject) -> JsonObject:
    """Give a document of the automation language."""
    head: JsonObject = {
        "schemaVersion": "1.2.0",
        "name": workflow_id,
        "description": "Made for a test.",
        "version": "1.0.0",
    }
    named: JsonObject = {"what": {"type": "string"}}
    return {"id": workflow_id, **head, "inputs": named, "state": {}, "steps": [*steps]}


def python(text: str, *words: str, **keys: Json) -> JsonObject:
    """Give a command step that runs a Python text."""
    run: list[Json] = [sys.executable, "-c", text, *words]
    return {"id": "look", "type": "command", "run": run, **keys}


LOOKING: Final = document("looking", python(COUNT, "{{ inputs.what }}", parse="json", store="found"), SAY)
NAPPING: Final = document(
    "napping", {"id": "nap", "type": "wait", "for": 0.2}, python("print('late')", store="found"), SAY
)
SLOW: Final = document("slow", python("import pathlib, time; pathlib.Path('begun').touch(); time.sleep(3600)"), SAY)


def allowing(address: str, home: Path, workspace: Path) -> Settings:
    """Give settings with which the project's workflows may run Python."""
    settings = settings_on(address, home, workspace)
    return settings._replace(command_sources=("project",), command_programs=(sys.executable,))


@pytest.fixture
def project(workspace: Path) -> Path:
    for each in (LOOKING, NAPPING, SLOW):
        (workspace / "workflows" / f"{each['id']}.json").write_text(json.dumps(each))
    return workspace


@pytest.fixture(params=STORES)
async def address(request: pytest.FixtureRequest, home: Path) -> AsyncIterator[str]:
    """Give an unused store of every kind."""
    async with place(request.param, home) as found:
        yield found


async def session(way: Way, action: str, **arguments: Json) -> JsonObject:
    """Call workflow_session."""
    answer = await direct(way, "workflow_session", {"action": action, **arguments})
    found = answer.get("result") or answer["error"]
    assert isinstance(found, dict)
    return found


async def begun(way: Way, workflow_id: str) -> JsonObject:
    return await session(way, "start", workflowId=workflow_id, inputs={"what": "$(touch x)"})


async def rested(way: Way, session_id: Json, step_key: str) -> JsonObject:
    """Wait until a session is at a step; gives what an agent reads then."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = (await direct(way, "workflow_next", {"sessionId": session_id}))["result"]
            assert isinstance(found, dict)
            if found.get("stepKey") == step_key:
                return found


async def test_a_command_has_run_when_the_start_is_answered(address: str, home: Path, project: Path) -> None:
    async with serving(allowing(address, home, project)) as product:
        answer = await begun(InProcess(product), "looking")
    assert answer["stepKey"] == "say"
    found = json.dumps(answer)
    assert "$(touch x)" in found
    assert "workflows" in found
    assert not (project / "x").exists()


async def test_without_the_setting_nothing_runs_and_the_answer_says_which_it_is(
    address: str, home: Path, project: Path
) -> None:
    async with serving(settings_on(address, home, project)) as product:
        answer = await begun(InProcess(product), "looking")
    assert "command_sources" in json.dumps(answer)
    assert answer["status"] == "failed"


async def test_a_timer_fires_while_nobody_calls_and_the_command_behind_it_runs(
    address: str, home: Path, project: Path
) -> None:
    async with serving(allowing(address, home, project)) as product:
        way = InProcess(product)
        answer = await begun(way, "napping")
        assert answer["stepKey"] == "nap"
        assert "late" in json.dumps(await rested(way, answer["sessionId"], "say"))


@pytest.mark.parametrize("address", [store for store in STORES if store != "memory"], indirect=True)
async def test_a_timer_that_nobody_lived_to_see_fires_with_the_next_server(
    address: str, home: Path, project: Path
) -> None:
    settings = allowing(address, home, project)
    async with serving(settings) as product:
        answer = await begun(InProcess(product), "napping")
    async with serving(settings) as product:
        await rested(InProcess(product), answer["sessionId"], "say")
    assert answer["stepKey"] == "nap"


@pytest.mark.parametrize("address", [store for store in STORES if store != "memory"], indirect=True)
async def test_a_server_that_ends_ends_its_command_and_the_next_one_says_so(
    address: str, home: Path, project: Path
) -> None:
    settings = allowing(address, home, project)
    async with serving(settings) as product, asyncio.timeout(SECONDS):
        starting = asyncio.create_task(begun(InProcess(product), "slow"))
        while not (project / "begun").exists():
            await session(InProcess(product), "list")
    ended = await asyncio.wait_for(starting, SECONDS)
    async with serving(settings) as product:
        listed = await session(InProcess(product), "list", status="failed")
    assert "slow" in json.dumps(listed)
    assert "outcome unknown" in json.dumps(ended)
