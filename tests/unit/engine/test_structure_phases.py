import pytest

from engine.review import review
from engine.structure import structure_findings
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, loop, phase, phased, prompt, times


def found(*phases: Json, **keys: Json) -> list[tuple[str, str]]:
    """Give rule and pointer of each finding."""
    return [(each.rule, each.pointer) for each in structure_findings(phased(*phases, **keys))]


MAKES = prompt("make", produces={"plan": "string"})
NEEDS = prompt("need", requires={"plan": "string"})
SOUND: list[list[Json]] = [
    [phase(0, prompt("aaa")), phase(1, prompt("bbb"))],
    [phase(1), phase(2, prompt("bbb"))],
    [phase(1, MAKES), phase(2, NEEDS)],
    [phase(1, loop("rep", times(2), "aaa"), prompt("aaa")), phase(2, loop("two", times(2), "bbb"), prompt("bbb"))],
]
CASES: list[tuple[str, str, list[Json]]] = [
    ("phase-number", "/phases/0/number", [phase(2, prompt("aaa"))]),
    ("phase-number", "/phases/1/number", [phase(0), phase(2)]),
    ("phase-number", "/phases/1/number", [phase(1), phase(1)]),
    ("phase-number", "/phases/2/number", [phase(1), phase(2), phase(1)]),
    ("duplicate-id", "/phases/1/tasks/0/id", [phase(1, prompt("aaa")), phase(2, prompt("aaa"))]),
    ("duplicate-id", "/phases/1/tasks/0/body/0/id", [
        phase(1, prompt("aaa")),
        phase(2, loop("rep", times(1), [prompt("aaa")])),
    ]),
    ("unknown-body", "/phases/1/tasks/0/body", [phase(1, prompt("aaa")), phase(2, loop("rep", times(1), "aaa"))]),
    ("circular-body", "/phases/1/tasks/0/body", [phase(1), phase(2, loop("rep", times(1), "rep"))]),
    ("not-produced", "/phases/0/tasks/0/requires/plan", [phase(1, NEEDS), phase(2, MAKES)]),
    ("not-produced", "/phases/1/tasks/0/requires/plan", [phase(1, MAKES, skippable=True), phase(2, NEEDS)]),
    ("template-name", "/phases/1/tasks/0/prompt", [
        phase(1, loop("rep", each("files", itemVar="file"), [prompt("aaa")])),
        phase(2, prompt("bbb", prompt="Read {{file}}.")),
    ]),
    ("bad-pattern", "/phases/0/tasks/0/runCondition/matches", [
        phase(1, prompt("aaa", runCondition={"var": "x", "matches": "("})),
    ]),
]  # fmt: skip


@pytest.mark.parametrize("phases", SOUND)
def test_sound_phases_have_no_finding(phases: list[Json]) -> None:
    assert found(*phases) == []
    assert review(phased(*phases)).findings == ()


@pytest.mark.parametrize(("rule", "pointer", "phases"), CASES)
def test_a_broken_rule_is_found_in_the_task_that_breaks_it(rule: str, pointer: str, phases: list[Json]) -> None:
    assert (rule, pointer) in found(*phases)


def test_a_wrong_number_says_which_one_is_due() -> None:
    (finding,) = structure_findings(phased(phase(0), phase(2)))
    assert finding.message == "phase number 2 stands where 1 is due"


def test_phases_are_strict_whatever_schema_version_they_declare() -> None:
    older: JsonObject = {"schemaVersion": "0.2.0"}
    (finding,) = structure_findings(phased(phase(1, prompt("aaa", functionReferences=["gone()"])), **older))
    assert (finding.rule, finding.severity.value) == ("undefined-function", "critical")
