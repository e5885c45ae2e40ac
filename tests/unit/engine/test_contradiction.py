import pytest

from engine.conditions import read_condition
from engine.contradiction import is_always, is_never
from schema.values import Json


@pytest.mark.parametrize(
    "condition",
    [
        {"or": []},
        {"var": "n", "in": []},
        {"not": {}},
        {"not": {"not": {"or": []}}},
        {"not": {"or": [{"var": "a"}, {}]}},
        "false",
        {"not": "true"},
        {"and": ["state.n > 3", "false"]},
        {"var": "n", "gt": 5, "lt": 3},
        {"var": "n", "gt": 5, "lt": 5},
        {"var": "n", "gte": 5, "lt": 5},
        {"var": "n", "gt": 5, "lte": 5},
        {"and": [{"var": "n", "gte": 5}, {"and": [{"var": "m"}, {"var": "n", "lte": 4}]}]},
        {"and": [{"var": "s", "equals": "Small"}, {"var": "s", "equals": "large"}]},
        {"var": "s", "equals": "a", "not_equals": "a"},
        {"var": "s", "equals": 1, "and": [{"or": []}]},
        {"or": [{"or": []}, {"var": "n", "in": []}]},
    ],
)
def test_what_can_never_hold_is_seen(condition: Json) -> None:
    assert is_never(read_condition(condition))
    assert is_always(read_condition({"not": condition}))


@pytest.mark.parametrize(
    "condition",
    [
        {},
        "state.n > 3",
        "!true",
        {"var": "n"},
        {"var": "n", "gte": 5, "lte": 5},
        {"var": "n", "gt": 4, "lt": 5},
        {"and": [{"var": "n", "gte": 5}, {"var": "m", "lte": 4}]},
        {"or": [{"or": []}, {"var": "n"}]},
        {"and": [{"var": "s", "equals": "1"}, {"var": "s", "equals": True}]},
        {"and": [{"var": "s", "equals": "yes"}, {"var": "s", "equals": 1}]},
        {"and": [{"var": "s", "equals": "a"}, {"var": "s", "equals": "A "}]},
        {"var": "s", "equals": "a", "not_equals": "b"},
        {"var": "s", "equals": True, "not_equals": 1},
        {"and": [{"not": {"var": "n", "gt": 5}}, {"var": "n", "gt": 5}]},
        {"not": {"var": "a"}},
    ],
)
def test_what_may_hold_is_left_alone(condition: Json) -> None:
    assert not is_never(read_condition(condition))
