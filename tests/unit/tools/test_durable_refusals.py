"""workflow_next on sessions: calls that make no sense and what they are told."""

from pathlib import Path

import pytest

from engine.errors import ArgumentError, SessionStateError
from engine.runner import Performed
from engine.sessions.session_family import PauseSession, ResumeSession
from schema.values import Json, JsonObject
from tests.unit.engine.running import BY, Running
from tests.unit.tools.durable import PHASES, PLAIN, Durable, part


@pytest.fixture
def plain(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, PLAIN))


@pytest.fixture
def phases(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, PHASES))


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
