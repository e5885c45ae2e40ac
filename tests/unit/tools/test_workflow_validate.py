import json

import pytest

from engine.errors import ArgumentError, StepNotFoundError, WorkflowNotFoundError
from schema.values import Json, JsonObject
from tests.unit.engine.flows import Shelf, document, loop, phase, phased, prompt, times
from tests.unit.silent_call import SilentCall
from tools.contract import Done
from tools.workflow_validate import make

RULE: JsonObject = {"type": "contains", "value": "done", "message": "Say done.", "condition": {"var": "strict"}}
TOOL = make(
    Shelf(
        document(
            prompt("one", validationCriteria=[RULE]),
            loop("rep", times(2), [prompt("aaa", validationCriteria=[{**RULE, "condition": {}}])]),
        )
    )
)


def called(**arguments: object) -> JsonObject:
    assert TOOL.run is not None
    done = TOOL.run(json.loads(json.dumps(arguments)), SilentCall())
    assert isinstance(done, Done)
    assert done.value is not None
    return done.value


def checked(step: str, output: str, **more: object) -> JsonObject:
    return called(workflowId="flow", stepId=step, output=output, **more)


def test_an_output_is_held_against_the_criteria_of_its_step() -> None:
    assert checked("one", "done", context={"strict": True}) == {"valid": True, "issues": [], "suggestions": []}
    assert checked("one", "later", context={"strict": True}) == {
        "valid": False,
        "issues": ["Say done."],
        "suggestions": ["The output must have the text 'done' (case counts)."],
    }
    assert checked("one", "later")["valid"] is True


@pytest.mark.parametrize("step", ["aaa", "rep@1::aaa"])
def test_steps_in_loops_are_found_by_id_and_key(step: str) -> None:
    assert checked(step, "later")["issues"] == ["Say done."]


def test_tasks_of_phases_are_found() -> None:
    tool = make(
        Shelf(phased(phase(1, prompt("one")), phase(2, prompt("two", validationCriteria=[{**RULE, "condition": {}}]))))
    )
    assert tool.run is not None
    done = tool.run({"workflowId": "flow", "stepId": "two", "output": "later"}, SilentCall())
    assert isinstance(done, Done)
    assert done.value is not None
    assert done.value["issues"] == ["Say done."]


@pytest.mark.parametrize("step", ["nine", "rep", "rep@9::one"])
def test_a_step_without_output_is_refused(step: str) -> None:
    with pytest.raises(StepNotFoundError):
        checked(step, "x")


def test_an_unknown_workflow_is_refused() -> None:
    with pytest.raises(WorkflowNotFoundError):
        called(workflowId="nothing", stepId="one", output="x")


def test_an_output_is_limited_in_characters_and_a_context_in_bytes() -> None:
    assert checked("one", "😀" * 10_000)["valid"] is True
    with pytest.raises(ArgumentError):
        checked("one", "x" * 10_001)
    with pytest.raises(ArgumentError):
        checked("one", "x", context={"a": "x" * 300_000})
    assert len(str(checked("one", "x", context={"a": "x" * 250_000})["warnings"])) < 200


@pytest.mark.parametrize(
    ("arguments", "path", "told"),
    [
        ({}, "workflowId", "it is missing"),
        ({"workflowId": "flow"}, "stepId", "it is missing"),
        ({"workflowId": "flow", "stepId": "one"}, "output", "it is missing"),
        ({"stepId": "one", "output": "x", "context": {}}, "workflowId", "it is missing"),
        ({"workflow": {}, "text": ""}, "text", "it does not go with workflow"),
        ({"workflow": {}, "stepId": "one"}, "stepId", "it does not go with workflow"),
        ({"workflow": {}, "context": {}}, "context", "it does not go with workflow"),
        ({"workflowId": "flow", "stepId": "one", "output": "x", "text": "id: a"}, "output", "it does not go with text"),
        ({"text": 1}, "text", "it has the wrong type"),
        ({"workflowId": 1, "stepId": "one", "output": "x"}, "workflowId", "it has the wrong type"),
    ],
)
def test_mixed_and_incomplete_forms_are_refused_by_the_argument_that_is_off(
    arguments: JsonObject, path: str, told: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        called(**arguments)
    assert refused.value.path == path
    assert refused.value.details.startswith(told)
    assert "or text alone" in refused.value.details


def test_a_document_is_checked_whole() -> None:
    assert called(workflow=document(prompt("one"))) == {"valid": True, "issues": [], "suggestions": []}
    answer = called(workflow=document(prompt("one"), prompt("one", prompt="{{a")))
    assert answer == {
        "valid": False,
        "issues": [
            {
                "severity": "critical",
                "pointer": "/steps/1/id",
                "rule": "duplicate-id",
                "message": "the id 'one' is already used at /steps/0",
                "suggestion": "give each step an id of its own",
            }
        ],
        "suggestions": [
            "/steps/1/id: give each step an id of its own",
            "/steps/1/prompt: close it, or write \\{{",
        ],
        "warnings": [
            {
                "severity": "minor",
                "pointer": "/steps/1/prompt",
                "rule": "unclosed-template",
                "message": "a {{ never finds its }}, so it stays text",
                "suggestion": "close it, or write \\{{",
            }
        ],
    }


def issues(answer: JsonObject) -> list[tuple[Json, Json]]:
    found = answer["issues"]
    assert isinstance(found, list)
    return [(each["rule"], each["line"]) for each in found if isinstance(each, dict)]


def test_a_text_is_checked_with_lines() -> None:
    as_json = json.dumps(document(prompt("one"), prompt("one")), indent=1)
    line = next(number for number, text in enumerate(as_json.splitlines(), 1) if '"one"' in text and number > 12)
    assert issues(called(text=as_json)) == [("duplicate-id", line)]
    yaml = "schemaVersion: 1.0.0\nid: greet\nname: G\ndescription: D\nversion: 1.0.0\nsteps: []\n"
    assert issues(called(text=yaml)) == [("min-items", 6)]


@pytest.mark.parametrize("text", ["{", "a: [", "a: 1\n---\nb: 2\n", ""])
def test_a_text_that_is_not_one_document_is_invalid(text: str) -> None:
    answer = called(text=text)
    assert answer["valid"] is False
    assert len(issues(answer)) == 1


def test_an_endless_list_of_findings_is_cut() -> None:
    found = called(workflow=document(*[prompt("one")] * 1000))["issues"]
    assert isinstance(found, list)
    assert len(found) == 200


def test_the_answers_keep_to_the_declared_shape() -> None:
    assert TOOL.output_schema is not None
    declared = TOOL.output_schema["properties"]
    assert isinstance(declared, dict)
    for answer in (checked("one", "x"), called(text="{"), called(workflow=document(prompt("one", prompt="{{a")))):
        assert set(answer) <= set(declared)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("id: a\nsteps: [", "put a comma here, or close the [ opened at line 2, column 8"),
        ("steps:\n\t- id: a", "a tab; YAML is indented with spaces"),
        ('{"id": "a", "steps": [', "check the quotation marks, commas and brackets before this place"),
        ('{"id": "a", "steps": [1', "put a comma here, or close the [ opened at line 1, column 22"),
    ],
)
def test_a_text_that_cannot_be_read_comes_back_with_advice(text: str, advice: str) -> None:
    verdict = called(text=text)
    assert verdict["valid"] is False
    assert verdict["suggestions"] == [f"document: {advice}"]
