import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.check import BadSchemaError, Checker, check_workflow, compile_foreign, compile_schema, draft7_checker
from schema.values import Json, JsonObject
from tests.unit.schema.documents import values

ROOT = Path(__file__).resolve().parents[3]


def nested(levels: int) -> Json:
    value: Json = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [255, 300, 100_000])
def test_value_too_deep_is_refused_and_never_crashes_the_process(levels: int) -> None:
    checker = compile_schema({"items": {"$ref": "#"}})
    assert not checker.accepts(nested(levels))
    assert [violation.rule for violation in checker.explain(nested(levels))] == ["depth"]


def test_deepest_value_allowed_is_checked_with_and_without_wide_integers() -> None:
    checker = compile_schema({"items": {"$ref": "#"}})
    assert checker.accepts(nested(254))
    assert checker.accepts([nested(253), 2**80])


def test_value_jsonschema_cannot_follow_is_explained_by_the_fast_validator() -> None:
    value: Json = 1
    for _ in range(240):
        value = [value]
    checker = compile_schema({"type": "array", "items": {"allOf": [{"$ref": "#"}]}})
    (violation,) = checker.explain(value)
    assert violation.rule == "type"
    assert violation.pointer == "/0" * 240


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"\udc00": 1}, {"a": {1, 2}}])
def test_what_is_not_json_is_refused_with_a_reason(value: Json) -> None:
    (violation,) = compile_schema({}).explain(value)
    assert violation.rule == "not-json"


def test_integers_beyond_64_bit_are_json() -> None:
    checker = compile_schema({"maximum": 2**70})
    assert checker.accepts([2**80, True, None, 1.5, "x", {"a": 2**80}])
    assert checker.accepts(2**69)
    assert [violation.rule for violation in checker.explain(2**90)] == ["maximum"]


@pytest.mark.parametrize(
    ("schema", "place", "rule"),
    [
        ({"type": "strin"}, "/type", "any-of"),
        ({"properties": {"a": {"minLength": -1}}}, "/properties/a/minLength", "minimum"),
        ({"pattern": "("}, "/pattern", "format"),
        ({"$ref": "#/definitions/a"}, "", "ref"),
        ({"$ref": "file:///etc/passwd"}, "", "ref"),
        ({"not": nested(300)}, "", "depth"),
        (["no schema"], "", "type"),
        (None, "", "type"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, "/$schema", "dialect"),
    ],
)
def test_unsound_schema_is_refused_with_its_place(schema: Json, place: str, rule: str) -> None:
    with pytest.raises(BadSchemaError) as refused:
        draft7_checker(schema)
    assert [(violation.pointer, violation.rule) for violation in refused.value.violations] == [(place, rule)]


def test_all_faults_of_a_schema_are_listed() -> None:
    with pytest.raises(BadSchemaError) as refused:
        draft7_checker({"type": "strin", "properties": {"a": {"pattern": "(", "minLength": -1}}})
    assert len(refused.value.violations) == 3


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"not": {"$ref": "#"}}])
def test_schema_that_refers_to_itself_ends(schema: JsonObject) -> None:
    checker = compile_foreign(schema)
    assert checker.accepts("x") is (checker.explain("x") == ())


def test_metaschema_is_known_to_references() -> None:
    checker = draft7_checker({"$ref": "http://json-schema.org/draft-07/schema#"})
    assert checker.accepts({"type": "string"})
    assert [violation.pointer for violation in checker.explain({"type": 3})] == ["/type"]


def test_schema_that_names_its_dialect_keeps_our_pattern_rules_behind_references() -> None:
    schema: JsonObject = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"child": {"$ref": "#"}, "$schema": {"type": "string"}, "digit": {"pattern": "^\\d$"}},
        "required": ["id"],
    }
    violations = draft7_checker(schema).explain({"id": 1, "child": {"digit": "\u0661", "$schema": 1}})
    assert [(violation.pointer, violation.rule) for violation in violations] == [
        ("/child", "required"),
        ("/child/$schema", "type"),
        ("/child/digit", "pattern"),
    ]
    assert violations[0].message == "this object has no 'id'"


def test_formats_are_asserted_only_on_request() -> None:
    schema: JsonObject = {"format": "ipv4"}
    assert draft7_checker(schema).accepts("x")
    checker = draft7_checker(schema, formats=True)
    assert checker.accepts("127.0.0.1")
    assert [violation.message for violation in checker.explain("x")] == ['the document is no ipv4: "x"']


