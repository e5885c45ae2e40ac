"""Session files of the earlier tool: both shapes become sessions that are read, listed and gone on with."""

from pathlib import Path

import pytest

from engine.archive import verify
from engine.errors import WorkflowNotFoundError
from engine.formats.earlier_log import MAX_ASIDE
from engine.importing import Imported, Setting, import_session
from engine.projection import shown_row
from engine.runner import Performed
from engine.sessions.model import PhaseStatus, State, Status
from engine.sessions.session_family import ResumeSession
from engine.sessions.step_family import ReportStep
from engine.store.port import Query
from schema.values import Json, JsonObject
from tests.unit.engine.earlier_files import NINE, OLD, shape_a, shape_b
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, Running, phase, phased

HOUR = 3600.0
GATE: JsonObject = {"strict": True, "evidence": {"tests": {"type": "integer", "required": True, "description": "n"}}}
FLOW = phased(phase(0, [prompt("look")]), phase(1, [prompt("write"), prompt("run")], GATE), phase(2, [prompt("tell")]))


@pytest.fixture
def world(tmp_path: Path) -> Running:
    return Running(tmp_path, FLOW, document(prompt("one"), prompt("two")))


def without(said: JsonObject, *keys: str) -> JsonObject:
    return {key: value for key, value in said.items() if key not in keys}


async def imported(world: Running, said: Json, utc_offset: float = 0.0) -> Imported:
    setting = Setting(world.clock, Path.cwd(), utc_offset, "operator")
    return await import_session(world.store, world.books, said, setting)


async def state_of(world: Running, said: Json, utc_offset: float = 0.0) -> State:
    """Import and give the state under the old id; the store is sound then."""
    assert (await imported(world, said, utc_offset)).session_id
    assert (await verify(world.store)).problems == ()
    return (await world.runner.session(OLD)).state


async def test_what_belongs_to_no_phase_is_kept_aside(world: Running) -> None:
    history: list[Json] = [{"phase": "x", "completed_at": "2026-01-01T10:00:00Z"}]
    errors: list[Json] = [{"phase": "x", "message": "no phase"}]
    state = await state_of(world, shape_b(phase_history=history, errors=errors))
    aside = state.options["imported"]
    assert isinstance(aside, dict)
    assert (aside["phase_history"], aside["errors"]) == (history, errors)


def rules(found: Imported) -> list[str]:
    return [finding.rule for finding in found.findings]


