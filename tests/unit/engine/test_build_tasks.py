from engine.build import build
from engine.definition import Automation, PromptStep, Workflow
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt


def automation(**keys: Json) -> Automation:
    found = build(document(*nested(keys.pop("steps", [prompt("one")])), **keys)).automation
    assert found is not None
    return found


def nested(steps: Json) -> list[Json]:
    return steps if isinstance(steps, list) else []


def task(workflow: Workflow | Automation, name: str) -> Workflow:
    held = workflow.automation if isinstance(workflow, Workflow) else workflow
    assert held is not None
    return held.tasks[name].workflow


def parallel(step_id: str, *names: str) -> JsonObject:
    return {"id": step_id, "type": "parallel", "branches": [{"task": name} for name in names]}


def test_documents_without_keys_of_automation_have_none() -> None:
    assert build(document(prompt("one"))).automation is None


def test_inputs_are_required_unless_they_say_otherwise_or_have_a_default() -> None:
    inputs: JsonObject = {
        "a": {"type": "string", "description": "An a", "validation": {"minLength": 1, "expression": "value != 'b'"}},
        "b": {"type": "number", "default": 0},
        "c": {"type": "array", "required": False},
    }
    first, second, third = automation(inputs=inputs).inputs
    assert (first.required, first.has_default, first.description, len(first.checks)) == (True, False, "An a", 1)
    assert first.rule is not None
    assert (second.required, second.has_default, second.default) == (False, True, 0)
    assert (third.required, third.has_default, third.rule) == (False, False, None)


def test_state_computed_and_timeout_are_taken_over() -> None:
    computed: JsonObject = {
        "b": {"from": "computed.a", "expression": "input"},
        "a": {"from": "n", "expression": "input"},
    }
    found = automation(state={"n": 1}, computed=computed, config={"timeout": 5})
    assert (found.state, [field.name for field in found.computed], found.timeout) == ({"n": 1}, ["a", "b"], 5.0)


def test_outputs_are_kept_of_the_steps_that_texts_name() -> None:
    steps: Json = [
        prompt("one"),
        prompt("two"),
        prompt("three"),
        {"id": "four", "type": "set", "update": [{"path": "a", "value": ['{{ steps["one"].output }}', {"b": 1}]}]},
        prompt("five", runCondition={"var": "steps.two.output.ok"}, prompt="Other steps follow."),
    ]
    assert automation(steps=steps).kept == {"one", "two"}


def test_a_task_that_is_a_prompt_is_a_workflow_of_one_step() -> None:
    tasks: JsonObject = {"lint": {"description": "Lints", "prompt": "{{ inputs.item }}", "expect": {}, "timeout": 9}}
    found = automation(steps=[parallel("par", "lint")], tasks=tasks)
    work = task(found, "lint")
    (step,) = work.steps
    assert isinstance(step, PromptStep)
    assert (step.id, step.title, step.expect, found.tasks["lint"].description) == ("prompt", "lint", {}, "Lints")
    assert work.automation is not None
    assert (work.automation.timeout, work.automation.kept) == (9.0, frozenset({"prompt"}))


def test_a_task_knows_the_tasks_it_hands_out_itself_and_no_other() -> None:
    tasks: JsonObject = {
        "outer": {
            "state": {"n": 1},
            "steps": [parallel("in-1", "inner", "inner"), {"id": "say", "type": "message", "message": "m"}],
        },
        "inner": {"prompt": "p"},
        "unused": {"prompt": "p"},
    }
    found = automation(steps=[parallel("par", "outer", "inner")], tasks=tasks)
    assert set(found.tasks) == {"outer", "inner"}
    work = task(found, "outer")
    assert work.automation is not None
    assert set(work.automation.tasks) == {"inner"}
    assert task(work, "inner") is task(found, "inner")
    assert work.automation.state == {"n": 1}
    assert work.automation.kept == {"in-1"}
    assert list(work.places) == ["in-1", "say"]
    assert [phase.number for phase in work.phases] == [1, 2]
