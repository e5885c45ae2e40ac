"""A person's word proven by a one-time code."""

from pathlib import Path

import pytest

from engine.errors import ArgumentError
from engine.runner import Performed
from engine.sessions.codes import LIFETIME, hashed
from engine.sessions.session_family import IssueCode
from engine.sessions.step_family import StepReported
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import VERIFIED, Running
from tests.unit.tools.approving import CONFIRMED, REPORT, accepted, answered, asked, happened, replying
from tests.unit.tools.durable import Durable

CODE = "ABCD2345"
SALT = "00ff"


@pytest.fixture
def verified(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, CONFIRMED, policy=VERIFIED))


async def issue_code(durable: Durable, session: str, code: str = CODE) -> None:
    outcome = await durable.runner.perform(session, IssueCode(SALT, hashed(code, SALT)), "person")
    assert isinstance(outcome, Performed)


@pytest.mark.requirement("PEOPLE-3")
class TestCodes:
    """approvals = verified: nobody's word counts without a one-time code."""

    async def test_the_form_asks_for_the_code(self, verified: Durable) -> None:
        question = (await asked(verified, await verified.running.begun())).questions["approval"]
        form = question.params["requestedSchema"]
        assert isinstance(form, dict)
        assert form["required"] == ["decision", "code"]

    async def test_a_word_without_a_code_does_not_count_whoever_brings_it(self, verified: Durable) -> None:
        session = await verified.running.begun()
        question = await asked(verified, session)
        with pytest.raises(ArgumentError) as refused:
            await answered(verified, replying(question, accepted(decision="approve")), session)
        assert refused.value.path == "approval"
        with pytest.raises(ArgumentError):
            await verified.call(sessionId=session, **REPORT, approval={"decision": "approve", "comment": "yes"})
        assert await happened(verified, session, StepReported) == []

    @pytest.mark.parametrize("typed", [CODE, "abcd-2345", " ABCD 2345 "])
    async def test_the_right_code_counts_once(self, verified: Durable, typed: str) -> None:
        session = await verified.running.begun()
        question = await asked(verified, session)
        await issue_code(verified, session)
        answer = await answered(verified, replying(question, accepted(decision="approve", code=typed)), session)
        assert answer["accepted"] is True
        (event,) = await happened(verified, session, StepReported)
        assert isinstance(event, StepReported)
        assert event.approval is not None
        assert event.approval.how == "code"
        await verified.call(sessionId=session, stepKey="two", output="x")
        with pytest.raises(ArgumentError):
            await verified.call(
                sessionId=session, stepKey="three", output="x", approval={"decision": "approve", "code": typed}
            )

    async def test_an_agent_may_bring_its_users_code(self, verified: Durable) -> None:
        session = await verified.running.begun()
        await issue_code(verified, session)
        answer = await verified.call(sessionId=session, **REPORT, approval={"decision": "approve", "code": CODE})
        assert answer["accepted"] is True

    async def test_a_wrong_code_is_counted_and_after_five_the_right_one_is_spent(self, verified: Durable) -> None:
        session = await verified.running.begun()
        await issue_code(verified, session)
        for left in ("4 more", "3 more", "2 more", "1 more", "a new one"):
            wrong = await verified.call(
                sessionId=session, **REPORT, approval={"decision": "approve", "code": "ZZZZ9999"}
            )
            assert (wrong["accepted"], wrong["stepKey"]) == (False, "one")
            assert left in str(wrong["issues"])
        with pytest.raises(ArgumentError):
            await verified.call(sessionId=session, **REPORT, approval={"decision": "approve", "code": CODE})
        assert await happened(verified, session, StepReported) == []

    async def test_a_code_expires(self, verified: Durable) -> None:
        session = await verified.running.begun()
        await issue_code(verified, session)
        verified.running.clock.time += LIFETIME
        with pytest.raises(ArgumentError, match="approval"):
            await verified.call(sessionId=session, **REPORT, approval={"decision": "approve", "code": CODE})

    async def test_a_code_holds_for_its_step_and_session_only(self, verified: Durable) -> None:
        session = await verified.running.begun()
        await issue_code(verified, session)
        other = await verified.running.begun()
        with pytest.raises(ArgumentError):
            await verified.call(sessionId=other, **REPORT, approval={"decision": "approve", "code": CODE})

    async def test_a_step_of_a_task_has_a_code_of_its_own_asked_for_by_its_step_key(self, tmp_path: Path) -> None:
        task: JsonObject = {"description": "Check.", "steps": [prompt("see", requireConfirmation=True)]}
        spread: JsonObject = {"id": "all", "type": "parallel", "items": [1, 2], "task": "check"}
        source: JsonObject = {**document(spread), "tasks": {"check": task}, "schemaVersion": "1.2.0"}
        verified = Durable(Running(tmp_path, source, policy=VERIFIED))
        session = (await verified.runner.begin("flow", "", {}, "person")).state.session_id
        report: JsonObject = {"stepKey": "all#1::see", "output": "seen"}
        question = (await asked(verified, session, **report)).questions["approval"]
        assert f"sessions approve {session} 'all#1::see'" in str(question.params["requestedSchema"])
        told = await verified.call(sessionId=session, **report)
        assert f"sessions approve {session} 'all#1::see'" in str(told["issues"])
        agreed: JsonObject = {"decision": "approve", "code": CODE}
        command = IssueCode(SALT, hashed(CODE, SALT), "all#1::see")
        assert isinstance(await verified.runner.perform(session, command, "person"), Performed)
        with pytest.raises(ArgumentError):
            await verified.call(sessionId=session, **{**report, "stepKey": "all#0::see"}, approval=agreed)
        answer = await verified.call(sessionId=session, **report, approval=agreed)
        assert answer["accepted"] is True

    async def test_only_a_hash_of_the_code_is_stored(self, verified: Durable) -> None:
        session = await verified.running.begun()
        await issue_code(verified, session)
        await verified.call(sessionId=session, **REPORT, approval={"decision": "approve", "code": CODE})
        assert all(CODE.encode() not in event.data for event in await verified.running.store.read(session))
