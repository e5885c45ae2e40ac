"""aos_workflow from end to end: whole workflows through every door, in both forms, on every store, all alike."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from schema.values import Json, JsonObject
from server.compose import serving
from server.settings import Settings, load
from tests.interaction.doors import Http, InProcess, Stdio, Way
from tests.interaction.test_eras import META, request
from tests.store_contract.postgres_places import schema_of_its_own
from tests.unit.book import SPEC
from tests.unit.tools.aos_world import GOOD, MODULE

STORES: Final = ("memory", "file", "sqlite", "postgres")
DOORS: Final = ("in-process", "stdio", "http")
VARYING: Final = re.compile(r"wf_[a-z2-7]{26}|\d{4}-\d\d-\d\dT[\d:.]+Z")
SECONDS: Final = re.compile(r'"(duration_seconds|paused_duration_seconds)": [\d.]+')


class Caller(NamedTuple):
    """Somebody at a door: calls the tool directly, or over MCP in one of its eras."""

    way: Way
    form: str

    async def call(self, action: str, **arguments: Json) -> JsonObject:
        """Give the tool's answer; over MCP the result is held against it."""
        sent: JsonObject = {"action": action, **arguments}
        if self.form == "direct":
            message: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": "aos_workflow", "params": sent}
            (answer,) = await self.way.send(message, direct=True)
            assert isinstance(answer, dict)
            found = answer["result"]
            assert isinstance(found, dict)
            return found
        params: JsonObject = {"name": "aos_workflow", "arguments": sent}
        if self.form == "modern":
            params["_meta"] = {**META}
        (answer,) = await self.way.send(request("tools/call", params))
        assert isinstance(answer, dict)
        result = answer["result"]
        assert isinstance(result, dict)
        found = result["structuredContent"]
        assert isinstance(found, dict)
        assert isinstance(result["content"], list)
        (block,) = result["content"]
        assert isinstance(block, dict)
        assert json.loads(str(block["text"])) == found
        assert result.get("isError", False) is (found["status"] == "error")
        return found


@asynccontextmanager
async def place(store: str, home: Path) -> AsyncIterator[str]:
    """Give a store of that kind as the setting names it, unused."""
    if store == "postgres":
        async with schema_of_its_own() as url:
            yield url
    elif store == "file":
        yield f"file:{home / 'files'}"
    else:
        yield store


@asynccontextmanager
async def through(door: str, store: str, home: Path, workspace: Path) -> AsyncIterator[Way]:
    """Open a door to the product on that store; closed at the end."""
    way: Way
    if door == "stdio":
        config = home / ".config" / "workflowlookup"
        config.mkdir(parents=True, exist_ok=True)
        (config / "config.toml").write_text(f"store = {json.dumps(store)}\n")
        way = await Stdio.start(home, workspace)
        yield way
        await way.close()
        return
    settings = settings_on(store, home, workspace)
    async with serving(settings) as product:
        way = await Http.start(product, settings) if door == "http" else InProcess(product)
        yield way
        await way.close()


def settings_on(store: str, home: Path, workspace: Path) -> Settings:
    named = {"home": str(home), "workspace": str(workspace), "store": store}
    return load(named, {"HOME": str(home)}, workspace).settings


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "module-tests.yaml").write_text((SPEC / "tools" / "module-tests.yaml").read_text())
    return folder


async def life(caller: Caller) -> list[JsonObject]:
    """Live a whole session, its slips included; gives every answer."""
    seen = [await caller.call("list_workflows", category="code_generation")]
    begun = await caller.call("start", workflow_type=MODULE, target_file="a.py", options={"context": {"module": "a"}})
    named: JsonObject = {"session_id": begun["session_id"]}
    bad: JsonObject = {"functions": 0}
    steps: list[tuple[str, JsonObject]] = [
        ("get_phase", {}),
        ("get_task", {"phase": 1, "task_number": 1}),
        ("get_task", {"phase": 2, "task_number": 1}),
        ("complete_phase", {"phase": 1, "evidence": {}}),
        ("complete_phase", {"phase": 1, "evidence": bad}),
        ("retry_phase", {"phase": 1, "reset_evidence": True}),
        ("complete_phase", {"phase": 1.0, "evidence": GOOD[1]}),
        ("pause", {"checkpoint_note": "half way"}),
        ("complete_phase", {"phase": 2, "evidence": GOOD[2]}),
        ("resume", {}),
        ("complete_phase", {"phase": 2, "evidence": GOOD[2]}),
        ("rollback", {"to_phase": 1}),
        ("rollback", {"to_phase": 2}),
        ("complete_phase", {"phase": 1, "evidence": GOOD[1]}),
        ("complete_phase", {"phase": 2, "evidence": GOOD[2]}),
        ("complete_phase", {"phase": 3, "evidence": GOOD[3]}),
        ("get_state", {}),
        ("get_session", {}),
        ("get_errors", {}),
        ("list_sessions", {}),
        ("get_task", {"phase": 2.9}),
        ("get_state", {"session_id": "../x"}),
        ("nonsense", {}),
        ("start", {"workflow_type": MODULE, "target_file": "/etc/passwd"}),
        ("delete_session", {"reason": "done with it"}),
        ("delete_session", {}),
        ("get_state", {}),
    ]
    return [*seen, begun, *[await caller.call(action, **{**named, **more}) for action, more in steps]]


def alike(answers: list[JsonObject]) -> list[str]:
    """Give the answers as text without what no two runs share: ids, times, durations."""
    return [SECONDS.sub(r'"\1": 0', VARYING.sub("...", json.dumps(answer, sort_keys=True))) for answer in answers]


