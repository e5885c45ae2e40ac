import pytest

from engine.review import review
from engine.structure import structure_findings
from engine.structure_gates import EXAMPLE_WORK, MAX_PROVED
from engine.structure_rules import MAX_FINDINGS, RULES
from engine.verdict_work import RULE_WORK
from schema.finding import Severity
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, loop, phase, phased, prompt, times

DONE: JsonObject = {"type": "boolean"}
COUNT: JsonObject = {"type": "integer", "example": 3, "validators": [{"name": "min", "params": {"min": 1}}]}


def gate(*rules: str, **fields: Json) -> JsonObject:
    """Give a gate with these fields and rules."""
    listed: list[Json] = [{"expression": rule, "message": "Mend it."} for rule in rules]
    return {"evidence": fields, "rules": listed}


def field(kind: str, *validators: Json, **keys: Json) -> JsonObject:
    """Give a field of this type with these validators."""
    return {"type": kind, "validators": list(validators), **keys}


def named(name: str, **params: Json) -> JsonObject:
    """Give a validator."""
    return {"name": name, "params": params}


SOUND: list[JsonObject] = [
    gate(done=DONE),
    gate("evidence.done", done=DONE),
    gate("evidence.count > 2 && evidence['done']", done=DONE, count=COUNT),
    gate("Object.keys(evidence).length > 1", done=DONE, count=COUNT),
    gate(words=field("string", named("non_empty"), named("min_length", min=3), example="four")),
    gate(one=field("integer", named("between", min=3, max=3), named("greater_than", value=2), named("min", min=1))),
    gate("evidence.hasOwnProperty('done')", done=DONE),
    gate(ratio=field("number", named("between", min=0, max=1), example=0.5)),
    gate(**{"exit-code": field("integer", named("equals", value=0), example=0)}),
]
BROKEN: list[tuple[str, str, JsonObject]] = [
    ("empty-gate", "", gate()),
    ("unknown-validator", "/evidence/a/validators/0/name", gate(a=field("string", named("not_empty")))),
    (
        "unknown-validator",
        "/evidence/a/validators/1/name",
        gate(a=field("array", named("unique"), named("lambda x: x"))),
    ),
    ("validator-params", "/evidence/a/validators/0", gate(a=field("string", named("min_length")))),
    ("validator-params", "/evidence/a/validators/0/params/min", gate(a=field("string", named("min_length", min="x")))),
    ("validator-params", "/evidence/a/validators/0/params/mni", gate(a=field("integer", named("min", mni=1)))),
    (
        "validator-params",
        "/evidence/a/validators/0/params/pattern",
        gate(a=field("string", named("matches", pattern="("))),
    ),
    ("validator-type", "/evidence/a/validators/0/name", gate(a=field("boolean", named("min_length", min=1)))),
    ("bad-rule", "/rules/0/expression", gate("evidence.done >", done=DONE)),
    ("bad-rule", "/rules/1/expression", gate("evidence.done", "evidence.done; 1", done=DONE)),
    ("bad-rule", "/rules/0/expression", gate("value > 1", done=DONE)),
    ("bad-rule", "/rules/0/expression", gate("lambda e: e", done=DONE)),
    ("bad-rule", "/rules/0/expression", gate("!!evidence.toString", toString=field("string", required=False))),
    ("undeclared-field", "/rules/0/expression", gate("evidence.dnoe", done=DONE)),
    ("undeclared-field", "/rules/0/expression", gate("evidence['gone'] > 1", done=DONE)),
    (
        "contradictory-limits",
        "/evidence/a/validators",
        gate(a=field("integer", named("min", min=3), named("max", max=2))),
    ),
    ("contradictory-limits", "/evidence/a/validators", gate(a=field("number", named("positive"), named("negative")))),
    (
        "contradictory-limits",
        "/evidence/a/validators",
        gate(a=field("number", named("min", min=3), named("less_than", value=3))),
    ),
    (
        "contradictory-limits",
        "/evidence/a/validators",
        gate(a=field("string", named("min_length", min=5), named("max_length", max=4))),
    ),
    ("bad-example", "/evidence/a/example", gate(a=field("integer", example=True))),
    ("bad-example", "/evidence/a/example", gate(a=field("string", named("min_length", min=9), example="short"))),
]


