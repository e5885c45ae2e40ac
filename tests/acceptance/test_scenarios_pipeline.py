"""Scenario 3, end to end: 250 files validated in parallel, never more than ten at once, merged by the hundred."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.acceptance.scripted import Agent, Answer, Script, Server, objects

FILES: Final[list[Json]] = [f"data/{number:03}.csv" for number in range(250)]
SOUND: Final[JsonObject] = {"valid": True, "rows": 4}
BROKEN: Final = frozenset(("data/007.csv", "data/131.csv"))


class Pipeline:
    """Checks files and merges batches; notes the order of what it did."""

    def __init__(self, broken: frozenset[str]) -> None:
        self.checked: list[str] = []
        self.batches: list[int] = []
        self._broken = broken

    def check(self, _step: JsonObject) -> Json:
        """Say what a file is; which one it is, the prompt told the sub-agent."""
        return SOUND

    def merge(self, parameters: JsonObject) -> Json:
        files = parameters["files"]
        assert isinstance(files, list)
        self.batches.append(len(files))
        return {"rows": 4 * len(files)}


class Checker(Agent):
    """Looks into the prompt of a task for the name of its file; counts the tasks that are out."""

    pipeline: Pipeline

    async def report(self, key: str, value: Json) -> JsonObject:
        if value == SOUND:
            task_id = key.partition("::")[0]
            answer = await self.ask("workflow_next", {"sessionId": self.session_id, "taskId": task_id})
            prompt = str(answer["guidance"])
            name = prompt[prompt.index("data/") :][: len("data/000.csv")]
            self.pipeline.checked.append(name)
            value = {"valid": name not in BROKEN, "rows": 4}
        return await super().report(key, value)


def agent_of(server: Server, pipeline: Pipeline) -> Checker:
    """Give the agent of the scenario."""
    report: list[Json] = [{"summary": "All that was valid is merged."}]
    answers: dict[str, list[Json] | Answer] = {"prompt": pipeline.check, "write-report": report}
    agent = Checker(server.ask, Script({"table.merge": pipeline.merge}, answers))
    agent.pipeline = pipeline
    return agent


async def statuses(agent: Agent) -> list[str]:
    """Give the status of every task."""
    found: list[str] = []
    cursor: Json = None
    while True:
        arguments: JsonObject = {"action": "tasks", "sessionId": agent.session_id, "limit": 100}
        answer = await agent.ask("workflow_session", arguments | ({"cursor": cursor} if cursor else {}))
        found += [str(task["status"]) for task in objects(answer["tasks"])]
        cursor = answer.get("nextCursor")
        if cursor is None:
            return found


@pytest.mark.requirement("AC-SAM-007")
@pytest.mark.requirement("AC-SAM-009")
async def test_250_files_are_checked_ten_at_a_time_and_merged_by_the_hundred(steady: Server) -> None:
    pipeline = Pipeline(BROKEN)
    agent = agent_of(steady, pipeline)
    answer = await agent.start("data-pipeline", {"files": FILES})
    found = await statuses(agent)
    assert len(found) == 250
    assert found.count("leased") == 10
    answer = await agent.finish(answer)
    assert answer["status"] == "completed"
    assert agent.most_tasks == 10
    assert sorted(pipeline.checked) == FILES
    assert pipeline.checked != FILES
    state = await agent.state()
    assert [each["file"] for each in objects(state["checked"])] == FILES
    assert pipeline.batches == state["merged"] == [100, 100, 48]
    assert state["rows"] == 4 * 248
    assert agent.messages == ["250 files to check.", "All that was valid is merged."]


async def test_never_more_than_ten_tasks_are_out_whatever_is_reported_first(server: Server) -> None:
    agent = agent_of(server, Pipeline(BROKEN))
    answer = await agent.start("data-pipeline", {"files": FILES[:25]})
    while answer.get("tasks"):
        last = objects(answer["tasks"])[-1]
        await agent.task(str(last["taskId"]))
        answer = await agent.look()
        assert len(objects(answer.get("tasks", []))) <= 10
        assert (await statuses(agent)).count("leased") <= 10
    assert isinstance(answer["step"], dict)
    assert answer["step"]["id"] == "merge"
