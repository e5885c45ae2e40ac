"""aos_workflow phase by phase: start one, read it and its tasks; workflows without phases seen as phases."""

from pathlib import Path

import pytest

from engine.sessions.step_family import ReportStep
from tests.unit.tools.aos_world import LINES, MODULE, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_start_gives_the_first_phase_with_its_tasks_and_its_checkpoint(world: World) -> None:
    answer = await world.good("start", workflow_type=MODULE, target_file="src/app.py")

    assert (answer["workflow_type"], answer["target_file"]) == (MODULE, "src/app.py")
    assert (answer["current_phase"], answer["total_phases"]) == (1, 3)
    content = answer["phase_content"]
    assert isinstance(content, dict)
    assert content["tasks"] == [
        {"task_number": 1, "title": "Read the module"},
        {"task_number": 2, "title": "Pick candidates"},
    ]
    checkpoint = content["checkpoint"]
    assert isinstance(checkpoint, dict)
    assert checkpoint["required_evidence"] == [
        {"field": "functions", "type": "integer", "required": True, "description": "How many there are.", "example": 4},
        {"field": "names", "type": "array", "required": True, "description": "Which they are.", "example": ["load"]},
        {"field": "remark", "type": "string", "required": False, "description": "Anything else."},
    ]


async def test_start_follows_an_alias_and_tells_the_real_name(world: World) -> None:
    answer = await world.good("start", workflow_type="module_tests_v1", target_file="a.py")

    assert answer["workflow_type"] == MODULE


async def test_two_starts_are_two_sessions(world: World) -> None:
    assert await world.begun() != await world.begun()


async def test_start_of_an_unknown_workflow_names_the_closest_and_the_list(world: World) -> None:
    answer = await world.bad("NotFoundError", "start", workflow_type="module-test", target_file="a.py")

    assert MODULE in str(answer["error"])
    assert answer["remediation"] == "aos_workflow action=list_workflows"


async def test_start_of_a_broken_workflow_says_what_is_wrong_with_it(world: World) -> None:
    answer = await world.bad("ValidationError", "start", workflow_type="broken-one", target_file="a.py")

    assert "prompt" in str(answer["error"])


async def test_the_limit_th_start_succeeds_and_the_next_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, max_active=2)
    await world.begun()
    await world.begun()
    answer = await world.bad("StateError", "start", workflow_type=MODULE, target_file="a.py")

    assert answer["remediation"] == "aos_workflow action=list_sessions status=active"


@pytest.mark.requirement("AOS-10")
async def test_a_task_is_handed_out_as_steps_with_its_values(world: World) -> None:
    session_id = await world.begun(context={"module": "app.py"})
    answer = await world.good("get_task", session_id=session_id, phase=1, task_number=1)

    assert answer["task_content"] == {
        "title": "Read the module",
        "description": "Read app.py.",
        "execution_steps": [
            {
                "step": 1,
                "kind": "command",
                "description": "Count its functions",
                "command": "grep -c '^def ' app.py",
                "expected_output": "a number",
            }
        ],
        "artifacts_to_produce": ["notes.md"],
        "estimated_duration": "ten minutes",
    }


async def test_what_a_task_produces_counts_as_an_artifact(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    answer = await world.good("get_task", session_id=session_id, phase=2, task_number=1)

    assert isinstance(answer["task_content"], dict)
    assert answer["task_content"]["artifacts_to_produce"] == ["suite"]


@pytest.mark.requirement("AOS-10")
async def test_tasks_of_a_phase_that_was_not_reached_stay_hidden(world: World) -> None:
    session_id = await world.begun()
    answer = await world.bad("StateError", "get_task", session_id=session_id, phase=2, task_number=1)

    assert "Write" not in str(answer)
    assert answer["remediation"] == f"aos_workflow action=get_phase session_id={session_id}"


@pytest.mark.parametrize(("phase", "task"), [(9, 1), (0, 1), (1, 3)])
async def test_a_task_that_does_not_exist_is_refused_with_what_there_is(world: World, phase: int, task: int) -> None:
    session_id = await world.begun()
    answer = await world.bad("ValidationError", "get_task", session_id=session_id, phase=phase, task_number=task)

    assert "1 to 3" in str(answer["error"]) or "it has 2" in str(answer["error"])


async def test_tasks_of_finished_phases_can_still_be_read(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2, 3)

    assert await world.good("get_task", session_id=session_id, phase=1, task_number=2)


async def test_get_phase_names_what_earlier_phases_left(world: World) -> None:
    session_id = await world.begun()
    before = await world.good("get_phase", session_id=session_id)
    await world.passed(session_id, 1)
    after = await world.good("get_phase", session_id=session_id)

    assert before["artifacts_from_previous_phases"] == {}
    assert after["artifacts_from_previous_phases"] == {"phase_1": ["functions", "names"]}
    assert isinstance(after["phase_content"], dict)
    assert after["phase_content"]["phase_number"] == 2


async def test_steps_without_phases_are_phases_from_one_and_skipped_ones_are_jumped_over(world: World) -> None:
    session_id = await world.begun(LINES, context={"broken": False})
    for phase in (1, 3, 4):
        state = await world.good("get_state", session_id=session_id)
        assert (state["current_phase"], state["total_phases"]) == (phase, 4)
        await world.good("complete_phase", session_id=session_id, phase=phase, evidence={"summary": "done"})
    state = await world.good("get_state", session_id=session_id)

    assert state["completed_phases"] == [1, 3, 4]
    assert (state["session_status"], state["progress_percent"]) == ("completed", 100)


async def test_a_loop_shows_the_steps_of_its_body_as_tasks(world: World) -> None:
    session_id = await world.begun(LINES, context={"broken": False})
    await world.good("complete_phase", session_id=session_id, phase=1, evidence={"summary": "looked"})
    content = (await world.good("get_phase", session_id=session_id))["phase_content"]
    task = (await world.good("get_task", session_id=session_id, phase=3, task_number=1))["task_content"]

    assert isinstance(content, dict)
    assert content["tasks"] == [{"task_number": 1, "title": "Open"}]
    assert isinstance(task, dict)
    assert task["description"] == "Open number 1."


async def test_a_phase_that_waits_for_a_variable_says_which_and_how_to_read_on(world: World) -> None:
    session_id = await world.begun(LINES)
    await world.good("complete_phase", session_id=session_id, phase=1, evidence={"summary": "looked"})
    answer = await world.good("get_phase", session_id=session_id)

    assert answer["waiting_for"] == {
        "kind": "variable",
        "step_key": "mend",
        "variables": [{"variable": "broken", "values": [True]}],
        "read_with": f"workflow_next sessionId={session_id}",
    }


async def test_a_phase_that_waits_for_a_person_says_so(world: World) -> None:
    session_id = await world.begun("with-confirmation")
    await world.runner.perform(session_id, ReportStep("ask-it", "asked", None, {}), "workflow_next")
    waiting = (await world.good("get_phase", session_id=session_id))["waiting_for"]

    assert isinstance(waiting, dict)
    assert (waiting["kind"], waiting["step_key"]) == ("confirmation", "ask-it")
    assert "variables" not in waiting


async def test_a_task_names_the_variables_it_wants_and_nobody_gave(world: World) -> None:
    begun = await world.good("start", workflow_type=MODULE, target_file="a")
    answer = await world.good("get_task", session_id=begun["session_id"], phase=1, task_number=1)

    assert isinstance(answer["task_content"], dict)
    assert answer["task_content"]["missing_variables"] == ["module"]
