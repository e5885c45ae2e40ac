import json

import pytest

from engine.definition import Operation
from engine.updates import LARGEST, MAX_PARTS, MAX_PATH, Path, Update, UpdateError, applied, read_path
from schema.values import Json, JsonObject

SET, APPEND, MERGE, REMOVE = Operation.SET, Operation.APPEND, Operation.MERGE, Operation.REMOVE
INCREMENT, DECREMENT, MULTIPLY = Operation.INCREMENT, Operation.DECREMENT, Operation.MULTIPLY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n", ("n",)),
        ("state.n", ("n",)),
        ("this.n", ("n",)),
        ("state.this.n", ("this", "n")),
        ("a.b.c", ("a", "b", "c")),
        ("a[0]", ("a", 0)),
        ("a[0][1].b", ("a", 0, 1, "b")),
        ('a["b c"].d', ("a", "b c", "d")),
        ("a['b.c'][2]", ("a", "b.c", 2)),
        ('state["odd name"]', ("odd name",)),
        ('a[""]', ("a", "")),
        ("$a._b1", ("$a", "_b1")),
        ("inputs.n", ("inputs", "n")),
        ("a[007]", ("a", 7)),
    ],
)
def test_a_path_is_read(text: str, expected: Path) -> None:
    assert read_path(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        ".a",
        "a.",
        "a..b",
        "a b",
        "a-b",
        "a[-1]",
        "a[x]",
        "a[1",
        "a[1e3]",
        "a.[0]",
        "a.0",
        "0",
        "[0]",
        "state[0]",
        '["a"]',
        "a['b\\'c']",
        "a\n",
        "a[1234567890]",
        "é",
        "a" * (MAX_PATH + 1),
        "a" + ".b" * MAX_PARTS,
        "state",
        "this",
        "{{ n }}",
    ],
)
@pytest.mark.requirement("AC-SM-010")
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(UpdateError) as refused:
        read_path(text)
    assert refused.value.path == text[:MAX_PATH]
    assert refused.value.details in str(refused.value)


def test_the_longest_path_is_read() -> None:
    assert len(read_path("state" + ".b" * MAX_PARTS)) == MAX_PARTS


def after(state: JsonObject, *updates: tuple[str, Operation, Json]) -> JsonObject:
    return applied(state, [Update(*each) for each in updates])


