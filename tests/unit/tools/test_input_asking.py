"""The user is asked in the call that comes to a question: what the form shows, and what becomes of each reply."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.errors import SessionStateError
from engine.sessions.step_family import StepRefused, StepReported
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import Running
from tests.unit.silent_call import SilentCall
from tests.unit.tools.durable import Durable, part
from tools.contract import Ask, Done
from tools.input_asking import ANSWER, MAX_CHOICES, MAX_FIELDS, asking

PORT: JsonObject = {
    "id": "port",
    "type": "input",
    "prompt": "Which port of {{ state.host }}?",
    "kind": "integer",
    "validation": {"min": 1024, "max": 9999},
    "store": "port",
}


def durable(folder: Path, *steps: JsonObject, **keys: Json) -> Durable:
    """Give the tool over a workflow of these steps behind a first one."""
    known: JsonObject = {"state": {"host": "db"}, **keys}
    return Durable(Running(folder, document(prompt("first"), *steps, prompt("end"), **known)))


async def came(tool: Durable) -> tuple[str, Ask]:
    """Begin a session and report its first step, which leads to a question."""
    session = await tool.running.begun()
    answer = await tool.answer(sessionId=session, stepKey="first", output="done")
    assert isinstance(answer, Ask), answer
    return session, answer


def form(ask: Ask) -> JsonObject:
    """Give the fields of the form."""
    schema = ask.questions[ANSWER].params["requestedSchema"]
    assert isinstance(schema, dict)
    return part(schema, "properties")


def text(ask: Ask) -> str:
    return str(ask.questions[ANSWER].params["message"])


async def reply(tool: Durable, session: str, ask: Ask, said: Mapping[str, Json] | None) -> Done | Ask:
    """Come back with the client's reply to the same report."""
    call = SilentCall(over_mcp=True)
    call.state = ask.state
    call.replies = {} if said is None else {ANSWER: dict(said)}
    return await tool.answer(call, sessionId=session, stepKey="first", output="done")


def accept(**content: Json) -> JsonObject:
    return {"action": "accept", "content": content}


def value(answer: Done | Ask) -> JsonObject:
    done = answer.otherwise if isinstance(answer, Ask) else answer
    assert done.value is not None
    return done.value


