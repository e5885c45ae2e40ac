"""What holds for every walk: checked against documents and contexts made at random, and against a plain model."""

import copy
from collections.abc import Iterator

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.build import build
from engine.conditions import holds, weigh
from engine.definition import IfStep, LoopStep, Step, Workflow
from engine.errors import ArgumentError, StepNotFoundError
from engine.guidance import answer
from engine.passes import plan
from engine.review import review
from engine.variables import Scope, outermost
from engine.walk import next_step
from schema.check import check_workflow
from schema.values import JsonObject
from tests.unit.engine.any_flow import branching_flows, contexts, flows
from tests.unit.engine.flows import document, each, loop, prompt, times, walked, while_

MOST = 3 * (1 + 3 * (1 + 3)) * 27  # steps of the longest walk these documents can have, generously


def expected(steps: tuple[Step, ...], frames: str, scope: Scope) -> Iterator[str]:
    """Give the keys of a walk under a context that never changes."""
    return (key for key in _found(steps, frames, scope) if key is not None)


def _found(steps: tuple[Step, ...], frames: str, scope: Scope) -> Iterator[str | None]:
    """Give the keys by plain recursion, nothing remembered; None for an if that was decided, which is work too."""
    for step in steps:
        if step.run_condition is not None and not holds(step.run_condition, scope):
            continue
        if isinstance(step, IfStep):
            branch = _branch(step, scope)
            if branch is not None:
                yield None
                yield from _found(branch, frames, scope)
            continue
        if not isinstance(step, LoopStep):
            yield f"{frames}::{step.id}" if frames else step.id
            continue
        yield from _passes(step, frames, scope)


def _passes(step: LoopStep, frames: str, scope: Scope) -> Iterator[str | None]:
    planned = plan(step, scope)
    for index in range(step.max_iterations):
        inner = scope.inside(planned.turn(step, index))
        if not (holds(step.test, inner) if step.test is not None else index < (planned.total or 0)):
            break
        turn = f"{frames}/{step.id}@{index}" if frames else f"{step.id}@{index}"
        keys = list(_found(step.body, turn, inner))
        yield from keys
        if step.test is not None and not keys:
            break


def _branch(step: IfStep, scope: Scope) -> tuple[Step, ...] | None:
    """Give the branch that is taken, () for none; None where one before it is unknown."""
    for branch in step.branches:
        if branch.when is None or holds(branch.when, scope):
            return branch.steps
        if weigh(branch.when, scope) is None:
            return None
    return ()


@settings(max_examples=100, deadline=None)
@given(flows())
def test_generated_documents_are_valid(flow: JsonObject) -> None:
    assert check_workflow(flow) == ()
    assert review(flow).is_valid


@settings(max_examples=200, deadline=None)
@given(flows() | branching_flows(), contexts)
def test_a_walk_with_keys_takes_every_step_once_and_ends_or_names_what_is_missing(
    flow: JsonObject, context: JsonObject
) -> None:
    workflow = build(flow)
    walk = walked(workflow, context, MOST)
    event(f"steps: {min(len(walk.keys), 20)}")
    assert len(set(walk.keys)) == len(walk.keys)
    assert walk.keys == list(expected(workflow.steps, "", outermost(context)))
    assert walk.last.is_complete != bool(walk.last.gaps)
    assert walk.last.done == len(walk.keys)
    assert all(gap.variable and gap.steps for gap in walk.last.gaps)


@settings(max_examples=200, deadline=None)
@given(flows(is_plain=True) | branching_flows(is_plain=True), contexts)
def test_a_walk_with_plain_ids_goes_the_same_way(flow: JsonObject, context: JsonObject) -> None:
    workflow = build(flow)
    by_key, by_id = walked(workflow, context, MOST), walked(workflow, context, MOST, plain=True)
    event(f"steps: {min(len(by_key.keys), 20)}")
    assert by_id == by_key


@settings(max_examples=100, deadline=None)
@given(flows(), contexts, st.data())
def test_equal_arguments_give_equal_answers_and_stay_as_they_were(
    flow: JsonObject, context: JsonObject, data: st.DataObject
) -> None:
    workflow = build(flow)
    keys = walked(workflow, context, MOST).keys
    completed = data.draw(st.lists(st.sampled_from(keys), max_size=8)) if keys else []
    before = copy.deepcopy(context), list(completed), copy.deepcopy(flow)
    first = answer(workflow, next_step(workflow, completed, context), context)
    again = build(copy.deepcopy(flow))
    assert answer(again, next_step(again, list(completed), before[0]), before[0]) == first
    assert (context, completed, flow) == before


@settings(max_examples=100, deadline=None)
@given(flows() | branching_flows(), st.lists(contexts, min_size=1, max_size=4))
def test_no_change_of_context_makes_a_finished_instance_come_again(
    flow: JsonObject, changing: list[JsonObject]
) -> None:
    workflow = build(flow)
    completed: list[str] = []
    for turn in range(MOST):
        found = next_step(workflow, completed, changing[turn % len(changing)])
        if found.instance is None:
            break
        assert found.instance.key not in completed
        completed.append(found.instance.key)
    if len(changing) == 1:
        assert next_step(workflow, completed, changing[0]).instance is None


@settings(max_examples=100, deadline=None)
@given(flows(), contexts, st.data())
def test_whatever_is_reported_is_read_or_refused_by_name(
    flow: JsonObject, context: JsonObject, data: st.DataObject
) -> None:
    workflow = build(flow)
    entries = st.sampled_from(
        [*workflow.places, "loop-1@0::step-2", "loop-1@9::step-2", "no", "::", "loop-1@0/loop-2@0::x"]
    )
    completed = data.draw(st.lists(entries, max_size=12))
    outcome = _outcome(workflow, completed, context)
    assert outcome == "" or any(outcome in f"completedSteps/{entry}" for entry in (*completed, *range(12)))


def _outcome(workflow: Workflow, completed: list[str], context: JsonObject) -> str:
    """Give the step or argument a refusal names, nothing where there is an answer that repeats no entry."""
    try:
        found = next_step(workflow, completed, context)
    except StepNotFoundError as error:
        return error.step_id
    except ArgumentError as error:
        return error.path
    return "" if found.instance is None or found.instance.key not in completed else "repeated"


def test_the_model_and_the_walk_meet_on_long_walks_too() -> None:
    workflow = build(_deep_document())
    context: JsonObject = {"files": [1, 2, 3], "on": True}
    walk = walked(workflow, context, 500)
    assert walk.keys == list(expected(workflow.steps, "", outermost(context)))
    assert len(walk.keys) == pytest.approx(120, abs=60)


def _deep_document() -> JsonObject:
    inner = loop("inner", while_({"var": "on"}, maxIterations=3), [prompt("aaa"), prompt("bbb")])
    middle = loop("middle", times(4), [inner, prompt("ccc", runCondition={"var": "currentItem", "gt": 1})])
    return document(loop("outer", each("files"), [middle, prompt("ddd")]))
