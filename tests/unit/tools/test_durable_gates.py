"""workflow_next on sessions: the gate of a phase, and the gate of a step."""

import json
from pathlib import Path

import pytest

from engine.errors import ArgumentError, SessionStateError
from engine.sessions.phase_family import RetryPhase
from schema.values import JsonObject
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.running import BY, Running, phase, phased
from tests.unit.tools.durable import GATE, PHASES, Durable, part, to_gate


@pytest.fixture
def phases(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, PHASES))


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