@pytest.mark.parametrize(
    ("state", "update", "expected"),
    [
        ({}, ("a", SET, 1), {"a": 1}),
        ({"a": 1, "b": 2}, ("a", SET, None), {"a": None, "b": 2}),
        ({}, ("a.b.c", SET, 1), {"a": {"b": {"c": 1}}}),
        ({"a": None}, ("a.b", SET, 1), {"a": {"b": 1}}),
        ({"a": {"x": 1}}, ("a.b", SET, [1]), {"a": {"x": 1, "b": [1]}}),
        ({"a": [1, 2]}, ("a[1]", SET, 3), {"a": [1, 3]}),
        ({"a": [{"b": 1}]}, ("a[0].b", SET, 2), {"a": [{"b": 2}]}),
        ({"a": [None]}, ("a[0].b", SET, 2), {"a": [{"b": 2}]}),
        ({"a": [[1]]}, ("a[0][0]", SET, 2), {"a": [[2]]}),
        ({}, ("log", APPEND, "x"), {"log": ["x"]}),
        ({"log": None}, ("log", APPEND, "x"), {"log": ["x"]}),
        ({"log": [1]}, ("log", APPEND, [2]), {"log": [1, [2]]}),
        ({"a": {}}, ("a.log", APPEND, None), {"a": {"log": [None]}}),
        ({"a": [[1]]}, ("a[0]", APPEND, 2), {"a": [[1, 2]]}),
        ({}, ("n", INCREMENT, 2), {"n": 2}),
        ({"n": None}, ("n", DECREMENT, 2), {"n": -2}),
        ({"n": 3}, ("n", MULTIPLY, 2), {"n": 6}),
        ({}, ("n", MULTIPLY, 2), {"n": 0}),
        ({"n": 0.1}, ("n", INCREMENT, 0.2), {"n": 0.30000000000000004}),
        ({"n": 1.5}, ("n", MULTIPLY, 2), {"n": 3}),
        ({"n": 5}, ("n", DECREMENT, 5), {"n": 0}),
        ({"n": LARGEST - 1}, ("n", INCREMENT, 1), {"n": LARGEST}),
        ({}, ("a", MERGE, {"b": 1}), {"a": {"b": 1}}),
        ({"a": {"b": {"c": 1}, "d": 2}}, ("a", MERGE, {"b": {"e": 3}}), {"a": {"b": {"e": 3}, "d": 2}}),
        ({"a": None}, ("a", MERGE, {}), {"a": {}}),
        ({"a": 1, "b": 2}, ("a", REMOVE, None), {"b": 2}),
        ({"b": 2}, ("a", REMOVE, None), {"b": 2}),
        ({"b": 2}, ("a.b.c", REMOVE, None), {"b": 2}),
        ({"b": 2}, ("a[0].c", REMOVE, None), {"b": 2}),
        ({"a": None}, ("a.b", REMOVE, None), {"a": None}),
        ({"a": None}, ("a[3]", REMOVE, None), {"a": None}),
        ({"a": {"b": 1}}, ("a.b", REMOVE, None), {"a": {}}),
        ({"a": {"b": 1}}, ("a.c", REMOVE, None), {"a": {"b": 1}}),
        ({"a": [1, 2, 3]}, ("a[1]", REMOVE, None), {"a": [1, 3]}),
        ({"a": [{"b": 1}]}, ("a[0].b", REMOVE, None), {"a": [{}]}),
    ],
)
@pytest.mark.requirement("AC-SM-003")
def test_an_update_changes_its_place_and_nothing_else(
    state: JsonObject, update: tuple[str, Operation, Json], expected: JsonObject
) -> None:
    found = after(state, update)
    assert found == expected
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize(
    ("state", "update", "told"),
    [
        ({"a": 1}, ("a.b", SET, 1), "what stands before 'b' is no object"),
        ({"a": [1]}, ("a.b", SET, 1), "what stands before 'b' is a list, whose items have numbers"),
        ({"a": [1]}, ("a.b", REMOVE, None), "is a list"),
        ({"a": {}}, ("a[0]", SET, 1), "what stands before [0] is no list"),
        ({}, ("a[0]", SET, 1), "what stands before [0] is no list"),
        ({"a": {}}, ("a[0]", REMOVE, None), "what stands before [0] is no list"),
        ({"a": [1]}, ("a[1]", SET, 1), "the list has 1 items, so there is no [1]"),
        ({"a": [1]}, ("a[1]", REMOVE, None), "there is no [1]"),
        ({"a": [1]}, ("a[5].b", INCREMENT, 1), "there is no [5]"),
        ({"a": "x"}, ("a", APPEND, 1), "it is no list, so nothing can be appended"),
        ({"a": {}}, ("a", APPEND, 1), "it is no list"),
        ({"a": [1]}, ("a", MERGE, {}), "merge takes an object into an object"),
        ({"a": {}}, ("a", MERGE, [1]), "merge takes an object into an object"),
        ({"n": "1"}, ("n", INCREMENT, 1), "it is not a number, so increment is not possible"),
        ({"n": True}, ("n", MULTIPLY, 1), "it is not a number, so multiply is not possible"),
        ({"n": 1}, ("n", DECREMENT, "1"), "the value is not a number, so decrement is not possible"),
        ({"n": 1}, ("n", INCREMENT, False), "the value is not a number"),
        ({"n": 1}, ("n", INCREMENT, None), "the value is not a number"),
        ({"n": LARGEST}, ("n", INCREMENT, 1), "the result is beyond 9,007,199,254,740,991"),
        ({"n": -LARGEST}, ("n", DECREMENT, 1), "the result is beyond"),
        ({"n": 1e300}, ("n", MULTIPLY, 2), "the result is beyond"),
        ({"n": 1e300}, ("n", MULTIPLY, 1e300), "the result is no finite number"),
        ({"n": 10**400}, ("n", MULTIPLY, 1.5), "the result is no finite number"),
        ({"n": float("nan")}, ("n", INCREMENT, 1), "the result is no finite number"),
        ({}, ("a b", SET, 1), "an update's path is names joined by dots"),
        ({}, ("state", SET, {}), "the state itself cannot be written; name what in it"),
    ],
)
def test_an_update_that_cannot_be_made_says_why(
    state: JsonObject, update: tuple[str, Operation, Json], told: str
) -> None:
    before = json.dumps(state)
    with pytest.raises(UpdateError) as refused:
        after(state, ("first", SET, 1), update, ("last", SET, 1))
    assert str(refused.value).startswith(update[0] + ": ")
    assert told in str(refused.value)
    assert json.dumps(state) == before


def test_later_updates_see_earlier_ones() -> None:
    assert after({}, ("a.n", SET, 2), ("a.n", MULTIPLY, 4), ("a.log", APPEND, 1), ("a.log[0]", INCREMENT, 1)) == {
        "a": {"n": 8, "log": [2]}
    }


def test_what_an_update_does_not_touch_is_shared() -> None:
    state: JsonObject = {"a": {"b": [1], "c": [2]}, "d": [3]}
    changed = after(state, ("a.b", APPEND, 2))
    assert changed["d"] is state["d"]
    assert isinstance(changed["a"], dict)
    assert isinstance(state["a"], dict)
    assert changed["a"]["c"] is state["a"]["c"]
    assert after(state, ("gone.x", REMOVE, None)) is state
