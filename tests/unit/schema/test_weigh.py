import pytest

from schema.check import BadSchemaError, compile_foreign
from schema.values import Json, JsonObject
from schema.weigh import effort, size_of, weigh

SELF: JsonObject = {"$ref": "#"}


def nested(levels: int, leaf: Json) -> Json:
    for _ in range(levels):
        leaf = [leaf]
    return leaf


def doubling(levels: int, keyword: str) -> JsonObject:
    twice: dict[str, Json] = {
        f"a{level}": {keyword: [{"$ref": f"#/definitions/a{level + 1}"}] * 2} for level in range(levels)
    }
    return {"$ref": "#/definitions/a0", "definitions": {**twice, f"a{levels}": {"type": "string"}}}


def refused(schema: JsonObject) -> list[tuple[str, str]]:
    with pytest.raises(BadSchemaError) as error:
        compile_foreign(schema)
    return [(each.pointer, each.rule) for each in error.value.violations]


@pytest.mark.parametrize("keyword", ["anyOf", "allOf", "oneOf"])
def test_references_that_double_with_every_definition_are_refused(keyword: str) -> None:
    assert refused(doubling(300, keyword)) == [("", "heavy-schema")]
    assert weigh(doubling(3, keyword)).weight == 8 * 2 + 7 + 7 * 2 + 1


ITEMS: JsonObject = {"items": SELF}


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [ITEMS, ITEMS]},
        {"allOf": [ITEMS], "items": SELF},
        {"items": SELF, "contains": SELF},
        {"items": {"allOf": [SELF, SELF]}},
        {"not": ITEMS, "if": ITEMS},
        {"if": ITEMS, "then": ITEMS},
        {"properties": {"a": SELF}, "patternProperties": {"a": SELF}},
        {"patternProperties": {"a": SELF, "b": SELF}},
        {"properties": {"a": SELF}, "anyOf": [{"additionalProperties": SELF}]},
        {"additionalProperties": SELF, "propertyNames": SELF},
        {"dependencies": {"a": {"properties": {"b": SELF}}}, "properties": {"b": SELF}},
        {"items": [{"items": SELF, "anyOf": [ITEMS]}, True]},
    ],
)
def test_recursion_that_meets_one_value_twice_is_refused(schema: JsonObject) -> None:
    assert refused(schema) == [("", "branching-recursion")]


def test_recursion_over_two_definitions_is_refused_at_the_one_that_branches() -> None:
    to_b: JsonObject = {"$ref": "#/definitions/b"}
    schema: JsonObject = {
        "properties": {"x": {"$ref": "#/definitions/a"}},
        "definitions": {"a": {"anyOf": [to_b, to_b]}, "b": {"items": {"$ref": "#/definitions/a"}}},
    }
    assert refused(schema) == [("/definitions/a", "branching-recursion")]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"left": SELF, "right": SELF}, "type": ["array", "object"]},
        {"properties": {"a": SELF}, "additionalProperties": SELF, "type": ["array", "object"]},
        {"anyOf": [{"type": "number"}, {"type": "array", "items": SELF}, {"additionalProperties": SELF}]},
        {"items": [SELF, SELF], "additionalItems": SELF},
        {"if": {"type": "array"}, "then": {"items": SELF}, "else": {"type": "number"}},
        {"if": {"type": "array"}, "then": {"items": SELF}, "else": {"items": SELF}},
        {"items": {"$ref": "#/definitions/tree"}, "definitions": {"tree": {"items": {"$ref": "#/definitions/tree"}}}},
        {"items": {"$ref": "#/definitions/a~1b%20c"}, "definitions": {"a/b c": {"type": ["array", "number"]}}},
        {"$id": "http://example.com/mine", "items": SELF},
        {"items": {"$id": "#item", "type": ["array", "number"]}, "properties": {"a": SELF}},
        {"items": {"$id": "/item", "type": ["array", "number"]}},
        {"allOf": [{"$ref": "#/anyOf/0"}], "anyOf": [{"type": ["array", "number"]}]},
        {"anyOf": [{"$ref": "http://json-schema.org/draft-07/schema"}, True]},
        {"anyOf": [{"$ref": "http://json-schema.org/draft-07/schema#"}, True]},
    ],
)
def test_recursion_that_meets_each_value_once_is_allowed(schema: JsonObject) -> None:
    checker = compile_foreign(schema)
    assert checker.accepts(nested(200, 1))
    assert 0 < checker.weight < 1_000


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "other.json"},
        {"$ref": "#name", "definitions": {"a": {"$id": "#name"}}},
        {"items": {"$id": "http://example.com/part", "items": SELF}},
        {"items": {"$ref": "#/definitions/a"}, "definitions": {"a": {"$id": "part"}}},
    ],
)
def test_reference_whose_target_depends_on_addresses_is_refused(schema: JsonObject) -> None:
    assert refused(schema) == [("", "ref")]


@pytest.mark.parametrize("target", ["#/definitions/none", "#/anyOf/7", "#/anyOf/0/type/x", "#/anyOf/x"])
def test_reference_to_nothing_is_left_to_the_compiler(target: str) -> None:
    schema: JsonObject = {"anyOf": [{"type": "string"}], "items": {"$ref": target}}
    assert weigh(schema).violations == ()
    with pytest.raises(BadSchemaError):
        compile_foreign(schema)


def test_schema_with_more_values_than_anyone_writes_is_refused() -> None:
    assert refused({"enum": list(range(60_000))}) == [("", "heavy-schema")]
    assert compile_foreign({"enum": list(range(40_000))}).accepts(7)


def test_schemas_nested_beyond_what_documents_hold_are_refused() -> None:
    schema: JsonObject = {}
    for _ in range(70):
        schema = {"not": schema}
    assert refused(schema) == [("", "depth")]


def test_patterns_weigh_more_than_values_and_those_that_backtrack_most() -> None:
    light, heavy = weigh({"pattern": "^(a+)+$"}).weight, weigh({"patternProperties": {"(?=a)": {}}}).weight
    assert 1 < light < heavy
    assert weigh({"type": "string", "minLength": 1}).weight < light


@pytest.mark.parametrize("schema", [True, False])
def test_boolean_schema_weighs_one(schema: bool) -> None:
    assert weigh(schema).weight == 1
    assert compile_foreign(schema).accepts(1) is schema


@pytest.mark.parametrize("schema", [{"anyOf": 3, "properties": [1], "items": 7, "patternProperties": 1, "pattern": 2}])
def test_what_is_no_schema_is_weighed_without_a_crash_and_refused_by_the_compiler(schema: JsonObject) -> None:
    assert weigh(schema).violations == ()
    with pytest.raises(BadSchemaError):
        compile_foreign(schema)


def test_effort_grows_with_the_values_that_are_checked_and_more_so_to_explain() -> None:
    small, large = effort(10, [1]), effort(10, nested(100, 1))
    assert (small.check, large.check) == (20, 1010)
    assert small.explain < large.explain
    assert size_of(nested(100, 1)) == (101, 101)
