"""aos_workflow on whole sessions: look, list, pause, resume, roll back, delete; time told without its pauses."""

from pathlib import Path

import pytest

from engine.sessions.ids import is_session_id
from engine.store.memory import MemoryStore
from schema.values import JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.tools.aos_world import GOOD, MODULE, World

READING = ("get_phase", "get_state", "get_session", "get_errors")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def rows(answer: JsonObject, key: str = "sessions") -> list[JsonObject]:
    found = answer[key]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


async def session(world: World, session_id: str) -> JsonObject:
    found = (await world.good("get_session", session_id=session_id))["session"]
    assert isinstance(found, dict)
    return found


async def test_an_id_of_ours_is_handed_out(world: World) -> None:
    session_id = await world.begun()

    assert session_id.startswith("wf_")
    assert len(session_id) == 29
    assert is_session_id(session_id)


async def test_get_state_tells_where_a_session_stands(world: World) -> None:
    session_id = await world.begun()
    world.clock.time += 60
    await world.passed(session_id, 1)
    answer = await world.good("get_state", session_id=session_id)

    assert answer == {
        "status": "success",
        "action": "get_state",
        "session_id": session_id,
        "workflow_type": MODULE,
        "target_file": "src/app.py",
        "current_phase": 2,
        "total_phases": 3,
        "completed_phases": [1],
        "artifacts": {"phase_1": GOOD[1]},
        "session_status": "active",
        "created_at": "2027-01-15T08:00:00.000Z",
        "last_updated": "2027-01-15T08:01:00.000Z",
        "resume_capable": True,
        "progress_percent": 33,
    }


async def test_get_session_adds_history_options_and_pauses(world: World) -> None:
    session_id = await world.begun(context={"module": "x"}, colour="blue")
    await world.good("pause", session_id=session_id, checkpoint_note="lunch")
    found = await session(world, session_id)

    assert found["options"] == {"context": {"module": "x"}, "colour": "blue"}
    assert (found["session_id"], found["status"]) == (session_id, "paused")
    assert found["pause_notes"] == [
        {"phase": 1, "timestamp": "2027-01-15T08:00:00.000Z", "note": "lunch", "resumed_at": None}
    ]
    assert [row["phase"] for row in rows(found, "phase_history")] == [1]


@pytest.mark.requirement("AOS-9")
async def test_durations_leave_pauses_out(world: World) -> None:
    session_id = await world.begun()
    world.clock.time += 100
    await world.good("pause", session_id=session_id)
    world.clock.time += 5_000
    during = await session(world, session_id)
    resumed = await world.good("resume", session_id=session_id)
    world.clock.time += 20
    open_row = await session(world, session_id)
    await world.passed(session_id, 1)
    after = await session(world, session_id)

    assert rows(during, "phase_history")[0]["duration_seconds"] == 100
    assert resumed["paused_duration_seconds"] == 5_000
    assert rows(open_row, "phase_history")[0]["duration_seconds"] == 120
    first = rows(after, "phase_history")[0]
    assert (first["duration_seconds"], first["status"]) == (120, "completed")
    assert first["completed_at"] == "2027-01-15T09:25:20.000Z"


async def test_each_attempt_has_a_row_of_its_own(world: World) -> None:
    session_id = await world.begun()
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={})
    await world.passed(session_id, 1)
    history = rows(await session(world, session_id), "phase_history")

    assert [(row["phase"], row["attempt"], row["status"]) for row in history] == [
        (1, 1, "failed"),
        (1, 2, "completed"),
        (2, 1, "active"),
    ]


async def test_pause_notes_where_it_was_and_only_an_active_session_pauses(world: World) -> None:
    session_id = await world.begun()
    answer = await world.good("pause", session_id=session_id, checkpoint_note="half read")
    again = await world.bad("StateError", "pause", session_id=session_id)

    assert (answer["paused"], answer["resume_capable"]) == (True, True)
    assert answer["checkpoint"] == {"phase": 1, "timestamp": "2027-01-15T08:00:00.000Z", "note": "half read"}
    assert again["remediation"] == f"aos_workflow action=resume session_id={session_id}"


@pytest.mark.parametrize("action", READING)
async def test_a_paused_session_answers_every_get(world: World, action: str) -> None:
    session_id = await world.begun()
    await world.good("pause", session_id=session_id)

    assert await world.good(action, session_id=session_id)
    assert await world.good("get_task", session_id=session_id, phase=1, task_number=1)


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("complete_phase", {"phase": 1, "evidence": {"a": 1}}),
        ("retry_phase", {"phase": 1}),
        ("rollback", {"to_phase": 1}),
        ("pause", {}),
    ],
)
@pytest.mark.requirement("AOS-9")
async def test_a_paused_session_refuses_the_rest_with_the_valid_actions(
    world: World, action: str, more: JsonObject
) -> None:
    session_id = await world.begun()
    await world.good("pause", session_id=session_id)
    answer = await world.bad("StateError", action, session_id=session_id, **more)
    valid = answer["valid_actions"]

    assert isinstance(valid, list)
    assert {"resume", *READING} <= set(map(str, valid))
    assert action not in valid
    assert valid == sorted(map(str, valid))


async def test_resume_tells_where_it_was_what_is_done_next_and_what_failed(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=2, evidence={})
    await world.good("pause", session_id=session_id, checkpoint_note="tests half written")
    answer = await world.good("resume", session_id=session_id)
    summary = answer["summary"]

    assert (answer["resumed"], answer["current_phase"]) == (True, 2)
    assert isinstance(summary, dict)
    assert summary["where"] == "phase 2: Test it"
    assert summary["note"] == "tests half written"
    assert summary["completed_phases"] == [1]
    assert summary["next"]
    assert isinstance(summary["failed"], dict)
    assert summary["failed"]["phase"] == 2


