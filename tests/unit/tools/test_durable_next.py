"""workflow_next on sessions: what an answer holds, what is refused, and how small an answer is."""

import json
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from engine.errors import ArgumentError, SessionStateError
from engine.runner import Performed
from engine.sessions.phase_family import RetryPhase
from engine.sessions.session_family import PauseSession, ResumeSession
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.running import BY, VERIFIED, Running, phase, phased
from tests.unit.silent_call import SilentCall
from tools.arguments import Arguments
from tools.contract import Ask, Done, Tool
from tools.workflow_next import make

GATE: JsonObject = {
    "maxAttempts": 3,
    "evidence": {
        "tests": {"type": "integer", "description": "How many passed", "example": 3, "validators": []},
        "notes": {"type": "string", "required": False, "description": "What was odd"},
    },
    "rules": [{"expression": "evidence.tests > 1", "message": "More than one test."}],
}
PHASES = phased(
    phase(1, [prompt("look", prompt="Look at {{target}}."), prompt("mend")], GATE),
    phase(2, [prompt("tell", requireConfirmation=True)]),
)
PLAIN = document(
    prompt("one", agentRole="You are a careful tester.", guidance=["Be brief."]),
    prompt("two", validationCriteria=[{"type": "contains", "value": "done", "message": "Say done."}]),
    prompt("three"),
)
LEAN = 80
"""Tokens (bytes / 4) an ordinary answer may add to its prompt."""


