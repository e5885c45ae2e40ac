import pytest

from engine.budget import Budget
from engine.errors import ArgumentError, CriterionError, StepNotFoundError
from engine.scan import Gap
from engine.walk import next_step
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, following, key_of, loop, prompt, times, until, walked, while_

ON: JsonObject = {"var": "on", "equals": True}


def test_steps_come_in_document_order() -> None:
    assert walked(flow(prompt("one"), prompt("two"), prompt("three")), {}).keys == ["one", "two", "three"]


def test_a_step_whose_condition_is_false_is_passed_over_and_offered_once_it_holds() -> None:
    workflow = flow(prompt("one", runCondition=ON), prompt("two"))
    assert following(workflow, on=False) == "two"
    assert following(workflow, "two", on=False) is None
    assert following(workflow, "two", on=True) == "one"


def test_a_known_false_condition_never_blocks_the_end() -> None:
    found = next_step(flow(prompt("one", runCondition=ON)), (), {"on": False})
    assert found.is_complete
    assert (found.done, found.total) == (0, 0)


def test_a_waiting_step_is_passed_over_and_its_variable_named_at_the_end() -> None:
    workflow = flow(prompt("one", runCondition=ON), prompt("two"), prompt("three", runCondition={"var": "on"}))
    assert key_of(next_step(workflow, (), {})) == "two"
    found = next_step(workflow, ("two",), {})
    assert not found.is_complete
    assert found.gaps == (Gap("on", (True,), ("one", "three")),)
    assert found.total is None


def test_the_steps_that_wait_for_one_variable_are_named_up_to_a_limit() -> None:
    steps: list[Json] = [prompt(f"step-{number}", runCondition=ON) for number in range(300)]
    (gap,) = next_step(flow(*steps), (), {}).gaps
    assert len(gap.steps) == 100


def test_a_for_loop_makes_its_count_of_passes() -> None:
    workflow = flow(loop("rep", times(2), [prompt("aaa"), prompt("bbb")]), prompt("end"))
    assert walked(workflow, {}).keys == ["rep@0::aaa", "rep@0::bbb", "rep@1::aaa", "rep@1::bbb", "end"]


@pytest.mark.parametrize(("count", "passes"), [("2", 2), (2.9, 2), (0, 0), (-3, 0), ("3 ", 3)])
def test_a_count_from_context_is_read_kindly(count: Json, passes: int) -> None:
    walk = walked(flow(loop("rep", times("n"), [prompt("aaa")])), {"n": count})
    assert len(walk.keys) == passes
    assert walk.last.is_complete


@pytest.mark.parametrize("count", [None, "many", [1], True, 1e400])
def test_a_count_that_is_no_number_is_waited_for(count: Json) -> None:
    found = next_step(flow(loop("rep", times("n"), [prompt("aaa")])), (), {"n": count})
    assert found.gaps == (Gap("n", (), ("rep",)),)


@pytest.mark.parametrize("context", [{}, {"files": "a, b"}, {"files": None}])
def test_a_list_that_is_missing_is_waited_for_by_name(context: JsonObject) -> None:
    found = next_step(flow(loop("rep", each("files"), [prompt("aaa")])), (), context)
    assert found.gaps == (Gap("files", (), ("rep",)),)


def test_a_for_each_binds_item_and_index_and_nested_lists_follow_the_outer_item() -> None:
    inner = loop("inner", each("team.people"), [prompt("greet")])
    workflow = flow(loop("outer", each("teams", itemVar="team"), [inner]))
    context: JsonObject = {"teams": [{"people": ["a", "b"]}, {"people": []}, {"people": ["c"]}]}
    assert walked(workflow, context).keys == [
        "outer@0/inner@0::greet",
        "outer@0/inner@1::greet",
        "outer@2/inner@0::greet",
    ]


def test_a_while_tests_before_each_pass_with_the_number_of_that_pass() -> None:
    workflow = flow(loop("rep", while_({"var": "currentIteration", "lte": 2}), [prompt("aaa")]))
    assert walked(workflow, {"currentIteration": 99}).keys == ["rep@0::aaa", "rep@1::aaa"]


def test_an_until_is_a_while_of_the_opposite() -> None:
    workflow = flow(loop("rep", until(ON), [prompt("aaa")]), prompt("end"))
    assert following(workflow) == "rep@0::aaa"
    assert following(workflow, "rep@0::aaa", on=True) == "end"
    assert following(workflow, on=True) == "end"


def test_a_while_whose_variable_is_missing_waits_at_its_own_key() -> None:
    workflow = flow(loop("rep", while_(ON), [prompt("aaa")]), prompt("end"))
    assert following(workflow) == "end"
    assert next_step(workflow, ("end",), {}).gaps == (Gap("on", (True,), ("rep",)),)