@pytest.fixture
async def reference(tmp_path: Path, workspace: Path) -> list[str]:
    """Live a session in this process, in memory, called directly."""
    home = tmp_path / "reference"
    async with through("in-process", "memory", home, workspace) as way:
        return alike(await life(Caller(way, "direct")))


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.requirement("AOS-2")
async def test_a_whole_life_is_told_alike_through_every_door_on_every_store(
    door: str, store: str, tmp_path: Path, workspace: Path, reference: list[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with place(store, home) as named, through(door, named, home, workspace) as way:
        for form in ("direct", "legacy", "modern"):
            assert alike(await life(Caller(way, form))) == reference, form


async def test_a_life_succeeds_where_it_should(reference: list[str]) -> None:
    found = [json.loads(answer) for answer in reference]
    refused = [(one["action"], one["error_type"]) for one in found if one["status"] == "error"]

    assert refused == [
        ("get_task", "StateError"),
        ("complete_phase", "ValidationError"),
        ("complete_phase", "ValidationError"),
        ("complete_phase", "StateError"),
        ("rollback", "ValidationError"),
        ("get_task", "ValidationError"),
        ("get_state", "ValidationError"),
        ("nonsense", "ValidationError"),
        ("start", "ValidationError"),
        ("get_state", "NotFoundError"),
    ]


@pytest.mark.parametrize("store", ["file", "sqlite", "postgres"])
async def test_a_session_goes_on_after_every_restart_by_its_id_alone(
    store: str, tmp_path: Path, workspace: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with place(store, home) as named:

        async def once(action: str, **arguments: Json) -> JsonObject:
            async with through("in-process", named, home, workspace) as way:
                return await Caller(way, "direct").call(action, **arguments)

        session_id = (await once("start", workflow_type=MODULE, target_file="a.py"))["session_id"]
        for phase in (1, 2, 3):
            bad = await once("complete_phase", session_id=session_id, phase=phase, evidence={})
            good = await once("complete_phase", session_id=session_id, phase=phase, evidence=GOOD[phase])
            assert (bad["status"], good["status"]) == ("error", "success")
        state = await once("get_state", session_id=session_id)

    assert (state["session_status"], state["completed_phases"]) == ("completed", [1, 2, 3])


async def test_two_doors_to_one_store_see_one_session(tmp_path: Path, workspace: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with (
        place("file", home) as named,
        through("stdio", named, home, workspace) as there,
        through("http", named, home, workspace) as here,
    ):
        agent, program = Caller(there, "legacy"), Caller(here, "direct")
        begun = await agent.call("start", workflow_type=MODULE, target_file="a.py")
        named_id: JsonObject = {"session_id": begun["session_id"]}
        early = await program.call("complete_phase", **named_id, phase=1, evidence=GOOD[1])
        late = await agent.call("complete_phase", **named_id, phase=1, evidence={"functions": 9, "names": []})
        seen = await agent.call("get_phase", **named_id)

    assert early["status"] == "success"
    assert (late["error_type"], seen["current_phase"]) == ("StateError", 2)


@pytest.mark.parametrize("door", DOORS)
async def test_eleven_megabytes_of_evidence_are_refused_in_the_tools_own_form(
    door: str, tmp_path: Path, workspace: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with through(door, "memory", home, workspace) as way:
        caller = Caller(way, "direct")
        begun = await caller.call("start", workflow_type=MODULE, target_file="a.py")
        evidence: JsonObject = {"functions": 1, "names": ["x" * 11_000_000]}
        answer = await caller.call("complete_phase", session_id=begun["session_id"], phase=1, evidence=evidence)

    assert "too large" in str(answer["error"])


@pytest.mark.parametrize("door", DOORS)
async def test_workflow_next_and_aos_workflow_drive_the_same_session(
    door: str, tmp_path: Path, workspace: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with through(door, "memory", home, workspace) as way:
        caller = Caller(way, "direct")
        begun = await caller.call("start", workflow_type=MODULE, target_file="a.py")
        report: JsonObject = {"sessionId": begun["session_id"], "stepKey": "p1-t1", "output": "read it"}
        (told,) = await way.send({"jsonrpc": "2.0", "id": 2, "method": "workflow_next", "params": report}, direct=True)
        completed = await caller.call("complete_phase", session_id=begun["session_id"], phase=1, evidence=GOOD[1])

    assert isinstance(told, dict)
    assert isinstance(told["result"], dict)
    assert (told["result"]["accepted"], told["result"]["stepKey"]) == (True, "p1-t2")
    assert completed["unreported_tasks"] == ["p1-t2"]


@pytest.mark.parametrize("door", DOORS)
async def test_the_tool_is_listed_once_and_its_manual_can_be_read(door: str, tmp_path: Path, workspace: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    async with through(door, "memory", home, workspace) as way:
        (listed,) = await way.send(request("tools/list", {"_meta": {**META}}))
        (read,) = await way.send(request("resources/read", {"uri": "docs://aos_workflow", "_meta": {**META}}))

    assert isinstance(listed, dict)
    assert isinstance(listed["result"], dict)
    tools = listed["result"]["tools"]
    assert isinstance(tools, list)
    assert [one["name"] for one in tools if isinstance(one, dict)].count("aos_workflow") == 1
    assert "## complete_phase" in json.dumps(read)


async def test_the_file_store_keeps_one_readable_file_for_each_session_until_it_is_deleted(
    tmp_path: Path, workspace: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    folder = workspace / ".agent-os" / "state" / "workflows"
    async with through("in-process", "file", home, workspace) as way:
        caller = Caller(way, "direct")
        session_id = str((await caller.call("start", workflow_type=MODULE, target_file="a.py"))["session_id"])
        there = json.loads((folder / f"{session_id}.json").read_text())
        await caller.call("delete_session", session_id=session_id)

    assert session_id in json.dumps(there)
    assert not (folder / f"{session_id}.json").exists()