class TestTheFirstShape:
    """Artifacts by phase, local times."""

    @pytest.mark.requirement("STORE-7")
    async def test_it_is_found_under_its_old_id_with_its_evidence(self, world: Running) -> None:
        state = await state_of(world, shape_a())
        assert (state.imported_from, state.phase, state.position) == (OLD, 2, "tell")
        assert [each.evidence for each in state.phases] == [{"summary": "looked"}, {"tests": 7}, None]
        assert state.session_id.startswith("wf_")
        assert (state.workflow_id, state.target_file, state.status) == ("phased", "src/app.py", Status.RUNNING)

    async def test_phases_keep_their_times_local_time_taken_by_the_offset(self, world: Running) -> None:
        state = await state_of(world, shape_a(), utc_offset=2 * HOUR)
        begun = NINE - 2 * HOUR
        assert state.created_at == begun
        assert [each.completed_at for each in state.history] == [begun + HOUR, begun + 2.5 * HOUR + 0.5, None]

    async def test_what_has_no_place_is_kept_aside(self, world: Running) -> None:
        state = await state_of(world, shape_a())
        aside = state.options["imported"]
        assert isinstance(aside, dict)
        assert aside["metadata"] == {"who": "me"}
        assert aside["phase_artifacts"] == {
            "0": {
                "phase_number": 0,
                "outputs": {"files": 3},
                "commands_executed": [],
                "timestamp": "2026-01-01T10:00:00",
            },
            "1": {"phase_number": 1, "timestamp": "2026-01-01T11:30:00.500000"},
        }

    async def test_one_past_the_end_is_complete(self, world: Running) -> None:
        said = shape_a(current_phase=3, completed_phases=[0, 1, 2])
        found = await imported(world, said)
        state = (await world.runner.session(OLD)).state
        assert (state.status, state.position) == (Status.COMPLETED, "")
        assert state.completed_at == NINE + 2.5 * HOUR + 1
        assert rules(found) == ["earlier-time"]

    async def test_a_workflow_that_has_lost_phases_since_is_not_taken_to_be_complete(self, world: Running) -> None:
        found = await imported(world, shape_a(current_phase=6, completed_phases=[0, 1]))
        state = (await world.runner.session(OLD)).state
        assert (state.status, state.phase) == (Status.RUNNING, 2)
        assert [each.message for each in found.findings] == ["phase 6 is not in the workflow; 2 is open"]

    async def test_a_session_beyond_all_phases_that_are_left_is_complete(self, world: Running) -> None:
        state = await state_of(world, shape_a(current_phase=6, completed_phases=[0, 1, 2, 3, 4, 5]))
        assert state.status is Status.COMPLETED

    @pytest.mark.parametrize("odd", [1e300, -1.0, "0001-01-01T00:00:00", float("inf"), 10**18])
    async def test_a_time_no_list_could_show_is_named_and_left_out(self, world: Running, odd: Json) -> None:
        found = await imported(world, shape_a(created_at=odd))
        assert [each.pointer for each in found.findings][:1] == ["/created_at"]
        (row,) = (await world.store.sessions(Query())).rows
        assert shown_row(row, NINE)["created_at"] == "2026-01-01T11:30:01.000Z"

    @pytest.mark.parametrize("odd", ["a\0b", "x" * 1_025])
    async def test_a_target_that_is_no_path_is_named_and_left_out(self, world: Running, odd: str) -> None:
        found = await imported(world, shape_a(target_file=odd))
        assert [each.pointer for each in found.findings] == ["/target_file"]
        assert (await world.runner.session(OLD)).state.target_file == ""

    async def test_it_goes_on_where_it_was(self, world: Running) -> None:
        await state_of(world, shape_a())
        done = await world.runner.perform(OLD, ReportStep("tell", "told", None, {}), BY)
        assert isinstance(done, Performed)
        assert done.session.state.status is Status.COMPLETED

    async def test_a_skipped_checkpoint_is_a_skipped_phase(self, world: Running) -> None:
        found = await imported(world, shape_a(completed_phases=[0], checkpoints={"1": "skipped"}))
        state = (await world.runner.session(OLD)).state
        assert (state.skipped, state.phase) == ((1,), 2)
        assert rules(found) == []

    async def test_a_phase_passed_without_completion_is_named(self, world: Running) -> None:
        found = await imported(world, shape_a(completed_phases=[1]))
        assert rules(found) == ["earlier-phase"]
        assert (await world.runner.session(OLD)).state.skipped == (0,)

    async def test_a_failed_checkpoint_is_a_failed_attempt(self, world: Running) -> None:
        state = await state_of(world, shape_a(checkpoints={"2": "failed"}))
        assert (state.phases[-1].failures, state.error_count) == (1, 1)

    async def test_evidence_that_would_not_pass_today_is_kept_with_what_is_wrong(self, world: Running) -> None:
        artifacts: JsonObject = {"1": {"evidence": {"tests": "seven"}, "timestamp": "2026-01-01T11:30:00"}}
        state = await state_of(world, shape_a(phase_artifacts=artifacts))
        assert state.phases[1].evidence == {"tests": "seven"}
        assert [issue.field for issue in state.phases[1].findings] == ["tests"]

    async def test_a_time_that_lies_before_another_is_named(self, world: Running) -> None:
        found = await imported(world, shape_a(created_at="2026-01-01T10:30:00"))
        assert "earlier-time" in rules(found)


