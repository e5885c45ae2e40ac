import pytest

from engine.gates import LENIENT, MAX_ISSUES, examine, read_gate
from engine.sessions.model import Issue
from schema.values import Json, JsonObject
from tests.unit.engine.gate_documents import field, gate, named, passes, verdict

TESTS: JsonObject = gate(
    "evidence.passed <= evidence.total",
    "!evidence.notes || evidence.notes.length < 20",
    passed=field("integer", named("non_negative")),
    total=field("integer", named("positive"), example=12, description="How many tests there are."),
    notes=field("string", required=False),
)
LAX: JsonObject = {**TESTS, "strict": False}


def messages(issues: tuple[Issue, ...]) -> list[str]:
    return [f"{each.field}: {each.message}" for each in issues]


def test_evidence_with_everything_asked_for_passes_and_says_what_was_accepted() -> None:
    found = verdict(TESTS, {"passed": 3, "total": 3.0, "notes": None})
    assert found == (True, (), (), ("passed", "total"))
    assert verdict(TESTS, {"notes": "all of them", "total": 3, "passed": 0}).accepted == ("passed", "total", "notes")


@pytest.mark.parametrize("evidence", [None, [], "passed", 3, True])
@pytest.mark.parametrize("document", [TESTS, LAX])
def test_evidence_that_is_no_object_is_refused(evidence: Json, document: JsonObject) -> None:
    (issue,) = verdict(document, evidence).issues
    assert (issue.field, issue.expected) == ("evidence", "object")


@pytest.mark.parametrize("evidence", [{}, {"passed": None}, {"passed": None, "other": None}])
def test_evidence_without_anything_in_it_is_refused_by_lenient_gates_too(evidence: JsonObject) -> None:
    assert not passes(TESTS, evidence)
    lax = verdict(LAX, evidence)
    assert messages(lax.issues) == ["evidence: evidence is empty"]
    assert lax.issues[0].expected == "object with passed, total, notes"
    assert len(lax.warnings) == 3
    assert not examine(LENIENT, evidence).passed


@pytest.mark.requirement("GATE-2")
def test_each_missing_field_is_named_with_what_is_wanted_and_an_example_that_passes() -> None:
    found = verdict(TESTS, {"passd": 3})
    assert messages(found.issues) == [
        "passed: passed is missing. Evidence has 'passd', which is not asked for: send it as 'passed'.",
        "total: total is missing: How many tests there are.",
    ]
    assert [each.expected for each in found.issues] == [
        "integer with a value of at least 0",
        "integer with a value above 0",
    ]
    assert [(each.example, each.has_example) for each in found.issues] == [(1, True), (12, True)]
    assert {each.received for each in found.issues} == {"nothing"}


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("boolean", [0, 1, "true", []]),
        ("integer", [True, 1.5, "1", [], {}]),
        ("number", [False, "1.5", {}]),
        ("string", [1, True, ["a"]]),
        ("object", [[], "{}", 1]),
        ("array", [{}, "[]", 1]),
    ],
)
def test_a_value_of_another_type_is_refused_and_says_which(kind: str, wrong: list[Json]) -> None:
    for value in wrong:
        (issue,) = verdict(gate(one=field(kind), two=field("boolean")), {"one": value, "two": True}).issues
        assert issue.field == "one"
        assert kind in issue.message


def test_an_issue_shows_what_was_expected_and_what_was_received() -> None:
    document = gate(done=field("integer", named("min", min=3), named("less_than", value=5)))
    (issue,) = verdict(document, {"done": 9}).issues
    assert issue == Issue(
        "done",
        "done must have a value below 5.",
        "integer with a value of at least 3 and a value below 5",
        "integer 9",
        3,
        has_example=True,
    )


def test_rules_over_several_fields_come_only_when_the_fields_are_fine() -> None:
    wrong = verdict(TESTS, {"passed": 4, "total": 3})
    assert messages(wrong.issues) == ["passed, total: Not so: evidence.passed <= evidence.total"]
    assert wrong.issues[0].received == '{"passed": 4, "total": 3}'
    assert wrong.issues[0].expected == "evidence.passed <= evidence.total"
    early = verdict(TESTS, {"passed": -4, "total": -5})
    assert [each.field for each in early.issues] == ["passed", "total"]
    assert messages(early.warnings)[0].startswith("evidence: the rules over several fields were not looked at")


