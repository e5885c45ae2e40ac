"""A workflow inside a workflow: what goes in, what comes out, how it fails, and whose step comes next."""

import pytest

from engine.build import build
from engine.definition import Workflow
from engine.sessions import nesting
from engine.sessions.codes import hashed
from engine.sessions.decide import decide
from engine.sessions.model import NestedKind, Status, WaitKind
from engine.sessions.nesting import front, inner_view
from engine.sessions.position import progress_of
from engine.sessions.refusals import Repeated
from engine.sessions.session_family import IssueCode
from engine.sessions.step_family import ReportStep
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import Clocked, call, document, flow, prompt
from tests.unit.engine.sessions.play import APPROVE, VERIFIED
from tests.unit.engine.sessions.test_automation_walk import END, add, loop, put, say, when

SALT = "0123456789abcdef" * 2


def enter(step_id: str = "sub", child: str = "child", **keys: Json) -> JsonObject:
    """Give a workflow step."""
    return {"id": step_id, "type": "workflow", "workflowId": child, **keys}


def within(parent: Workflow, **children: JsonObject) -> Workflow:
    """Give the workflow with the children it may enter."""
    return parent._replace(children={name: build({**each, "id": name}) for name, each in children.items()})


def child(*steps: JsonObject, **root: Json) -> JsonObject:
    """Give a child's document."""
    return document([*steps], **root)


INPUT: JsonObject = {"who": {"type": "string", "description": "whom to greet"}}


def test_a_child_is_walked_and_its_outputs_land_in_the_state() -> None:
    inner = child(put("hello", "text", "Hello {{ inputs.who }}"), inputs=INPUT)
    steps = [enter(inputs={"who": "{{ state.name }}"}, outputs={"greeting": "{{ state.text }}"}), END]
    play = Clocked(within(flow(*steps, state={"name": "Ann"}), child=inner))
    assert play.key == "end"
    assert play.state.variables == {"name": "Ann", "greeting": "Hello Ann"}
    assert play.state.nested == {}


def test_the_steps_of_a_child_are_the_next_steps_of_the_session() -> None:
    inner = child(prompt("ask", store="said"), prompt("more"))
    play = Clocked(within(flow(enter(outputs={"answer": "{{ state.said }}"}), END), child=inner))
    assert (play.key, play.state.status) == ("sub", Status.RUNNING)
    assert play.state.waiting is not None
    assert play.state.waiting.kind is WaitKind.CHILD
    found = front(play.state, play.workflow)
    assert (found.run, found.state.position, found.workflow.id) == ("sub#0", "ask", "child")
    play.report("yes", key="sub#0::ask")
    assert front(play.state, play.workflow).state.position == "more"
    play.report("done", key="sub#0::more")
    assert play.key == "end"
    assert play.state.variables == {"answer": "yes"}
    assert list(play.state.reports) == ["sub#0::ask", "sub#0::more"]


def test_the_same_report_again_is_answered_from_the_version_it_led_to_while_the_child_lasts_and_after() -> None:
    inner = child(prompt("ask"), prompt("more"))
    play = Clocked(within(flow(enter(), END), child=inner))
    play.report("yes", key="sub#0::ask")
    version = play.state.version
    play.report("yes", key="sub#0::ask")
    assert play.repeated == version
    play.report("done", key="sub#0::more")
    play.report("yes", key="sub#0::ask")
    assert play.repeated == version
    play.report("other", key="sub#0::ask")
    assert play.refusal.reason == "not_open"


def test_a_report_of_the_workflow_step_itself_is_refused_and_names_what_is_open() -> None:
    play = Clocked(within(flow(enter(), END), child=child(prompt("ask"))))
    play.report("x", key="sub")
    assert play.refusal.open == ("sub#0::ask",)
    assert "the steps of the workflow it has entered" in play.refusal.message
    play.report("x", key="sub#0::nothing")
    assert play.refusal.open == ("sub#0::ask",)


