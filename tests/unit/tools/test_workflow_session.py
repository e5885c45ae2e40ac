"""workflow_session: each action does what it says, and what does not fit is refused by name."""

import json
from collections.abc import AsyncIterator

import pytest

from engine.errors import ArgumentError, SessionStateError
from schema.values import Json, JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.running import Running
from tests.unit.silent_call import SilentCall
from tests.unit.tools.durable import Durable
from tools.arguments import Arguments
from tools.contract import Ask, Done
from tools.workflow_session import ACTIONS, make

FLOW: JsonObject = {
    "id": "flow",
    "name": "Flow",
    "description": "A prompt, tasks, a wait.",
    "version": "1.0.0",
    "schemaVersion": "1.2.0",
    "inputs": {"names": {"type": "array", "default": ["Ann", "Bob", "Cy"], "required": False}},
    "state": {"greetings": [], "tone": "kind"},
    "computed": {"loud": {"from": "state.tone", "expression": "input.toUpperCase()"}},
    "tasks": {"greet": {"description": "Greet one.", "prompt": "Greet {{ inputs.item }}."}},
    "steps": [
        prompt("first", skippable=True),
        {"id": "greet-all", "type": "parallel", "items": "inputs.names", "task": "greet", "collect": "state.greetings"},
        {"id": "rest", "type": "wait", "signal": "go", "store": "state.said"},
        prompt("last"),
    ],
}


class Sessions:
    """The tool, called as a server calls it."""

    def __init__(self, running: Running) -> None:
        self.steps = Durable(running)
        self.tool = make(running.runner, running.clock)
        self.rules = Arguments(self.tool.input_schema)

    async def call(self, action: str, **arguments: Json) -> JsonObject:
        prepared = self.rules.prepare(json.loads(json.dumps({"action": action, **arguments})))
        assert isinstance(prepared, dict), prepared
        assert self.tool.run_waiting is not None
        answer = await self.tool.run_waiting(prepared, SilentCall())
        done = answer.otherwise if isinstance(answer, Ask) else answer
        assert isinstance(done, Done)
        assert done.value is not None
        return done.value

    async def begun(self) -> str:
        return str((await self.call("start", workflowId="flow"))["sessionId"])

    async def waiting(self) -> str:
        """Begin a session and bring it to its wait."""
        session = await self.begun()
        await self.call("skip", sessionId=session, stepKey="first", reason="Known.")
        for number in range(3):
            await self.steps.call(sessionId=session, stepKey=f"greet-all#{number}::prompt", output="Hi!")
        return session


@pytest.fixture
async def sessions() -> AsyncIterator[Sessions]:
    running = Running(None, FLOW)
    await running.store.open()
    yield Sessions(running)
    await running.store.close()


async def test_a_session_is_started_with_its_first_step(sessions: Sessions) -> None:
    shown = await sessions.call("start", workflowId="flow", inputs={"names": ["Dee"]})
    assert (shown["action"], shown["status"], shown["stepKey"]) == ("start", "running", "first")
    assert list(shown)[:2] == ["sessionId", "action"]


@pytest.mark.requirement("AC-MD-008")
async def test_get_shows_what_a_session_has(sessions: Sessions) -> None:
    session = await sessions.begun()
    shown = await sessions.call("get", sessionId=session)
    assert (shown["inputs"], shown["computed"]) == ({"names": ["Ann", "Bob", "Cy"]}, {"loud": "KIND"})
    assert shown["state"] == {"greetings": [], "tone": "kind"}
    assert shown["stepKey"] == "first"


async def test_an_update_changes_state_and_what_is_computed_from_it(sessions: Sessions) -> None:
    session = await sessions.begun()
    version = (await sessions.call("get", sessionId=session))["version"]
    updates: Json = [{"path": "tone", "value": "dry"}]
    shown = await sessions.call("update", sessionId=session, updates=updates, expectedVersion=version)
    assert shown["state"] == {"greetings": [], "tone": "dry"}
    assert (await sessions.call("get", sessionId=session))["computed"] == {"loud": "DRY"}
    with pytest.raises(SessionStateError) as stale:
        await sessions.call("update", sessionId=session, updates=updates, expectedVersion=version)
    assert (stale.value.reason, stale.value.facts["actualVersion"]) == ("conflict", shown["version"])


