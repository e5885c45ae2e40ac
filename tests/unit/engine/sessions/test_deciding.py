import pytest

from engine.conditions import read_condition
from engine.sessions.deciding import MAX_KEPT, MAX_NAMED, values_of
from engine.variables import outermost
from schema.values import Json, JsonObject

STATE: JsonObject = {"n": 5, "files": ["a", "b"], "plan": {"size": "large"}, "long": "x" * 1000, "none": None}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"var": "n", "gt": 1}, {"n": 5}),
        ({"and": [{"var": "plan"}, {"not": {"var": "gone"}}]}, {"plan": "an object of 1", "gone": None}),
        ("state.n > 3 && state.files.length > 1", {"state.n": 5, "state.files": "a list of 2"}),
        ("state.plan.size === 'large'", {"state.plan.size": "large"}),
        ("state.plan.size.toUpperCase() === 'LARGE' || n", {"state.plan.size": "large", "n": 5}),
        ("state.gone?.x || state.none", {"state.gone.x": None, "state.none": None}),
        ("Object.keys(state).length", {"state": None}),
        ("state.long", {"state.long": "x" * MAX_KEPT}),
        ("true", {}),
        ({"or": ["state.n > 9", {"var": "n"}]}, {"state.n": 5, "n": 5}),
    ],
)
def test_a_decision_keeps_the_values_it_was_made_on(condition: Json, expected: JsonObject) -> None:
    assert values_of(read_condition(condition), outermost(STATE)) == expected


def test_the_values_kept_are_bounded_in_number() -> None:
    many = " + ".join(f"v{number}" for number in range(MAX_NAMED + 5))
    assert (
        len(values_of(read_condition({"and": ["state.n", many, "state.files", {"var": "n"}]}), outermost(STATE)))
        == MAX_NAMED
    )