class Durable:
    """The tool over a runner, called as a server calls it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.runner = running.runner
        self.tool: Tool = make(running.books, running.runner)
        self.rules = Arguments(self.tool.input_schema)

    async def answer(self, call: SilentCall | None = None, /, **arguments: Json) -> Done | Ask:
        prepared = self.rules.prepare(json.loads(json.dumps(arguments)))
        assert isinstance(prepared, dict), prepared
        assert self.tool.run_waiting is not None
        assert self.tool.may_wait(arguments)
        return await self.tool.run_waiting(prepared, call or SilentCall())

    async def call(self, **arguments: Json) -> JsonObject:
        """Give the answer, of a client that cannot be asked."""
        answer = await self.answer(**arguments)
        done = answer.otherwise if isinstance(answer, Ask) else answer
        assert done.value is not None
        assert_no_stray_nulls(done.value)
        return done.value


def assert_no_stray_nulls(value: Json, name: str = "") -> None:
    """Absent is absent: only step, total and percent may be null."""
    assert value is not None or name in {"step", "total", "percent"}, name
    if isinstance(value, Mapping):
        for key, inner in value.items():
            assert_no_stray_nulls(inner, key)


def part(value: Json, *names: str) -> JsonObject:
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    assert isinstance(value, dict)
    return value


@pytest.fixture
def plain(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, PLAIN))


@pytest.fixture
def phases(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, PHASES))


async def to_gate(durable: Durable) -> str:
    """Begin PHASES and report the tasks of phase 1."""
    session = await durable.running.begun("phased", context={"target": "it"})
    await durable.call(sessionId=session, stepKey="look", output="seen")
    await durable.call(sessionId=session, stepKey="mend", output="mended")
    return session


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


class TestGates:
    """A phase's gate comes as a step."""

    async def test_the_gate_says_what_it_asks_for(self, phases: Durable) -> None:
        session = await to_gate(phases)
        answer = await phases.call(sessionId=session)
        assert answer["stepKey"] == "gate:1"
        assert answer["step"] == {"id": "gate:1", "type": "gate", "title": "Phase 1"}
        assert part(answer, "guidance")["evidence"] == [
            {"field": "tests", "type": "integer", "required": True, "description": "How many passed", "example": 3},
            {"field": "notes", "type": "string", "required": False, "description": "What was odd"},
        ]
        assert part(answer, "guidance")["rules"] == ["More than one test."]
        assert part(answer, "recovery")["phase"] == {"number": 1, "title": "Phase 1"}

    async def test_evidence_that_fails_is_refused_with_attempts_left_until_the_session_fails(
        self, phases: Durable
    ) -> None:
        session = await to_gate(phases)
        for left, tests in ((2, 0), (1, 1)):
            answer = await phases.call(sessionId=session, stepKey="gate:1", evidence={"tests": tests})
            assert (answer["accepted"], answer["attemptsLeft"]) == (False, left)
        failed = await phases.call(sessionId=session, stepKey="gate:1", evidence={"tests": -1})
        assert (failed["status"], failed["accepted"], failed["step"]) == ("failed", False, None)
        assert "stepKey" not in failed
        assert "retry_phase" in str(part(failed, "guidance")["prompt"])
        assert part(failed, "error")["message"]
        with pytest.raises(SessionStateError) as refused:
            await phases.call(sessionId=session, stepKey="gate:1", evidence={"tests": 5})
        assert (refused.value.reason, refused.value.data()["open"]) == ("finished", [])
        await phases.runner.perform(session, RetryPhase(1, reset_evidence=False), BY)
        passed = await phases.call(sessionId=session, stepKey="gate:1", evidence={"tests": 5})
        assert (passed["accepted"], passed["stepKey"]) == (True, "tell")

    async def test_what_a_lenient_gate_lets_pass_is_told_with_the_answer_and_again(self, tmp_path: Path) -> None:
        lenient = phased(phase(1, [prompt("look")], {**GATE, "strict": False}), phase(2, [prompt("tell")]))
        durable = Durable(Running(tmp_path, lenient))
        session = await durable.running.begun("phased")
        await durable.call(sessionId=session, stepKey="look", output="x")
        passed = await durable.call(sessionId=session, stepKey="gate:1", evidence={"tests": 0})
        assert passed["accepted"] is True
        assert "More than one test." in json.dumps(passed["warnings"])
        await durable.call(sessionId=session, stepKey="tell", output="x")
        assert await durable.call(sessionId=session, stepKey="gate:1", evidence={"tests": 0}) == passed

    async def test_evidence_that_is_too_large_is_refused(self, phases: Durable) -> None:
        session = await to_gate(phases)
        with pytest.raises(ArgumentError) as refused:
            await phases.call(sessionId=session, stepKey="gate:1", evidence={"notes": "x" * 11_000_000})
        assert refused.value.path == "evidence"
        assert "too large" in refused.value.details

    async def test_an_override_without_a_comment_or_where_the_gate_allows_none_is_refused(self, tmp_path: Path) -> None:
        for allows, fitting in ((False, "no override"), (True, "comment")):
            flow = phased(phase(1, [prompt("look")], {**GATE, "allowOverride": allows}), phase(2, [prompt("tell")]))
            durable = Durable(Running(tmp_path, flow))
            session = await durable.running.begun("phased")
            await durable.call(sessionId=session, stepKey="look", output="x")
            with pytest.raises(ArgumentError, match="approval") as refused:
                await durable.call(
                    sessionId=session, stepKey="gate:1", evidence={"tests": 0}, approval={"decision": "override"}
                )
            assert fitting in refused.value.details

    async def test_what_a_gate_or_step_does_not_say_is_left_out(self, tmp_path: Path) -> None:
        gate: JsonObject = {"evidence": {"tests": {"type": "integer"}}}
        flow = phased(phase(1, [prompt("look", artifacts=["{{name}}.md", "b.md"], evidence=gate)]))
        durable = Durable(Running(tmp_path, flow))
        read = await durable.call(sessionId=await durable.running.begun("phased", context={"name": "a"}))
        assert part(read, "step")["artifacts"] == ["a.md", "b.md"]
        assert part(read, "guidance") == {
            "prompt": "Do look.",
            "evidence": [{"field": "tests", "type": "integer", "required": True}],
        }

    async def test_a_missing_list_is_asked_for_without_values(self, tmp_path: Path) -> None:
        durable = Durable(Running(tmp_path, document(loop("rep", each("files"), [prompt("aaa")]))))
        session = await durable.running.begun()
        read = await durable.call(sessionId=session)
        assert part(read, "guidance")["missing"] == [{"variable": "files"}]
        key = read["stepKey"]
        given = await durable.call(sessionId=session, stepKey=key, context={"files": ["a"]})
        assert given["stepKey"] == "rep@0::aaa"


