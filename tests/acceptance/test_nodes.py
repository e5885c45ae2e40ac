"""Several processes on one store answer the calls of one session as one process would; killed ones are not missed."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from schema.values import JsonObject
from tests.acceptance.nodes import (
    EVIDENCE,
    Pipes,
    RoundRobin,
    client_of,
    mcp_call,
    on_pipes,
    over_mcp,
    over_rpc,
    report,
    result,
    round_robin,
    text,
    workspace_in,
)
from tests.serving import PRODUCT, http_server
from tests.store_contract.postgres_places import schema_of_its_own

START: Final[JsonObject] = {"action": "start", "workflow_type": "two-phases", "target_file": "src/a.py"}
ELICITS: Final[JsonObject] = {"elicitation": {}}
STATE_ERROR: Final = -32005
REPORTS: Final = 6  # two phases of two tasks and a gate


@asynccontextmanager
async def two_nodes(folder: Path) -> AsyncIterator[tuple[RoundRobin, aiohttp.ClientSession]]:
    """Give a client of two servers on one PostgreSQL; each of its calls goes to the other one."""
    workspace = workspace_in(folder)
    async with schema_of_its_own() as url:
        command = (*PRODUCT, "--http", "--workspace", str(workspace), "--store", url)
        with ExitStack() as nodes:
            homes = [folder / "first", folder / "second"]
            for home in homes:
                home.mkdir()
            bases = [nodes.enter_context(http_server(command, home)) for home in homes]
            async with round_robin(*bases) as proxy, client_of(proxy.port) as client:
                yield proxy, client


@pytest.mark.requirement("STORE-9")
async def test_two_nodes_behind_a_round_robin_proxy_answer_every_call_of_one_session(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (proxy, client):
        doors = itertools.cycle((over_rpc(client), over_rpc(client), over_mcp(client), over_mcp(client)))
        session_id = text(result(await next(doors)("aos_workflow", START))["session_id"])
        shown = result(await next(doors)("workflow_next", {"sessionId": session_id}))
        reports = 0
        while not shown["isComplete"]:
            arguments = report(session_id, shown)
            shown = result(await next(doors)("workflow_next", arguments))
            assert shown["accepted"] is True
            assert result(await next(doors)("workflow_next", arguments)) == shown
            state = result(await next(doors)("aos_workflow", {"action": "get_state", "session_id": session_id}))
            reports += 1
        assert reports == REPORTS
        assert (state["session_status"], state["completed_phases"]) == ("completed", [1, 2])
        assert min(proxy.served) >= REPORTS
        assert sum(proxy.served) == 2 + 3 * REPORTS


async def test_phase_by_phase_on_two_nodes_pausing_on_one_and_resuming_on_the_other(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (proxy, client):
        ask = over_rpc(client)
        here = {"session_id": result(await ask("aos_workflow", START))["session_id"]}
        complete: JsonObject = {"action": "complete_phase", "phase": 1, "evidence": EVIDENCE, **here}
        refused = await ask("aos_workflow", {**complete, "evidence": {}})
        assert "checkpoint_passed" in json.dumps(refused)
        assert result(await ask("aos_workflow", {"action": "get_errors", **here}))["error_count"] == 1
        assert result(await ask("aos_workflow", complete))["checkpoint_passed"] is True
        assert result(await ask("aos_workflow", {"action": "pause", **here}))["paused"] is True
        assert result(await ask("aos_workflow", {"action": "resume", **here}))["current_phase"] == 2
        done = result(await ask("aos_workflow", {**complete, "phase": 2}))
        assert done["workflow_complete"] is True
        assert min(proxy.served) >= 3


@pytest.mark.requirement("STORE-9")
async def test_a_person_asked_by_one_node_may_answer_to_the_other(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (proxy, client):
        ask = over_rpc(client)
        session_id = text(result(await ask("aos_workflow", {**START, "workflow_type": "one-yes"}))["session_id"])
        said: JsonObject = {"sessionId": session_id, "stepKey": "drop-it", "output": "Dropped."}
        asked = (await mcp_call(client, "workflow_next", said, ELICITS))["result"]
        assert isinstance(asked, dict)
        assert asked["resultType"] == "input_required"
        questions = asked["inputRequests"]
        assert isinstance(questions, dict)
        yes: JsonObject = {"action": "accept", "content": {"decision": "approve", "comment": "Yes."}}
        replies: JsonObject = {"inputResponses": dict.fromkeys(questions, yes), "requestState": asked["requestState"]}
        done = (await mcp_call(client, "workflow_next", said, ELICITS, **replies))["result"]
        assert isinstance(done, dict)
        shown = done["structuredContent"]
        assert isinstance(shown, dict)
        assert shown["isComplete"] is True
        assert proxy.served == [2, 1]  # start, question and answer went to the nodes in turns


def walk(servers: tuple[Pipes, ...], session_id: str) -> int:
    """Report step by step, each report to the next server; gives how many there were."""
    turns = itertools.cycle(servers)
    shown = result(next(turns).ask("workflow_next", {"sessionId": session_id}))
    reports = 0
    while not shown["isComplete"]:
        shown = result(next(turns).ask("workflow_next", report(session_id, shown)))
        reports += 1
    return reports


@pytest.mark.requirement("STORE-11")
def test_two_processes_on_one_sqlite_file_drive_one_session_in_turns(tmp_path: Path) -> None:
    workspace, home = workspace_in(tmp_path), tmp_path / "home"
    with on_pipes(home, workspace, "sqlite") as first, on_pipes(home, workspace, "sqlite") as second:
        session_id = text(result(first.ask("aos_workflow", START))["session_id"])
        assert walk((second, first), session_id) == REPORTS
        for server in (first, second):
            state = result(server.ask("aos_workflow", {"action": "get_state", "session_id": session_id}))
            assert (state["session_status"], state["completed_phases"]) == ("completed", [1, 2])


@pytest.mark.requirement("STORE-11")
def test_of_two_reports_on_one_step_at_once_exactly_one_counts(tmp_path: Path) -> None:
    workspace, home = workspace_in(tmp_path), tmp_path / "home"
    with on_pipes(home, workspace, "sqlite") as first, on_pipes(home, workspace, "sqlite") as second:
        session_id = text(result(first.ask("aos_workflow", START))["session_id"])
        shown = result(second.ask("workflow_next", {"sessionId": session_id}))
        for number, server in enumerate((first, second)):
            server.say("workflow_next", {**report(session_id, shown), "output": f"Done by {number}."})
        answers = [first.hear(), second.hear()]
        won = [answer for answer in answers if "result" in answer]
        lost = [answer for answer in answers if "error" in answer]
        assert len(won) == len(lost) == 1
        error = lost[0]["error"]
        assert isinstance(error, dict)
        assert error["code"] == STATE_ERROR
        assert text(result(won[0])["stepKey"]) in json.dumps(error["data"])


@pytest.mark.requirement("SESS-3")
@pytest.mark.parametrize("kind", ["sqlite", "file", "postgres"])
async def test_a_session_of_a_killed_server_goes_on_in_another_process_by_its_id_alone(
    kind: str, tmp_path: Path
) -> None:
    workspace, home = workspace_in(tmp_path), tmp_path / "home"
    async with schema_of_its_own() if kind == "postgres" else nullcontext(kind) as store:
        with on_pipes(home, workspace, store) as killed:
            session_id = text(result(killed.ask("aos_workflow", START))["session_id"])
            shown = result(killed.ask("workflow_next", {"sessionId": session_id}))
            shown = result(killed.ask("workflow_next", report(session_id, shown)))
            killed.say("workflow_next", report(session_id, shown))  # its answer is never read
            killed.process.kill()
            killed.process.wait()
        with on_pipes(home, workspace, store) as other:
            found = result(other.ask("workflow_next", {"sessionId": session_id}))
            assert "look-1" in json.dumps(found["recovery"])
            assert found["stepKey"] in {"mend-1", "gate:1"}
            again = result(other.ask("workflow_next", report(session_id, shown)))
            assert again["accepted"] is True
            assert again["stepKey"] == "gate:1"
            assert walk((other,), session_id) == REPORTS - 2
