"""A person's word: asked for, given, refused, closed, late, replayed, forged; what stays of it."""

from pathlib import Path

import pytest

from engine.errors import ArgumentError, SessionStateError
from engine.runner import Performed
from engine.sessions.step_family import ConfirmationDeclined, ConfirmationRequested, StepReported
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import BY, PLAIN, Running, phase, phased
from tests.unit.silent_call import SilentCall
from tests.unit.tools.approving import CONFIRMED, REPORT, accepted, answered, asked, happened, replying
from tests.unit.tools.durable import GATE, Durable
from tools.approvals import Asking, with_people
from tools.contract import Done


@pytest.fixture
def plain(tmp_path: Path) -> Durable:
    return Durable(Running(tmp_path, CONFIRMED, policy=PLAIN))


class TestAsking:
    """The question, and who cannot be asked."""

    async def test_a_report_that_needs_a_person_asks_with_a_flat_form(self, plain: Durable) -> None:
        session = await plain.running.begun()
        question = (await asked(plain, session)).questions["approval"]
        assert question.method == "elicitation/create"
        message = str(question.params["message"])
        assert '"Title of one" (one)' in message
        assert "Target file: " in message
        assert "Reported: I did it." in message
        assert "undone" not in message
        form = question.params["requestedSchema"]
        assert isinstance(form, dict)
        assert (form["type"], form["required"]) == ("object", ["decision"])
        assert isinstance(form["properties"], dict)
        assert list(form["properties"]) == ["decision", "comment"]
        for rule in form["properties"].values():
            assert isinstance(rule, dict)
            assert rule["type"] == "string"

    async def test_the_state_names_session_step_and_version(self, plain: Durable) -> None:
        session = await plain.running.begun()
        opened = (await plain.runner.session(session)).state.opened_version
        assert (await asked(plain, session)).state == {"session": session, "stepKey": "one", "version": opened}

    async def test_who_cannot_be_asked_is_told_what_to_ask_its_user(self, plain: Durable) -> None:
        session = await plain.running.begun()
        otherwise = (await asked(plain, session)).otherwise.value
        assert otherwise is not None
        assert (otherwise["accepted"], otherwise["waitingFor"]) == (False, {"kind": "confirmation", "stepKey": "one"})
        assert isinstance(otherwise["issues"], list)
        (issue,) = otherwise["issues"]
        assert isinstance(issue, dict)
        assert issue["field"] == "approval"
        assert issue["example"] == {"decision": "approve", "comment": "in your user's words"}

    async def test_asking_twice_asks_the_same_and_records_one_request(self, plain: Durable) -> None:
        session = await plain.running.begun()
        assert await asked(plain, session) == await asked(plain, session)
        assert len(await happened(plain, session, ConfirmationRequested)) == 1

    async def test_a_reply_that_is_missing_is_asked_for_again(self, plain: Durable) -> None:
        session = await plain.running.begun()
        first = await asked(plain, session)
        again = await plain.answer(replying(first, None), sessionId=session, **REPORT)
        assert again == first

    async def test_a_step_that_needs_nobody_asks_nobody(self, plain: Durable) -> None:
        session = await plain.running.begun()
        await answered(plain, replying(await asked(plain, session), accepted(decision="approve")), session)
        assert isinstance(await plain.answer(sessionId=session, stepKey="two", output="x"), Done)


