import pytest

from schema.check import check_workflow, compile_schema
from schema.messages import Failure, shown, words
from schema.values import Json, JsonObject

SAMPLES: list[tuple[JsonObject, Json, str]] = [
    ({"type": ["integer", "null"]}, "x", 'the document must be a whole number or null, not "x"'),
    ({"enum": [1, "two"]}, 3, 'the document must be one of 1, "two", not 3'),
    ({"const": {"a": 1}}, [], "the document must be an object with 1 key, not an empty list"),
    ({"minimum": 3}, 2, "the document must be at least 3, not 2"),
    ({"maximum": 3}, 4, "the document must be at most 3, not 4"),
    ({"exclusiveMinimum": 3}, 3, "the document must be greater than 3, not 3"),
    ({"exclusiveMaximum": 3}, 3, "the document must be less than 3, not 3"),
    ({"multipleOf": 2}, 3, "the document must be a multiple of 2, not 3"),
    ({"minLength": 1}, "", "the document must have at least 1 character, not 0"),
    ({"maxLength": 2}, "abc", "the document must have at most 2 characters, not 3"),
    ({"minItems": 2}, [1], "the document must have at least 2 items, not 1"),
    ({"maxItems": 1}, [1, 2], "the document must have at most 1 item, not 2"),
    ({"minProperties": 1}, {}, "the document must have at least 1 key, not 0"),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, "the document must have at most 1 key, not 2"),
    ({"uniqueItems": True}, ["a", "b", "a"], 'item 3 of the document repeats item 1: "a"'),
    ({"contains": {"const": 1}}, [2], "the document holds no item of the kind it must hold"),
    ({"items": [True], "additionalItems": False}, [1, 2], "the document holds more items than are allowed"),
    ({"not": {"type": "null"}}, None, "the document is of a kind that is not allowed: null"),
    ({"dependencies": {"a": ["b", "c"]}}, {"a": 1, "c": 1}, "'a' needs 'b' beside it"),
    ({"pattern": "^a$"}, "b", 'the document does not match ^a$: "b"'),
    ({"oneOf": [True, True]}, 1, "the document must fit exactly one of 2 forms"),
    ({"items": {"type": "string"}}, [1], "item 1 must be a string, not 1"),
    (
        {"properties": {"a": {"items": {"items": {"type": "string"}}}}},
        {"a": [[1]]},
        "item 1 of 'a' must be a string, not 1",
    ),
    ({"additionalProperties": False}, {"a": 1}, "this object has no key named 'a'"),
    ({"required": ["a"], "title": "thing"}, {}, "this thing has no 'a'"),
    ({"contentMediaType": "application/json"}, "{", 'is not compliant with "application/json"'),
    (
        {"anyOf": [{"type": "string"}, {"required": ["b"]}]},
        {},
        "none of the 2 allowed forms: the document must be a string, not an empty object; or this object has no 'b'",
    ),
]


@pytest.mark.parametrize(("schema", "value", "message"), SAMPLES)
def test_each_keyword_says_what_is_expected_and_what_was_found(schema: JsonObject, value: Json, message: str) -> None:
    (violation,) = compile_schema(schema).explain(value)
    assert message in violation.message


def test_keyword_without_words_of_its_own_is_named() -> None:
    failure = Failure("novelty", 1, {"description": "what it is"}, 1, ("a",))
    assert words(failure) == ("'a' does not satisfy 'novelty'", "what it is")


def test_missing_key_is_suggested_with_its_description() -> None:
    schema: JsonObject = {
        "required": ["a", "b", "c"],
        "properties": {"a": {"$ref": "#/definitions/a"}, "b": {"description": "the second"}},
        "definitions": {"a": {"description": "the first"}},
    }
    assert [violation.suggestion for violation in compile_schema(schema).explain({})] == [
        "add the key 'a': the first",
        "add the key 'b': the second",
        "add the key 'c'",
    ]


def test_reference_that_leads_elsewhere_gives_no_description() -> None:
    schema: JsonObject = {"required": ["a"], "properties": {"a": {"$ref": "#/x"}}, "x": {"description": "no"}}
    assert compile_schema(schema).explain({})[0].suggestion == "add the key 'a'"


def test_unknown_key_lists_the_keys_there_are_when_none_is_close() -> None:
    schema: JsonObject = {"properties": {f"key{number}": True for number in range(25)}, "additionalProperties": False}
    (violation,) = compile_schema(schema).explain({"zzz": 1})
    assert violation.suggestion is not None
    assert violation.suggestion.endswith("key19 and 5 more")


def test_repetition_that_is_not_found_again_is_told_in_general_words() -> None:
    failure = Failure("uniqueItems", "true", {}, [], ())
    assert words(failure).message == "the document holds an item twice"


def test_dependency_that_is_a_schema_is_told_in_general_words() -> None:
    failure = Failure("dependencies", {"a": {"type": "null"}}, {}, {"a": 1}, ())
    assert words(failure).message == "the document lacks a key that another one needs"


def test_integers_beyond_64_bit_are_shown_in_full() -> None:
    assert shown(2**70) == str(2**70)


def test_size_of_what_has_no_size_is_zero() -> None:
    assert words(Failure("minItems", 1, {}, None, ())).message.endswith("not 0")


@pytest.mark.parametrize(
    ("number", "right"), [(1.0, '"1.0.0"'), (2, '"2.0.0"'), (1.5, '"1.5.0"'), (-1, None), (1e300, None), (True, None)]
)
@pytest.mark.parametrize("key", ["version", "schemaVersion", "minServerVersion"])
def test_a_version_written_as_a_number_is_shown_in_quotes(number: float, right: str | None, key: str) -> None:
    document: JsonObject = {"schemaVersion": "1.0.0", "id": "a-b", "name": "A", "description": "B", "version": "1.0.0"}
    document |= {"steps": [{"id": "s", "title": "S", "prompt": "P"}], key: number}
    (violation,) = [each for each in check_workflow(document) if each.pointer == f"/{key}"]
    assert (violation.suggestion == f"write {right}, in quotes") is (right is not None)
