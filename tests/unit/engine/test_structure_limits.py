"""What bounds the structure checks: findings listed, names compared, bodies followed."""

from engine.structure import structure_findings
from engine.structure_rules import MAX_COMPARISONS, MAX_FINDINGS, Report
from engine.structure_sites import MAX_NESTING
from schema.finding import Severity
from schema.values import Json
from tests.unit.engine.flows import document, loop, prompt, times

MANY = MAX_FINDINGS + 5


def test_findings_of_one_severity_are_listed_up_to_a_limit_and_the_last_says_so() -> None:
    findings = structure_findings(document(*[prompt("one") for _ in range(MANY)]))
    assert [each.rule for each in findings[-2:]] == ["duplicate-id", "limit"]
    assert len(findings) == MAX_FINDINGS + 1
    assert findings[-1].message == f"more than {MAX_FINDINGS} critical findings; the first ones are listed"
    assert findings[-1].severity is Severity.MINOR


def test_many_light_findings_hide_no_critical_one() -> None:
    steps: list[Json] = [prompt(f"step-{number}", guidance=["{{ a + b }}"] * 5) for number in range(MANY // 5 + 1)]
    calling = prompt("calling", functionReferences=["nothing()"])
    rules = [each.rule for each in structure_findings(document(*steps, calling))]
    assert rules.count("template-expression") == MAX_FINDINGS
    assert rules[-1] == "undefined-function"


def test_a_body_that_names_nothing_keeps_its_meaning_behind_many_findings() -> None:
    steps: list[Json] = [prompt("one") for _ in range(MANY)]
    lost = loop("rep", times(1), "nowhere")
    findings = structure_findings(document(*steps, lost, prompt("two", requires={"sum": "number"})))
    assert {each.rule for each in findings} == {"duplicate-id", "limit"}


def test_schemas_behind_the_limit_are_not_looked_at() -> None:
    rule: Json = {"type": "schema", "message": "m", "schema": {"type": "strin"}}
    findings = structure_findings(document(prompt("one", validationCriteria=[rule] * MANY)))
    assert [each.rule for each in findings[-2:]] == ["bad-schema", "limit"]


def test_the_name_that_was_meant_is_looked_for_until_that_costs_too_much() -> None:
    report = Report({})
    names = {"total": 0, **{f"name-{number}": 0 for number in range(MAX_COMPARISONS // 2 - 1)}}
    assert [report.near("totl", names) for _ in range(3)] == ["did you mean 'total'?"] * 2 + [None]


def test_a_long_circle_of_bodies_is_found_as_loops_too_deep() -> None:
    count = 3 * MAX_NESTING
    steps: list[Json] = [loop(f"loop-{n}", times(1), f"loop-{(n + 1) % count}") for n in range(count)]
    assert {each.rule for each in structure_findings(document(*steps))} == {"deep-loops"}
