"""Questions, calls and messages through durable workflow_next: asked, answered, refused with growing guidance."""

from pathlib import Path

import pytest

from engine.errors import ArgumentError, SessionStateError
from engine.sessions.change_family import FireTimers
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, Running
from tests.unit.silent_call import SilentCall
from tests.unit.tools.durable import Durable, part

PORT: JsonObject = {
    "id": "port",
    "type": "input",
    "prompt": "Which port?",
    "kind": "integer",
    "validation": {"min": 1024},
    "store": "port",
}
SETUP = document(
    {"id": "hello", "type": "message", "message": "Welcome to {{ state.app }}.", "level": "success"},
    {"id": "note", "type": "message", "message": "```\nx", "format": "markdown"},
    PORT,
    {"id": "ping", "type": "call", "tool": "db.ping", "parameters": {"port": "{{ state.port }}"}, "store": "ping"},
    prompt("sum", expect={"type": "object", "required": ["ok"]}, context={"ping": "{{ state.ping }}"}, store="sum"),
    prompt("end", prompt="Port {{ state.port }} is {{ state.sum.ok }}."),
    state={"app": "shop"},
)


def durable(folder: Path, *documents: JsonObject) -> Durable:
    """Give the tool over these documents."""
    return Durable(Running(folder, *documents))


def guided(answer: JsonObject) -> str:
    """Give what an answer tells the agent."""
    return str(part(answer, "guidance")["prompt"])


@pytest.fixture
def setup(tmp_path: Path) -> Durable:
    return durable(tmp_path, SETUP)


class TestWalk:
    """One session from the first message to the end."""

    async def test_messages_come_with_the_question_and_go_with_its_answer(self, setup: Durable) -> None:
        session = await setup.running.begun()
        first = await setup.call(sessionId=session)
        assert first["messages"] == [
            {"id": "hello", "text": "Welcome to shop.", "level": "success", "format": "text"},
            {"id": "note", "text": "```\nx\n```", "level": "info", "format": "markdown"},
        ]
        assert guided(first).startswith("First show your user the messages of this answer")
        (warning,) = first["warnings"] if isinstance(first["warnings"], list) else []
        assert warning == "message note: a code fence of its markdown is not closed; it is closed at the end"
        second = await setup.call(sessionId=session, stepKey="port", output="5432")
        assert "messages" not in second
        assert "show your user" not in guided(second)

    async def test_each_step_says_what_to_do_and_its_answer_is_kept(self, setup: Durable) -> None:
        session = await setup.running.begun()
        first = await setup.call(sessionId=session)
        assert first["step"] == {"id": "port", "type": "input", "kind": "integer"}
        assert "Which port?\n\nAsk your user, and report the answer as output" in guided(first)
        call = await setup.call(sessionId=session, stepKey="port", output=5432)
        assert call["step"] == {"id": "ping", "type": "call", "tool": "db.ping", "parameters": {"port": 5432}}
        assert guided(call).startswith("Call the tool db.ping with step.parameters")
        asked = await setup.call(sessionId=session, stepKey="ping", output={"ms": 3})
        assert part(asked, "step")["context"] == {"ping": {"ms": 3}}
        assert part(asked, "guidance")["expect"] == {"type": "object", "required": ["ok"]}
        assert not {"expect", "store"} & part(asked, "step").keys()
        assert guided(asked).endswith("Report as output JSON that fits guidance.expect, and nothing else.")
        last = await setup.call(sessionId=session, stepKey="sum", output='{"ok": true}')
        assert guided(last) == "Port 5432 is true."
        done = await setup.call(sessionId=session, stepKey="end", output="told")
        assert (done["isComplete"], done["step"]) == (True, None)

    async def test_the_same_report_again_gives_the_recorded_answer(self, setup: Durable) -> None:
        session = await setup.running.begun()
        first = await setup.call(sessionId=session, stepKey="port", output="5432")
        await setup.call(sessionId=session, stepKey="ping", output="fine")
        assert await setup.call(sessionId=session, stepKey="port", output="5432") == first
        with pytest.raises(SessionStateError):
            await setup.call(sessionId=session, stepKey="port", output="5433")

    async def test_an_answer_that_does_not_fit_names_the_field_and_leaves_the_step_open(self, setup: Durable) -> None:
        session = await setup.running.begun()
        await setup.call(sessionId=session, stepKey="port", output="5432")
        await setup.call(sessionId=session, stepKey="ping", output="fine")
        refused = await setup.call(sessionId=session, stepKey="sum", output="{}")
        assert (refused["accepted"], refused["stepKey"]) == (False, "sum")
        assert isinstance(refused["issues"], list)
        assert part(refused["issues"][0])["field"] == "ok"
        assert "attemptsLeft" not in refused


