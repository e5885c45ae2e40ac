"""The stateless walk over ifs: which branch is taken, that it stays, and what needs a session."""

import pytest

from engine.errors import ArgumentError, StepNotFoundError
from engine.scan import Gap
from engine.walk import needs_session, next_step
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, following, key_of, loop, prompt, walked, while_

ON: JsonObject = {"var": "on", "equals": True}


def when(step_id: str, condition: Json, then: list[Json], otherwise: list[Json] | None = None) -> JsonObject:
    """Give an if step."""
    return {"id": step_id, "type": "if", "condition": condition, "then": then, "else": otherwise or []}


def test_an_if_leads_into_the_branch_its_condition_says() -> None:
    workflow = flow(when("check", ON, [prompt("yes")], [prompt("no")]), prompt("end"))
    assert walked(workflow, {"on": True}).keys == ["yes", "end"]
    assert walked(workflow, {"on": False}).keys == ["no", "end"]


def test_an_expression_decides_as_well() -> None:
    workflow = flow(when("check", "state.n > 3", [prompt("large")], [prompt("small")]))
    assert following(workflow, n=4) == "large"
    assert following(workflow, n=3) == "small"


def test_a_branch_with_a_done_step_stays_the_one_that_is_taken() -> None:
    inner: Json = when("inner", ON, [prompt("deep"), prompt("deeper")])
    workflow = flow(when("check", ON, [prompt("yes"), inner, prompt("more")], [prompt("no")]), prompt("end"))
    assert following(workflow, "yes", on=True) == "deep"
    assert following(workflow, "yes", on=False) == "more"
    assert following(workflow, "deep", on=False) == "yes"
    assert following(workflow, "yes", "deep", on=False) == "deeper"


def test_an_if_whose_condition_is_unknown_waits_and_takes_neither_branch() -> None:
    workflow = flow(when("check", ON, [prompt("yes")], [prompt("no")]), prompt("end"))
    assert following(workflow) == "end"
    found = next_step(workflow, ["end"], {})
    assert found.gaps == (Gap("on", (True,), ("check",)),)


def test_an_if_that_does_not_run_is_passed_over_and_one_named_as_done_is_closed() -> None:
    check = when("check", ON, [prompt("yes")], [prompt("no")])
    workflow = flow({**check, "runCondition": {"var": "asked"}}, prompt("end"))
    assert following(workflow, on=True, asked=False) == "end"
    assert following(workflow, "check", on=True, asked=True) == "end"


def test_plain_ids_in_branches_inside_loops_mean_the_next_pass_whose_branch_is_taken() -> None:
    body: list[Json] = [when("check", {"var": "currentItem", "equals": "b"}, [prompt("b")], [prompt("other")])]
    workflow = flow(loop("files", each("files"), body), prompt("end"))
    context: JsonObject = {"files": ["a", "b", "c"]}
    assert walked(workflow, context, plain=True).keys == ["files@0::other", "files@1::b", "files@2::other", "end"]
    assert key_of(next_step(workflow, ["b"], context)) == "files@0::other"


def test_loops_in_branches_are_read_where_their_branch_is_taken() -> None:
    inner = loop("inner", each("files"), [prompt("look")])
    body: list[Json] = [when("check", {"var": "row", "equals": 2}, [inner])]
    workflow = flow(loop("rows", each("rows", itemVar="row"), body), prompt("end"))
    context: JsonObject = {"rows": [1, 2], "files": ["a"]}
    assert key_of(next_step(workflow, ["look"], context)) == "end"
    assert walked(workflow, context, plain=True).keys == ["rows@1/inner@0::look", "end"]


def test_a_loop_in_front_of_an_if_with_a_done_step_is_over() -> None:
    rounds = loop("rounds", while_(ON), [prompt("turn")])
    workflow = flow(rounds, when("check", ON, [prompt("yes"), prompt("more")]))
    assert following(workflow, "rounds@0::turn", "yes", on=True) == "more"


def test_a_decided_if_is_work_so_that_a_while_loop_goes_on() -> None:
    body: list[Json] = [when("third", {"var": "currentIteration", "equals": 3}, [prompt("note")])]
    workflow = flow(loop("rounds", while_({"var": "currentIteration", "lt": 5}), body), prompt("end"))
    assert walked(workflow, {}).keys == ["rounds@2::note", "end"]


@pytest.mark.parametrize(
    "step",
    [
        {"id": "later", "type": "message", "message": "Hello"},
        {"id": "later", "type": "set", "update": [{"path": "n", "value": 1}]},
        {"id": "later", "type": "input", "prompt": "Name?"},
        {"id": "later", "type": "call", "tool": "x"},
        {"id": "later", "type": "wait", "signal": "go"},
    ],
)
def test_a_workflow_with_any_other_step_says_how_to_begin_a_session(step: JsonObject) -> None:
    workflow = flow(prompt("first"), when("check", ON, [step]))
    assert needs_session(workflow) == "later"
    with pytest.raises(ArgumentError) as told:
        next_step(workflow, (), {})
    assert told.value.path == "workflowId"
    assert "workflow_session with action start and workflowId flow" in told.value.details


def test_a_workflow_of_prompts_loops_and_ifs_needs_none() -> None:
    assert needs_session(flow(prompt("one"), when("check", ON, [prompt("yes")]))) == ""
    assert needs_session(flow(prompt("one"))) == ""


def test_keys_of_steps_in_branches_have_no_frame_for_them() -> None:
    workflow = flow(when("check", ON, [prompt("yes")]))
    with pytest.raises(StepNotFoundError, match="yes"):
        next_step(workflow, ["check@0::yes"], {"on": True})
