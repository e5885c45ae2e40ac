"""What an answer says while a session waits, fans out, runs a child or rests: what to do, and under which keys."""

from pathlib import Path

import pytest

from engine.errors import ArgumentError, SessionStateError
from engine.sessions.answer import answer
from engine.sessions.change_family import FireTimers
from engine.sessions.model import Waiting, WaitKind
from engine.sessions.session_family import PauseSession
from engine.sessions.task_reading import SERIAL_HINT
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, PLAIN, Running
from tests.unit.silent_call import SilentCall
from tests.unit.tools.durable import Durable, part
from tests.unit.tools.test_durable_inputs import guided
from tools.contract import Ask, Done

CHECK: JsonObject = {
    "description": "Checks one file.",
    "inputs": {"file": {"type": "string"}},
    "state": {"found": 0},
    "steps": [
        {"id": "begin", "type": "message", "message": "Now {{ inputs.file }}."},
        {"id": "count", "title": "Count", "prompt": "Count in {{ inputs.file }}.", "store": "found"},
        {"id": "sure", "type": "input", "kind": "boolean", "prompt": "Sure?"},
    ],
}
FAN: JsonObject = {
    "id": "check",
    "title": "Check all",
    "type": "parallel",
    "items": ["a.py", "b.py", "c.py"],
    "task": "check-one",
    "inputs": {"file": "{{ loop.item }}"},
    "maxParallel": 2,
    "collect": {"store": "counts", "value": "{{ state.found }}"},
}
CHECKS = document(FAN, prompt("end", prompt="Counts {{ state.counts }}."), tasks={"check-one": CHECK}, state={})


def durable(folder: Path, *documents: JsonObject) -> Durable:
    return Durable(Running(folder, *documents))


def waiting(**keys: Json) -> JsonObject:
    """Give a workflow that waits before its end."""
    return document({"id": "rest", "type": "wait", **keys}, prompt("end"), state={})


def members(answer: JsonObject, name: str, member: str) -> list[Json]:
    """Give one member of each object in a list of the answer."""
    found = answer[name]
    assert isinstance(found, list)
    return [each[member] for each in found if isinstance(each, dict)]


def issue_fields(answer: JsonObject) -> list[Json]:
    return members(answer, "issues", "field")


class TestWaiting:
    """Wait steps of every kind."""

    async def test_a_wait_is_over_when_it_is_polled(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, waiting(message="Have a look."))
        session = await tool.running.begun()
        first = await tool.call(sessionId=session)
        assert (first["step"], first["stepKey"]) == ({"id": "rest", "type": "wait"}, "rest")
        assert guided(first) == "Have a look.\n\nWhen it is time to go on, report this stepKey without output."
        assert first["waitingFor"] == {"kind": "timer", "stepKey": "rest"}
        polled = await tool.call(sessionId=session, stepKey="rest")
        assert (polled["accepted"], polled["stepKey"]) == (True, "end")
        assert await tool.call(sessionId=session, stepKey="rest") == polled

    async def test_a_wait_for_a_time_says_until_when_and_a_poll_before_it_counts_for_nothing(
        self, tmp_path: Path
    ) -> None:
        tool = durable(tmp_path, waiting(**{"for": 60}))
        session = await tool.running.begun()
        first = await tool.call(sessionId=session)
        until = part(first, "waitingFor")["until"]
        assert f"goes on by itself at {until}" in guided(first)
        polled = await tool.call(sessionId=session, stepKey="rest")
        assert (polled["accepted"], polled["stepKey"]) == (False, "rest")
        tool.running.clock.time += 61
        await tool.runner.perform(session, FireTimers(), BY)
        assert (await tool.call(sessionId=session))["stepKey"] == "end"

    async def test_a_wait_for_a_signal_names_it_and_how_to_send_it(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, waiting(signal="go", title="Wait"))
        first = await tool.call(sessionId=await tool.running.begun())
        assert part(first, "waitingFor")["signal"] == "go"
        assert "the signal 'go': workflow_session action=signal" in guided(first)
        assert part(first, "step")["title"] == "Wait"

    async def test_a_wait_for_a_condition_is_looked_at_by_polls(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, waiting(until="state.ready === true"))
        session = await tool.running.begun()
        assert "report this stepKey without output, now and then" in guided(await tool.call(sessionId=session))


class TestLimits:
    """Time that is left."""

    async def test_what_is_left_is_told_and_a_warning_comes_when_it_is_little(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, document(prompt("one", timeout=100), state={}))
        session = await tool.running.begun()
        first = await tool.call(sessionId=session)
        assert first["remainingSeconds"] == 100
        assert "warnings" not in first
        tool.running.clock.time += 85
        late = await tool.call(sessionId=session)
        assert late["remainingSeconds"] == 15
        assert isinstance(late["warnings"], list)
        assert "15 of 100 seconds are left" in str(late["warnings"][-1])

    async def test_a_paused_session_says_how_it_goes_on(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, document(prompt("one", timeout=100), state={}))
        session = await tool.running.begun()
        await tool.runner.perform(session, PauseSession(""), BY)
        paused = await tool.call(sessionId=session)
        assert f"workflow_session resume with sessionId {session}" in guided(paused)
        assert "remainingSeconds" not in paused


