"""Lines of automation YAML that need a shell: the agent runs them, unless the operator lets the server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schema.values import Json, JsonObject
from tests.acceptance.scripted import Agent, Script, Server
from tests.store_contract.stores import memory_place
from tests.unit.clocks import FakeClock

COUNT = """name: "team:count"
description: "Counts what changed."
version: "1.0.0"
inputs:
  branch: {type: string, description: Compare with, required: false, default: main}
default_state: {state: {count: "", tried: 0}}
steps:
  - id: "count"
    type: "shell_command"
    command: "git diff --name-only {{ inputs.branch }} | wc -l"
    state_update: {path: "this.count", value: "stdout.trim()"}
  - id: "more"
    type: "shell_command"
    command: "npm test"
    execution_context: "client"
    error_handling: {strategy: "continue"}
    state_update: {path: "this.tried", value: "returncode"}
  - id: "say"
    type: "user_message"
    message: "{{ this.count }} files, exit code {{ this.tried }}"
"""


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server over that one workflow; commands are off, as they are by default."""
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "count.yaml").write_text(COUNT, encoding="utf-8")
    async with memory_place(tmp_path) as opener:
        server = Server(opener, FakeClock(), folder)
        await server.start()
        yield server
        await server.stop()


async def test_the_agent_is_asked_to_run_a_line_and_its_report_is_the_result(counting: Server) -> None:
    answers: dict[str, list[Json]] = {
        "count": [{"exitCode": 0, "stdout": "3\n", "stderr": ""}],
        "more": [{"exitCode": 1, "stdout": "", "stderr": "no tests"}],
    }
    agent = Agent(counting.ask, Script({}, {**answers}))
    answer = await agent.start("team:count", {"branch": "dev"})
    step, guidance = answer["step"], answer["guidance"]
    assert isinstance(step, dict)
    assert isinstance(guidance, dict)
    assert step["type"] == "prompt"
    assert "git diff --name-only dev | wc -l" in str(guidance["prompt"])
    last = await agent.finish(answer)
    assert last["status"] == "completed"
    assert agent.messages == ["3 files, exit code 1"]


async def test_a_line_that_failed_is_not_taken_for_done(counting: Server) -> None:
    agent = Agent(counting.ask, Script({}, {}))
    answer = await agent.start("team:count", {})
    failed: JsonObject = {"exitCode": 128, "stdout": "", "stderr": "no such branch"}
    refused = await agent.report(str(answer["stepKey"]), failed)
    assert refused["accepted"] is False
    assert agent.refused == [failed]
