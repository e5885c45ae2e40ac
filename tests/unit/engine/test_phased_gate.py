from typing import Final

import pytest

from engine.formats.phased import read_folder
from engine.formats.phased_gate import read_gate_file
from engine.formats.phased_report import Report
from engine.formats.phased_validators import KNOWN, native_validator
from engine.gates import read_gate
from engine.review import review
from schema.finding import Finding
from schema.values import JsonObject
from tests.unit.engine.folders import GATE, critical, document, folder, imported, phases

FIELD: Final = "evidence_schema:\n  count:\n    type: integer\n"
CHECKPOINT: Final = "checkpoint: {}\n"
NUMBERS: Final = "integer"
NUMERIC: Final = ("positive", "negative", "non_negative", "in_range", "between", "greater_than", "less_than", "equals",
                  "not_equals")  # fmt: skip
PARAMS: Final[dict[str, JsonObject]] = {
    "contains_any": {"items": ["a", "b"]},
    "matches_pattern": {"pattern": "^a"},
    "min_length": {"n": 1},
    "max_length": {"n": 5},
    "in_range": {"min_val": 0, "max_val": 9},
    "between": {"low": 0, "high": 9},
    "equals": {"expected": 3},
    "not_equals": {"value": 3},
    "has_fields": {"fields": ["a"]},
    "contains_text": {"text": "ok"},
    "not_contains_text": {"text": "no"},
    "list_min_length": {"min_len": 1},
    "all_items_type": {"item_type": "str"},
    "greater_than": {"threshold": 1},
    "less_than": {"threshold": 9},
}


def read(text: str) -> tuple[JsonObject | None, list[Finding]]:
    """Read a gate file on its own."""
    report = Report()
    return read_gate_file(text.encode(), "phases/1/gate-definition.yaml", report), report.findings


def gate_of(text: str) -> JsonObject:
    """Give the native gate of a phase, in a folder that is valid with it."""
    files = folder(None, {"phases/1/gate-definition.yaml": text})
    assert critical(imported(files).findings) == []
    (phase,) = phases(files)
    gate = phase["gate"]
    assert isinstance(gate, dict)
    return gate


def messages(text: str) -> list[str]:
    """Give the messages of a gate file that must not be honoured."""
    files = folder(None, {"phases/1/gate-definition.yaml": text})
    found = critical(imported(files).findings)
    assert all(each.message.startswith("phases/1/gate-definition.yaml: ") for each in found)
    return [each.message.partition(": ")[2] for each in found]


def test_a_gate_that_says_nothing_of_itself_is_lenient_and_may_be_overridden() -> None:
    assert gate_of(CHECKPOINT + FIELD) == {
        "strict": False,
        "allowOverride": True,
        "evidence": {"count": {"type": "integer", "required": False, "description": "count"}},
    }


def test_a_gate_that_is_strict_and_counts_attempts_says_so_natively() -> None:
    gate = gate_of("checkpoint: {strict: true, allow_override: false, max_attempts: 3}\n" + FIELD)
    assert (gate["strict"], gate["allowOverride"], gate["maxAttempts"]) == (True, False, 3)


@pytest.mark.parametrize(("theirs", "ours"), [
    ("boolean", "boolean"), ("integer", "integer"), ("string", "string"), ("object", "object"), ("list", "array"),
    ("dict", "object"), ("number", "number"), ("array", "array"),
])  # fmt: skip
def test_every_type_has_a_native_one(theirs: str, ours: str) -> None:
    text = f"{CHECKPOINT}evidence_schema: {{field: {{type: {theirs}, required: true}}}}"
    evidence = gate_of(text)["evidence"]
    assert evidence == {"field": {"type": ours, "required": True, "description": "field"}}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_known_validator_becomes_one_the_gates_know(name: str) -> None:
    params = PARAMS.get(name, {})
    native = native_validator(name, params)
    assert isinstance(native, dict)
    assert native_validator(name, None) == {"name": native["name"]}
    fitting = NUMBERS if name in NUMERIC else "array" if name in ("all_items_type", "valid_structure") else "string"
    field: JsonObject = {"type": "object" if name == "has_fields" else fitting, "validators": [native]}
    gate: JsonObject = {"evidence": {"field": field}}
    phase: JsonObject = {"number": 1, "title": "T", "tasks": [], "gate": gate}
    whole: JsonObject = {**document(folder()), "phases": [phase]}
    assert critical(review(whole).findings) == []
    assert read_gate(gate).fields[0].validators[0].check == native["name"]


def test_validators_of_a_field_and_their_section_are_taken_by_name() -> None:
    gate = gate_of(
        CHECKPOINT + FIELD + "    validator: in_range\n    validator_params: {min_val: 1, max_val: 9}\n"
        'validators:\n  in_range: "lambda x, min_val, max_val: min_val <= x <= max_val"\n'
    )
    evidence = gate["evidence"]
    assert isinstance(evidence, dict)
    assert evidence["count"] == {
        "type": "integer",
        "required": False,
        "description": "count",
        "validators": [{"name": "between", "params": {"min": 1, "max": 9}}],
    }


def test_rules_and_validators_in_our_own_spelling_are_taken_as_they_are() -> None:
    gate = gate_of(
        CHECKPOINT + FIELD + "    validators:\n      - {name: positive}\n"
        'rules:\n  - {expression: "evidence.count > 2", message: Count more}\n'
    )
    assert gate["rules"] == [{"expression": "evidence.count > 2", "message": "Count more"}]
    evidence = gate["evidence"]
    assert isinstance(evidence, dict)
    assert isinstance(count := evidence["count"], dict)
    assert count["validators"] == [{"name": "positive"}]