@pytest.mark.parametrize("sound", SOUND)
def test_a_sound_gate_has_no_finding(sound: JsonObject) -> None:
    assert review(phased(phase(1, prompt("aaa", evidence=sound), gate=sound), phase(2))).findings == ()
    assert review(document(loop("rep", times(1), [prompt("aaa", evidence=sound)]))).findings == ()


@pytest.mark.requirement("LANG-5")
@pytest.mark.parametrize(("rule", "place", "broken"), BROKEN)
def test_what_is_wrong_with_a_gate_is_found_in_the_phase_and_in_the_step_that_has_it(
    rule: str, place: str, broken: JsonObject
) -> None:
    in_both = phased(phase(0, gate=gate(done=DONE)), phase(1, prompt("aaa", evidence=broken), gate=broken))
    found = [(each.rule, each.pointer, each.severity) for each in review(in_both).findings]
    severity = RULES[rule].strict
    assert found == [
        (rule, f"/phases/1/gate{place}", severity),
        (rule, f"/phases/1/tasks/0/evidence{place}", severity),
    ]


@pytest.mark.parametrize(("rule", "place", "broken"), BROKEN)
def test_a_broken_gate_makes_an_older_document_invalid_too(rule: str, place: str, broken: JsonObject) -> None:
    older = document(loop("rep", times(1), [prompt("aaa", evidence=broken)]), schemaVersion="0.2.0")
    (finding,) = structure_findings(older)
    assert (finding.rule, finding.pointer) == (rule, f"/steps/0/body/0/evidence{place}")
    assert finding.severity is (Severity.MINOR if rule == "bad-example" else Severity.CRITICAL)


@pytest.mark.parametrize(
    ("broken", "hint"),
    [
        (gate("evidence.dnoe", done=DONE), "did you mean 'done'?"),
        (gate(a=field("string", named("nonempty"))), "did you mean 'non_empty'?"),
        (gate(a=field("integer", named("min", mni=1))), "did you mean 'min'?"),
        (gate(a=field("integer", named("between", something=1))), "between has min, max"),
    ],
)
def test_a_slip_names_what_was_meant(broken: JsonObject, hint: str) -> None:
    (finding,) = structure_findings(phased(phase(1, gate=broken)))
    assert finding.suggestion == hint


def test_an_example_is_not_blamed_where_its_field_is_broken() -> None:
    broken = gate(a=field("string", named("nothing_like_it"), example=3))
    assert [each.rule for each in structure_findings(phased(phase(1, gate=broken)))] == ["unknown-validator"]


def test_rules_of_one_document_are_proved_up_to_a_limit_and_refused_beyond() -> None:
    long = gate(*["evidence.count > " + "1" * 4_000] * 30, count=COUNT)
    first = [each.pointer for each in structure_findings(phased(phase(1, gate=long), phase(2, gate=long)))]
    assert first == [f"/phases/1/gate/rules/{MAX_PROVED // 4_017 - 30}/expression"]
    assert structure_findings(phased(phase(1, gate=long))) == ()


def test_examples_are_tried_until_that_takes_too_much_work() -> None:
    heavy = field("string", *[named("matches", pattern="^a")] * 5, example="b")
    fields = {f"f{number}": heavy for number in range(20)}
    findings = structure_findings(phased(phase(1, gate=gate(**fields))))
    assert {each.rule for each in findings} == {"bad-example"}
    assert 0 < len(findings) <= EXAMPLE_WORK // RULE_WORK


def test_parameters_behind_the_limit_are_not_looked_at() -> None:
    wrong = field("string", *[named("min_length")] * 50)
    gates = [phase(number, gate=gate(**{f"f{each}": wrong for each in range(15)})) for number in range(2)]
    findings = structure_findings(phased(*gates))
    assert [each.rule for each in findings[-2:]] == ["validator-params", "limit"]
    assert len(findings) == MAX_FINDINGS + 1
