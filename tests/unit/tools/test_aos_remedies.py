"""Every remediation is a call that works when it is made next."""

import re
from pathlib import Path

import orjson
import pytest

from schema.values import Json, JsonObject
from tests.unit.tools.aos_world import GOOD, MODULE, World
from tools.aos_errors import remedy_for

STATES = ("fresh", "second", "retriable", "paused", "failed", "completed", "rolled back")
CALLS: tuple[JsonObject, ...] = (
    {"action": "nonsense"},
    {},
    {"action": "get_state"},
    {"action": "get_state", "session_id": "../x"},
    {"action": "get_state", "session_id": "wf_nobody"},
    {"action": "start"},
    {"action": "start", "workflow_type": MODULE},
    {"action": "start", "workflow_type": "nobody", "target_file": "a"},
    {"action": "start", "workflow_type": "broken-one", "target_file": "a"},
    {"action": "start", "workflow_type": MODULE, "target_file": "../a"},
    {"action": "start", "workflow_type": MODULE, "target_file": "a", "options": {"context": 1}},
    {"action": "get_task", "session_id": "@", "phase": 1},
    {"action": "get_task", "session_id": "@", "phase": 3, "task_number": 1},
    {"action": "get_task", "session_id": "@", "phase": 9, "task_number": 1},
    {"action": "get_task", "session_id": "@", "phase": 1, "task_number": 9},
    {"action": "complete_phase", "session_id": "@", "phase": 1},
    {"action": "complete_phase", "session_id": "@", "phase": 1, "evidence": {}},
    {"action": "complete_phase", "session_id": "@", "phase": 1, "evidence": {"functions": 0}},
    {"action": "complete_phase", "session_id": "@", "phase": 2, "evidence": {"passed": 1, "total": 2}},
    {"action": "complete_phase", "session_id": "@", "phase": 9, "evidence": {"a": 1}},
    {"action": "complete_phase", "session_id": "@", "phase": 1, "evidence": {"a": 1}, "approval": {"decision": "x"}},
    {"action": "pause", "session_id": "@"},
    {"action": "resume", "session_id": "@"},
    {"action": "retry_phase", "session_id": "@", "phase": 1},
    {"action": "retry_phase", "session_id": "@", "phase": 2.5},
    {"action": "rollback", "session_id": "@"},
    {"action": "rollback", "session_id": "@", "to_phase": 3},
    {"action": "rollback", "session_id": "@", "to_phase": 77},
    {"action": "list_sessions", "status": "running"},
    {"action": "list_sessions", "cursor": "nonsense"},
    {"action": "list_sessions", "limit": 0},
    {"action": "list_workflows", "limit": "many"},
)


def read_call(text: str) -> JsonObject:
    """Read a call written as text: `aos_workflow name=value ...`."""
    tool, *parts = re.split(r" (?=[a-z_]+=)", text)
    assert tool == "aos_workflow", text
    found: JsonObject = {}
    for part in parts:
        name, _, value = part.partition("=")
        found[name] = value if not value.startswith(("{", "[", '"')) and not value.isdigit() else orjson.loads(value)
    return found


async def brought(world: World, state: str) -> str:
    """Bring a session into a state."""
    session_id = await world.begun()
    if state in {"second", "completed", "rolled back"}:
        await world.passed(session_id, 1)
    if state == "completed":
        await world.passed(session_id, 2, 3)
    if state == "rolled back":
        await world.good("rollback", session_id=session_id, to_phase=1, reason="once more")
    if state == "paused":
        await world.good("pause", session_id=session_id)
    for number in range({"failed": 3, "retriable": 1}.get(state, 0)):
        await world.call("complete_phase", session_id=session_id, phase=1, evidence={"functions": -number})
    return session_id


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("number", range(len(CALLS)))
@pytest.mark.requirement("AOS-8")
async def test_the_call_a_refusal_names_works_when_it_is_made_next(tmp_path: Path, state: str, number: int) -> None:
    world = World(tmp_path)
    session_id = await brought(world, state)
    call: JsonObject = {key: session_id if value == "@" else value for key, value in CALLS[number].items()}
    refused = (await world.done(call)).value
    assert refused is not None
    if refused["status"] == "error":
        following: Json = (await world.done(read_call(str(refused["remediation"])))).value
        assert isinstance(following, dict)
        assert following["status"] == "success", (refused, following)


async def test_a_start_with_another_path_keeps_its_options(tmp_path: Path) -> None:
    world = World(tmp_path)
    options: JsonObject = {"context": {"module": "a"}}
    refused = await world.bad("ValidationError", "start", workflow_type=MODULE, target_file="../a", options=options)
    following = (await world.done(read_call(str(refused["remediation"])))).value
    assert following is not None
    session = await world.good("get_session", session_id=following["session_id"])

    assert isinstance(session["session"], dict)
    assert session["session"]["options"] == options


async def test_a_start_without_context_follows_one_with_a_wrong_context(tmp_path: Path) -> None:
    refused = await World(tmp_path).bad(
        "ValidationError", "start", workflow_type=MODULE, target_file="a", options={"context": 1}
    )

    assert refused["remediation"] == f"aos_workflow action=start workflow_type={MODULE} target_file=a"


@pytest.mark.parametrize(("message", "remedy"), [
    ("target_file must be inside", "aos_workflow action=start workflow_type=a target_file=README.md"),
    ("Invalid argument 'options/spec_path': name a file.", "workflow_get id=a mode=metadata"),
    ("target_file is a path in the workspace, and this server has none", "aos_workflow action=list_workflows"),
])  # fmt: skip
def test_a_refused_start_is_told_what_would_mend_it(message: str, remedy: str) -> None:
    assert remedy_for("start", {"workflow_type": "a", "target_file": "../b"}, message) == remedy


async def test_the_errors_of_a_failed_session_lead_to_a_retry(tmp_path: Path) -> None:
    world = World(tmp_path)
    session_id = await brought(world, "failed")
    errors = await world.good("get_errors", session_id=session_id)

    assert f"aos_workflow action=retry_phase session_id={session_id} phase=1" in str(errors["last_error"])


async def test_a_full_server_names_the_sessions_that_could_go(tmp_path: Path) -> None:
    world = World(tmp_path, max_active=1)
    session_id = await world.begun()
    refused = await world.bad("StateError", "start", workflow_type=MODULE, target_file="a")
    listed = (await world.done(read_call(str(refused["remediation"])))).value

    assert session_id in str(listed)


async def test_the_examples_a_failed_checkpoint_gives_pass_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    session_id = await world.begun()
    for phase in GOOD:
        refused = await world.call("complete_phase", session_id=session_id, phase=phase, evidence={})
        following = (await world.done(read_call(str(refused["remediation"])))).value
        assert following is not None
        assert following["phase_completed"] == phase
