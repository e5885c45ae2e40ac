import pytest

from engine.structure import structure_findings
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt, times

ON: JsonObject = {"var": "on", "equals": True}
MAKES = prompt("make", produces={"plan": "string"})
NEEDS = prompt("need", requires={"plan": "string"})


def rules(*steps: Json) -> list[str]:
    return [f"{finding.rule} {finding.pointer}" for finding in structure_findings(document(*steps))]


@pytest.mark.parametrize(
    "steps",
    [
        [MAKES, NEEDS],
        [prompt("make", produces={"n": "integer"}), prompt("need", requires={"n": "number"})],
        [{**MAKES, "runCondition": ON}, {**NEEDS, "runCondition": ON}],
        [{**MAKES, "runCondition": ON}, loop("rep", times(2), [NEEDS], runCondition=ON)],
        [{**MAKES, "runCondition": {}}, NEEDS],
        [MAKES, loop("rep", times(2), [NEEDS])],
        [MAKES, loop("rep", times(2), "need"), NEEDS],
        [loop("rep", times(2), [MAKES, NEEDS])],
        [loop("rep", each("files", itemVar="plan"), [NEEDS])],
        [loop("rep", times(2), [prompt("need", requires={"currentIteration": "integer"})])],
    ],
)
def test_what_is_surely_produced_may_be_required(steps: list[Json]) -> None:
    assert rules(*steps) == []


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [
        ([NEEDS, MAKES], "/steps/0/requires/plan"),
        ([{**MAKES, "runCondition": ON}, NEEDS], "/steps/1/requires/plan"),
        ([{**MAKES, "runCondition": ON}, {**NEEDS, "runCondition": {"var": "off"}}], "/steps/1/requires/plan"),
        ([loop("rep", times(2), [MAKES]), NEEDS], "/steps/1/requires/plan"),
        ([loop("rep", times(2), "make"), MAKES, NEEDS], "/steps/2/requires/plan"),
        ([loop("rep", times(2), "need"), NEEDS, MAKES], "/steps/1/requires/plan"),
        (
            [loop("rep", times(2), [{**MAKES, "runCondition": ON}]), {**NEEDS, "runCondition": ON}],
            "/steps/1/requires/plan",
        ),
        ([loop("rep", each("files", itemVar="plan"), [prompt("aaa")]), NEEDS], "/steps/1/requires/plan"),
    ],
)
def test_what_some_way_does_not_produce_is_a_finding(steps: list[Json], pointer: str) -> None:
    assert rules(*steps) == [f"not-produced {pointer}"]


def test_a_name_close_to_one_that_is_produced_is_suggested() -> None:
    needs = prompt("need", requires={"plna": "string"})
    (finding,) = structure_findings(document(MAKES, needs))
    assert finding.suggestion == "did you mean 'plan'?"


def test_a_variable_required_in_another_type_is_a_finding() -> None:
    needs = prompt("need", requires={"plan": "object"})
    assert rules(MAKES, needs) == ["other-type /steps/1/requires/plan"]