def test_a_lenient_gate_passes_and_keeps_what_is_wrong() -> None:
    found = verdict(LAX, {"passed": 4, "total": 3})
    assert found.passed
    assert found.issues == ()
    assert messages(found.warnings) == ["passed, total: Not so: evidence.passed <= evidence.total"]
    assert verdict(LAX, {"passed": "4"}).passed


def test_strict_gates_overrides_what_documents_say_and_leaves_the_stand_in_lenient() -> None:
    assert not verdict(LAX, {"passed": 4, "total": 3}, strict_gates=True).passed
    assert not verdict(LAX, {"passed": 4}, strict_gates=True).passed
    assert examine(LENIENT, {"other": 1}, strict_gates=True).passed


def test_the_gate_that_stands_in_asks_for_a_summary() -> None:
    assert examine(LENIENT, {"summary": "Read it all."}) == (True, (), (), ("summary",))
    found = examine(LENIENT, {"summary": " "})
    assert found.passed
    assert found.warnings[0].example == LENIENT.fields[0].example


def test_fields_not_asked_for_are_noted_with_what_they_may_have_meant() -> None:
    found = verdict(TESTS, {"passed": 1, "totl": 3, "more": [1]})
    assert messages(found.warnings)[:2] == [
        "totl: totl is not asked for here; did you mean 'total'?",
        "more: more is not asked for here",
    ]
    many: JsonObject = {f"other{number}" * 100: "x" * 10_000 for number in range(MAX_ISSUES * 3)}
    noted = verdict(TESTS, {"passed": 1, "total": 1, **many}).warnings
    assert len(noted) == MAX_ISSUES
    assert noted[-1].message.endswith("more are not listed; mend these first")
    assert all(len("".join(each[:4])) < 2_000 for each in noted)


def test_issues_are_listed_up_to_a_limit() -> None:
    document: JsonObject = {"evidence": {f"field{number}": field("string") for number in range(MAX_ISSUES + 10)}}
    found = verdict(document, {"other": 1})
    assert len(found.issues) == MAX_ISSUES
    assert found.issues[-1].message == "11 more are not listed; mend these first"


def test_evidence_that_is_nested_too_deep_is_refused() -> None:
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    for document in (TESTS, LAX):
        (issue,) = verdict(document, {"passed": deep}).issues
        assert "deep" in issue.message


UNSOUND: list[JsonObject] = [
    {},
    {"evidence": {}},
    {"evidence": {}, "rules": []},
    {"evidence": []},
    {"evidence": "a"},
    {"evidence": {"a": None}},
    {"evidence": {"a": "integer"}},
    {"evidence": {"a": {}}},
    {"evidence": {"a": {"type": "whole"}}},
    {"evidence": {"a": {"type": ["integer"]}}},
    {"evidence": {"a": {"type": "integer", "validators": "positive"}}},
    {"evidence": {"a": {"type": "integer", "validators": ["positive"]}}},
    {"evidence": {"a": {"type": "integer", "validators": [{"name": "lambda x: True"}]}}},
    {"evidence": {"a": {"type": "integer", "validators": [{"name": "positive", "params": [1]}]}}},
    {"evidence": {"a": {"type": "integer", "validators": [{"name": "positive", "params": {"x": 1}}]}}},
    {"evidence": {"a": {"type": "integer"}}, "rules": "evidence.a"},
    {"evidence": {"a": {"type": "integer"}}, "rules": [None]},
    {"evidence": {"a": {"type": "integer"}}, "rules": ["true"]},
    gate("", a=field("integer")),
    gate("evidence.a >", a=field("integer")),
    gate("true); (true", a=field("integer")),
    gate("lambda e: True", a=field("integer")),
    gate("other.a > 1", a=field("integer")),
    gate("true // yes", a=field("integer")),
    gate("evidence.a = true", a=field("integer")),
]
UNTOLD = [
    "evidence.a",
    "null",
    "'true'",
    "evidence.b.c",
    "[1].map(evidence)",
    "(f => f(f))(f => f(f))",
    "/^(a+)+$/.test('a'.repeat(40) + 'b') || true",
    "Array(1e9).fill(1).length > 0",
]