class TestTasks:
    """A parallel step, and the sub-agents that work on it."""

    async def test_the_open_tasks_are_handed_out_with_what_to_do(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, CHECKS)
        session = await tool.running.begun()
        first = await tool.call(sessionId=session)
        assert first["step"] == {"id": "check", "type": "parallel", "title": "Check all"}
        assert first["tasks"] == [
            {"taskId": "check#0", "item": "a.py", "index": 0, "total": 3},
            {"taskId": "check#1", "item": "b.py", "index": 1, "total": 3},
        ]
        assert first["waitingFor"] == {"kind": "tasks", "stepKey": "check"}
        assert guided(first).startswith("Give each of tasks to a sub-agent of its own. check-one: Checks one file.")
        assert "stepKey" not in first
        assert part(first, "recovery")["tasks"] == {"leased": 2, "pending": 1}

    async def test_a_task_is_read_and_reported_under_the_keys_of_the_session(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, CHECKS)
        session = await tool.running.begun()
        read = await tool.call(sessionId=session, taskId="check#1")
        assert (read["taskId"], read["stepKey"], read["isComplete"]) == ("check#1", "check#1::count", False)
        assert guided(read).endswith("Count in b.py.")
        assert read["messages"] == [{"id": "begin", "text": "Now b.py.", "level": "info", "format": "text"}]
        assert "recovery" not in read
        answer = await tool.call(sessionId=session, stepKey="check#1::count", output="7")
        assert (answer["accepted"], answer["stepKey"]) == (True, "check#1::sure")
        assert await tool.call(sessionId=session, stepKey="check#1::count", output="7") == answer
        refused = await tool.call(sessionId=session, stepKey="check#1::sure", output="perhaps")
        assert (refused["accepted"], refused["attemptsLeft"], issue_fields(refused)) == (False, 2, ["output"])
        assert await tool.call(sessionId=session, stepKey="check#1::sure", output="perhaps") == refused

    async def test_a_task_that_is_done_says_so_and_names_the_open_ones(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, CHECKS)
        session = await tool.running.begun()
        await tool.call(sessionId=session, stepKey="check#0::count", output="1")
        done = await tool.call(sessionId=session, stepKey="check#0::sure", output="true")
        assert (done["accepted"], done["isComplete"], done["step"]) == (True, True, None)
        assert guided(done) == ("The task check#0 is done: nothing is left to do in it. Open tasks: check#1, check#2.")
        assert members(done, "tasks", "taskId") == ["check#1", "check#2"]
        assert guided(await tool.call(sessionId=session, taskId="check#0")) == guided(done)

    async def test_the_last_task_leads_back_to_the_session(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, CHECKS)
        session = await tool.running.begun()
        for number in range(3):
            await tool.call(sessionId=session, stepKey=f"check#{number}::count", output=str(number))
            last = await tool.call(sessionId=session, stepKey=f"check#{number}::sure", output="yes")
        assert "No task is handed out now: whoever leads the session reads it" in guided(last)
        assert guided(await tool.call(sessionId=session)) == 'Counts ["0","1","2"].'

    async def test_a_task_that_is_not_handed_out_or_not_there_is_told(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, CHECKS)
        session = await tool.running.begun()
        pending = await tool.call(sessionId=session, taskId="check#2")
        assert "is not handed out: wait until it is among tasks" in guided(pending)
        with pytest.raises(ArgumentError):
            await tool.call(sessionId=session, taskId="check#9")
        with pytest.raises(SessionStateError):
            await tool.call(sessionId=session, stepKey="check#2::count", output="7")

    async def test_when_all_tasks_are_taken_the_leader_is_told_to_wait(self, tmp_path: Path) -> None:
        failing: JsonObject = {
            "description": "Fails once.",
            "steps": [{"id": "call", "type": "call", "tool": "x"}],
        }
        step: JsonObject = {
            "id": "all",
            "type": "parallel",
            "branches": [{"task": "fails"}],
            "onError": {"strategy": "retry", "backoff": {"initial": 60}},
        }
        tool = durable(tmp_path, document(step, tasks={"fails": failing}))
        session = await tool.running.begun()
        answer = await tool.call(sessionId=session, stepKey="all#0::call", output='{"error": "no"}')
        assert answer["accepted"] is True
        led = await tool.call(sessionId=session)
        assert guided(led).startswith("No task is to be handed out now. fails: Fails once.") or "tried again" in guided(
            led
        )