async def test_of_a_batch_of_updates_all_are_made_or_none(sessions: Sessions) -> None:
    session = await sessions.begun()
    updates: Json = [{"path": "tone", "value": "dry"}, {"path": "greetings", "operation": "increment", "value": 1}]
    with pytest.raises(ArgumentError) as refused:
        await sessions.call("update", sessionId=session, updates=updates)
    assert refused.value.path == "updates"
    shown = await sessions.call("get", sessionId=session)
    assert shown["state"] == {"greetings": [], "tone": "kind"}


async def test_tasks_are_listed_a_page_at_a_time(sessions: Sessions) -> None:
    session = await sessions.begun()
    await sessions.steps.call(sessionId=session, stepKey="first", output="done")
    first = await sessions.call("tasks", sessionId=session, limit=2)
    rest = await sessions.call("tasks", sessionId=session, cursor=first["nextCursor"])
    found = [task for page in (first, rest) if isinstance(page["tasks"], list) for task in page["tasks"]]
    assert [task["taskId"] for task in found if isinstance(task, dict)] == [f"greet-all#{n}" for n in range(3)]
    assert all(isinstance(task, dict) and task["status"] == "leased" and "leaseExpires" in task for task in found)
    assert "nextCursor" not in rest


async def test_a_signal_releases_the_wait_and_its_payload_is_the_result(sessions: Sessions) -> None:
    session = await sessions.waiting()
    shown = await sessions.call("signal", sessionId=session, name="go", payload={"by": "Ann"})
    assert (shown["released"], shown["stepKey"]) == (["rest"], "last")
    state = (await sessions.call("get", sessionId=session))["state"]
    assert isinstance(state, dict)
    assert (state["said"], state["greetings"]) == ({"by": "Ann"}, ["Hi!", "Hi!", "Hi!"])


async def test_a_signal_nobody_waits_for_is_refused_with_those_that_are_awaited(sessions: Sessions) -> None:
    session = await sessions.waiting()
    with pytest.raises(SessionStateError) as refused:
        await sessions.call("signal", sessionId=session, name="went")
    assert refused.value.reason == "not_open"
    assert "waited for are go" in refused.value.details


async def test_only_what_the_document_lets_pass_over_is_skipped(sessions: Sessions) -> None:
    session = await sessions.waiting()
    await sessions.call("signal", sessionId=session, name="go")
    with pytest.raises(ArgumentError) as refused:
        await sessions.call("skip", sessionId=session, stepKey="last", reason="No time.")
    assert refused.value.path == "stepKey"


@pytest.mark.requirement("AC-MD-007")
async def test_a_checkpoint_is_a_place_to_go_back_to(sessions: Sessions) -> None:
    session = await sessions.begun()
    made = await sessions.call("checkpoint", sessionId=session, label="start")
    await sessions.steps.call(sessionId=session, stepKey="first", output="done")
    shown = await sessions.call("restore", sessionId=session, label="start", reason="Too quick.")
    assert (shown["restoredVersion"], shown["undone"]) == (made["version"], ["first"])
    assert shown["stepKey"] == "first~1"
    again = await sessions.call("restore", sessionId=session, toVersion=made["version"], reason="Once more.")
    assert again["stepKey"] == "first~2"


@pytest.mark.parametrize("place", [{}, {"label": "start", "toVersion": 1}, {"label": "nowhere"}, {"toVersion": 999}])
async def test_a_place_that_is_none_is_refused(sessions: Sessions, place: JsonObject) -> None:
    session = await sessions.begun()
    with pytest.raises(ArgumentError):
        await sessions.call("restore", sessionId=session, reason="Why not.", **place)


async def test_a_session_is_paused_resumed_and_cancelled(sessions: Sessions) -> None:
    session = await sessions.begun()
    assert (await sessions.call("pause", sessionId=session, reason="Lunch."))["status"] == "paused"
    with pytest.raises(SessionStateError) as refused:
        await sessions.call("skip", sessionId=session, stepKey="first", reason="Known.")
    assert refused.value.reason == "paused"
    assert (await sessions.call("resume", sessionId=session))["stepKey"] == "first"
    assert (await sessions.call("cancel", sessionId=session))["status"] == "cancelled"
    with pytest.raises(SessionStateError) as finished:
        await sessions.call("cancel", sessionId=session)
    assert finished.value.reason == "finished"


