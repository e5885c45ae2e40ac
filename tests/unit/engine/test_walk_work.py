"""How much work a walk does, counted in function calls, not in seconds."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from engine.definition import Workflow
from engine.walk import next_step
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, loop, prompt, times

BODY: list[Json] = [prompt("aaa", runCondition={"var": "currentItem", "gte": 0}), prompt("bbb")]
LISTED = flow(loop("rep", each("files", maxIterations=1000), BODY))
NESTED = flow(
    loop("outer", times(100, maxIterations=100), [loop("inner", times(50, maxIterations=50), [prompt("aaa")])])
)
WIDE = flow(*(loop(f"loop-{number}", times(1), [prompt(f"step-{number}")]) for number in range(1000)))


def calls_of(action: Callable[[], object]) -> int:
    """Count the Python functions an action calls."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def work(workflow: Workflow, completed: list[str], context: JsonObject) -> int:
    return calls_of(lambda: next_step(workflow, completed, context))


def listed(passes: int) -> JsonObject:
    return {"files": list(range(passes))}


@pytest.mark.parametrize("plain", [True, False])
def test_the_work_grows_with_the_entries_and_not_faster(plain: bool) -> None:
    def entries(passes: int) -> list[str]:
        return [each if plain else f"rep@{index}::{each}" for index in range(passes) for each in ("aaa", "bbb")]

    few, many = (work(LISTED, entries(passes), listed(1000)) for passes in (50, 500))
    assert many < 11 * few
    assert work(LISTED, entries(1000), listed(1000)) < 200 * 2000


def test_plain_ids_that_no_condition_allows_cost_no_more_than_a_look_at_each_pass() -> None:
    context: JsonObject = {"files": [-1] * 1000}
    few, many = (work(LISTED, ["aaa"] * entries, context) for entries in (100, 1000))
    assert many < 10 * few


def test_jumping_back_and_forth_costs_no_more_than_reading_on() -> None:
    forth = [f"rep@{index}::aaa" for index in range(500)]
    back = [each for _ in range(500) for each in ("rep@0::bbb", "aaa")]
    assert work(LISTED, forth + back, listed(1000)) < 200 * 1500


def test_nested_loops_cost_what_their_passes_cost() -> None:
    assert work(NESTED, ["aaa"] * 4000, {}) < 60 * (4000 + 2 * 5100)


def test_a_thousand_loops_beside_each_other_are_looked_through_once() -> None:
    completed = [f"loop-{number}@0::step-{number}" for number in range(0, 1000, 2)]
    assert work(WIDE, completed, {}) < 200 * 1000


def test_a_huge_context_costs_nothing_where_nothing_looks_at_it() -> None:
    workflow = flow(prompt("one"), prompt("two", runCondition={"var": "big.1.n", "equals": 5}))
    small: JsonObject = {"big": [{"n": 5}] * 2}
    huge: JsonObject = {"big": [{"n": 5}] * 50_000}
    assert work(workflow, ["one"], huge) == work(workflow, ["one"], small)