@pytest.mark.parametrize("document", UNSOUND)
@pytest.mark.parametrize("strict", [True, False])
def test_a_broken_gate_lets_nothing_pass(document: JsonObject, strict: bool) -> None:
    tried: list[JsonObject] = [{"a": 3}, {"a": True}, {}, {"": 0}, {"a": "x", "evidence": True}]
    for evidence in tried:
        found = verdict({**document, "strict": strict}, evidence)
        assert not found.passed
        assert found.issues


@pytest.mark.parametrize("expression", UNTOLD)
@pytest.mark.parametrize("strict", [True, False])
def test_a_rule_that_tells_neither_true_nor_false_lets_nothing_pass(expression: str, strict: bool) -> None:
    found = verdict(gate(expression, strict=strict, a=field("integer")), {"a": 3})
    assert not found.passed
    assert "cannot be told" in found.issues[0].message


def test_a_broken_field_is_told_although_evidence_does_not_have_it() -> None:
    document = gate(strict=False, a=field("integer"), b=field("string", named("not_empty"), required=False))
    (issue,) = verdict(document, {"a": 1}).issues
    assert issue.field == "b"
    assert "there is no validator 'not_empty'" in issue.message
    assert "Its author must mend it" in issue.message


def test_a_rule_that_cannot_be_told_says_why() -> None:
    found = verdict(gate("evidence.list.size.length > 1", list=field("object")), {"list": {}})
    (issue,) = found.issues
    assert "evidence.list.size is undefined" in issue.message
    odd = verdict(gate("evidence.list.length", list=field("array")), {"list": [1, 2]})
    assert "it gave 2, not a truth value" in odd.issues[0].message


def test_a_rule_may_look_at_evidence_as_a_whole() -> None:
    rules = "Object.keys(evidence).length === 2", "evidence.hasOwnProperty('b')"
    document = gate(*rules, a=field("integer"), b=field("integer", required=False))
    assert passes(document, {"a": 1, "b": 2})
    found = verdict(document, {"a": 1})
    assert [each.field for each in found.issues] == ["evidence", "hasOwnProperty"]
    assert passes({"rules": [{"expression": "!evidence.a", "message": "m"}], "evidence": {}}, {})


def test_rules_are_sent_only_what_they_read() -> None:
    document = gate("evidence.a > 1", a=field("integer"), b=field("string"), c=field("integer"))
    assert passes(document, {"a": 2, "b": "x" * 2_000_000, "c": 2**60})
    others = {"b": field("string", required=False), "c": field("integer", required=False)}
    whole = gate("evidence.a < Object.keys(evidence).length", a=field("integer"), b=others["b"], c=others["c"])
    tried: list[JsonObject] = [{"a": 1, "b": "x" * 600_000}, {"a": 1, "c": 2**60}]
    for evidence in tried:
        (issue,) = verdict(whole, evidence).issues
        assert "The rules cannot be told" in issue.message


def test_one_verdict_takes_bounded_work() -> None:
    checks = [named("contains_any", values=[f"needle{number}" for number in range(1_000)])] * 3
    for strict in (True, False):
        document = gate(strict=strict, text=field("string", *checks))
        found = verdict(document, {"text": "x" * 500_000})
        assert not found.passed
        assert "takes more work than one verdict may" in found.issues[0].message
    rules = gate(*["evidence.a > 1"] * 300, a=field("integer"))
    assert "takes more work" in verdict(rules, {"a": 2}).issues[0].message


def test_reading_a_gate_keeps_what_its_document_says() -> None:
    found = read_gate({**TESTS, "allowOverride": True, "maxAttempts": 3})
    assert (found.strict, found.allow_override, found.max_attempts, found.is_own) == (True, True, 3, True)
    assert [each.required for each in found.fields] == [True, True, False]
    assert found.fields[1].example == 12
    assert not found.fields[0].has_example
    assert found.rules[0].message == "Not so: evidence.passed <= evidence.total"