def test_a_pass_is_entered_when_a_later_one_has_something_done() -> None:
    workflow = flow(loop("rep", while_(ON), [prompt("aaa"), prompt("bbb")]))
    assert following(workflow, "rep@1::aaa", on=False) == "rep@0::aaa"
    assert walked(workflow, {"on": False}).keys == []
    assert next_step(workflow, (), {"on": True}).step == prompt("aaa")
    assert next_step(workflow, (), {"on": False}).step is None


def test_passes_beyond_a_list_that_shrank_stay_entered_where_something_is_done() -> None:
    workflow = flow(loop("rep", each("files"), [prompt("aaa"), prompt("bbb")]))
    assert following(workflow, "rep@0::aaa", "rep@0::bbb", "rep@1::aaa", files=["x"]) == "rep@1::bbb"


def test_a_loop_with_a_done_instance_is_over_when_its_id_is_done() -> None:
    workflow = flow(loop("rep", times(3), [prompt("aaa")]), prompt("end"))
    assert following(workflow, "rep@0::aaa", "rep") == "end"


def test_a_loop_with_a_done_instance_is_over_when_a_step_behind_it_is_done() -> None:
    workflow = flow(
        loop("rep", while_(ON), [prompt("aaa")]), prompt("mid", runCondition=ON), loop("two", times(1), [prompt("bbb")])
    )
    assert following(workflow, "rep@0::aaa", "mid", on=True) == "two@0::bbb"
    assert following(workflow, "rep@0::aaa", "two@0::bbb", on=True) == "mid"


def test_a_loop_without_a_done_instance_comes_back_when_its_test_begins_to_hold() -> None:
    workflow = flow(loop("rep", while_(ON), [prompt("aaa")]), prompt("end"))
    assert following(workflow, "end", on=True) == "rep@0::aaa"


def test_two_loops_that_began_are_both_looked_at() -> None:
    workflow = flow(loop("one", times(1), [prompt("aaa")]), loop("two", times(2), [prompt("bbb")]))
    assert following(workflow, "one@0::aaa", "two@0::bbb") == "two@1::bbb"


def test_an_inner_loop_is_over_only_in_the_pass_that_closed_it() -> None:
    inner = loop("inner", times(2), [prompt("aaa")])
    workflow = flow(loop("outer", times(2), [inner]))
    assert following(workflow, "outer@0::inner") == "outer@1/inner@0::aaa"


def test_the_condition_of_a_loop_is_asked_only_before_it_begins() -> None:
    workflow = flow(loop("rep", times(2), [prompt("aaa")], runCondition=ON))
    assert following(workflow, on=False) is None
    assert following(workflow, "rep@0::aaa", on=False) == "rep@1::aaa"


def test_a_while_pass_without_an_eligible_or_done_step_ends_the_loop_with_a_warning() -> None:
    workflow = flow(loop("rep", while_(ON), [prompt("aaa", runCondition={"var": "other"})]), prompt("end"))
    found = next_step(workflow, (), {"on": True, "other": False})
    assert key_of(found) == "end"
    assert found.warnings == ("loop rep ended: pass 0 has no step whose runCondition holds",)


def test_a_while_pass_without_an_eligible_step_before_a_done_one_ends_nothing() -> None:
    steps: list[Json] = [
        prompt("aaa", runCondition={"var": "currentIteration", "gt": 1}),
        prompt("bbb", runCondition=ON),
    ]
    workflow = flow(loop("rep", while_({"var": "go"}), steps), prompt("end"))
    found = next_step(workflow, ("rep@1::aaa",), {"go": True, "on": False})
    assert key_of(found) == "rep@2::aaa"
    assert found.warnings == ()
    assert following(workflow, "rep@2::aaa", go=False, on=False) == "rep@1::aaa"


def test_a_for_pass_without_an_eligible_step_goes_on_to_the_next() -> None:
    step = prompt("aaa", runCondition={"var": "currentIndex", "gt": 0})
    workflow = flow(loop("rep", each("files"), [step]))
    assert walked(workflow, {"files": [1, 2, 3]}).keys == ["rep@1::aaa", "rep@2::aaa"]


def test_reaching_the_maximum_of_passes_ends_the_loop_with_a_warning() -> None:
    cases: list[tuple[JsonObject, JsonObject]] = [
        (while_(ON, maxIterations=2), {"on": True}),
        (times(5, maxIterations=2), {}),
        (each("files", maxIterations=2), {"files": [1, 2, 3]}),
    ]
    for settings, context in cases:
        walk = walked(flow(loop("rep", settings, [prompt("aaa")])), context)
        assert walk.keys == ["rep@0::aaa", "rep@1::aaa"]
        assert walk.last.warnings == ("loop rep ended: it reached its maxIterations, 2",)
        assert walk.last.is_complete


def test_a_loop_that_ends_just_at_its_maximum_warns_of_nothing() -> None:
    cases: list[tuple[JsonObject, JsonObject]] = [
        (while_({"var": "currentIteration", "lte": 2}, maxIterations=2), {}),
        (times(2, maxIterations=2), {}),
        (each("files", maxIterations=2), {"files": [1, 2]}),
    ]
    for settings, context in cases:
        assert walked(flow(loop("rep", settings, [prompt("aaa")])), context).last.warnings == ()