def test_pattern_that_backtracks_for_ever_ends_in_a_verdict() -> None:
    checker = compile_foreign({"pattern": "^(?=(a+)+$)(a|a)+$"})
    assert not checker.accepts("a" * 5_000 + "b")


def test_foreign_schema_is_explained_by_the_fast_validator_alone() -> None:
    long = "x" * 1_000
    (violation,) = compile_foreign({"type": "integer"}).explain(long)
    assert violation.rule == "type"
    assert len(violation.message) == 300


def test_more_than_1000_violations_are_cut_and_said_so() -> None:
    violations = compile_schema({"items": {"type": "string"}}).explain(list(range(1_500)))
    assert len(violations) == 1_001
    assert violations[-1].rule == "limit"


def test_false_schema_refuses_at_the_item_and_the_key() -> None:
    checker = compile_schema(
        {"properties": {"a": False, "b": {"items": [True, False]}, "c": {"items": False}},
         "patternProperties": {"^x": False}, "additionalProperties": {"type": "string"}}
    )  # fmt: skip
    violations = checker.explain({"a": 1, "b": [1, 2], "c": [1], "xy": 1, "z": 3, "ok": "fine"})
    assert [(violation.pointer, violation.rule) for violation in violations] == [
        ("/a", "not-allowed"),
        ("/b/1", "not-allowed"),
        ("/c/0", "not-allowed"),
        ("/xy", "not-allowed"),
        ("/z", "type"),
    ]


def test_name_of_a_key_is_checked_at_the_key() -> None:
    checker = compile_schema({"propertyNames": {"maxLength": 2}})
    assert [violation.pointer for violation in checker.explain({"ab": 1, "abc": 2})] == ["/abc"]


def test_keys_that_match_a_pattern_are_not_unknown() -> None:
    checker = compile_schema({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False})
    assert checker.accepts({"x-a": "b"})
    violations = checker.explain({"x-a": 1, "y": 2})
    assert [(violation.pointer, violation.rule) for violation in violations] == [
        ("/x-a", "type"),
        ("/y", "additional-properties"),
    ]


def test_registered_documents_answer_references() -> None:
    checker = draft7_checker({"$ref": "urn:x#/definitions/a"}, {"urn:x": {"definitions": {"a": {"type": "null"}}}})
    assert checker.accepts(None)
    assert [violation.rule for violation in checker.explain(1)] == ["type"]


@settings(max_examples=100, deadline=None)
@given(values(), st.sampled_from(["type", "items", "properties", "required", "pattern", "dependencies", "enum"]))
def test_any_schema_is_refused_or_gives_matching_verdicts(value: Json, keyword: str) -> None:
    schema: JsonObject = {keyword: value, "additionalProperties": {"type": "string"}}
    if not draft7_checker({"$ref": "http://json-schema.org/draft-07/schema#"}, formats=True).accepts(schema):
        with pytest.raises(BadSchemaError):
            draft7_checker(schema)
        return
    checker = draft7_checker(schema)
    for instance in (value, {"a": value}, [value], "text"):
        assert checker.accepts(instance) is (checker.explain(instance) == ())


def test_plain_errors_of_the_fast_validator_name_the_place() -> None:
    checker = Checker({"properties": {"a": {"items": {"type": "integer"}}}}, foreign=True)
    assert [violation.pointer for violation in checker.explain({"a": [1, "x", "y"]})] == ["/a/1", "/a/2"]


def test_suggestion_names_the_key_that_was_meant() -> None:
    document: JsonObject = {"id": "abc", "name": "n", "descripton": "d", "description": "d", "steps": 1}
    assert "did you mean 'description'?" in [violation.suggestion for violation in check_workflow(document)]


def test_accepting_a_document_imports_no_jsonschema() -> None:
    script = (
        "import sys, schema.check as c, schema.source as s\n"
        "assert 'jsonschema_rs' not in sys.modules and 'yaml' not in sys.modules\n"
        "step = {'id': 'one', 'title': 't', 'prompt': 'p'}\n"
        "assert c.workflow_checker().accepts({'id': 'abc', 'name': 'n', 'description': 'd', 'steps': [step]})\n"
        "assert 'jsonschema' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_rules_for_objects_say_nothing_of_other_values() -> None:
    checker = compile_schema({"type": "object", "propertyNames": {"maxLength": 2}, "patternProperties": {"^a": False}})
    assert [violation.rule for violation in checker.explain(["abc"])] == ["type"]
