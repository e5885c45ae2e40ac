"""workflow_next on sessions: what an answer holds, and how small it is."""

import json
from pathlib import Path

import orjson
import pytest

from engine.errors import ArgumentError
from schema.values import Json
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.running import VERIFIED, Running
from tests.unit.tools.durable import PLAIN, Durable, part

LEAN = 80
"""Tokens (bytes / 4) an ordinary answer may add to its prompt."""


@pytest.fixture
def plain(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, PLAIN))


class TestAnswers:
    """What is in an answer, in every place a session may stand."""

    async def test_a_report_is_answered_with_the_next_step(self, plain: Durable) -> None:
        session = await plain.running.begun()
        answer = await plain.call(sessionId=session, stepKey="one", output="seen")
        assert answer == {
            "sessionId": session,
            "status": "running",
            "accepted": True,
            "stepKey": "two",
            "step": {
                "id": "two",
                "type": "prompt",
                "title": "Title of two",
                "validationCriteria": [{"type": "contains", "value": "done", "message": "Say done."}],
            },
            "guidance": {"prompt": "Do two."},
            "progress": {"done": 1, "total": 3, "percent": 33},
            "isComplete": False,
        }

    @pytest.mark.requirement("SESS-3")
    async def test_a_read_changes_nothing_and_tells_what_is_needed_to_go_on(self, plain: Durable) -> None:
        session = await plain.running.begun()
        await plain.call(sessionId=session, stepKey="one", output="I saw it.\nAnd more.")
        before = await plain.running.store.read(session)
        answer = await plain.call(sessionId=session)
        assert "accepted" not in answer
        assert answer["stepKey"] == "two"
        assert answer["recovery"] == {
            "workflow": "Flow",
            "done": [{"stepKey": "one", "line": "I saw it."}],
        }
        assert await plain.running.store.read(session) == before

    async def test_the_prompt_stands_in_guidance_alone_with_role_and_rules_before_it(self, plain: Durable) -> None:
        answer = await plain.call(sessionId=await plain.running.begun())
        text = part(answer, "guidance")["prompt"]
        assert isinstance(text, str)
        assert text.index("careful tester") < text.index("Be brief") < text.index("Do one.")
        assert set(part(answer, "step")) == {"id", "type", "title"}

    async def test_the_end_is_said(self, plain: Durable) -> None:
        session = await plain.running.begun()
        for key, output in (("one", "a"), ("two", "done"), ("three", "c")):
            answer = await plain.call(sessionId=session, stepKey=key, output=output)
        assert (answer["status"], answer["isComplete"], answer["step"]) == ("completed", True, None)
        assert "stepKey" not in answer
        assert answer["progress"] == {"done": 3, "total": 3, "percent": 100}
        assert "complete" in str(part(answer, "guidance")["prompt"])

    async def test_values_stand_in_texts_and_what_has_none_is_named(self, tmp_path: Path) -> None:
        flow = document(
            prompt("one", title="Look at {{name}}", prompt="See {{name}} and {{other}}.", askForFiles=True),
            loop("rep", each("files"), [prompt("aaa", requires={"extra": "string"})]),
        )
        durable = Durable(Running(tmp_path, flow))
        session = await durable.running.begun(context={"name": "it", "files": ["a.md", "b.md"]})
        read = await durable.call(sessionId=session)
        assert part(read, "step")["title"] == "Look at it"
        assert part(read, "guidance") == {"prompt": "See it and {{other}}.", "missing": [{"variable": "other"}]}
        answer = await durable.call(sessionId=session, stepKey="one", output="x")
        assert answer["stepKey"] == "rep@0::aaa"
        assert "pass 1 of 2" in str(part(answer, "guidance")["prompt"])
        assert part(answer, "guidance")["missing"] == [{"variable": "extra"}]
        assert part(answer, "progress")["loop"] == {"id": "rep", "pass": 1, "total": 2}

    async def test_missing_variables_are_asked_for_and_taken(self, tmp_path: Path) -> None:
        flow = document(prompt("one"), prompt("two", runCondition={"var": "kind", "equals": "x"}), prompt("three"))
        durable = Durable(Running(tmp_path, flow))
        session = await durable.running.begun()
        answer = await durable.call(sessionId=session, stepKey="one", output="x")
        assert (answer["status"], answer["step"], answer["stepKey"]) == ("waiting", None, "two")
        assert part(answer, "guidance")["missing"] == [{"variable": "kind", "values": ["x"]}]
        assert answer["waitingFor"] == {"kind": "variable", "stepKey": "two"}
        refused = await durable.call(sessionId=session, stepKey="two")
        assert refused["accepted"] is False
        assert "kind" in json.dumps(refused["issues"])
        given = await durable.call(sessionId=session, stepKey="two", context={"kind": "x"})
        assert (given["accepted"], given["stepKey"], part(given, "step")["id"]) == (True, "two", "two")

    async def test_a_refused_report_says_what_to_change_and_the_same_again_says_the_same(self, plain: Durable) -> None:
        session = await plain.running.begun()
        await plain.call(sessionId=session, stepKey="one", output="x")
        refused = await plain.call(sessionId=session, stepKey="two", output="nope")
        assert (refused["accepted"], refused["stepKey"]) == (False, "two")
        assert "Say done." in json.dumps(refused["issues"])
        version = (await plain.runner.session(session)).state.version
        assert await plain.call(sessionId=session, stepKey="two", output="nope") == refused
        assert (await plain.runner.session(session)).state.version == version
        read = await plain.call(sessionId=session)
        assert read["issues"] == refused["issues"]
        error = part(part(read, "recovery"), "lastError")
        assert set(error) == {"phase", "message", "remediation"}
        accepted = await plain.call(sessionId=session, stepKey="two", output="done")
        assert "issues" not in accepted
        read = await plain.call(sessionId=session)
        assert part(part(read, "recovery"), "lastError") == {
            "phase": 2,
            "message": error["message"],
            "mended": True,
        }

    async def test_any_json_may_be_an_output(self, plain: Durable) -> None:
        session = await plain.running.begun()
        await plain.call(sessionId=session, stepKey="one", output={"found": [1, "ä"]})
        (line,) = (await plain.runner.session(session)).state.reports.values()
        assert line.line == '{"found":[1,"ä"]}'
        deep: Json = []
        for _ in range(70):
            deep = [deep]
        with pytest.raises(ArgumentError) as refused:
            await plain.call(sessionId=session, stepKey="two", output=deep)
        assert refused.value.path == "output"


