"""Scenario 5, end to end: a thousand records by fifty, a process that dies in the sixth batch, restarts anywhere."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.acceptance.nodes import on_pipes
from tests.acceptance.scripted import EXAMPLES, UNDER_WAY, Agent, Script, Server, result_of

TOTAL: Final = 1000
DONE: Final[JsonObject] = {
    "status": "completed",
    "moved": TOTAL,
    "batches": 20,
    "checkpoints": [*range(100, TOTAL + 1, 100)],
    "each_once": True,
    "said": "1000 records moved in 20 batch",
}
SIXTH: Final = 250  # records moved when the sixth batch is handed out


class Database:
    """Two tables; moving a record twice would be seen."""

    def __init__(self) -> None:
        self.moved: list[int] = []

    def move(self, parameters: JsonObject) -> Json:
        start, many = parameters["from"], parameters["count"]
        assert isinstance(start, int)
        assert isinstance(many, int)
        self.moved += range(start, start + many)
        return {"moved": many}


def agent_of(server: Server, database: Database) -> Agent:
    return Agent(server.ask, Script({"records.move": database.move}, {}), server.wait)


async def outcome(agent: Agent, database: Database, answer: JsonObject) -> JsonObject:
    """Give what came of a run: its status, what the state says, whether every record was moved exactly once."""
    state = await agent.state()
    told = {key: state[key] for key in ("moved", "batches", "checkpoints")}
    each_once = database.moved == list(range(TOTAL))
    return {"status": answer["status"], **told, "each_once": each_once, "said": agent.messages[-1][:30]}


@pytest.mark.parametrize("form", ["", "examples:"])
async def test_a_thousand_records_are_moved_by_fifty(server: Server, form: str) -> None:
    database = Database()
    agent = agent_of(server, database)
    assert await outcome(agent, database, await agent.run(f"{form}migration", {})) == DONE


@pytest.mark.parametrize("form", ["", "examples:"])
@pytest.mark.requirement("AC-PR-018")
async def test_a_process_that_dies_in_the_sixth_batch_is_followed_by_one_that_finishes(
    server: Server, form: str
) -> None:
    database = Database()
    first = agent_of(server, database)
    answer = await first.start(f"{form}migration", {})
    while len(database.moved) < SIXTH:
        answer = await first.step(answer)
    assert answer["step"]
    await server.again()
    second = agent_of(server, database)
    listed = await second.ask("workflow_session", {"action": "list", "status": "running"})
    sessions = listed["sessions"]
    assert isinstance(sessions, list)
    (found,) = sessions
    assert isinstance(found, dict)
    second.session_id = str(found["sessionId"])
    assert second.session_id == first.session_id
    assert await outcome(second, database, await second.finish(await second.look())) == DONE


async def test_a_restart_after_every_single_call_loses_nothing_and_does_nothing_twice(server: Server) -> None:
    database = Database()

    async def ask(tool: str, arguments: JsonObject) -> JsonObject:
        answer = await server.ask(tool, arguments)
        await server.again()
        return answer

    agent = Agent(ask, Script({"records.move": database.move}, {}), server.wait)
    assert await outcome(agent, database, await agent.run("migration", {})) == DONE


async def test_a_restart_before_every_answer_is_known_may_repeat_the_report(server: Server) -> None:
    database = Database()

    async def ask(tool: str, arguments: JsonObject) -> JsonObject:
        if "stepKey" in arguments:
            await server.ask(tool, arguments)  # stored, but the process dies before the agent hears of it
            await server.again()
        return await server.ask(tool, arguments)

    agent = Agent(ask, Script({"records.move": database.move}, {}), server.wait)
    assert await outcome(agent, database, await agent.run("migration", {})) == DONE


@pytest.mark.requirement("AC-MD-007")
async def test_a_session_goes_back_to_a_checkpoint_and_on_from_there(server: Server) -> None:
    database = Database()
    agent = agent_of(server, database)
    answer = await agent.start("migration", {})
    while len(database.moved) < 700:
        answer = await agent.step(answer)
    restored = await agent.ask(
        "workflow_session",
        {"action": "restore", "sessionId": agent.session_id, "label": "moved-500", "reason": "the disk was full"},
    )
    assert restored["action"] == "restore"
    assert (await agent.state())["moved"] == 500
    del database.moved[500:]
    answer = await agent.finish(await agent.look())
    assert answer["status"] == "completed"
    assert database.moved == list(range(TOTAL))
    assert (await agent.state())["moved"] == TOTAL


@pytest.mark.requirement("AC-PR-018")
async def test_a_killed_server_behind_a_pipe_is_followed_by_another(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "workflows").mkdir(parents=True)
    shutil.copy(EXAMPLES / "migration.yaml", workspace / "workflows")
    database, store = Database(), f"sqlite:{tmp_path / 'sessions.db'}"
    script = Script({"records.move": database.move}, {})
    with on_pipes(tmp_path / "one", workspace, store) as pipes:

        async def ask_first(tool: str, arguments: JsonObject) -> JsonObject:
            return result_of(pipes.ask(tool, arguments))

        first = Agent(ask_first, script)
        answer = await first.start("migration", {})
        while len(database.moved) < SIXTH:
            answer = await first.step(answer)
        assert answer["status"] in UNDER_WAY
        pipes.process.kill()
        pipes.process.wait()
    with on_pipes(tmp_path / "two", workspace, store) as pipes:

        async def ask_second(tool: str, arguments: JsonObject) -> JsonObject:
            return result_of(pipes.ask(tool, arguments))

        second = Agent(ask_second, script)
        second.session_id = first.session_id
        assert await outcome(second, database, await second.finish(await second.look())) == DONE