def test_a_body_given_as_an_id_runs_only_inside_the_loop() -> None:
    workflow = flow(prompt("work"), loop("rep", times(2), "work"), prompt("end"))
    assert walked(workflow, {}).keys == ["rep@0::work", "rep@1::work", "end"]


def test_a_body_given_as_an_id_may_be_a_loop() -> None:
    workflow = flow(loop("outer", times(2), "inner"), loop("inner", times(1), "work"), prompt("work"))
    assert walked(workflow, {}).keys == ["outer@0/inner@0::work", "outer@1/inner@0::work"]


def test_a_step_that_serves_two_loops_has_an_id_of_its_own_in_the_second() -> None:
    workflow = flow(loop("one", times(1), "work"), loop("two", times(1), "work"), prompt("work"))
    walk = walked(workflow, {})
    assert walk.keys == ["one@0::work", "two@0::two-work"]


def test_the_total_counts_what_is_done_and_what_is_to_come() -> None:
    workflow = flow(
        prompt("one"), prompt("not", runCondition=ON), loop("rep", times(3), [prompt("aaa"), prompt("bbb")])
    )
    found = next_step(workflow, ("one", "rep@0::aaa"), {"on": False})
    assert (found.done, found.total) == (2, 7)


def test_the_total_is_open_where_a_test_or_a_missing_variable_decides() -> None:
    by_test = flow(prompt("one"), loop("rep", while_(ON), [prompt("aaa")]))
    assert next_step(by_test, (), {"on": True}).total is None
    assert next_step(by_test, (), {"on": False}).total == 1
    by_variable = flow(prompt("one"), prompt("two", runCondition=ON))
    assert next_step(by_variable, (), {}).total is None


def test_the_total_is_open_beyond_what_a_run_can_report() -> None:
    body: list[Json] = [prompt(f"step-{number}") for number in range(11)]
    inner = loop("inner", times(100, maxIterations=100), body)
    workflow = flow(loop("outer", times(10), [inner]))
    found = next_step(workflow, (), {})
    assert key_of(found) == "outer@0/inner@0::step-0"
    assert found.total is None


def test_the_total_is_open_where_counting_hits_a_limit() -> None:
    workflow = flow(prompt("one"), prompt("two", runCondition={"var": "text", "matches": "^(a+)+$"}))
    found = next_step(workflow, (), {"text": "a" * 40 + "b"})
    assert key_of(found) == "one"
    assert found.total is None
    with pytest.raises(CriterionError):
        next_step(workflow, ("one",), {"text": "a" * 40 + "b"})


def test_more_passes_than_one_call_looks_at_are_refused() -> None:
    never = prompt("aaa", runCondition={"var": "off"})
    inner = loop("inner", times(200, maxIterations=1000), [never])
    workflow = flow(loop("outer", times(100, maxIterations=100), [inner]))
    with pytest.raises(ArgumentError) as refused:
        next_step(workflow, (), {"off": False})
    assert refused.value.data()["path"] == "completedSteps"


def test_more_steps_than_one_call_looks_at_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "left", 100)
    workflow = flow(
        loop("rep", times("n"), [loop(f"loop-{number}", times(0), [prompt(f"step-{number}")]) for number in range(20)])
    )
    assert next_step(workflow, (), {"n": 5}).is_complete
    with pytest.raises(ArgumentError) as refused:
        next_step(workflow, (), {"n": 6})
    assert refused.value.path == "context"


def test_reading_what_is_done_takes_nothing_from_the_passes_the_walk_may_look_at() -> None:
    workflow = flow(loop("rep", times(1000, maxIterations=1000), [loop("sub", times(6), [prompt("aaa")])]))
    completed = ["aaa"] * 6000
    assert next_step(workflow, completed, {}).is_complete


def test_the_step_handed_out_knows_the_loops_that_begin_with_it() -> None:
    inner = loop("inner", times(1), [prompt("aaa"), prompt("bbb")])
    workflow = flow(loop("outer", times(2), [inner]))

    def entering(*completed: str) -> list[str]:
        found = next_step(workflow, completed, {}).instance
        assert found is not None
        return [each.id for each in found.entering]

    assert entering() == ["outer", "inner"]
    assert entering("outer@0/inner@0::aaa") == []
    assert entering("outer@0/inner@0::aaa", "outer@0/inner@0::bbb") == ["inner"]


def test_an_unknown_entry_is_refused() -> None:
    with pytest.raises(StepNotFoundError):
        next_step(flow(prompt("one")), ("nine",), {})


def test_the_walk_leaves_its_arguments_as_they_were() -> None:
    context: JsonObject = {"files": [{"n": 1}]}
    workflow = flow(loop("rep", each("files"), [prompt("aaa")]))
    next_step(workflow, ["rep@0::aaa"], context)
    assert context == {"files": [{"n": 1}]}