def test_a_child_has_a_state_of_its_own_and_reads_that_of_the_session() -> None:
    inner = child(put("own", "n", "{{ (state.n || 0) + global.n }}"), prompt("ask"))
    play = Clocked(within(flow(enter(outputs={"m": "{{ state.n }}"}), END, state={"n": 5}), child=inner))
    state, _ = inner_view(play.state, play.workflow, "sub#0")
    assert state.variables == {"n": 5}
    play.report(key="sub#0::ask")
    assert play.state.variables == {"n": 5, "m": 5}


def test_a_child_that_is_not_isolated_works_on_the_state_of_its_parent() -> None:
    inner = child(put("up", "n", 1, "increment"), put("new", "m", "x"))
    play = Clocked(within(flow(enter(isolated=False), END, state={"n": 5}), child=inner))
    assert play.state.variables == {"n": 6, "m": "x"}


def test_a_plain_workflow_may_be_a_child_and_finds_its_inputs_as_variables() -> None:
    inner: JsonObject = {
        "id": "child",
        "name": "Plain",
        "description": "d",
        "version": "1.0.0",
        "schemaVersion": "1.0.0",
        "steps": [prompt("greet", runCondition={"var": "who", "equals": "Ann"}), prompt("other")],
    }
    play = Clocked(within(flow(enter(inputs={"who": "Ann"}), END), child=inner))
    assert front(play.state, play.workflow).state.position == "greet"


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


def test_messages_of_a_child_stand_among_those_of_its_parent() -> None:
    inner = child(say("two", "2"), prompt("ask"), say("four", "4"))
    play = Clocked(within(flow(say("one", "1"), enter(), say("five", "5"), END), child=inner))
    assert [each.text for each in play.state.messages] == ["1", "2"]
    play.report(key="sub#0::ask")
    assert [each.text for each in play.state.messages] == ["4", "5"]


def test_children_in_loops_and_branches_are_entered_in_each_pass() -> None:
    inner = child(put("twice", "m", "{{ inputs.n * 2 }}"), inputs={"n": {"type": "integer"}})
    body: list[Json] = [
        when("odd", "loop.item % 2 == 1", [enter(inputs={"n": "{{ loop.item }}"}, outputs={"m": "{{ state.m }}"})]),
        add("note", "log", "{{ state.m }}"),
    ]
    steps = [loop("each", body, type="forEach", items="[1, 2, 3]"), END]
    play = Clocked(within(flow(*steps, state={"log": [], "m": 0}), child=inner))
    assert play.state.variables["log"] == [2, 2, 6]


def test_children_have_children() -> None:
    inner = child(enter("deep", "grandchild", outputs={"x": "{{ state.said }}"}))
    deepest = child(prompt("ask", store="said"))
    play = Clocked(within(flow(enter(outputs={"y": "{{ state.x }}"}), END), child=inner, grandchild=deepest))
    assert front(play.state, play.workflow).run == "sub#0/deep#0"
    play.report("yes", key="sub#0/deep#0::ask")
    assert play.key == "end"
    assert play.state.variables == {"y": "yes"}
    assert list(play.state.reports) == ["sub#0/deep#0::ask"]


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


def test_progress_counts_what_was_reported_in_a_child() -> None:
    play = Clocked(within(flow(prompt("first"), enter(), END), child=child(prompt("ask"), prompt("more"))))
    assert progress_of(play.state, play.workflow) == (0, None)
    play.report()
    play.report(key="sub#0::ask")
    assert progress_of(play.state, play.workflow) == (2, None)
    play.report(key="sub#0::more")
    assert progress_of(play.state, play.workflow) == (3, 4)


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


def test_the_whole_of_a_session_with_children_travels_as_json_and_folds_to_the_same() -> None:
    inner = child(prompt("ask"), put("n", "n", 1), prompt("more"))
    play = Clocked(within(flow(enter(), END), child=inner))
    play.report(key="sub#0::ask")
    assert play.at(play.state.version) == play.state


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
