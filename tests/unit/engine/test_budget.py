"""What one call may do: work is counted in units, never in seconds."""

from collections.abc import Callable, Iterator

import pytest

from engine import budget, conditions
from engine.budget import MAX_WORK, TEXT_UNIT, UNITS_A_SECOND, Budget, size_of
from engine.conditions import gaps, holds, read_condition, weigh
from engine.criteria import read_criteria, validate_output
from engine.errors import ArgumentError
from engine.guidance import answer
from engine.variables import Scope, outermost
from engine.walk import next_step
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, loop, prompt, times

LONG: list[Json] = [f"item {number}" for number in range(1000)]


def spent(scope: Scope, action: Callable[[], object]) -> int:
    """Give the units an action spends."""
    before = scope.budget.left
    action()
    return before - scope.budget.left


def test_the_size_of_a_value_counts_what_lies_within_and_the_length_of_texts() -> None:
    assert size_of("x" * (TEXT_UNIT - 1)) == 1
    assert size_of(["x" * TEXT_UNIT] * 3) == 7
    assert size_of({"a": {"b": [True, None, 2.5]}}) == 6


def test_every_part_of_a_condition_counts() -> None:
    condition = read_condition({"not": {"or": [{"var": "a"}, {"and": []}, {"var": "b"}]}})
    scope = outermost({"a": False, "b": True})
    assert spent(scope, lambda: holds(condition, scope)) == 4
    assert spent(scope, lambda: weigh(condition, scope)) == 4
    missing = outermost({})
    assert spent(missing, lambda: weigh(read_condition({"var": "a", "equals": 1}), missing)) == 1
    assert spent(missing, lambda: gaps(read_condition({"var": "a", "in": LONG}), missing)) > len(LONG)


@pytest.mark.parametrize(
    ("condition", "value", "least"),
    [
        ({"contains": "none"}, LONG, 1000),
        ({"in": LONG}, "none", 1000),
        ({"equals": "none"}, "x" * TEXT_UNIT * 50, 50),
        ({"endsWith": "x" * TEXT_UNIT * 50}, "none", 50),
        ({"equals": LONG}, [*LONG], 2000),
        ({"in": LONG}, "x" * TEXT_UNIT * 50, 50 * 1000),
        ({"contains": "x" * TEXT_UNIT * 50}, LONG, 50 * 1000),
        ({"contains": 5}, [[1] * 1000, "x" * TEXT_UNIT * 500], 1500),
        ({"gte": 5}, {"deep": [[LONG]]}, 1000),
    ],
)
def test_a_large_comparison_costs_its_size_once(condition: JsonObject, value: Json, least: int) -> None:
    read, scope = read_condition({"var": "value", **condition}), outermost({"value": value})
    verdict = holds(read_condition({"var": "value", **condition}), outermost({"value": value}))
    assert least <= spent(scope, lambda: holds(read, scope)) <= least * 2 + 100
    assert spent(scope, lambda: [holds(read, scope), weigh(read, scope)]) == 2
    assert holds(read, scope) is verdict


def test_a_bare_variable_costs_the_same_whatever_it_holds() -> None:
    scope = outermost({"long": LONG, "text": "x" * 10_000})
    assert spent(scope, lambda: [holds(read_condition({"var": name}), scope) for name in ("long", "text")]) == 2


def test_values_that_are_equal_but_not_the_same_are_decided_for_themselves() -> None:
    condition = read_condition({"var": "currentItem", "contains": "b"})
    workflow = flow(loop("rep", each("lists"), [prompt("aaa", runCondition={"var": "currentItem", "contains": "b"})]))
    found = next_step(workflow, (), {"lists": [["a"], ["a"], ["a", "b"]]}).instance
    assert found is not None
    assert found.key == "rep@2::aaa"
    scope = outermost({"lists": [["a"], ["b"]]})
    turns = [scope._replace(names={"currentItem": [text]}) for text in "ab" * 50]
    assert [holds(condition, turn) for turn in turns] == [False, True] * 50