class TestTheSecondShape:
    """A status, errors, a history."""

    async def test_a_pause_is_a_pause_with_its_note_and_time(self, world: Running) -> None:
        state = await state_of(world, shape_b())
        assert (state.status, state.pauses[0].note, state.pauses[0].at) == (Status.PAUSED, "lunch", NINE + 3 * HOUR)
        resumed = await world.runner.perform(OLD, ResumeSession(), BY)
        assert isinstance(resumed, Performed)

    async def test_errors_are_failed_attempts_of_their_phase(self, world: Running) -> None:
        state = await state_of(world, shape_b())
        assert [(each.phase, each.at) for each in state.errors] == [(1, NINE + 2 * HOUR)]
        assert "no tests" in state.errors[0].message
        assert state.phases[-1].attempt == 2

    async def test_options_stay_and_the_draft_is_kept_aside(self, world: Running) -> None:
        state = await state_of(world, shape_b())
        aside = state.options["imported"]
        assert isinstance(aside, dict)
        assert state.options["depth"] == 2
        assert aside["evidence"] == {"1": {"draft": True}}
        assert aside["_version"] == 4
        assert "artifacts" not in aside

    async def test_the_history_tells_when_phases_were_completed(self, world: Running) -> None:
        state = await state_of(world, shape_b())
        assert state.history[0].completed_at == NINE + HOUR

    async def test_a_completed_session_has_its_end(self, world: Running) -> None:
        said = shape_b(
            session_status="completed", current_phase=3, completed_phases=[0, 1, 2], completed_at="2026-01-01T13:00:00Z"
        )
        state = await state_of(world, without(said, "paused_at", "errors"))
        assert (state.status, state.completed_at) == (Status.COMPLETED, NINE + 4 * HOUR)
        assert (await world.store.counts(Query())) == {"completed": 1}

    async def test_a_failed_session_has_failed(self, world: Running) -> None:
        state = await state_of(world, without(shape_b(session_status="failed"), "paused_at"))
        assert (state.status, state.phases[-1].status) == (Status.FAILED, PhaseStatus.FAILED)

    async def test_a_status_without_a_match_is_paused_and_named(self, world: Running) -> None:
        found = await imported(world, without(shape_b(session_status="cancelled"), "paused_at"))
        assert rules(found) == ["earlier-time", "earlier-status"] or rules(found) == ["earlier-status"]
        state = (await world.runner.session(OLD)).state
        assert (state.status, state.pauses[0].note) == (Status.PAUSED, "It was cancelled in the earlier tool")

    async def test_an_active_session_is_open(self, world: Running) -> None:
        said = without(shape_b(session_status="active"), "paused_at", "checkpoint_note", "errors")
        state = await state_of(world, said)
        assert (state.status, state.position) == (Status.RUNNING, "write")

    async def test_what_lies_beyond_the_current_phase_is_named(self, world: Running) -> None:
        found = await imported(world, shape_b(completed_phases=[0, 2], errors=[{"phase": 2, "error": "late"}]))
        assert rules(found) == ["earlier-phase", "earlier-error"]

    async def test_a_phase_the_workflow_does_not_have_is_named(self, world: Running) -> None:
        found = await imported(world, shape_b(current_phase=-1, completed_phases=[]))
        assert "earlier-phase" in rules(found)
        assert (await world.runner.session(OLD)).state.phase == 0


async def test_a_plain_workflow_takes_its_steps_as_phases(world: Running) -> None:
    said = shape_a(workflow_type="flow", completed_phases=[1], current_phase=2)
    state = await state_of(world, said)
    assert (state.phase, state.position, state.phases[0].evidence) == (2, "two", {"tests": 7})


async def test_the_same_file_is_imported_once(world: Running) -> None:
    first = await imported(world, shape_a())
    again = await imported(world, shape_a())
    assert again.session_id is None
    assert rules(again) == ["earlier-known"]
    assert await world.store.ids() == (first.session_id,)


async def test_a_workflow_nobody_has_is_refused(world: Running) -> None:
    with pytest.raises(WorkflowNotFoundError):
        await imported(world, shape_a(workflow_type="gone"))


async def test_evidence_of_phases_the_workflow_does_not_have_is_kept_aside(tmp_path: Path) -> None:
    world = Running(tmp_path, phased(phase(1, [prompt("write")]), phase(2, [prompt("tell")])))
    state = await state_of(world, shape_a())
    assert [each.evidence for each in state.phases] == [{"tests": 7}, None]
    aside = state.options["imported"]
    assert isinstance(aside, dict)
    artifacts = aside["phase_artifacts"]
    assert isinstance(artifacts, dict)
    first, second = artifacts["0"], artifacts["1"]
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["evidence"] == {"summary": "looked"}
    assert "evidence" not in second


async def test_more_than_may_be_kept_aside_is_named(world: Running) -> None:
    found = await imported(world, shape_a(metadata={"log": "x" * MAX_ASIDE}))
    assert rules(found) == ["earlier-dropped"]
    assert "metadata" in found.findings[0].message
    assert (await world.runner.session(OLD)).state.options == {}


async def test_a_file_with_nothing_to_keep_aside_has_its_own_options(world: Running) -> None:
    said = without(shape_b(), "errors", "phase_history", "_version", "evidence", "total_phases")
    assert (await state_of(world, said)).options == {"depth": 2}


@pytest.mark.parametrize(
    "said",
    [
        [],
        "text",
        {},
        shape_a(session_id="../../etc/passwd"),
        shape_a(session_id=7),
        shape_a(workflow_type=None),
        shape_a(current_phase="two"),
        shape_a(current_phase=True),
        shape_a(created_at=None, updated_at="yesterday"),
    ],
)
async def test_a_file_that_is_no_session_changes_nothing(world: Running, said: Json) -> None:
    found = await imported(world, said)
    assert found.session_id is None
    assert "critical" in [finding.severity for finding in found.findings]
    assert await world.store.ids() == ()
