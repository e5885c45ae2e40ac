from engine.build import build
from engine.definition import Phase
from engine.gates import LENIENT
from schema.values import JsonObject
from tests.unit.engine.flows import document, following, loop, phase, phased, prompt, times, walked

GATE: JsonObject = {"evidence": {"tests_passed": {"type": "integer", "description": "How many tests pass."}}}
THREE = phased(
    phase(0, prompt("aaa"), loop("rep", times(2), [prompt("bbb")])),
    phase(1, purpose="Nothing to do but to show.", gate=GATE),
    phase(2, prompt("ccc"), loop("again", times(1), "ddd"), prompt("ddd"), prompt("eee")),
)


def test_the_steps_of_a_phased_workflow_are_the_tasks_of_all_phases_in_order() -> None:
    workflow = build(THREE)
    assert workflow.is_phased
    assert workflow.is_strict
    assert [step.id for step in workflow.steps] == ["aaa", "rep", "ccc", "again", "eee"]


def test_phases_cover_the_steps_without_gap_and_keep_their_own_numbers() -> None:
    phases = build(THREE).phases
    assert [(each.number, each.title, each.first, each.end) for each in phases] == [
        (0, "Phase 0", 0, 2),
        (1, "Phase 1", 2, 2),
        (2, "Phase 2", 2, 5),
    ]
    assert [each.purpose for each in phases] == ["Made for a test.", "Nothing to do but to show.", "Made for a test."]


def test_a_phase_has_its_own_gate_or_the_lenient_one() -> None:
    first, second, third = build(THREE).phases
    assert first.gate is LENIENT
    assert third.gate is LENIENT
    assert second.gate.is_own
    assert [field.name for field in second.gate.fields] == ["tests_passed"]
    assert second.shown["gate"] == GATE


def test_places_count_over_the_tasks_of_all_phases() -> None:
    workflow = build(THREE)
    assert {name: place.indexes for name, place in workflow.places.items()} == {
        "aaa": (0,),
        "rep": (1,),
        "bbb": (1, 0),
        "ccc": (2,),
        "again": (3,),
        "ddd": (3, 0),
        "eee": (4,),
    }
    assert all(workflow.steps[place.indexes[0]].id for place in workflow.places.values())


def test_a_phase_without_a_purpose_has_an_empty_one() -> None:
    bare = {key: value for key, value in phase(1, prompt("aaa")).items() if key != "purpose"}
    assert build(phased(bare)).phases[0].purpose == ""


def test_the_stateless_walk_goes_through_the_phases_as_through_steps() -> None:
    workflow = build(THREE)
    assert walked(workflow, {}).keys == ["aaa", "rep@0::bbb", "rep@1::bbb", "ccc", "again@0::ddd", "eee"]
    assert walked(workflow, {}).last.is_complete
    assert following(workflow, "aaa", "rep") == "ccc"
    assert following(workflow, "rep@0::bbb", "eee") == "aaa"


def test_a_workflow_whose_phases_hold_no_task_is_complete_at_once() -> None:
    assert walked(build(phased(phase(1), phase(2))), {}).last.is_complete


def test_without_phases_each_step_that_stands_at_the_top_is_one() -> None:
    evidence: JsonObject = {"evidence": {"done": {"type": "boolean"}}}
    workflow = build(document(loop("rep", times(1), "aaa"), prompt("aaa"), prompt("bbb", evidence=evidence)))
    assert not workflow.is_phased
    first, second = workflow.phases
    assert first == Phase(1, "Title of rep", "", 0, 1, LENIENT, {})
    assert (second.number, second.title, second.first, second.end) == (2, "Title of bbb", 1, 2)
    assert [field.name for field in second.gate.fields] == ["done"]
