"""Gates that were written wrongly or to deceive, and evidence that was."""

import time

import pytest

from engine.check_model import kind_of
from engine.gates import examine, read_gate
from schema.values import Json, JsonObject
from tests.unit.engine.gate_documents import field, gate, named, passes, verdict

HUGE = 10**5_000
"""More digits than Python writes out."""
NAN, INFINITE = float("nan"), float("inf")


def _with_validators(value: Json) -> JsonObject:
    return {"f": {"type": "string", "validators": value}}


WRONG: dict[str, list[Json]] = {
    "maxAttempts": [0, -1, 1.5, NAN, INFINITE, "3", True, None, []],
    "rules": [None, "true", {"expression": "true"}, ["true"], [None], [{"expression": True}]],
    "evidence": [None, [], "x", 1, {"f": None}, {"f": "string"}, {"f": {"type": ["string"]}}],
}
WRONG_VALIDATORS: list[Json] = [
    None,
    "non_empty",
    {"name": "non_empty"},
    ["non_empty"],
    [{"name": ["non_empty"]}],
    [{}],
]
MALFORMED: list[JsonObject] = [{key: value} for key, values in WRONG.items() for value in values]
MALFORMED += [{"evidence": _with_validators(value)} for value in WRONG_VALIDATORS]


@pytest.mark.parametrize("more", MALFORMED)
@pytest.mark.parametrize("strict", [True, False])
def test_a_gate_with_anything_out_of_place_lets_nothing_pass(more: JsonObject, strict: bool) -> None:
    found = verdict({**gate(strict=strict, f=field("string")), **more}, {"f": "done"})
    assert not found.passed
    assert "broken" in found.issues[0].message


@pytest.mark.parametrize("strict", ["no", 0, None, "", []])
def test_a_gate_is_lenient_only_where_it_says_false(strict: Json) -> None:
    assert not passes({**gate(f=field("string")), "strict": strict}, {"g": 1})
    assert not read_gate({**gate(f=field("string")), "allowOverride": strict}).allow_override


@pytest.mark.parametrize("value", [NAN, INFINITE, -INFINITE, HUGE, -HUGE, "3", True, None, [1]], ids=kind_of)
@pytest.mark.parametrize("name", ["min", "max"])
def test_a_limit_that_is_no_usable_number_makes_the_gate_broken(name: str, value: Json) -> None:
    found = verdict(gate(strict=False, f=field("integer", {"name": name, "params": {name: value}})), {"f": 5})
    assert not found.passed
    assert "a number is needed" in found.issues[0].message


@pytest.mark.parametrize("value", [NAN, INFINITE, -INFINITE])
@pytest.mark.parametrize("check", [named("not_equals", value=5), named("equals", value=NAN), named("max", max=9)])
def test_what_is_no_number_in_json_passes_no_number(value: float, check: JsonObject) -> None:
    (issue,) = verdict(gate(f=field("number", check)), {"f": value}).issues
    assert "must be of type number, not non-finite number" in issue.message


@pytest.mark.parametrize(
    "check",
    [named("min", min=1), named("one_of", values=[HUGE, 1]), named("equals", value=HUGE)],
    ids=["min", "one", "equals"],
)
def test_numbers_of_any_size_are_looked_at_and_told(check: JsonObject) -> None:
    document = gate("evidence.f > 0", f=field("integer", check))
    for value in (HUGE, -HUGE, 5):
        assert verdict(document, {"f": value}).issues or value == 5


@pytest.mark.parametrize(
    "text", ["", " ", "\u00a0", "\u200b", "\ufeff", "\u2060", "\u00ad", "\u3164", "\x00", "\u2800"]
)
def test_a_text_in_which_nothing_can_be_seen_is_empty(text: str) -> None:
    document = gate(f=field("string", named("non_empty")))
    assert not passes(document, {"f": text * 3})
    assert passes(document, {"f": text + "é"})


def test_rules_do_not_see_what_nobody_asked_for() -> None:
    document = gate("Object.keys(evidence).length >= 2", f=field("string"), g=field("string", required=False))
    assert not passes(document, {"f": "x", "junk": 1, "more": 2})
    assert not passes(document, {"f": "x", "hasOwnProperty": 1})
    assert passes(document, {"f": "x", "g": "y"})


def test_evidence_with_nothing_that_was_asked_for_does_not_pass_a_strict_gate() -> None:
    document = gate(f=field("string", required=False), g=field("integer", required=False))
    (issue,) = verdict(document, {"junk": 1}).issues
    assert (issue.message, issue.expected) == ("evidence has none of the fields asked for", "object with f, g")
    lax = verdict({**document, "strict": False}, {"junk": 1})
    assert lax.passed
    assert lax.warnings[0].message == issue.message


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_fields_named_as_what_objects_inherit_must_be_there_like_any_other(name: str) -> None:
    document: JsonObject = {"evidence": {name: field("string", named("non_empty"))}}
    assert [each.message for each in verdict(document, {"other": "x"}).issues] == [f"{name} is missing."]
    assert passes(document, {name: "x"})


@pytest.mark.parametrize(
    "rule",
    [
        *["1", "'true'", "[]", "({})", "null", "undefined", "evidence", "new Boolean(true)", "Boolean", "() => true"],
        *["true;", "true, true", "true // x", "true /* x */", "true) || (true", "}; true", "<!-- x\ntrue", "a: true"],
        *["#!x\ntrue", "true\u2028<!-- x", "true\u2029;", "true\n--> x", "return true", "{ true }", "if (1) true"],
        *[
            "`true`",
            "!0n",
            "evidence.f.g.h",
            "JSON.parse('true!')",
            "(f => f(f))(f => f(f))",
            "true &&",
            "true\n)\n(true",
        ],
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_rule_that_is_more_or_less_than_true_or_false_lets_nothing_pass(rule: str, strict: bool) -> None:
    assert not passes(gate(rule, strict=strict, f=field("string")), {"f": "x"})


def test_as_many_rules_as_a_gate_may_have_are_looked_at_beside_its_fields() -> None:
    document = gate(*["evidence.f !== ''"] * 100, f=field("string", named("non_empty"), named("matches", pattern="x")))
    assert passes(document, {"f": "x"})


@pytest.mark.parametrize(
    ("document", "evidence"),
    [
        (gate(f=field("string", named("matches", pattern="(a+)+$"))), {"f": "a" * 10_000_000 + "b"}),
        (gate("evidence.f.length > 1", f=field("string")), {"f": "x" * 10_000_000}),
        (gate(f=field("string")), {"x" * 10_000_000: 1}),
        (gate(f=field("string")), {f"k{number}": number for number in range(500_000)}),
        (gate(f=field("integer")), {"f": [[]] * 2_000_000}),
    ],
    ids=["pattern", "rule", "name", "names", "list"],
)
def test_ten_million_characters_of_evidence_are_refused_in_bounded_time(document: JsonObject, evidence: Json) -> None:
    started = time.thread_time()
    assert not examine(read_gate(document), evidence).passed
    assert time.thread_time() - started < 3