class TestAttempts:
    """Wrong answers, up to the last."""

    async def test_guidance_grows_and_attempts_count_down(self, setup: Durable) -> None:
        session = await setup.running.begun()
        first = await setup.call(sessionId=session, stepKey="port", output="80")
        assert (first["accepted"], first["attemptsLeft"]) == (False, 2)
        assert "This is attempt 2 of 3" in guided(first)
        assert "messages" not in first
        assert "messages" in await setup.call(sessionId=session)
        again = await setup.call(sessionId=session, stepKey="port", output="80")
        assert again == first
        second = await setup.call(sessionId=session, stepKey="port", output="high")
        assert second["attemptsLeft"] == 1
        assert "a whole number with a value of at least 1024, for example 1024" in guided(second)
        assert "after another wrong answer the session fails" in guided(second)

    async def test_attempts_used_up_fail_the_session_and_say_why(self, setup: Durable) -> None:
        session = await setup.running.begun()
        for output in ("80", "81"):
            await setup.call(sessionId=session, stepKey="port", output=output)
        failed = await setup.call(sessionId=session, stepKey="port", output="82")
        assert (failed["accepted"], failed["status"], failed["step"]) == (False, "failed", None)
        assert isinstance(failed["issues"], list)
        assert part(failed["issues"][0])["received"] == "integer 82"
        error = part(failed, "error")
        assert (error["type"], error["stepKey"], error["workflowId"]) == ("InputError", "port", "flow")
        assert "workflow_session retry" in guided(failed)
        assert await setup.call(sessionId=session, stepKey="port", output="82") == failed

    @pytest.mark.parametrize(
        ("on_error", "port"),
        [({"strategy": "continue"}, None), ({"strategy": "fallback", "fallbackValue": 4000}, 4000)],
    )
    async def test_what_follows_used_up_attempts_is_the_documents(
        self, tmp_path: Path, on_error: JsonObject, port: Json
    ) -> None:
        step: JsonObject = {**PORT, "maxAttempts": 1, "onError": on_error}
        tool = durable(tmp_path, document(step, prompt("end"), state={}))
        session = await tool.running.begun()
        answer = await tool.call(sessionId=session, stepKey="port", output="80")
        assert (answer["accepted"], answer["stepKey"]) == (False, "end")
        assert (await tool.runner.session(session)).state.variables.get("port") == port
        assert await tool.call(sessionId=session, stepKey="port", output="80") == answer

    async def test_a_question_put_anew_keeps_what_was_wrong(self, tmp_path: Path) -> None:
        on_error: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}}
        tool = durable(tmp_path, document({**PORT, "maxAttempts": 1, "onError": on_error}, prompt("end"), state={}))
        session = await tool.running.begun()
        answer = await tool.call(sessionId=session, stepKey="port", output="80")
        assert (answer["accepted"], answer["step"]) == (False, None)
        assert "is tried again at" in guided(answer)
        assert part(answer, "waitingFor")["kind"] == "timer"
        tool.running.clock.time += 6
        await tool.runner.perform(session, FireTimers(), BY)
        anew = await tool.call(sessionId=session)
        assert anew["stepKey"] == "port+1"
        assert isinstance(anew["issues"], list)
        assert part(anew["issues"][0])["received"] == "integer 80"
        assert "attemptsLeft" not in anew

    async def test_what_the_question_names_and_nobody_knows_is_missing(self, tmp_path: Path) -> None:
        step: JsonObject = {"id": "ask", "type": "input", "prompt": "Which port of {{ state.host }}?"}
        tool = durable(tmp_path, document(step, state={"port": 1}))
        answer = await tool.call(sessionId=await tool.running.begun())
        assert part(answer, "guidance")["missing"] == [{"variable": "state.host"}]

    async def test_nothing_is_stored_before_all_is_right(self, tmp_path: Path) -> None:
        fields: JsonObject = {"fields": [{"name": "host"}, {"name": "port", "kind": "integer"}]}
        step: JsonObject = {"id": "server", "type": "input", "prompt": "Where?", **fields, "store": "server"}
        tool = durable(tmp_path, document(step, prompt("end"), state={"server": "none"}))
        session = await tool.running.begun()
        await tool.call(sessionId=session, stepKey="server", output='{"host": "db", "port": "x"}')
        assert (await tool.runner.session(session)).state.variables == {"server": "none"}
        await tool.call(sessionId=session, stepKey="server", output='{"host": "db", "port": "7"}')
        assert (await tool.runner.session(session)).state.variables == {"server": {"host": "db", "port": 7}}