@pytest.mark.requirement("PEOPLE-2")
class TestReplies:
    """What comes back from the client."""

    async def test_an_accepted_question_lets_the_report_count_and_says_how(self, plain: Durable) -> None:
        session = await plain.running.begun()
        call = replying(await asked(plain, session), accepted(decision="approve", comment="looks good"))
        answer = await answered(plain, call, session)
        assert (answer["accepted"], answer["stepKey"]) == (True, "two")
        (event,) = await happened(plain, session, StepReported)
        assert isinstance(event, StepReported)
        assert event.approval is not None
        assert event.approval == ("approve", "looks good", "elicitation")

    @pytest.mark.parametrize("reply", [{"action": "decline"}, {"action": "accept", "content": {"decision": "reject"}}])
    async def test_a_no_is_recorded_and_the_step_stays_open(self, plain: Durable, reply: JsonObject) -> None:
        session = await plain.running.begun()
        answer = await answered(plain, replying(await asked(plain, session), reply), session)
        assert (answer["accepted"], answer["stepKey"], answer["status"]) == (False, "one", "running")
        (event,) = await happened(plain, session, ConfirmationDeclined)
        assert isinstance(event, ConfirmationDeclined)
        assert event.how == "elicitation"
        better = await asked(plain, session, output="I did it better.")
        assert (
            await answered(plain, replying(better, accepted(decision="approve")), session, output="I did it better.")
        )["accepted"]

    @pytest.mark.parametrize(
        "reply",
        [
            {"action": "cancel"},
            {"action": "accept"},
            {"action": "accept", "content": {}},
            {"action": "accept", "content": {"decision": "yes"}},
            {"action": "accept", "content": {"decision": "override", "comment": "let it"}},
            {"action": "accept", "content": {"decision": "approve", "how": "code"}},
            {"action": "accept", "content": [1]},
            {"action": "approve"},
            {},
        ],
    )
    async def test_a_closed_or_malformed_reply_records_nothing_and_the_session_waits_on(
        self, plain: Durable, reply: JsonObject
    ) -> None:
        session = await plain.running.begun()
        question = await asked(plain, session)
        before = await plain.running.store.read(session)
        answer = await answered(plain, replying(question, reply), session)
        assert (answer["accepted"], answer["waitingFor"]) == (False, {"kind": "confirmation", "stepKey": "one"})
        assert await plain.running.store.read(session) == before

    async def test_an_empty_comment_is_no_comment(self, plain: Durable) -> None:
        session = await plain.running.begun()
        call = replying(await asked(plain, session), accepted(decision="approve", comment=""))
        assert (await answered(plain, call, session))["accepted"] is True


@pytest.mark.requirement("PEOPLE-2")
class TestLate:
    """Replies to questions about what is no longer so."""

    async def test_a_reply_replayed_after_it_counted_is_answered_as_before(self, plain: Durable) -> None:
        session = await plain.running.begun()
        call = replying(await asked(plain, session), accepted(decision="approve"))
        first = await answered(plain, call, session)
        await plain.call(sessionId=session, stepKey="two", output="x")
        version = (await plain.runner.session(session)).state.version
        assert await answered(plain, call, session) == first
        assert (await plain.runner.session(session)).state.version == version

    async def test_a_reply_replayed_for_another_step_is_a_conflict(self, plain: Durable) -> None:
        session = await plain.running.begun()
        call = replying(await asked(plain, session), accepted(decision="approve"))
        other = await plain.running.begun()
        with pytest.raises(SessionStateError) as refused:
            await answered(plain, call, other)
        assert refused.value.reason == "conflict"
        assert await happened(plain, other, StepReported) == []

    async def test_a_reply_after_a_rollback_is_a_conflict(self, tmp_path: Path) -> None:
        durable = Durable(Running(tmp_path, CONFIRMED))
        session = await durable.running.begun()
        question = await asked(durable, session)
        assert isinstance(await durable.runner.roll_back(session, 1, "again", BY), Performed)
        call = replying(question, accepted(decision="approve"))
        for key in ("one", "one~1"):
            with pytest.raises(SessionStateError) as refused:
                await answered(durable, call, session, stepKey=key)
            assert refused.value.reason == "conflict"
            assert refused.value.data()["open"] == ["one~1"]

    @pytest.mark.parametrize("forged", ["text", {"session": "x"}, {"stepKey": "one"}, 7])
    async def test_a_state_of_another_form_is_a_conflict(self, plain: Durable, forged: Json) -> None:
        session = await plain.running.begun()
        question = await asked(plain, session)
        with pytest.raises(SessionStateError):
            await answered(plain, replying(question._replace(state=forged), accepted(decision="approve")), session)


