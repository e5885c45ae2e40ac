import pytest

from engine.check_model import KIND_OF_TYPE, KINDS, MAX_SHOWN, canonical, is_type, kind_of, shown
from engine.checks import CHECKS
from engine.checks_values import same
from engine.patterns import fault
from schema.values import Json, JsonObject
from tests.unit.engine.gate_documents import field, gate, named, passes, verdict

WORDS_OF_OLDER_DEFINITIONS = [
    "non_empty",
    "contains_any",
    "matches_pattern",
    "min_length",
    "max_length",
    "positive",
    "non_negative",
    "negative",
    "in_range",
    "equals",
    "not_equals",
    "has_fields",
    "valid_structure",
    "yaml_parseable",
    "contains_success",
    "no_errors",
    "contains_text",
    "not_contains_text",
    "list_not_empty",
    "list_min_length",
    "all_items_type",
    "greater_than",
    "less_than",
    "between",
]
OWN_WORDS = [
    "contains",
    "not_contains",
    "matches",
    "min",
    "max",
    "one_of",
    "has_keys",
    "each_type",
    "unique",
    "regex",
    "length",
    "schema",
]

HELD: list[tuple[str, JsonObject, str, list[Json], list[Json]]] = [
    ("non_empty", {}, "string", ["a"], ["", " \n"]),
    ("non_empty", {}, "array", [[0]], [[]]),
    ("non_empty", {}, "object", [{"a": 0}], [{}]),
    ("list_not_empty", {}, "array", [[0]], [[]]),
    ("equals", {"value": "a"}, "string", ["a"], ["A", " a"]),
    ("equals", {"expected": 1}, "integer", [1, 1.0], [2]),
    ("equals", {"value": True}, "boolean", [True], [False]),
    ("equals", {"value": [1, {"a": 2}]}, "array", [[1.0, {"a": 2}]], [[1], [True, {"a": 2}], [1, {"a": "n2"}]]),
    ("not_equals", {"value": "a"}, "string", ["b"], ["a"]),
    ("contains", {"value": "ok"}, "string", ["it is ok"], ["OK"]),
    ("contains", {"value": 2}, "array", [[1, 2.0]], [["2"], []]),
    ("contains", {"value": 2}, "string", [], ["2"]),
    ("contains", {"text": "ok"}, "array", [["ok"]], [["not ok"]]),
    ("not_contains", {"value": "no"}, "string", ["yes"], ["no way"]),
    ("not_contains", {"value": 1}, "array", [[2]], [[1]]),
    ("contains_text", {"text": "x"}, "string", ["axb"], ["X"]),
    ("not_contains_text", {"value": "x"}, "string", ["X"], ["axb"]),
    ("contains_any", {"values": ["a", "b"]}, "string", ["b", "ab"], ["c"]),
    ("contains_any", {"keywords": ["a"]}, "array", [["a"]], [["ab"]]),
    ("matches", {"pattern": "^a+$"}, "string", ["aa"], ["ab", "aa\n"]),
    ("matches", {"pattern": "^[\\p{L}--a]$", "flags": "v"}, "string", ["b"], ["a"]),
    ("matches_pattern", {"regex": "b"}, "string", ["abc"], ["B"]),
    ("regex", {"pattern": "b", "flags": "i"}, "string", ["B"], ["c"]),
    ("min_length", {"min_len": 2}, "string", ["é😀"], ["😀"]),
    ("min_length", {"min": 1}, "object", [{"a": 1}], [{}]),
    ("list_min_length", {"length": 2}, "array", [[1, 2]], [[1]]),
    ("max_length", {"max": 2}, "array", [[], [1, 2]], [[1, 2, 3]]),
    ("length", {"min": 1, "max": 2}, "string", ["a", "ab"], ["", "abc"]),
    ("length", {"max": 2}, "string", [""], ["abc"]),
    ("min", {"min": 3}, "number", [3, 3.5], [2.9]),
    ("max", {"maximum": 3}, "integer", [3, -9], [4]),
    ("between", {"low": 1, "high": 2}, "number", [1, 1.5, 2], [0.9, 2.1]),
    ("in_range", {"min_val": 1, "max_val": 1}, "integer", [1], [0, 2]),
    ("greater_than", {"threshold": 3}, "integer", [4], [3]),
    ("less_than", {"value": 3}, "number", [2.9], [3]),
    ("positive", {}, "number", [0.1], [0, -1]),
    ("non_negative", {}, "integer", [0, 1], [-1]),
    ("negative", {}, "integer", [-1], [0]),
    ("one_of", {"values": ["a", 1, None]}, "string", ["a"], ["A", "1"]),
    ("one_of", {"choices": [1, 2]}, "integer", [1.0], [3]),
    ("has_keys", {"keys": ["a", "b"]}, "object", [{"a": 1, "b": None, "c": 2}], [{"a": 1}]),
    ("has_fields", {"fields": ["a"]}, "object", [{"a": 1}], [{}]),
    ("valid_structure", {}, "object", [{"a": 1}], [{}]),
    ("valid_structure", {}, "array", [[1]], [[]]),
    ("valid_structure", {"required_fields": ["a"]}, "object", [{"a": 1}], [{"b": 1}, {}]),
    ("each_type", {"type": "integer"}, "array", [[], [1, 2.0]], [[True], [1, "1"], [None]]),
    ("all_items_type", {"expected_type": "str"}, "array", [["a"]], [[1]]),
    ("unique", {}, "array", [[], [1, "1", True, "n1", None]], [[1, 1.0], [{"a": 1}, {"a": 1}]]),
    ("yaml_parseable", {}, "string", ["a: [1, 2]", "text"], ["a: [", "", "a: 1\na: 2", "x: &a 1\ny: *a"]),
    ("contains_success", {}, "string", ["12 PASSED", "Success"], ["unsuccessful", "done"]),
    ("no_errors", {}, "string", ["", "0 errors", "No failures; errors: 0"], ["10 errors", "FAILED a", "1 exception"]),
    ("no_errors", {}, "array", [[]], [["boom"]]),
    ("schema", {"schema": {"minimum": 3}}, "integer", [3], [2]),
    ("schema", {"schema": {"required": ["a"]}}, "object", [{"a": 1}], [{}]),
    ("schema", {"schema": {"type": "array"}}, "string", ["[1]"], ["{}", "[", "NaN"]),
]