@pytest.mark.requirement("FOLD-2")
@pytest.mark.parametrize(("text", "said"), [
    ("checkpoint: [", "this is not YAML"),
    ("", "no gate definition"),
    ("- a", "no gate definition"),
    ("a: 1\n---\nb: 2", "no gate definition"),
    (FIELD, "the section checkpoint is missing"),
    (CHECKPOINT, "the section evidence_schema is missing"),
    ("checkpoint: 1\n" + FIELD, "the section checkpoint must be an object"),
    (CHECKPOINT + "evidence_schema: {}", "no evidence field is declared"),
    (CHECKPOINT + FIELD + "extra: 1", "the key 'extra' is not known"),
    ("checkpoint: {strikt: true}\n" + FIELD, "the key 'strikt' is not known"),
    ("checkpoint: {strict: maybe}\n" + FIELD, "strict must be true or false"),
    ("checkpoint: {allow_override: 1}\n" + FIELD, "allow_override must be true or false"),
    (CHECKPOINT + FIELD + "    needed: true", "the key 'needed' is not known"),
    (CHECKPOINT + FIELD + "    required: 1", "required must be true or false"),
    (CHECKPOINT + FIELD + "    description: [a]", "description must be text"),
    (CHECKPOINT + "evidence_schema: {count: integer}", "a field must be an object"),
    (CHECKPOINT + "evidence_schema: {count: {type: float}}", "type must be one of"),
    (CHECKPOINT + "evidence_schema: {count: {}}", "type must be one of"),
    (CHECKPOINT + FIELD + "    validator: is_prime", "'is_prime' is not known"),
    (CHECKPOINT + FIELD + "    validator: 3", "validator must be a name"),
    (CHECKPOINT + FIELD + "    validator_params: {a: 1}", "validator_params without a validator"),
    (CHECKPOINT + FIELD + "    validator: positive\n    validator_params: {a: 1}", "needs no parameters"),
    (CHECKPOINT + FIELD + "    validator: greater_than", "needs value in validator_params"),
    (CHECKPOINT + FIELD + "    validator: between\n    validator_params: {a: 1, b: 2}", "apart"),
    (CHECKPOINT + FIELD + "    validators: positive", "validators must be a list"),
    (CHECKPOINT + FIELD + 'validators: {odd_one: "lambda x: True"}', "'odd_one' is not known"),
    (CHECKPOINT + FIELD + "validators: [a]", "the section validators must be an object"),
    (CHECKPOINT + FIELD + "cross_field_validation: x", "cross_field_validation must be a list"),
    (CHECKPOINT + FIELD + "rules: x", "rules must be a list"),
    (CHECKPOINT + FIELD + "rules: [{expression: 'true', message: m, more: 1}]", "the key 'more' is not known"),
])  # fmt: skip
def test_a_gate_file_that_cannot_be_honoured_makes_the_workflow_invalid(text: str, said: str) -> None:
    assert any(said in message for message in messages(text)), messages(text)


@pytest.mark.requirement("FOLD-2")
def test_rules_in_python_are_never_evaluated_and_each_is_a_critical_finding_with_its_line() -> None:
    text = CHECKPOINT + FIELD + (
        "cross_field_validation:\n"
        '  - {rule: "lambda e: __import__(\'os\').abort()", error_message: "must fit"}\n'
        '  - {rule: "lambda e: True"}\n'
    )  # fmt: skip
    _, findings = read(text)
    assert [(each.severity.value, each.line) for each in findings] == [("critical", 6), ("critical", 7)]
    assert "'must fit'" in findings[0].message
    assert "rules" in str(findings[0].suggestion)


def test_the_text_of_a_known_validators_lambda_does_not_matter() -> None:
    gate, findings = read(CHECKPOINT + FIELD + "    validator: positive\nvalidators: {positive: 'lambda x: exit()'}")
    assert findings == []
    assert gate is not None


def test_a_misspelt_validator_is_told_the_right_one() -> None:
    assert native_validator("non_emtpy", {}) == (
        "the validator 'non_emtpy' is not known, and its Python text is not evaluated; did you mean non_empty?"
    )


def test_findings_of_a_gate_file_carry_their_lines() -> None:
    _, findings = read(CHECKPOINT + FIELD + "    needed: true\n")
    assert [each.line for each in findings] == [5]


def test_a_yml_ending_is_a_gate_file_too() -> None:
    files = folder(None, {"phases/1/gate-definition.yml": GATE})
    assert phases(files)[0]["gate"] == {
        "strict": True,
        "allowOverride": False,
        "evidence": {"done": {"type": "boolean", "required": True, "description": "It is done"}},
    }


def test_a_limit_of_attempts_that_is_none_is_refused_by_the_schema() -> None:
    files = folder(None, {"phases/1/gate-definition.yaml": "checkpoint: {max_attempts: 0}\n" + FIELD})
    whole = read_folder("look_v1", files).document  # folders.imported wants a sound one
    assert critical(review(whole).findings)


def test_an_example_of_a_field_is_kept() -> None:
    gate, findings = read(CHECKPOINT + FIELD + "    example: 3\n")
    assert findings == []
    assert gate is not None
    assert gate["evidence"] == {"count": {"type": "integer", "required": False, "description": "count", "example": 3}}


def test_a_rule_that_is_no_object_is_left_to_the_schema() -> None:
    gate, findings = read(CHECKPOINT + FIELD + "rules:\n  - just words\n")
    assert (findings, gate["rules"] if gate else None) == ([], ["just words"])
    whole = read_folder("look_v1", folder(None, {"phases/1/gate-definition.yaml": CHECKPOINT + FIELD + "rules: [a]\n"}))
    assert critical(review(whole.document).findings)