class TestAgents:
    """What an agent reports of its user's word."""

    async def test_it_counts_as_reported_by_the_agent(self, plain: Durable) -> None:
        session = await plain.running.begun()
        answer = await plain.call(
            sessionId=session, **REPORT, approval={"decision": "approve", "comment": "he said so"}
        )
        assert answer["accepted"] is True
        (event,) = await happened(plain, session, StepReported)
        assert isinstance(event, StepReported)
        assert event.approval == ("approve", "he said so", "agent")

    async def test_a_no_it_reports_is_recorded(self, plain: Durable) -> None:
        session = await plain.running.begun()
        answer = await plain.call(sessionId=session, **REPORT, approval={"decision": "reject", "comment": "not yet"})
        assert (answer["accepted"], answer["stepKey"]) == (False, "one")
        assert "not yet" in str(answer["issues"])

    async def test_an_override_lets_a_gate_pass_where_it_may_and_stays_visible(self, tmp_path: Path) -> None:
        flow = phased(phase(1, [prompt("look")], {**GATE, "allowOverride": True}), phase(2, [prompt("tell")]))
        durable = Durable(Running(tmp_path, flow))
        session = await durable.running.begun("phased")
        await durable.call(sessionId=session, stepKey="look", output="x")
        answer = await durable.call(
            sessionId=session,
            stepKey="gate:1",
            evidence={"tests": 0},
            approval={"decision": "override", "comment": "known and accepted"},
        )
        assert (answer["accepted"], answer["stepKey"]) == (True, "tell")
        (word,) = (await durable.runner.session(session)).state.approvals
        assert (word.approval.decision, word.approval.comment) == ("override", "known and accepted")
        assert word.issues


async def test_a_refused_call_is_shown_and_nobody_is_asked(plain: Durable) -> None:
    session = await plain.running.begun()

    async def perform(approval: object, code: object) -> object:
        raise ArgumentError("evidence", "it is missing")

    with pytest.raises(ArgumentError):
        await with_people(SilentCall(), Asking(plain.runner, session, None, ""), perform, lambda _: Done({}))  # type: ignore[arg-type]  # never gives an outcome


class TestInside:
    """Steps of child workflows and tasks that need a person's word."""

    @pytest.fixture
    def nested(self, tmp_path: Path) -> Durable:
        inner = {**document(prompt("judge", requireConfirmation=True)), "id": "inner"}
        outer = document({"id": "sub", "type": "workflow", "workflowId": "inner"}, prompt("end"))
        return Durable(Running(tmp_path, outer, inner, policy=PLAIN))

    async def test_the_question_names_the_step_as_the_session_knows_it_and_the_word_counts(
        self, nested: Durable
    ) -> None:
        session = await nested.running.begun()
        key = "sub#0::judge"
        first = await asked(nested, session, stepKey=key)
        assert isinstance(first.state, dict)
        assert first.state["stepKey"] == key
        assert '"Title of judge" (sub#0::judge)' in str(first.questions["approval"].params["message"])
        reply = replying(first, accepted(decision="approve"))
        answer = await answered(nested, reply, session, stepKey=key)
        assert (answer["accepted"], answer["stepKey"]) == (True, "end")
        assert await answered(nested, reply, session, stepKey=key) == answer

    async def test_a_reply_to_a_question_about_another_place_decides_nothing(self, nested: Durable) -> None:
        session = await nested.running.begun()
        first = await asked(nested, session, stepKey="sub#0::judge")
        assert isinstance(first.state, dict)
        first.state["version"] = -1
        with pytest.raises(SessionStateError) as caught:
            await answered(nested, replying(first, accepted(decision="approve")), session, stepKey="sub#0::judge")
        assert caught.value.data()["open"] == ["sub#0::judge"]