async def test_sessions_are_listed_by_workflow_and_status(sessions: Sessions) -> None:
    ids = [await sessions.begun() for _ in range(3)]
    await sessions.call("cancel", sessionId=ids[0])
    shown = await sessions.call("list", workflowId="flow", status="running", limit=1)
    rest = await sessions.call("list", workflowId="flow", status="running", cursor=shown["nextCursor"])
    pages = [page["sessions"] for page in (shown, rest)]
    found = [row["sessionId"] for page in pages if isinstance(page, list) for row in page if isinstance(row, dict)]
    assert sorted(map(str, found)) == sorted(ids[1:])
    assert "nextCursor" not in rest


async def test_explain_tells_the_newest_decisions_first(sessions: Sessions) -> None:
    session = await sessions.waiting()
    shown = await sessions.call("explain", sessionId=session, limit=3)
    found = shown["decisions"]
    assert isinstance(found, list)
    versions = [int(str(each["version"])) for each in found if isinstance(each, dict)]
    assert len(versions) == 3
    assert versions == sorted(versions, reverse=True)


@pytest.mark.parametrize(
    ("action", "arguments", "path"),
    [
        ("start", {}, "workflowId"),
        ("get", {}, "sessionId"),
        ("get", {"sessionId": "wf_1", "limit": 3}, "limit"),
        ("get", {"sessionId": "../etc"}, "sessionId"),
        ("list", {"status": "runing"}, "status"),
        ("list", {"limit": 0}, "limit"),
        ("tasks", {"sessionId": "wf_1", "cursor": "x"}, ""),
        ("update", {"sessionId": "wf_1", "updates": []}, "updates"),
        ("update", {"sessionId": "wf_1", "updates": [{"value": 1}]}, "updates/0/path"),
        ("update", {"sessionId": "wf_1", "updates": [{"path": "a", "op": "set"}]}, "updates/0/op"),
        ("update", {"sessionId": "wf_1", "updates": [{"path": "a", "operation": "add"}]}, "updates/0/operation"),
        ("signal", {"sessionId": "wf_1", "name": " "}, "name"),
        ("checkpoint", {"sessionId": "wf_1", "label": "x" * 200}, "label"),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(
    sessions: Sessions, action: str, arguments: JsonObject, path: str
) -> None:
    with pytest.raises((ArgumentError, SessionStateError)) as refused:
        await sessions.call(action, **arguments)
    assert isinstance(refused.value, ArgumentError) == bool(path)
    assert getattr(refused.value, "path", "") == path


async def test_values_nested_too_deep_are_refused(sessions: Sessions) -> None:
    deep: Json = 1
    for _ in range(70):
        deep = [deep]
    for action, arguments in (
        ("signal", {"name": "go", "payload": deep}),
        ("update", {"updates": [{"path": "a", "value": deep}]}),
    ):
        with pytest.raises(ArgumentError) as refused:
            await sessions.call(action, sessionId="wf_1", **arguments)
        assert "deeper" in refused.value.details


async def test_a_failed_session_can_be_retried_only_then(sessions: Sessions) -> None:
    session = await sessions.begun()
    with pytest.raises(SessionStateError) as refused:
        await sessions.call("retry", sessionId=session)
    assert refused.value.reason == "not_open"


def test_every_argument_belongs_to_an_action() -> None:
    used = {name for action in ACTIONS.values() for name in (*action.needs, *action.takes)}
    properties = make(Running(None, FLOW).runner, Running(None, FLOW).clock).input_schema["properties"]
    assert isinstance(properties, dict)
    assert used | {"action"} == set(properties)


async def test_a_signal_tells_the_waits_it_released_in_tasks_by_the_keys_the_session_knows() -> None:
    hold: JsonObject = {"description": "Hold.", "steps": [{"id": "rest", "type": "wait", "signal": "go"}]}
    held: JsonObject = {"id": "all", "type": "parallel", "items": [1, 2], "task": "hold"}
    sessions = Sessions(Running(None, {**FLOW, "tasks": {"hold": hold}, "steps": [held, prompt("last")]}))
    await sessions.steps.running.store.open()
    session = await sessions.begun()
    shown = await sessions.call("signal", sessionId=session, name="go")
    assert (shown["released"], shown["stepKey"]) == (["all#0::rest", "all#1::rest"], "last")