class TestChildren:
    """A workflow inside a workflow."""

    async def test_the_childs_step_comes_under_the_keys_of_the_session_with_its_messages(self, tmp_path: Path) -> None:
        outer = document(
            {"id": "into", "type": "message", "message": "In."},
            {"id": "sub", "type": "workflow", "workflowId": "inner"},
            prompt("end"),
        )
        inner = {
            **document(
                {"id": "hi", "type": "message", "message": "Inside."}, {"id": "ask", "type": "input", "prompt": "?"}
            ),
            "id": "inner",
        }
        tool = durable(tmp_path, outer, inner)
        session = await tool.running.begun()
        first = await tool.call(sessionId=session)
        assert (first["stepKey"], part(first, "step")["id"]) == ("sub#0::ask", "ask")
        assert members(first, "messages", "text") == ["In.", "Inside."]
        answer = await tool.call(sessionId=session, stepKey="sub#0::ask", output="yes")
        assert (answer["accepted"], answer["stepKey"]) == (True, "end")
        assert await tool.call(sessionId=session, stepKey="sub#0::ask", output="yes") == answer

    async def test_a_childs_last_wrong_answer_is_told_when_the_child_goes_on_without_it(self, tmp_path: Path) -> None:
        ask: JsonObject = {"id": "ask", "type": "input", "kind": "integer", "prompt": "?", "maxAttempts": 1}
        inner = {**document({**ask, "onError": {"strategy": "continue"}}, prompt("then")), "id": "inner"}
        tool = durable(
            tmp_path, document({"id": "sub", "type": "workflow", "workflowId": "inner"}, prompt("end")), inner
        )
        session = await tool.running.begun()
        answer = await tool.call(sessionId=session, stepKey="sub#0::ask", output="many")
        assert (answer["accepted"], answer["stepKey"], issue_fields(answer)) == (False, "sub#0::then", ["output"])


class TestServer:
    """What the server itself has to do."""

    async def test_a_command_under_way_is_told_and_nothing_is_to_be_reported(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, document(prompt("one"), state={}))
        found = await tool.runner.session(await tool.running.begun())
        state = found.state._replace(waiting=Waiting(WaitKind.COMMAND, "one"))
        shown = answer(state, found.workflow, verified=False)
        assert guided(shown).startswith("The server runs the command of step one. Read the session again in a moment")
        assert (shown["step"], shown["waitingFor"]) == (None, {"kind": "command", "stepKey": "one"})

    async def test_in_serial_mode_the_session_shows_one_task_after_another_with_its_messages(
        self, tmp_path: Path
    ) -> None:
        tool = Durable(Running(tmp_path, CHECKS, policy=PLAIN._replace(serial=True)))
        session = await tool.running.begun()
        first = await tool.call(sessionId=session)
        assert (first["stepKey"], "taskId" in first) == ("check#0::count", False)
        assert SERIAL_HINT in guided(first)
        assert members(first, "messages", "text") == ["Now a.py."]
        for number in range(3):
            await tool.call(sessionId=session, stepKey=f"check#{number}::count", output=str(number))
            last = await tool.call(sessionId=session, stepKey=f"check#{number}::sure", output="yes")
        assert guided(last) == 'Counts ["0","1","2"].'


async def test_many_values_are_counted_beyond_a_limit(tmp_path: Path) -> None:
    tool = durable(tmp_path, document(prompt("one"), state={f"v{number}": number for number in range(60)}))
    known = part(await tool.call(sessionId=await tool.running.begun()), "recovery", "state")
    assert (len(known), known["..."]) == (51, "10 more")


async def test_a_task_that_ended_is_not_asked_about(tmp_path: Path) -> None:
    task: JsonObject = {
        "description": "Ask.",
        "steps": [prompt("look"), {"id": "sure", "type": "input", "prompt": "?"}],
    }
    step: JsonObject = {"id": "all", "type": "parallel", "branches": [{"task": "ask"}, {"task": "ask"}]}
    tool = durable(tmp_path, document(step, prompt("end"), tasks={"ask": task}))
    session = await tool.running.begun()
    asked = await tool.answer(sessionId=session, stepKey="all#0::look", output="x")
    assert isinstance(asked, Ask)
    assert asked.state == {"asks": "answer", "session": session, "stepKey": "all#0::sure", "task": "all#0"}
    call = SilentCall(over_mcp=True)
    call.state, call.replies = asked.state, {"answer": {"action": "accept", "content": {"value": "yes"}}}
    done = await tool.answer(call, sessionId=session, stepKey="all#0::look", output="x")
    assert isinstance(done, Done)
    assert done.value is not None
    assert (done.value["taskId"], done.value["isComplete"]) == ("all#0", True)