@pytest.mark.parametrize(("name", "params", "kind", "yes", "no"), HELD)
def test_each_validator_holds_for_what_it_says(
    name: str, params: JsonObject, kind: str, yes: list[Json], no: list[Json]
) -> None:
    document = gate(value=field(kind, {"name": name, "params": params}))
    assert [passes(document, {"value": each}) for each in yes] == [True] * len(yes)
    for each in no:
        (issue,) = verdict(document, {"value": each}).issues
        assert issue.field == "value"
        assert issue.message.startswith(("value ", "At "))
        assert issue.expected.startswith(kind)
        assert issue.received


def test_every_word_there_is_has_been_tried_above() -> None:
    assert set(CHECKS) == {name for name, *_ in HELD} == {*WORDS_OF_OLDER_DEFINITIONS, *OWN_WORDS}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_value_of_a_type_a_validator_cannot_look_at_fails_and_never_crashes(name: str) -> None:
    params = next(params for tried, params, *_ in HELD if tried == name)
    samples: dict[str, Json] = {"boolean": True, "number": 1.5, "string": "x", "array": [1], "object": {"a": 1}}
    for kind, value in samples.items():
        found = verdict(gate(value=field(kind, {"name": name, "params": params})), {"value": value})
        if KIND_OF_TYPE[kind] not in CHECKS[name].takes:
            assert [each.message for each in found.issues] == [
                f"value is of type {kind}, at which {name} cannot look."
            ], kind


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("min", {}, "the parameter min is missing"),
        ("length", {}, "the parameter min or max is missing"),
        ("min", {"min": "3"}, "a number is needed"),
        ("min", {"min": True}, "a number is needed"),
        ("min", {"min": float("inf")}, "a number is needed"),
        ("min", {"min": 1, "minimum": 1}, "min is given twice"),
        ("min", {"mni": 1}, "there is no such parameter"),
        ("between", {"min": 3, "max": 2}, "nothing passes"),
        ("length", {"min": 3, "max": 2}, "nothing passes"),
        ("min_length", {"min": -1}, "a whole number from 0"),
        ("min_length", {"min": 1.5}, "a whole number from 0"),
        ("min_length", {"min": 10**9}, "a whole number from 0"),
        ("one_of", {"values": []}, "a list of 1 to 1,000 values"),
        ("one_of", {"values": "a"}, "a list of 1 to 1,000 values"),
        ("has_keys", {"keys": [1]}, "a list of 1 to 1,000 texts"),
        ("contains_any", {"values": [""]}, "texts that are not empty"),
        ("contains_any", {"values": "a"}, "texts that are not empty"),
        ("contains_text", {"value": ""}, "a text that is not empty"),
        ("matches", {"pattern": 1}, "a text is needed"),
        ("matches", {"pattern": "("}, "the pattern cannot be used: it is not a regular expression"),
        ("matches", {"pattern": "a", "flags": "q"}, "the pattern cannot be used"),
        ("each_type", {"type": "whole"}, "one of string, integer"),
        ("each_type", {"type": 1}, "one of string, integer"),
        ("schema", {"schema": []}, "a JSON Schema is needed"),
        ("schema", {"schema": {"type": "whole"}}, "the schema cannot be used"),
    ],
)
def test_parameters_that_do_not_fit_are_told_and_let_nothing_pass(name: str, params: JsonObject, told: str) -> None:
    faults = canonical(CHECKS[name], params)
    assert isinstance(faults, tuple)
    assert told in " ".join(each.message for each in faults)
    values: dict[str, Json] = {"string": "a", "number": 3, "array": ["a"], "object": {"a": 1}}
    for kind, value in values.items():
        for is_strict in (True, False):
            document = gate(strict=is_strict, value=field(kind, {"name": name, "params": params}))
            assert not passes(document, {"value": value})


