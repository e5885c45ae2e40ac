import pytest

from engine.sessions.decide import Refusal
from engine.sessions.model import Status, WaitKind
from engine.sessions.position import needs_confirmation
from engine.sessions.step_family import ConfirmationRequested, StepOpened, StepReported
from engine.sessions.way_family import ConditionDecided
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, flow, loop, prompt, times
from tests.unit.engine.sessions.play import APPROVE, OVERRIDE, REJECT, Play

OK: JsonObject = {"evidence": {"ok": {"type": "boolean"}}}
ON: JsonObject = {"var": "on", "equals": True}


def test_a_step_that_needs_a_person_is_not_done_before_one_agreed() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True), prompt("two")))
    assert needs_confirmation(play.state, play.workflow)
    (requested,) = play.report()
    assert isinstance(requested, ConfirmationRequested)
    waiting = play.state.waiting
    assert waiting is not None
    assert (play.state.status, waiting.kind, waiting.digest) == (
        Status.WAITING, WaitKind.CONFIRMATION, requested.digest,
    )  # fmt: skip
    version = play.state.version
    assert play.report() == ()
    assert (play.last, play.state.version) == ((), version)
    play.report(approval=APPROVE)
    assert play.key == "two"
    assert [(each.key, each.approval) for each in play.state.approvals] == [("one", APPROVE)]
    assert play.report(key="one") == ()
    assert play.repeated == play.state.version


def test_another_report_asks_the_person_anew() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True)))
    play.report("one way")
    (requested,) = play.report("another way")
    assert isinstance(requested, ConfirmationRequested)


def test_a_no_is_kept_for_ever_and_the_step_stays_open() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True), prompt("two")))
    play.report()
    play.report(approval=REJECT)
    assert (play.key, play.state.status) == ("one", Status.RUNNING)
    assert play.state.approvals[0].approval == REJECT
    assert play.state.refused is not None
    assert "not like this" in play.state.refused.issues[0].message
    assert play.report() == ()
    assert play.repeated == play.state.version
    play.report("done otherwise")
    assert play.state.status is Status.WAITING
    play.report("done otherwise", approval=APPROVE)
    assert play.key == "two"


def test_a_refused_report_asks_no_person() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True)))
    play.report()
    play.report("", approval=APPROVE)
    assert (play.state.status, play.state.waiting and play.state.waiting.kind) == (Status.RUNNING, WaitKind.REPORT)
    assert play.state.approvals == ()


def test_a_condition_for_a_person_is_decided_when_the_step_is_handed_out() -> None:
    play = Play(flow(prompt("one", requireConfirmation=ON), prompt("two")), {"on": False})
    assert play.log[1][0] == ConditionDecided("one", "requireConfirmation", value=False, variables={"on": False})
    assert not needs_confirmation(play.state, play.workflow)
    play.report(on=True)
    assert play.key == "two"


def test_a_condition_for_a_person_that_is_unknown_is_decided_by_the_report() -> None:
    play = Play(flow(prompt("one", requireConfirmation=ON), prompt("two")))
    assert not needs_confirmation(play.state, play.workflow)
    events = play.report(on=True)
    assert [type(each) for each in events] == [ConditionDecided, ConfirmationRequested]
    assert needs_confirmation(play.state, play.workflow)
    calm = Play(flow(prompt("one", requireConfirmation=ON), prompt("two")))
    events = calm.report(on=False)
    assert [type(each) for each in events] == [ConditionDecided, StepReported, StepOpened]
    reported = events[1]
    assert isinstance(reported, StepReported)
    assert (reported.settled, calm.state.confirm) == (calm.state.version, None)


@pytest.mark.parametrize("confirm", [True, ON])
def test_a_loop_that_needs_a_person_needs_one_where_it_begins(confirm: Json) -> None:
    play = Play(flow(loop("rep", times(2), [prompt("aaa"), prompt("bbb")], requireConfirmation=confirm)), {"on": True})
    play.report()
    assert play.state.status is Status.WAITING
    play.report(approval=APPROVE)
    assert (play.key, play.walk()) == ("rep@0::bbb", ["rep@0::bbb", "rep@1::aaa", "rep@1::bbb"])


def test_a_loop_that_needs_a_person_needs_one_after_a_wait_inside_it_too() -> None:
    play = Play(flow(loop("rep", times(2), [prompt("aaa", runCondition={"var": "go"})], requireConfirmation=True)))
    play.report(None, go=True)
    assert play.key == "rep@0::aaa"
    assert needs_confirmation(play.state, play.workflow)


def test_a_no_to_what_needed_no_person_counts_as_well() -> None:
    play = Play(flow(prompt("one")))
    play.report(approval=REJECT)
    assert (play.key, len(play.state.approvals)) == ("one", 1)


def test_an_override_needs_a_gate_that_allows_it_and_a_comment() -> None:
    play = Play(flow(prompt("one", evidence=OK)))
    play.report(evidence={"ok": 1}, approval=OVERRIDE)
    assert (play.refusal.reason, play.refusal.error_type) == ("permission", "PermissionError")
    open_to = Play(flow(prompt("one", evidence={**OK, "allowOverride": True}), prompt("two")))
    open_to.report(evidence={"ok": 1}, approval=OVERRIDE._replace(comment=" "))
    assert (open_to.refusal.reason, open_to.refusal.error_type) == ("argument", "ValidationError")
    open_to.report(evidence={"ok": 1}, approval=OVERRIDE)
    assert open_to.key == "two"
    assert [(each.approval, each.issues[0].field) for each in open_to.state.approvals] == [(OVERRIDE, "ok")]
    assert open_to.state.phases[0].findings[0].field == "ok"


def test_a_step_that_needs_a_person_and_evidence_takes_an_override_for_both() -> None:
    gate = {**OK, "allowOverride": True}
    play = Play(document(prompt("one", evidence=gate, requireConfirmation=True), prompt("two")))
    play.report(evidence={"ok": 1}, approval=OVERRIDE)
    assert play.key == "two"


def test_a_report_of_a_paused_session_is_refused_with_the_call_that_resumes_it() -> None:
    play = Play(flow(prompt("one")))
    play.pause()
    play.report()
    refusal = play.last
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.open, refusal.remedy.arguments["action"]) == ("paused", (), "resume")


def test_the_last_hundred_errors_are_kept_and_all_are_counted() -> None:
    play = Play(flow(prompt("one", validationCriteria=[{"type": "contains", "value": "tested", "message": "Test."}])))
    for number in range(120):
        play.report(f"attempt {number}")
    assert (len(play.state.errors), play.state.error_count) == (100, 120)
