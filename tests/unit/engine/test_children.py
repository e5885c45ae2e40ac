"""What a session takes with it: child workflows as they were at its start, inputs, shell lines, who vouches for it."""

from pathlib import Path
from typing import Final

import pytest

from engine.archive import restore, verify, write_session, write_store
from engine.child_pins import MAX_CHILDREN
from engine.errors import ArgumentError, StoreError, WorkflowInvalidError
from engine.library_model import Dynamic, Rendered
from engine.projection import rebuild
from engine.runner import Performed, Runner, RunnerOptions
from engine.sessions.model import Status
from engine.store.memory import MemoryStore
from engine.store.port import Deletion
from schema.finding import Finding, Severity
from schema.values import Json, JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.engine.flows import prompt
from tests.unit.engine.performing import Performing
from tests.unit.engine.running import BY, Running, moved
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.commanded import RULES, command, line


def enters(workflow_id: str, step_id: str = "enter") -> JsonObject:
    """Give a step that enters another workflow."""
    return {"id": step_id, "type": "workflow", "workflowId": workflow_id}


PARENT: Final = document([prompt("first"), enters("middle"), prompt("last")], id="parent")
MIDDLE: Final = document([enters("inner")], id="middle")
INNER: Final = document([prompt("deep")], id="inner")


async def walked(runner: Runner, session_id: str, *keys: str) -> str:
    """Report these steps; gives the id of the step that follows."""
    for key in keys:
        await moved(runner, session_id, key)
    state = (await runner.session(session_id)).state
    return state.position


async def test_children_are_pinned_with_their_children(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE, INNER)
    session = await world.runner.begin("parent", "", {}, BY)
    assert set(session.state.children) == {"middle", "inner"}
    assert set(session.workflow.children) == {"middle", "inner"}
    assert await walked(world.runner, session.state.session_id, "first", "enter#0/enter#0::deep") == "last"


async def test_a_child_that_is_edited_meanwhile_is_as_it_was_in_sessions_under_way(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE, INNER)
    old = await world.begun("parent")
    world.books.put(document([prompt("other")], id="inner"))
    new = await world.begun("parent")
    assert await walked(world.other(), old, "first", "enter#0/enter#0::deep") == "last"
    assert await walked(world.other(), new, "first", "enter#0/enter#0::other") == "last"


async def test_children_of_tasks_and_of_failure_steps_are_pinned_too(tmp_path: Path) -> None:
    task: JsonObject = {"description": "One.", "steps": [enters("inner", "below")]}
    fan: JsonObject = {"id": "fan", "type": "parallel", "items": [1], "task": "one"}
    failing: JsonObject = command(onError={"strategy": "continue", "then": [enters("middle", "mend")]})
    world = Running(tmp_path, document([prompt("first"), failing, fan], tasks={"one": task}), MIDDLE, INNER)
    assert set((await world.runner.begin("flow", "", {}, BY)).state.children) == {"middle", "inner"}


async def test_workflows_that_enter_each_other_are_pinned_once(tmp_path: Path) -> None:
    one = document([prompt("first"), enters("two")], id="one")
    two = document([prompt("second"), enters("one"), enters("two", "again")], id="two")
    world = Running(tmp_path, one, two)
    session = await world.runner.begin("one", "", {}, BY)
    assert set(session.state.children) == {"one", "two"}


def told(refused: pytest.ExceptionInfo[WorkflowInvalidError]) -> tuple[str, str]:
    """Give the workflow that cannot begin, and why."""
    return refused.value.workflow_id, refused.value.details


async def test_a_child_that_is_not_there_refuses_the_start_and_says_who_wants_it(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE)
    with pytest.raises(WorkflowInvalidError) as refused:
        await world.runner.begin("parent", "", {}, BY)
    reason = "the workflow 'inner' that it enters is not there (entered by way of parent > middle)"
    assert told(refused) == ("parent", reason)
    assert await world.store.ids() == ()


async def test_a_child_that_is_invalid_or_needs_a_file_refuses_the_start(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE, INNER)
    world.books.put(INNER, Dynamic("plan", "tasks.md", lambda _text: Rendered(INNER, ())))
    with pytest.raises(WorkflowInvalidError, match="parent") as refused:
        await world.runner.begin("parent", "", {}, BY)
    assert "takes its phases from a file" in told(refused)[1]
    wrong = Finding(Severity.CRITICAL, "schema", "steps is missing")
    world.books.broken["inner"] = (wrong,)
    with pytest.raises(WorkflowInvalidError) as refused:
        await world.runner.begin("middle", "", {}, BY)
    assert told(refused) == ("middle", "the workflow 'inner' that it enters is invalid: steps is missing")


