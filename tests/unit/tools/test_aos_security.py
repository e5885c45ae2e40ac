"""aos_workflow against those who mean harm, or slip: paths, sizes, injections, stores that fail."""

from pathlib import Path

import orjson
import pytest

from engine.errors import StoreError
from engine.store.memory import MemoryStore
from engine.store.port import Append
from schema.values import Json, JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.tools.aos_world import GOOD, MODULE, World

SQL = ["'; DROP TABLE events; --", "1' OR '1'='1", "a\\'; DELETE FROM sessions", "x UNION SELECT * FROM facts"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    "target",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "a/../../b",
        "..",
        "..\\..\\windows",
        "\\\\server\\share",
        "C:\\Windows\\x",
        "~/.ssh/id_rsa",
        "a/./../../b",
    ],
)
@pytest.mark.requirement("AOS-4")
async def test_a_target_outside_the_workspace_is_a_directory_traversal(world: World, target: str) -> None:
    answer = await world.bad("ValidationError", "start", workflow_type=MODULE, target_file=target)

    assert "directory traversal" in str(answer["error"])
    assert (await world.good("list_sessions"))["count"] == 0


async def test_a_link_that_leads_outside_is_a_directory_traversal(world: World, tmp_path: Path) -> None:
    (tmp_path / "project" / "inside").symlink_to("/etc")
    answer = await world.bad("ValidationError", "start", workflow_type=MODULE, target_file="inside/passwd")

    assert "directory traversal" in str(answer["error"])


async def test_a_traversal_is_told_before_anything_else_is_looked_at(world: World) -> None:
    answer = await world.bad("ValidationError", "start", workflow_type="nobody", target_file="../../../etc/passwd")

    assert "directory traversal" in str(answer["error"])


@pytest.mark.parametrize("target", ["\u202e/etc", "a b", "\u00fc.py", "a.b.c", "src/-rf", "%2e%2e/%2e%2e/etc", "$(id)"])
async def test_an_odd_but_harmless_target_is_only_a_name(world: World, target: str) -> None:
    answer = await world.good("start", workflow_type=MODULE, target_file=target)

    assert answer["target_file"] == target


async def test_too_large_evidence_changes_nothing(world: World) -> None:
    session_id = await world.begun()
    evidence: JsonObject = {"functions": 1, "names": ["x" * 11_000_000]}
    answer = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence=evidence)

    assert "too large" in str(answer["error"])
    assert len(orjson.dumps(answer)) < 2_000
    assert (await world.good("get_errors", session_id=session_id))["error_count"] == 0


@pytest.mark.parametrize("text", SQL)
async def test_sql_in_any_argument_is_only_a_text(world: World, text: str) -> None:
    session_id = await world.begun()
    await world.bad("ValidationError", "get_state", session_id=text)
    assert (await world.good("list_sessions", workflow_type="x", target_file=text))["count"] == 0
    assert (await world.good("list_workflows", category=text))["count"] == 0
    await world.good("pause", session_id=session_id, checkpoint_note=text)
    found = (await world.good("get_session", session_id=session_id))["session"]

    assert isinstance(found, dict)
    assert isinstance(found["pause_notes"], list)
    assert isinstance(found["pause_notes"][0], dict)
    assert found["pause_notes"][0]["note"] == text


@pytest.mark.parametrize(
    "text",
    [
        "{{ inputs.secret }}",
        "{{constructor.constructor('return 1')()}}",
        "${7*7}",
        "<script>alert(1)</script>",
        '"},"status":"success","x":{"',
        "%s%n{0.__class__}",
    ],
)
async def test_templates_and_json_in_evidence_come_back_as_they_were(world: World, text: str) -> None:
    session_id = await world.begun()
    evidence: JsonObject = {**GOOD[1], "remark": text}
    await world.good("complete_phase", session_id=session_id, phase=1, evidence=evidence)
    state = await world.good("get_state", session_id=session_id)

    assert state["artifacts"] == {"phase_1": evidence}


async def test_a_value_in_a_prompt_is_not_read_as_a_template_again(world: World) -> None:
    session_id = await world.begun(context={"module": "{{secret}}", "secret": "hidden"})
    task = (await world.good("get_task", session_id=session_id, phase=1, task_number=1))["task_content"]

    assert "hidden" not in str(task)
    assert "{{secret}}" in str(task)


@pytest.mark.parametrize("note", ["a\nlevel=error msg=forged", "a\r\n\r\nHTTP/1.1 200", "\x1b[31mred"])
async def test_line_ends_in_notes_stay_within_their_value(world: World, note: str) -> None:
    session_id = await world.begun()
    answer = await world.call("pause", session_id=session_id, checkpoint_note=note)

    assert b"\n" not in orjson.dumps(answer)
    assert "\n" not in str(answer.get("error", ""))


async def test_keys_of_evidence_that_look_like_code_are_only_keys(world: World) -> None:
    session_id = await world.begun()
    evidence: JsonObject = {**GOOD[1], "__proto__": {"passed": 1}, "constructor": 1, "__class__": "x"}
    await world.good("complete_phase", session_id=session_id, phase=1, evidence=evidence)
    bad: JsonObject = {"__proto__": {"passed": 4, "total": 4}, "constructor": {"prototype": {}}}
    answer = await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=2, evidence=bad)

    assert answer["missing_evidence"] == ["passed", "total"]


async def test_a_store_that_fails_is_told_without_its_own_words(tmp_path: Path) -> None:
    class Failing(MemoryStore):
        async def append(self, batch: Append) -> int:
            operation = "append"
            raise StoreError(operation, "the disk is full")

    world = World(tmp_path, store=Failing(FakeClock()))
    answer = await world.bad("RuntimeError", "start", workflow_type=MODULE, target_file="a.py")

    assert "could not append: the disk is full" in str(answer["error"])
    assert str(answer["remediation"]).startswith("aos_workflow action=")


async def test_a_mistake_of_ours_is_no_answer_of_the_tool(tmp_path: Path) -> None:
    class Broken(MemoryStore):
        async def append(self, batch: Append) -> int:
            raise ZeroDivisionError

    world = World(tmp_path, store=Broken(FakeClock()))
    with pytest.raises(ZeroDivisionError):
        await world.call("start", workflow_type=MODULE, target_file="a.py")


async def test_one_session_cannot_be_reached_by_the_beginning_of_its_id(world: World) -> None:
    session_id = await world.begun()

    short = await world.bad("NotFoundError", "get_state", session_id=session_id[:-1])
    wild = await world.bad("ValidationError", "get_state", session_id=session_id[:-1] + "%")

    assert session_id not in str((short, wild))


async def test_an_action_that_is_no_text_is_not_given_a_name(world: World) -> None:
    answer = (await world.done({"action": 5})).value

    assert answer is not None
    assert (answer["action"], answer["error"]) == ("", "action must be text: one of valid_actions")


@pytest.mark.parametrize("given", [5, True, [], {}])
async def test_a_session_id_of_another_type_is_malformed_too(world: World, given: Json) -> None:
    answer = await world.bad("ValidationError", "get_state", session_id=given)

    assert str(answer["error"]).startswith("Invalid session_id format")
