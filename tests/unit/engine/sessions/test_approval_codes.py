import pytest

from engine.sessions.codes import code_from, hashed
from engine.sessions.model import Approval, Status
from engine.sessions.session_family import CodeIssued, CodeRefused, IssueCode
from engine.sessions.step_family import ConfirmationRequested
from schema.values import JsonObject
from tests.unit.engine.flows import flow, phase, phased, prompt
from tests.unit.engine.sessions.play import APPROVE, OVERRIDE, REJECT, VERIFIED, Play

CODE = code_from(bytes(range(40, 48)))
SALT = "00ff" * 8
ISSUE = IssueCode(SALT, hashed(CODE, SALT))
OK: JsonObject = {"evidence": {"ok": {"type": "boolean"}}, "allowOverride": True}


def asking() -> Play:
    """Give a session at a step that needs a person, with a code issued."""
    play = Play(flow(prompt("one", requireConfirmation=True), prompt("two", requireConfirmation=True)), policy=VERIFIED)
    play.do(ISSUE)
    return play


def test_a_code_stands_for_a_persons_word() -> None:
    play = asking()
    play.report(approval=APPROVE, code=CODE.lower() + " ")
    assert play.key == "two"
    assert play.state.approvals[0].approval == Approval("approve", "", "code")
    assert play.state.code is None


def test_a_code_is_used_once() -> None:
    play = asking()
    play.report(approval=APPROVE, code=CODE)
    play.report(approval=APPROVE, code=CODE)
    assert (play.refusal.reason, play.refusal.error_type) == ("permission", "PermissionError")


def test_an_agents_word_is_none_where_codes_are_asked_for() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True)), policy=VERIFIED)
    (requested,) = play.report(approval=APPROVE)
    assert isinstance(requested, ConfirmationRequested)
    play.report(approval=APPROVE)
    assert "one-time code" in play.refusal.message
    assert play.report() == ()
    assert play.last == ()
    play.report(approval=REJECT)
    assert play.refusal.reason == "permission"
    assert play.state.approvals == ()


def test_a_wrong_code_is_counted_and_the_fifth_voids_the_right_one() -> None:
    play = asking()
    for tries in range(1, 6):
        assert play.report(approval=APPROVE, code="WRONG234") == (CodeRefused("one", tries),)
    assert play.state.code is None
    play.report(approval=APPROVE, code=CODE)
    assert "No code is in force" in play.refusal.message
    play.do(ISSUE)
    play.report(approval=APPROVE, code=CODE)
    assert play.key == "two"


def test_a_code_expires_after_ten_minutes() -> None:
    play = asking()
    play.now += 600
    play.report(approval=APPROVE, code=CODE)
    assert play.refusal.reason == "permission"


def test_a_code_is_bound_to_the_position_it_was_issued_for() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True), prompt("two", requireConfirmation=True)))
    (issued,) = play.do(ISSUE)
    assert isinstance(issued, CodeIssued)
    assert (issued.key, issued.version, issued.expires_at) == ("one", play.state.opened_version, play.now + 600)
    play.report(approval=APPROVE)
    assert play.key == "two"
    play.report(approval=APPROVE, code=CODE)
    assert play.refusal.reason == "permission"


def test_a_no_by_code_uses_it_up() -> None:
    play = asking()
    play.report(approval=REJECT, code="WRONG234")
    before = play.state
    play.report(approval=REJECT, code=CODE)
    assert (before.code is None, play.state.code, play.state.approvals[0].approval.how) == (False, None, "code")


def test_a_code_lets_a_person_override_a_refused_gate() -> None:
    play = Play(flow(prompt("one", evidence=OK), prompt("two")), policy=VERIFIED)
    play.do(ISSUE)
    assert "Nothing" in play.refusal.message
    play.report(evidence={"ok": 1})
    play.report(evidence={"ok": 1}, approval=OVERRIDE)
    assert play.refusal.reason == "permission"
    play.do(ISSUE)
    assert play.report(evidence={"ok": 1}, approval=OVERRIDE, code="WRONG234") == (CodeRefused("one", 1),)
    play.report(evidence={"ok": 1}, approval=OVERRIDE, code=CODE)
    assert play.key == "two"


def test_a_wrong_code_overrides_no_gate_of_a_phase() -> None:
    play = Play(phased(phase(1, prompt("one"), gate=OK)), policy=VERIFIED)
    play.report()
    play.report(None, evidence={"ok": 1})
    play.do(ISSUE)
    assert play.report(None, evidence={"ok": 1}, approval=OVERRIDE, code="WRONG234") == (CodeRefused("gate:1", 1),)
    play.report(None, evidence={"ok": 1}, approval=OVERRIDE, code=CODE)
    assert play.state.status is Status.COMPLETED


def test_no_code_is_issued_for_a_gate_inside_a_phase_that_allows_no_override() -> None:
    closed: JsonObject = {**OK, "allowOverride": False}
    play = Play(phased(phase(1, prompt("one", evidence=closed), gate=OK)), policy=VERIFIED)
    play.report(evidence={"ok": 1})
    play.do(ISSUE)
    assert play.refusal.reason == "state"


def test_no_code_is_issued_while_a_session_rests() -> None:
    play = asking()
    play.pause()
    play.do(ISSUE)
    assert play.refusal.reason == "paused"


def test_a_code_counts_without_being_asked_for_and_a_wrong_one_does_not() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True), prompt("two")))
    play.do(ISSUE)
    assert play.report(approval=APPROVE, code="WRONG234") == (CodeRefused("one", 1),)
    play.report(approval=APPROVE, code=CODE)
    assert play.state.approvals[0].approval.how == "code"


@pytest.mark.parametrize("decision", ["approve", "reject", "override"])
def test_a_comment_is_bounded(decision: str) -> None:
    play = Play(flow(prompt("one", requireConfirmation=True, evidence=OK)))
    evidence: JsonObject = {"ok": decision != "override"}
    play.report(evidence={"ok": 1} if decision == "override" else evidence, approval=Approval(decision, "x" * 4097, ""))
    assert (play.refusal.reason, "approval.comment" in play.refusal.message) == ("argument", True)
