"""The runner: beginning a session, also on a document made for it, and rolling it back."""

import asyncio
from pathlib import Path

import pytest

from engine.errors import ArgumentError, RefusedError, SessionStateError, WorkflowInvalidError, WorkflowNotFoundError
from engine.library_model import Dynamic, Rendered
from engine.pinned import canonical
from engine.projection import row_of
from engine.runner import Declined, Performed, Runner
from engine.sessions.model import Status
from engine.sessions.session_family import PauseSession
from schema.finding import Finding, Severity
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, THREE, Running, moved, phase, phased, reported


@pytest.fixture
def world(tmp_path: Path) -> Running:
    return Running(tmp_path, THREE)


class TestBeginning:
    """What it takes to begin."""

    async def test_a_session_begins_at_its_first_step_pinned_to_its_document(self, world: Running) -> None:
        session = await world.runner.begin("flow", "src/app.py", {"note": "x"}, BY)
        state = session.state
        assert (state.position, state.status, state.target_file) == ("one", Status.RUNNING, "src/app.py")
        assert state.session_id.startswith("wf_")
        assert state.options == {"note": "x"}
        assert state.document == canonical(THREE).hash
        assert await world.store.document(state.document) == canonical(THREE).text
        assert await world.store.row(state.session_id) == row_of(state, session.workflow)

    async def test_the_context_option_gives_the_first_variables(self, tmp_path: Path) -> None:
        steps = document(prompt("one", runCondition={"var": "go", "equals": True}), prompt("two"))
        world = Running(tmp_path, steps)
        assert (await world.runner.begin("flow", "a", {"context": {"go": True}}, BY)).state.position == "one"
        assert (await world.runner.begin("flow", "a", {"context": {"go": False}}, BY)).state.position == "two"

    async def test_two_starts_are_two_sessions(self, world: Running) -> None:
        assert await world.begun() != await world.begun()

    @pytest.mark.parametrize(
        ("options", "path"),
        [
            ({"context": [1]}, "options/context"),
            ({"note": "x" * 70_000}, "options"),
            ({"context": {"a": "x" * 300_000}}, "context"),
        ],
    )
    async def test_options_are_bounded(self, world: Running, options: JsonObject, path: str) -> None:
        with pytest.raises(ArgumentError) as refused:
            await world.runner.begin("flow", "a", options, BY)
        assert refused.value.path == path
        assert await world.store.ids() == ()

    async def test_options_nested_too_deep_are_refused(self, world: Running) -> None:
        deep: JsonObject = {}
        for _ in range(70):
            deep = {"a": deep}
        with pytest.raises(ArgumentError):
            await world.runner.begin("flow", "a", deep, BY)

    async def test_a_path_outside_and_an_unknown_workflow_are_refused(self, world: Running) -> None:
        with pytest.raises(RefusedError):
            await world.runner.begin("flow", "../a", {}, BY)
        with pytest.raises(WorkflowNotFoundError):
            await world.runner.begin("flaw", "a", {}, BY)

    async def test_the_last_place_may_be_taken_and_one_more_is_refused(self, tmp_path: Path) -> None:
        world = Running(tmp_path, THREE, max_active=3)
        begun = await asyncio.gather(*(world.begun() for _ in range(6)), return_exceptions=True)
        refused = [each for each in begun if isinstance(each, SessionStateError)]
        assert len(begun) - len(refused) == 3
        assert {each.reason for each in refused} == {"limit"}
        ids = [each for each in begun if isinstance(each, str)]
        await world.runner.perform(ids[0], PauseSession("later"), BY)
        await world.begun()
        with pytest.raises(SessionStateError):
            await world.begun()


class TestDynamic:
    """Workflows whose phases are made when a session starts."""

    @pytest.fixture
    def dynamic(self, world: Running, tmp_path: Path) -> Running:
        def render(text: str) -> Rendered:
            wrong = Finding(Severity.CRITICAL, "no-tasks", "the file has no tasks")
            return Rendered(document(*(prompt(name) for name in text.split())), () if text else (wrong,))

        world.books.put(THREE, Dynamic("spec_path", "tasks.md", render))
        (tmp_path / "spec").mkdir()
        return world

    async def test_a_session_runs_on_the_document_rendered_for_it(self, dynamic: Running, tmp_path: Path) -> None:
        (tmp_path / "spec" / "tasks.md").write_text("alpha beta")
        session = await dynamic.runner.begin("flow", "a", {"spec_path": "spec"}, BY)
        assert session.state.position == "alpha"
        (tmp_path / "spec" / "tasks.md").write_text("gamma")
        again = await dynamic.other().session(session.state.session_id)
        assert again.document == document(prompt("alpha"), prompt("beta"))
        assert dynamic.runner.newer_version(session) is None

    async def test_without_its_option_or_with_findings_nothing_begins(self, dynamic: Running, tmp_path: Path) -> None:
        with pytest.raises(ArgumentError) as missing:
            await dynamic.runner.begin("flow", "a", {}, BY)
        assert missing.value.path == "options/spec_path"
        (tmp_path / "spec" / "tasks.md").write_text("")
        with pytest.raises(WorkflowInvalidError):
            await dynamic.runner.begin("flow", "a", {"spec_path": "spec/tasks.md"}, BY)
        with pytest.raises(RefusedError):
            await dynamic.runner.begin("flow", "a", {"spec_path": "../spec"}, BY)
        assert await dynamic.store.ids() == ()


class TestRollingBack:
    """Back to where a phase began."""

    async def test_a_phase_is_current_again_with_new_keys(self, tmp_path: Path) -> None:
        world = Running(
            tmp_path, phased(phase(1, [prompt("one")]), phase(2, [prompt("two")]), phase(3, [prompt("thr")]))
        )
        session_id = await world.begun("phased")
        await moved(world.runner, session_id, "one")
        await moved(world.runner, session_id, "two")
        back = await world.other().roll_back(session_id, 1, "it was wrong", BY)
        assert isinstance(back, Performed)
        assert (back.session.state.position, back.session.state.phase) == ("one~1", 1)
        assert isinstance(await reported(world.runner, session_id, "one"), Declined)
        assert (await moved(world.runner, session_id, "one~1")).state.position == "two~1"
        assert (await world.other().session(session_id)).state == (await world.runner.session(session_id)).state

    @pytest.mark.parametrize("number", [3, 9, -1])
    async def test_a_phase_that_was_not_reached_is_declined(self, tmp_path: Path, number: int) -> None:
        world = Running(tmp_path, phased(*(phase(n, [prompt(f"step-{n}")]) for n in (1, 2, 3))))
        session_id = await world.begun("phased")
        declined = await world.runner.roll_back(session_id, number, "why not", BY)
        assert isinstance(declined, Declined)
        assert declined.refusal.error_type == "ValidationError"


async def test_the_runner_tells_whether_words_need_proof(world: Running) -> None:
    assert isinstance(world.runner, Runner)
    assert world.runner.verified is False