class TestRefusals:
    """Calls that make no sense."""

    @pytest.mark.parametrize("name", ["workflowId", "completedSteps", "currentStep"])
    async def test_the_two_forms_do_not_mix(self, plain: Durable, name: str) -> None:
        value: Json = [] if name == "completedSteps" else "flow"
        with pytest.raises(ArgumentError) as refused:
            await plain.call(sessionId="wf_x", **{name: value})
        assert refused.value.path == name

    @pytest.mark.parametrize("name", ["output", "evidence", "context", "approval"])
    async def test_a_report_names_its_step(self, plain: Durable, name: str) -> None:
        with pytest.raises(ArgumentError) as refused:
            await plain.call(sessionId=await plain.running.begun(), **{name: {}})
        assert refused.value.path == name
        assert "stepKey" in refused.value.details

    @pytest.mark.parametrize("session", ["../x", "", "A", "wf_" + "a" * 62, "wf_a\n"])
    async def test_an_id_of_the_wrong_form_is_a_wrong_argument(self, plain: Durable, session: str) -> None:
        for arguments in ({}, {"stepKey": "one"}):
            with pytest.raises(ArgumentError, match="sessionId") as refused:
                await plain.call(sessionId=session, **arguments)
            assert "Invalid session_id format" in refused.value.details

    async def test_a_session_that_is_not_there_is_not_found(self, plain: Durable) -> None:
        with pytest.raises(SessionStateError) as refused:
            await plain.call(sessionId="wf_none")
        assert refused.value.data() == {"sessionId": "wf_none", "reason": "not_found"}

    @pytest.mark.requirement("SESS-1")
    async def test_a_step_that_is_not_open_names_the_one_that_is_and_a_call_that_works(self, plain: Durable) -> None:
        session = await plain.running.begun()
        with pytest.raises(SessionStateError) as refused:
            await plain.call(sessionId=session, stepKey="two", output="x")
        assert refused.value.data() == {"sessionId": session, "reason": "not_open", "stepKey": "two", "open": ["one"]}
        assert session in refused.value.message()
        await plain.call(sessionId=session, stepKey="one", output="x")
        with pytest.raises(SessionStateError) as other:
            await plain.call(sessionId=session, stepKey="one", output="y")
        assert other.value.reason == "not_open"

    async def test_a_paused_session_is_read_and_takes_no_report(self, plain: Durable) -> None:
        session = await plain.running.begun()
        await plain.runner.perform(session, PauseSession("lunch"), BY)
        read = await plain.call(sessionId=session)
        assert (read["status"], read["step"]) == ("paused", None)
        assert "resume" in str(part(read, "guidance")["prompt"])
        assert part(read, "recovery")["note"] == "lunch"
        assert part(read, "recovery")["stoppedAt"] == "one"
        with pytest.raises(SessionStateError) as refused:
            await plain.call(sessionId=session, stepKey="one", output="x")
        assert refused.value.reason == "paused"
        assert isinstance(await plain.runner.perform(session, ResumeSession(), BY), Performed)
        assert (await plain.call(sessionId=session, stepKey="one", output="x"))["stepKey"] == "two"

    @pytest.mark.parametrize(
        "approval",
        [{}, {"decision": "yes"}, {"decision": "approve", "who": "me"}, {"decision": "approve", "comment": 7}],
    )
    async def test_an_approval_of_the_wrong_form_is_refused(self, phases: Durable, approval: JsonObject) -> None:
        session = await phases.running.begun("phased")
        with pytest.raises(ArgumentError) as refused:
            await phases.call(sessionId=session, stepKey="look", output="x", approval=approval)
        assert refused.value.path.startswith("approval/")


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
    assert "sessions approve" in json.dumps(answer["issues"])