def test_equal_is_what_json_calls_equal() -> None:
    assert same({"a": 1, "b": [None]}, {"b": [None], "a": 1.0})
    assert not same(1, "1")
    assert not same("n1", 1)
    assert not same([0], [False])
    assert not same(0.5, 0.25)
    assert same(10**400, 10**400)


def test_values_in_messages_are_shortened_however_large_they_are() -> None:
    deep: Json = [[[[1]]]]
    values: list[Json] = ["x" * 10_000, list(range(10_000)), {f"k{n}": "v" * 300 for n in range(50)}, 10**5000, deep]
    assert all(len(shown(each)) < 2 * MAX_SHOWN for each in values)
    assert shown(deep) == "[[[...]]]"
    assert shown([[], {}]) == "[[], {}]"
    assert shown(list(range(11))).endswith("9, ...]")
    assert shown({"a": {"b": {}}}) == '{"a": {"b": {}}}'


def test_kinds_and_types_are_those_of_json() -> None:
    values: list[Json] = [None, True, 1, 1.5, "x", [], {}]
    kinds = ["null", "boolean", "number", "number", "text", "list", "object"]
    assert list(map(kind_of, values)) == kinds
    assert not any(is_type(None, each) for each in KIND_OF_TYPE)
    assert not is_type(float("inf"), "integer")


def test_every_kind_of_parameter_belongs_to_a_check() -> None:
    assert {param.kind for check in CHECKS.values() for param in check.params.values()} == set(KINDS)
    assert fault("a") is None


def test_a_pattern_that_needs_too_long_lets_nothing_pass() -> None:
    for is_strict in (True, False):
        document = gate(strict=is_strict, value=field("string", named("matches", pattern="^(a+)+$")))
        found = verdict(document, {"value": "a" * 40 + "b"})
        assert not found.passed
        assert "20 ms" in found.issues[0].message
    assert passes(document, {"value": "aaa"})


def test_many_violations_of_a_schema_are_told_in_bounds() -> None:
    schema: JsonObject = {"items": {"required": [f"k{number}" for number in range(300)]}}
    document = gate(value=field("array", named("schema", schema=schema)))
    (issue,) = verdict(document, {"value": [{}] * 3_000}).issues
    assert issue.message == "value does not fit the schema; both are too large to say where."
    (issue,) = verdict(document, {"value": [{}] * 3}).issues
    assert len(issue.message) <= 500
