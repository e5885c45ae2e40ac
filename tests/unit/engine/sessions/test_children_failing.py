"""What goes wrong in a child, what its time is, and what people and rollbacks do to it."""

import pytest

from engine.sessions import nesting
from engine.sessions.codes import hashed
from engine.sessions.decide import decide
from engine.sessions.model import NestedKind, Status, WaitKind
from engine.sessions.nesting import front, inner_view
from engine.sessions.refusals import Repeated
from engine.sessions.session_family import IssueCode
from engine.sessions.step_family import ReportStep
from schema.values import JsonObject
from tests.unit.engine.sessions.automatic import END, put
from tests.unit.engine.sessions.clocked import Clocked, call, flow, prompt
from tests.unit.engine.sessions.parents import INPUT, child, enter, within
from tests.unit.engine.sessions.play import APPROVE, VERIFIED

SALT = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "inputs/who of child: it is required"),
        ({"who": 3}, "inputs/who of child: who must be of type string"),
        ({"who": "Ann", "age": 3}, "inputs/age of child: the workflow child has no such input"),
        ({"who": "{{ state.gone.name }}"}, "inputs of child"),
    ],
)
def test_inputs_the_child_does_not_take_fail_its_step(inputs: JsonObject, words: str) -> None:
    play = Clocked(within(flow(enter(inputs=inputs), END), child=child(prompt("ask"), inputs=INPUT)))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert words in play.state.cause.message


def test_an_output_that_cannot_be_read_or_put_fails_the_step() -> None:
    wrong: list[JsonObject] = [{"x": "{{ state.gone.name }}"}, {"n[3]": "{{ state.a }}"}]
    for outputs in wrong:
        play = Clocked(within(flow(enter(outputs=outputs), END, state={"n": []}), child=child(put("a", "a", 1))))
        assert play.state.status is Status.FAILED


def test_the_outputs_that_break_a_computed_field_fail_the_step() -> None:
    computed: JsonObject = {"size": {"from": "state.list", "expression": "input.length"}}
    parent = flow(enter(outputs={"list": "{{ null }}"}), END, state={"list": []}, computed=computed)
    play = Clocked(within(parent, child=child(put("a", "a", 1))))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "ComputedError"


def test_a_child_that_fails_fails_its_step_as_its_document_says() -> None:
    inner = child(call("pay"))
    for strategy, status in (("fail", Status.FAILED), ("continue", Status.RUNNING)):
        play = Clocked(within(flow(enter(onError={"strategy": strategy}), END), child=inner))
        play.report('{"status": "error"}', key="sub#0::pay")
        assert play.state.status is status
        assert "Step sub (workflow)" in play.state.errors[-1].message


def test_a_child_that_is_tried_again_begins_anew_with_keys_of_its_own() -> None:
    inner = child(prompt("ask"), call("pay"))
    on_error: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 0}}
    play = Clocked(within(flow(enter(onError=on_error), END), child=inner))
    play.report("a", key="sub#0::ask")
    play.report('{"status": "error"}', key="sub#0::pay")
    assert front(play.state, play.workflow).state.position == "ask+1"
    assert "sub#0::ask" in play.state.reports
    play.report("b", key="sub#0::ask+1")
    play.report("{}", key="sub#0::pay+1")
    assert play.key == "end"


def test_a_workflow_that_enters_itself_without_an_end_fails() -> None:
    inner = child(enter("again", "child"))
    play = Clocked(within(flow(enter(), END), child=inner))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert f"at most {nesting.MAX_NESTED} runs" in play.state.cause.message


def test_a_workflow_that_was_not_pinned_fails_its_step() -> None:
    play = Clocked(flow(enter(), END))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert "is not among those the session began with" in play.state.cause.message


def test_a_rollback_marks_the_keys_of_the_child_that_is_under_way() -> None:
    play = Clocked(within(flow(prompt("first"), enter(), END), child=child(prompt("ask"), prompt("more"))))
    play.report()
    play.report("x", key="sub#0::ask")
    play.roll_back(2)
    assert front(play.state, play.workflow).state.position == "ask~1"
    play.report("x", key="sub#0::ask")
    assert play.refusal.reason == "not_open"
    play.report("x", key="sub#0::ask~1")
    play.report("x", key="sub#0::more~1")
    assert play.key == "end~1"


def test_a_child_has_no_longer_than_its_step_and_its_own_document_say() -> None:
    inner = child(prompt("ask"), config={"timeout": 50})
    play = Clocked(within(flow(enter(timeout=20), END, config={"timeout": 100}), child=inner))
    assert play.due() == 20.0
    play = Clocked(within(flow(enter(), END, config={"timeout": 100}), child=inner))
    assert play.due() == 50.0
    play = Clocked(within(flow(enter(onError={"strategy": "continue"}), END, config={"timeout": 30}), child=inner))
    assert play.due() == 30.0


def test_a_child_whose_time_is_over_fails_its_step() -> None:
    inner = child(prompt("ask"), config={"timeout": 50})
    play = Clocked(within(flow(enter(onError={"strategy": "continue"}), END), child=inner))
    play.later(50)
    assert play.key == "end"


def test_a_paused_session_takes_no_report_of_its_child() -> None:
    play = Clocked(within(flow(enter(), END), child=child(prompt("ask"))))
    play.pause()
    play.report(key="sub#0::ask")
    assert play.refusal.reason == "paused"


def test_a_person_is_asked_about_a_step_of_a_child() -> None:
    play = Clocked(within(flow(enter(), END), child=child(prompt("ask", requireConfirmation=True))))
    play.report("x", key="sub#0::ask")
    assert play.state.status is Status.WAITING
    inner = front(play.state, play.workflow).state
    assert inner.waiting is not None
    assert inner.waiting.kind is WaitKind.CONFIRMATION


def test_a_failed_child_that_is_entered_again_keeps_its_reports_known() -> None:
    inner = child(prompt("ask"), call("pay"))
    play = Clocked(within(flow(enter(), END), child=inner))
    play.report("a", key="sub#0::ask")
    play.report('{"status": "error"}', key="sub#0::pay")
    assert play.state.nested["sub#0"].kind is NestedKind.CHILD
    decided = decide(ReportStep("sub#0::ask", "a", None, {}), play.state, play.workflow, play.now, play.policy)
    assert isinstance(decided, Repeated)


def test_a_code_allows_the_step_of_a_child_that_waits_for_a_person() -> None:
    play = Clocked(within(flow(enter(), END), child=child(prompt("ask", requireConfirmation=True))), policy=VERIFIED)
    play.report("x", key="sub#0::ask")
    play.do(IssueCode(SALT, hashed("ABCD2345", SALT)))
    play.report("x", key="sub#0::ask", approval=APPROVE, code="ABCD2345")
    assert play.key == "end"


@pytest.mark.parametrize(("key", "reason"), [("sub#9::ask", "not_open"), ("end", "state"), ("sub#0::more", "state")])
def test_a_code_is_issued_for_what_is_open_only(key: str, reason: str) -> None:
    play = Clocked(within(flow(enter(), END), child=child(prompt("ask", requireConfirmation=True), prompt("more"))))
    play.do(IssueCode(SALT, "0", key))
    assert play.refusal.reason == reason
    play.do(IssueCode(SALT, "0", "sub#0::ask"))
    assert inner_view(play.state, play.workflow, "sub#0")[0].code is not None