class TestCalls:
    """Errors that tools return."""

    async def test_a_returned_error_is_an_accepted_report_of_a_failed_step(self, tmp_path: Path) -> None:
        call: JsonObject = {"id": "pay", "type": "call", "tool": "charge"}
        tool = durable(tmp_path, document(call, prompt("end")))
        session = await tool.running.begun()
        answer = await tool.call(sessionId=session, stepKey="pay", output='{"status": "error", "error_code": "NONE"}')
        assert (answer["accepted"], answer["status"]) == (True, "failed")
        assert part(answer, "error")["type"] == "CallError"
        assert "NONE" in str(part(answer, "error")["message"])

    async def test_a_call_that_cannot_be_undone_says_so(self, tmp_path: Path) -> None:
        call: JsonObject = {"id": "pay", "type": "call", "tool": "charge", "irreversible": True}
        answer = await (tool := durable(tmp_path, document(call))).call(sessionId=await tool.running.begun())
        assert part(answer, "step")["irreversible"] is True

    async def test_parameters_without_a_value_fail_the_step_before_it_is_handed_out(self, tmp_path: Path) -> None:
        call: JsonObject = {"id": "pay", "type": "call", "tool": "charge", "parameters": {"n": "{{ state.a.b }}"}}
        tool = durable(tmp_path, document(call, state={"b": 1}))
        answer = await tool.call(sessionId=await tool.running.begun())
        assert answer["status"] == "failed"
        assert part(answer, "error")["type"] == "TemplateError"


class TestArguments:
    """What makes no sense to send."""

    async def test_a_stateless_call_of_such_a_workflow_says_how_to_start_a_session(self, setup: Durable) -> None:
        assert setup.tool.run is not None
        with pytest.raises(ArgumentError) as caught:
            setup.tool.run({"workflowId": "flow", "completedSteps": []}, SilentCall())
        assert "need a session (call, input, message)" in caught.value.details
        assert "workflow_session action=start, workflowId=flow" in caught.value.details

    async def test_a_task_id_does_not_go_with_a_report_or_without_a_session(self, setup: Durable) -> None:
        session = await setup.running.begun()
        for arguments in ({"stepKey": "port", "taskId": "x#1", "output": "1"}, {"taskId": "x#1"}):
            with pytest.raises(ArgumentError):
                await setup.call(sessionId=session, **arguments)

    async def test_reading_tells_inputs_state_and_computed_fields(self, tmp_path: Path) -> None:
        computed: JsonObject = {"twice": {"from": "state.n", "expression": "input * 2"}}
        tool = durable(
            tmp_path, document(PORT, state={"n": 2, "files": list(range(300)), "text": "x" * 300}, computed=computed)
        )
        found = part(await tool.call(sessionId=await tool.running.begun()), "recovery")
        assert found["state"] == {"n": 2, "files": "a list of 300", "text": "x" * 199 + "…"}
        assert found["computed"] == {"twice": 4}