class TestRecovery:
    """A read after everything was forgotten."""

    async def test_it_is_bounded_whatever_the_session_did(self, tmp_path: Path) -> None:
        flow = document(loop("rep", each("files"), [prompt("aaa")]), prompt("zzz"), metaGuidance=["Never guess."])
        durable = Durable(Running(tmp_path, flow))
        session = await durable.running.begun(context={"files": ["f"] * 10})
        monkey = "x" * 5000
        for number in range(10):
            await durable.call(sessionId=session, stepKey=f"rep@{number}::aaa", output=monkey)
        read = await durable.call(sessionId=session)
        recovery = part(read, "recovery")
        assert recovery["rules"] == ["Never guess."]
        assert isinstance(recovery["done"], list)
        assert len(recovery["done"]) == 10
        assert len(orjson.dumps(recovery)) < 10 * 300

    async def test_of_many_finished_steps_the_latest_are_told_and_the_others_counted(self, tmp_path: Path) -> None:
        flow = document(loop("rep", each("files", maxIterations=100), [prompt("aaa")]), prompt("zzz"))
        durable = Durable(Running(tmp_path, flow))
        session = await durable.running.begun(context={"files": ["f"] * 60})
        for number in range(60):
            await durable.call(sessionId=session, stepKey=f"rep@{number}::aaa", output="x")
        recovery = part(await durable.call(sessionId=session), "recovery")
        assert isinstance(recovery["done"], list)
        assert (len(recovery["done"]), recovery["earlier"]) == (50, 10)


@pytest.mark.requirement("SESS-7")
async def test_an_ordinary_answer_adds_few_tokens_to_its_prompt(plain: Durable) -> None:
    session = await plain.running.begun()
    for key, output in (("one", "x"), ("two", "done")):
        answer = await plain.call(sessionId=session, stepKey=key, output=output)
    text = part(answer, "guidance")["prompt"]
    assert isinstance(text, str)
    overhead = (len(orjson.dumps(answer)) - len(text.encode())) / 4
    assert overhead <= LEAN, answer


async def test_verified_sessions_say_that_a_code_is_needed(tmp_path: Path) -> None:
    durable = Durable(Running(tmp_path, document(prompt("one", requireConfirmation=True)), policy=VERIFIED))
    session = await durable.running.begun()
    read = await durable.call(sessionId=session)
    assert part(read, "guidance")["requiresConfirmation"] is True
    answer = await durable.call(sessionId=session, stepKey="one", output="x")
    assert (answer["accepted"], answer["status"]) == (False, "waiting")
    assert answer["waitingFor"] == {"kind": "confirmation", "stepKey": "one"}
    assert f"sessions approve {session}" in json.dumps(answer["issues"])