class TestForm:
    """What the user sees."""

    async def test_the_form_has_the_question_its_bounds_and_who_cannot_be_asked_has_the_agent(
        self, tmp_path: Path
    ) -> None:
        session, ask = await came(durable(tmp_path, PORT))
        question = ask.questions[ANSWER]
        assert question.method == "elicitation/create"
        assert text(ask) == "Which port of db?"
        assert question.params["requestedSchema"] == {
            "type": "object",
            "properties": {
                "value": {
                    "type": "integer",
                    "title": "port",
                    "description": "a whole number with a value of at least 1024 and a value of at most 9999",
                    "minimum": 1024,
                    "maximum": 9999,
                }
            },
            "required": ["value"],
        }
        assert ask.state == {"asks": ANSWER, "session": session, "stepKey": "port", "task": ""}
        told = value(ask)
        assert (told["accepted"], told["stepKey"]) == (True, "port")

    async def test_the_messages_before_the_question_stand_above_it_without_control_characters(
        self, tmp_path: Path
    ) -> None:
        message: JsonObject = {"id": "hello", "type": "message", "message": "Hello\n\u001b[31mred"}
        _, ask = await came(durable(tmp_path, message, PORT))
        assert text(ask) == "Hello\n\\x1b[31mred\nWhich port of db?"

    async def test_several_fields_are_one_form_with_defaults_and_choices(self, tmp_path: Path) -> None:
        fields: list[Json] = [
            {
                "name": "region",
                "kind": "choice",
                "choices": ["eu", 7],
                "default": "eu",
                "prompt": "At {{ state.host }}",
            },
            {"name": "name", "validation": {"minLength": 2, "maxLength": 9, "pattern": "^[a-z]+$"}},
            {"name": "tls", "kind": "boolean", "default": True},
            {"name": "note", "required": False},
            {"name": "odd", "required": False, "default": None},
        ]
        step: JsonObject = {"id": "server", "title": "Server", "type": "input", "prompt": "Where?", "fields": fields}
        _, ask = await came(durable(tmp_path, step))
        shown = form(ask)
        assert shown["region"] == {
            "type": "string",
            "title": "region",
            "description": "At db (one of eu, 7)",
            "enum": ["eu", "7"],
            "default": "eu",
        }
        assert part(shown, "name")["minLength"] == 2
        assert part(shown, "name")["maxLength"] == 9
        assert "a match of /^[a-z]+$/" in str(part(shown, "name")["description"])
        assert part(shown, "tls")["default"] is True
        assert "default" not in part(shown, "odd")
        assert part(ask.questions[ANSWER].params, "requestedSchema")["required"] == ["name"]

    @pytest.mark.parametrize(
        "keys",
        [
            {"kind": "json"},
            {"kind": "choice", "choices": [[1], [2]]},
            {"kind": "choice", "choices": list(range(MAX_CHOICES + 1))},
            {"fields": [{"name": f"f{number}"} for number in range(MAX_FIELDS + 1)]},
            {"fields": [{"name": "a"}, {"name": "b", "visibleWhen": "a === 'x'"}]},
            {"fields": [{"name": "a", "visibleWhen": "state.none"}]},
            {"requireConfirmation": True},
        ],
    )
    async def test_what_no_flat_form_can_ask_is_left_to_the_agent(self, tmp_path: Path, keys: JsonObject) -> None:
        tool = durable(tmp_path, {"id": "port", "type": "input", "prompt": "Which?", **keys})
        session = await tool.running.begun()
        answer = await tool.answer(sessionId=session, stepKey="first", output="done")
        assert isinstance(answer, Done)
        assert value(answer)["stepKey"] == "port"

    async def test_a_question_as_long_as_a_book_is_cut_in_the_middle(self, tmp_path: Path) -> None:
        lines = "\n".join(f"line {number}" for number in range(300))
        _, ask = await came(durable(tmp_path, {**PORT, "prompt": lines}))
        assert len(text(ask).splitlines()) == 101
        assert text(ask).endswith("line 299")

    async def test_a_read_and_a_refused_report_ask_nobody(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, _ = await came(tool)
        assert isinstance(await tool.answer(sessionId=session), Done)
        assert isinstance(await tool.answer(sessionId=session, stepKey="port", output="1"), Done)
        assert isinstance(await tool.answer(sessionId=session, stepKey="first", output="done"), Done)


class TestReplies:
    """What comes back."""

    async def test_an_answer_is_reported_and_the_session_goes_on(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, ask = await came(tool)
        answer = value(await reply(tool, session, ask, accept(value=5432)))
        assert (answer["accepted"], answer["stepKey"]) == (True, "end")
        assert (await tool.runner.session(session)).state.variables["port"] == 5432
        assert [each.by for each in await tool.runner.log(session)][-1] == "elicitation"

    async def test_the_same_reply_again_changes_nothing(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, ask = await came(tool)
        first = value(await reply(tool, session, ask, accept(value=5432)))
        assert value(await reply(tool, session, ask, accept(value=5432))) == first

    async def test_a_reply_that_comes_when_the_agent_was_quicker_is_refused(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, ask = await came(tool)
        await tool.call(sessionId=session, stepKey="port", output="2000")
        with pytest.raises(SessionStateError) as caught:
            await reply(tool, session, ask, accept(value=5432))
        assert caught.value.data()["reason"] == "not_open"

    async def test_a_wrong_answer_is_asked_for_again_with_what_was_wrong(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, ask = await came(tool)
        again = await reply(tool, session, ask, accept(value=80))
        assert isinstance(again, Ask)
        assert text(again).splitlines()[1:] == [
            "The last answer was not taken:",
            f"- The answer must have a value of at least 1024. ({part(form(again), 'value')['description']})",
        ]
        assert value(again)["attemptsLeft"] == 2
        assert value(await reply(tool, session, again, accept(value=2000)))["stepKey"] == "end"

    async def test_attempts_used_up_end_the_questions(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, {**PORT, "maxAttempts": 2, "onError": {"strategy": "continue"}})
        session, ask = await came(tool)
        again = await reply(tool, session, ask, accept(value=80))
        assert isinstance(again, Ask)
        last = await reply(tool, session, again, accept(value=81))
        assert isinstance(last, Done)
        assert value(last)["stepKey"] == "end"
        log = await tool.runner.log(session)
        assert len([each for each in log if isinstance(each.event, StepRefused)]) == 2

    async def test_nothing_is_asked_while_the_question_waits_to_be_put_anew(self, tmp_path: Path) -> None:
        on_error: JsonObject = {"strategy": "retry", "backoff": {"initial": 60}}
        tool = durable(tmp_path, {**PORT, "maxAttempts": 1, "onError": on_error})
        session, ask = await came(tool)
        answer = await reply(tool, session, ask, accept(value=80))
        assert isinstance(answer, Done)
        assert part(value(answer), "waitingFor")["kind"] == "timer"

    @pytest.mark.parametrize("said", [{"action": "decline"}, {"action": "cancel"}, {"action": "accept"}, {}])
    async def test_a_question_that_is_closed_records_nothing_and_the_agent_asks(
        self, tmp_path: Path, said: JsonObject
    ) -> None:
        tool = durable(tmp_path, PORT)
        session, ask = await came(tool)
        before = len(await tool.runner.log(session))
        answer = await reply(tool, session, ask, said)
        assert isinstance(answer, Done)
        assert (value(answer)["accepted"], value(answer)["stepKey"]) == (True, "port")
        assert "Ask your user" in str(part(value(answer), "guidance")["prompt"])
        assert len(await tool.runner.log(session)) == before

    async def test_a_reply_that_is_missing_is_asked_for_again(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, ask = await came(tool)
        assert await reply(tool, session, ask, None) == ask

    async def test_one_question_follows_another(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT, {"id": "name", "type": "input", "prompt": "Its name?", "store": "name"})
        session, ask = await came(tool)
        second = await reply(tool, session, ask, accept(value=5432))
        assert isinstance(second, Ask)
        assert text(second) == "Its name?"
        assert value(await reply(tool, session, second, accept(value="main")))["stepKey"] == "end"

    async def test_fields_left_empty_are_left_out(self, tmp_path: Path) -> None:
        fields: list[Json] = [{"name": "host"}, {"name": "port", "kind": "integer", "default": 80}]
        step: JsonObject = {"id": "server", "type": "input", "prompt": "?", "fields": fields, "store": "server"}
        tool = durable(tmp_path, step)
        session, ask = await came(tool)
        await reply(tool, session, ask, accept(host="db", port=""))
        assert (await tool.runner.session(session)).state.variables["server"] == {"host": "db", "port": 80}

    async def test_an_optional_answer_left_empty_is_nothing(self, tmp_path: Path) -> None:
        step: JsonObject = {"id": "note", "type": "input", "prompt": "?", "required": False, "store": "note"}
        tool = durable(tmp_path, step)
        session, ask = await came(tool)
        assert value(await reply(tool, session, ask, accept(value="")))["stepKey"] == "end"
        log = await tool.runner.log(session)
        assert any(isinstance(each.event, StepReported) and each.event.output is None for each in log)

    async def test_a_session_that_ended_meanwhile_asks_nothing(self, tmp_path: Path) -> None:
        tool = durable(tmp_path, PORT)
        session, _ = await came(tool)
        found = await tool.runner.session(session)
        paused = found._replace(state=found.state._replace(status=found.state.status.PAUSED))
        assert asking(paused, Done({})) == Done({})