async def test_a_session_takes_no_more_children_than_it_may(tmp_path: Path) -> None:
    names = [f"child-{number}" for number in range(MAX_CHILDREN + 1)]
    children = [document([prompt("deep")], id=name) for name in names]
    many = document([enters(name, f"enter-{number}") for number, name in enumerate(names)], id="many")
    few = document([enters(name, f"enter-{number}") for number, name in enumerate(names[:-1])], id="few")
    world = Running(tmp_path, many, few, *children)
    assert len((await world.runner.begin("few", "", {}, BY)).state.children) == MAX_CHILDREN
    with pytest.raises(WorkflowInvalidError) as refused:
        await world.runner.begin("many", "", {}, BY)
    assert f"more than {MAX_CHILDREN} workflows" in told(refused)[1]


async def test_inputs_are_checked_before_anything_begins(tmp_path: Path) -> None:
    inputs: JsonObject = {"name": {"type": "string"}, "most": {"type": "integer", "default": 3, "required": False}}
    world = Running(tmp_path, document([prompt("one")], inputs=inputs))
    session = await world.runner.begin("flow", "", {}, BY, {"name": "x"})
    assert session.state.inputs == {"name": "x", "most": 3}
    wrong: list[JsonObject] = [{}, {"name": 3}, {"name": "x", "most": "many"}, {"name": "x", "other": 1}]
    paths = []
    for given in wrong:
        with pytest.raises(ArgumentError) as refused:
            await world.runner.begin("flow", "", {}, BY, given)
        paths.append(refused.value.path)
    assert paths == ["inputs/name", "inputs/name", "inputs/most", "inputs/other"]
    assert len(await world.store.ids()) == 1


async def test_a_session_with_children_is_exported_and_restored_whole(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE, INNER)
    session_id = await world.begun("parent")
    await write_session(world.store, session_id, tmp_path / "one.jsonl")
    elsewhere = Running(tmp_path, store=MemoryStore(FakeClock()))
    counts = await restore(elsewhere.store, tmp_path / "one.jsonl")
    assert counts.documents == 3
    assert (await verify(elsewhere.store)).problems == ()
    assert (await rebuild(elsewhere.store)).rows == 1
    assert await walked(elsewhere.runner, session_id, "first", "enter#0/enter#0::deep") == "last"


async def test_an_archive_without_a_child_is_refused_and_none_is_written(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE, INNER)
    session = await world.runner.begin("parent", "", {}, BY)
    await write_store(world.store, tmp_path / "all.jsonl")
    lines = (tmp_path / "all.jsonl").read_text().splitlines(keepends=True)
    lost = session.state.children["inner"]
    kept = [text.replace(f',"{lost}"', "") for text in lines if f'"hash":"{lost}"' not in text]
    (tmp_path / "less.jsonl").write_text("".join(kept))
    with pytest.raises(StoreError, match="restore"):
        await restore(MemoryStore(FakeClock()), tmp_path / "less.jsonl")
    del world.store._documents[lost]  # type: ignore[attr-defined] # the memory store
    with pytest.raises(StoreError, match="archive"):
        await write_store(world.store, tmp_path / "none.jsonl")
    with pytest.raises(StoreError):
        await world.other().session(session.state.session_id)


async def test_the_documents_of_children_go_with_the_last_session_that_needs_them(tmp_path: Path) -> None:
    world = Running(tmp_path, PARENT, MIDDLE, INNER)
    session = await world.runner.begin("parent", "", {}, BY)
    await world.store.delete(Deletion(session.state.session_id, "parent", 1.0, BY, "done"))
    assert [await world.store.document(digest) for digest in session.state.children.values()] == [None, None]


LINED: Final = document([prompt("first"), line("ls | wc -l", store="n"), prompt("last")])


async def test_a_shell_line_is_handed_to_the_agent_where_it_may_not_run(tmp_path: Path) -> None:
    world = Running(tmp_path, LINED)
    session = await world.runner.begin("flow", "", {}, BY)
    assert session.state.sources == ()
    await moved(world.runner, session.state.session_id, "first")
    reported = await moved(world.runner, session.state.session_id, "run-it", '{"exitCode": 0, "stdout": "3"}')
    assert reported.state.variables == {"n": {"exitCode": 0, "stdout": "3"}}
    assert world.runner.newer_version(session) is None


