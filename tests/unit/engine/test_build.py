from engine.build import build
from engine.definition import LoopKind, LoopStep, PromptStep
from schema.values import JsonObject
from tests.unit.engine.flows import document, each, flow, loop, prompt, times, until, while_


def loop_of(settings: JsonObject) -> LoopStep:
    step = flow(loop("rep", settings, [prompt("aaa")])).steps[0]
    assert isinstance(step, LoopStep)
    return step


def test_the_names_of_a_loop_have_defaults() -> None:
    step = loop_of(each("files"))
    assert (step.iteration_var, step.item_var, step.index_var) == ("currentIteration", "currentItem", "currentIndex")
    named = loop_of(each("files", iterationVar="i", itemVar="x", indexVar="n"))
    assert (named.iteration_var, named.item_var, named.index_var) == ("i", "x", "n")


def test_whole_numbers_written_as_fractions_are_whole() -> None:
    step = loop_of(times(2.0, maxIterations=3.0))
    assert (step.fixed, step.max_iterations) == (2, 3)
    assert isinstance(step.max_iterations, int)


def test_only_while_and_until_have_a_test() -> None:
    assert loop_of(times(2)).test is None
    assert loop_of(each("files")).test is None
    assert loop_of(while_({})).test is not None
    assert loop_of(until({})).kind is LoopKind.UNTIL


def test_places_hold_every_step_with_the_loops_around_it() -> None:
    places = flow(prompt("one"), loop("rep", times(1), [prompt("aaa"), prompt("bbb")]), prompt("end")).places
    assert list(places) == ["one", "rep", "aaa", "bbb", "end"]
    assert [each.id for each in places["bbb"].loops] == ["rep"]
    assert places["bbb"].indexes == (1, 1)


def test_a_step_that_serves_two_loops_is_shown_with_its_own_id() -> None:
    original = prompt("work")
    workflow = flow(loop("one", times(1), "work"), loop("two", times(1), "work"), original)
    step = workflow.places["two-work"].step
    assert isinstance(step, PromptStep)
    assert step.shown["id"] == "two-work"
    assert original["id"] == "work"


def test_the_workflow_keeps_its_id_and_name() -> None:
    workflow = build(document(prompt("one", requires={"a": "string", "b": "number"})))
    assert (workflow.id, workflow.name) == ("flow", "Flow")
    step = workflow.steps[0]
    assert isinstance(step, PromptStep)
    assert step.requires == ("a", "b")