def test_a_value_is_counted_once_for_all_that_compare_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Json] = []

    def noting(value: Json) -> int:
        counted.append(value)
        return size_of(value)

    monkeypatch.setattr(budget, "size_of", noting)
    scope = outermost({"long": LONG})
    for number in range(5):
        holds(read_condition({"var": "long", "contains": number}), scope)
    assert counted == [LONG]


def test_a_pattern_costs_the_time_it_needs_and_is_tried_once_for_each_text(monkeypatch: pytest.MonkeyPatch) -> None:
    condition = read_condition({"var": "text", "matches": "b"})
    scope = outermost({"text": "abc"})
    monkeypatch.setattr(conditions, "thread_time", _clock(0.25))
    first = spent(scope, lambda: holds(condition, scope))
    assert UNITS_A_SECOND / 4 <= first <= UNITS_A_SECOND / 4 + 10
    assert spent(scope, lambda: holds(condition, scope)) == 1
    with pytest.raises(ArgumentError):
        holds(condition, scope._replace(names={"text": "another"}))


def _clock(step: float) -> Callable[[], float]:
    """Give a clock that moves by so many seconds between every two looks."""

    def ticks() -> Iterator[float]:
        now = 0.0
        while True:
            now += step
            yield now

    return ticks().__next__


def test_a_call_beyond_its_budget_is_refused_with_the_bound_and_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "left", 100)
    condition: JsonObject = {"var": "currentItem", "in": LONG}
    workflow = flow(loop("rep", each("files"), [prompt("aaa", runCondition=condition)]))
    with pytest.raises(ArgumentError) as refused:
        next_step(workflow, (), {"files": ["x"]})
    assert refused.value.path == "context"
    assert str(MAX_WORK) in refused.value.details
    assert "'currentItem'" in refused.value.details
    assert "shorten" in refused.value.details


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"contains": "zz"}, list(range(40_000))),
        ({"in": [str(number) for number in range(10_000)]}, "zz"),
        ({"equals": "zz"}, "b" * 250_000),
        ({"matches": "c$"}, "b" * 200),
    ],
)
def test_an_honest_walk_of_many_passes_decides_a_large_comparison_once(condition: JsonObject, value: Json) -> None:
    step = prompt("aaa", runCondition={"var": "value", **condition})
    workflow = flow(loop("rep", times(1000, maxIterations=1000), [step]))
    assert next_step(workflow, (), {"value": value}).is_complete


def test_many_parts_over_many_passes_are_refused() -> None:
    condition: JsonObject = {"or": [{"var": f"name-{number}", "equals": number} for number in range(1000)]}
    workflow = flow(loop("rep", times(1000, maxIterations=1000), [prompt("aaa", runCondition=condition)]))
    with pytest.raises(ArgumentError) as refused:
        next_step(workflow, (), {})
    assert refused.value.path == "context"
    with pytest.raises(ArgumentError):
        next_step(workflow, ("aaa",) * 1000, {})


def test_what_counting_the_total_spends_is_not_missing_when_the_answer_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "left", 50)
    first = prompt("one", requireConfirmation={"var": "size", "in": list(range(20))})
    later = loop("rep", times(10), [prompt("aaa", runCondition={"var": "size", "in": ["no", "never"]})])
    context: JsonObject = {"size": 7}
    workflow = flow(first, later)
    found = next_step(workflow, (), context)
    assert found.total is None
    guidance = answer(workflow, found, context)["guidance"]
    assert isinstance(guidance, dict)
    assert guidance["requiresConfirmation"] is True


def test_the_conditions_of_an_outputs_rules_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "left", 1500)
    rules: list[Json] = [
        {"type": "length", "min": 1, "message": "m", "condition": {"var": "long", "contains": text}} for text in "ab"
    ]
    assert validate_output(read_criteria(rules[:1]), "said", outermost({"long": LONG})).issues == ()
    with pytest.raises(ArgumentError):
        validate_output(read_criteria(rules), "said", outermost({"long": LONG}))