async def test_a_shell_line_stays_one_where_the_operator_lets_it_run(tmp_path: Path) -> None:
    world = Performing(tmp_path, LINED)
    session = await world.runner.begin("flow", "", {}, BY)
    assert session.state.sources == ("project",)
    assert world.runner.newer_version(session) is None


LATER: Final = document([prompt("first"), command("run-it", "tool one"), prompt("last")])


async def test_a_session_that_was_restored_elsewhere_runs_no_commands(tmp_path: Path) -> None:
    world = Performing(tmp_path, LATER)
    session_id = await world.begun()
    await write_session(world.store, session_id, tmp_path / "one.jsonl")
    store = MemoryStore(world.clock)
    await restore(store, tmp_path / "one.jsonl")
    policy = world.runner._options.policy

    async def another() -> bytes:
        return b"another key"

    options = RunnerOptions(policy, tmp_path, performer=world.scripted, key=another)
    there = Runner(store, world.clock, world.books, options, world._observer)
    state = (await moved(there, session_id, "first")).state
    assert state.status is Status.FAILED
    assert state.cause is not None
    assert "not begun on this server's store" in state.cause.message
    assert (await moved(world.runner, session_id, "first")).state.position == "last"
    assert world.scripted.ran == ["tool one"]


async def test_a_session_that_was_restored_where_it_began_runs_no_commands_either(tmp_path: Path) -> None:
    world = Performing(tmp_path, LATER)
    session_id = await world.begun()
    going_back = await world.runner.restore(session_id, 1, "", "to try", BY)
    assert isinstance(going_back, Performed)
    await write_session(world.store, session_id, tmp_path / "one.jsonl")
    await world.runner.delete(session_id, "moved", BY)
    await restore(world.store, tmp_path / "one.jsonl")
    assert (await restore(world.store, tmp_path / "one.jsonl", again=True)).sessions == 1
    assert (await verify(world.store)).problems == ()
    restored = (await world.other().session(session_id)).state
    state = (await moved(world.other(), session_id, restored.position)).state
    assert (state.status, world.scripted.ran) == (Status.FAILED, [])


async def test_a_session_that_went_back_still_runs_its_commands(tmp_path: Path) -> None:
    world = Performing(tmp_path, LATER)
    state = (await world.runner.begin("flow", "", {}, BY)).state
    await moved(world.runner, state.session_id, "first")
    await world.runner.restore(state.session_id, state.version, "", "to try", BY)
    assert (await moved(world.runner, state.session_id, "first~1")).state.position == "last~1"
    assert world.scripted.ran == ["tool one", "tool one"]


async def test_a_server_without_a_key_lets_no_session_run_commands(tmp_path: Path) -> None:
    world = Performing(tmp_path, LATER)
    options = RunnerOptions(world.runner._options.policy, tmp_path, performer=world.scripted)
    keyless = Runner(world.store, world.clock, world.books, options, world._observer)
    session = await keyless.begin("flow", "", {}, BY)
    assert session.state.seal == ""
    assert (await moved(keyless, session.state.session_id, "first")).state.status is Status.FAILED


async def test_the_source_of_a_child_counts_as_that_of_the_session(tmp_path: Path) -> None:
    child = document([command("run-it", "tool one")], id="inner")
    world = Performing(tmp_path, PARENT, MIDDLE, child)
    session = await world.runner.begin("parent", "", {}, BY)
    assert session.state.sources == ("project",)
    unknown = world.runner._options.policy._replace(commands=RULES._replace(kinds={}, workspace=str(tmp_path)))
    options = world.runner._options._replace(policy=unknown)
    stranger = Runner(world.store, world.clock, world.books, options, world._observer)
    begun = await stranger.begin("parent", "", {}, BY)
    assert begun.state.sources == ("unknown",)
    assert (await moved(stranger, begun.state.session_id, "first")).state.status is Status.FAILED


async def test_going_back_to_a_version_or_a_checkpoint(tmp_path: Path) -> None:
    world = Running(tmp_path, document([prompt("one"), prompt("two"), prompt("three")]))
    session_id = await world.begun()
    version = (await moved(world.runner, session_id, "one")).state.version
    await moved(world.runner, session_id, "two")
    await world.runner.restore(session_id, version, "", "another way", BY)
    state = (await world.runner.session(session_id)).state
    assert (state.position, state.rollbacks) == ("two~1", 1)
    refusals: list[tuple[int | None, Json]] = [(None, "nowhere"), (0, ""), (10_000, "")]
    for to_version, label in refusals:
        outcome = await world.runner.restore(session_id, to_version, str(label), "", BY)
        assert type(outcome).__name__ == "Declined"
