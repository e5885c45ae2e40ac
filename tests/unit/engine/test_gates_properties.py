"""Gates under hypothesis: they fail closed, their examples pass, and the same evidence always has the same verdict."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checks import CHECKS
from engine.gate_examples import example
from engine.gate_fields import asked
from engine.gates import MAX_ISSUES, read_gate
from engine.verdict_work import WorkLeft
from schema.values import Json, JsonObject
from tests.unit.engine.gate_documents import field, gate, named, verdict

TYPES = ("boolean", "integer", "number", "string", "object", "array")
numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)
scalars: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8))
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
params: st.SearchStrategy[JsonObject] = st.dictionaries(
    st.sampled_from(sorted({name for check in CHECKS.values() for name in check.params} | {"x", "threshold"})),
    values,
    max_size=2,
)
validators: st.SearchStrategy[Json] = st.builds(
    lambda name, given: {"name": name, "params": given},
    st.sampled_from([*sorted(CHECKS), "lambda x: True", ""]),
    params,
)
fields: st.SearchStrategy[Json] = st.builds(
    lambda kind, listed, required: {"type": kind, "validators": listed, "required": required},
    st.sampled_from([*TYPES, "whole", ""]),
    st.lists(validators, max_size=3),
    st.booleans(),
)
expressions = st.sampled_from(
    ["true", "false", "evidence.a", "evidence.a >", "evidence.a > 1", "1; 2", "null.x", "evidence.a.b.c", "other", ""]
)
gates: st.SearchStrategy[JsonObject] = st.builds(
    lambda strict, named_fields, rules: {
        "strict": strict,
        "evidence": named_fields,
        "rules": [{"expression": rule, "message": "m"} for rule in rules],
    },
    st.booleans(),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), fields, max_size=3),
    st.lists(expressions, max_size=2),
)
evidences: st.SearchStrategy[Json] = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values, max_size=4) | values


def is_sound(document: JsonObject) -> bool:
    """Tell whether a gate, by itself, can be used."""
    found = read_gate(document)
    is_asking = bool(found.fields or found.rules)
    rules = [each.expression for each in found.rules]
    return is_asking and not any(map(_is_broken, map(asked, found.fields))) and not {"1; 2", "other", ""} & {*rules}


def _is_broken(ready: object) -> bool:
    return bool(getattr(ready, "broken", True))


@pytest.mark.requirement("GATE-1")
@settings(max_examples=400)
@given(gates, evidences)
def test_whatever_the_gate_and_the_evidence_a_verdict_is_bounded_and_fails_closed(
    document: JsonObject, evidence: Json
) -> None:
    found = verdict(document, evidence)
    assert found.passed is not bool(found.issues)
    assert len(found.issues) <= MAX_ISSUES
    assert len(found.warnings) <= MAX_ISSUES
    is_empty = isinstance(evidence, dict) and all(value is None for value in evidence.values())
    if not is_sound(document) or not isinstance(evidence, dict) or (document["evidence"] and is_empty):
        assert not found.passed
    assert verdict(document, evidence) == found


@settings(max_examples=200)
@given(gates, st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values, max_size=4))
def test_strict_gates_lets_nothing_pass_that_a_strict_gate_does_not(document: JsonObject, evidence: JsonObject) -> None:
    strict = verdict({**document, "strict": True}, evidence)
    lenient = verdict({**document, "strict": False}, evidence)
    assert verdict({**document, "strict": False}, evidence, strict_gates=True) == strict
    assert lenient.passed or not strict.passed
    assert lenient.accepted == strict.accepted
    if strict.passed:
        names = [name for name, value in evidence.items() if value is not None]
        assert set(strict.accepted) <= set(names)


@settings(max_examples=300)
@given(st.sampled_from(TYPES), st.lists(validators, max_size=3))
def test_an_example_that_is_shown_passes(kind: str, listed: list[Json]) -> None:
    document: JsonObject = {"evidence": {"a": {"type": kind, "validators": listed}}}
    ready = asked(read_gate(document).fields[0])
    if ready.broken:
        return
    for shown in example(ready, WorkLeft()):
        assert verdict(document, {"a": shown}).passed


EXAMPLES: list[tuple[str, list[JsonObject]]] = [
    *((kind, []) for kind in TYPES),
    ("string", [named("non_empty")]),
    ("string", [named("min_length", min=30)]),
    ("string", [named("min_length", min=5), named("max_length", max=5)]),
    ("string", [named("contains", value="OK"), named("contains_any", values=["x", "y"]), named("min_length", min=9)]),
    ("string", [named("contains_success"), named("no_errors")]),
    ("string", [named("matches", pattern=r"\.py$")]),
    ("string", [named("matches", pattern=r"^\d+\.\d+\.\d+$")]),
    ("string", [named("yaml_parseable")]),
    ("string", [named("schema", schema={"type": "object"})]),
    ("string", [named("equals", value="as it is")]),
    ("string", [named("one_of", values=["a", "bb"]), named("min_length", min=2)]),
    ("boolean", [named("equals", value=False)]),
    ("boolean", [named("not_equals", value=True)]),
    ("integer", [named("between", min=3, max=4)]),
    ("integer", [named("greater_than", value=79.5)]),
    ("integer", [named("negative")]),
    ("integer", [named("min", min=100), named("max", max=100)]),
    ("number", [named("greater_than", value=0), named("less_than", value=1)]),
    ("array", [named("list_not_empty"), named("each_type", type="integer"), named("unique")]),
    ("array", [named("min_length", min=4), named("each_type", type="string"), named("unique")]),
    ("array", [named("min_length", min=4), named("each_type", type="number"), named("unique")]),
    ("array", [named("min_length", min=3), named("each_type", type="object"), named("unique")]),
    ("array", [named("min_length", min=3), named("each_type", type="array"), named("unique")]),
    ("array", [named("contains", value="a"), named("min_length", min=3)]),
    ("array", [named("contains_any", values=["a"]), named("max_length", max=1)]),
    ("array", [named("max_length", max=0)]),
    ("object", [named("has_keys", keys=["a", "b"])]),
    ("object", [named("valid_structure"), named("min_length", min=2), named("has_keys", keys=["a"])]),
]


@pytest.mark.parametrize(("kind", "listed"), EXAMPLES)
def test_where_the_checks_are_usual_ones_there_is_an_example(kind: str, listed: list[JsonObject]) -> None:
    document = gate(a=field(kind, *listed), other=field("boolean"))
    (issue,) = verdict(document, {"other": True}).issues
    assert issue.has_example
    assert verdict(document, {"a": issue.example, "other": True}).passed


@pytest.mark.parametrize(
    "asked_for",
    [
        field("string", named("matches", pattern="^impossible to guess$")),
        field("integer", named("min", min=10**20)),
        field("integer", named("greater_than", value=1), named("less_than", value=2)),
        field("string", named("min_length", min=5_000_000)),
        field("string", example="x" * 100_000),
    ],
)
def test_where_none_is_known_no_example_is_invented(asked_for: JsonObject) -> None:
    (issue,) = verdict(gate(a=asked_for, other=field("boolean")), {"other": True}).issues
    if asked_for.get("example"):
        assert issue.example == "text"
    else:
        assert (issue.example, issue.has_example) == (None, False)


def test_an_example_of_the_document_that_does_not_pass_is_not_shown() -> None:
    document = gate(a=field("integer", named("min", min=5), example=3), other=field("boolean"))
    (issue,) = verdict(document, {"other": True}).issues
    assert issue.example == 5