async def test_only_a_paused_session_resumes(world: World) -> None:
    session_id = await world.begun()
    answer = await world.bad("StateError", "resume", session_id=session_id)

    assert "pause" in str(answer["valid_actions"])


async def test_rollback_clears_what_came_after_and_keeps_the_old_evidence_for_reading(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2)
    answer = await world.good("rollback", session_id=session_id, to_phase=1, reason="wrong module")
    state = await world.good("get_state", session_id=session_id)

    assert (answer["from_phase"], answer["to_phase"], answer["rolled_back"]) == (3, 1, True)
    assert answer["artifacts_cleared"] == [2, 3]
    assert (state["current_phase"], state["completed_phases"]) == (1, [])
    assert state["artifacts"] == {"phase_1": GOOD[1]}
    await world.bad("StateError", "get_task", session_id=session_id, phase=2, task_number=1)


@pytest.mark.requirement("AOS-6")
async def test_rollback_from_two_to_one_clears_the_artifacts_of_two(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=2, evidence={"passed": 1})
    answer = await world.good("rollback", session_id=session_id, to_phase=1)
    state = await world.good("get_state", session_id=session_id)

    assert answer["artifacts_cleared"] == [2]
    assert isinstance(state["artifacts"], dict)
    assert "phase_2" not in state["artifacts"]


async def test_a_session_can_be_finished_again_after_a_rollback_from_its_end(world: World) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1, 2, 3)
    await world.good("rollback", session_id=session_id, to_phase=2, reason="one test was missing")
    await world.passed(session_id, 2, 3)

    assert (await world.good("get_state", session_id=session_id))["session_status"] == "completed"


@pytest.mark.parametrize("to_phase", [3, 4, 99])
@pytest.mark.requirement("AOS-6")
async def test_a_forward_rollback_is_refused_with_the_valid_range(world: World, to_phase: int) -> None:
    session_id = await world.begun()
    await world.passed(session_id, 1)
    answer = await world.bad("ValidationError", "rollback", session_id=session_id, to_phase=to_phase)

    assert "1" in str(answer["error"])
    assert "2" in str(answer["error"])


@pytest.mark.requirement("AOS-7")
async def test_deleting_twice_is_fine_and_the_reason_stays_in_the_audit_log(world: World) -> None:
    session_id = await world.begun()
    first = await world.good("delete_session", session_id=session_id, reason="a try-out")
    second = await world.good("delete_session", session_id=session_id)
    gone = await world.bad("NotFoundError", "get_state", session_id=session_id)

    assert (first["deleted"], second["deleted"]) == (True, False)
    assert first["cleanup"] == {"state_file_removed": True, "artifacts_preserved": True}
    assert gone["remediation"] == "aos_workflow action=list_sessions"
    (line,) = await world.store.deletions(session_id)
    assert (line.reason, line.by) == ("a try-out", "aos_workflow")


@pytest.mark.parametrize("action", [*READING, "pause", "resume"])
async def test_a_session_nobody_knows_is_not_found(world: World, action: str) -> None:
    answer = await world.bad("NotFoundError", action, session_id="wf_nobody")

    assert answer["remediation"] == "aos_workflow action=list_sessions"


async def test_get_errors_gives_what_went_wrong_and_the_last_of_it(world: World) -> None:
    session_id = await world.begun()
    empty = await world.good("get_errors", session_id=session_id)
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={})
    world.clock.time += 5
    await world.bad("ValidationError", "complete_phase", session_id=session_id, phase=1, evidence={"functions": 0})
    answer = await world.good("get_errors", session_id=session_id)
    errors = rows(answer, "errors")

    assert (empty["errors"], empty["error_count"], empty["last_error"]) == ([], 0, None)
    assert answer["error_count"] == 2
    assert answer["last_error"] == errors[1]
    assert (errors[1]["phase"], errors[1]["timestamp"]) == (1, "2027-01-15T08:00:05.000Z")
    assert {"phase", "timestamp", "error_type", "message", "details", "remediation"} == set(errors[0])
    assert errors[0]["details"]


async def test_an_edited_workflow_shows_as_newer_version_and_changes_no_running_session(tmp_path: Path) -> None:
    documents = tmp_path / "mine"
    documents.mkdir()
    file = documents / "mine.yaml"
    text = "id: mine\nname: Mine\ndescription: Mine.\nversion: {}\nsteps: [{{id: one, title: {}, prompt: Do it.}}]\n"
    file.write_text(text.format("1.0.0", "Old"))
    world = World(tmp_path, documents=documents)
    session_id = str((await world.good("start", workflow_type="mine", target_file="a"))["session_id"])
    before = await world.good("get_state", session_id=session_id)
    file.write_text(text.format("1.1.0", "New"))
    after = await world.good("get_state", session_id=session_id)
    phase = await world.good("get_phase", session_id=session_id)

    assert "newer_version" not in before
    assert after["newer_version"] == "1.1.0"
    assert "Old" in str(phase["phase_content"])


async def test_a_session_goes_on_in_another_process_by_its_id_alone(tmp_path: Path) -> None:
    clock = FakeClock()
    store = MemoryStore(clock)
    first = World(tmp_path, store=store, clock=clock)
    session_id = await first.begun()
    await first.passed(session_id, 1)
    second = World(tmp_path, store=store, clock=clock)

    assert await second.good("get_phase", session_id=session_id) == await first.good("get_phase", session_id=session_id)
    await second.passed(session_id, 2)
    await first.passed(session_id, 3)
