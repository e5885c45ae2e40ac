import pytest

from engine.automation_use import uses_automation
from engine.structure_rules import is_strict
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, loop, phase, phased, prompt, times


@pytest.mark.parametrize("key", ["inputs", "state", "computed", "config", "tasks"])
def test_a_root_key_makes_a_document_one_of_automation(key: str) -> None:
    assert uses_automation({**document(prompt("one")), key: {}})


@pytest.mark.parametrize(
    "step",
    [
        {"id": "one", "type": "message", "message": "m"},
        prompt("one", store="a"),
        prompt("one", expect={}),
        prompt("one", runCondition="state.a"),
        prompt("one", requireConfirmation="state.a"),
        loop("one", {"type": "while", "condition": "state.a"}, [prompt("two")]),
        loop("one", times(2), [prompt("two"), loop("three", times(2), [{"id": "four", "type": "break"}])]),
    ],
)
def test_a_step_makes_a_document_one_of_automation(step: JsonObject) -> None:
    assert uses_automation(document(prompt("zero"), step))
    assert uses_automation(phased(phase(1, prompt("zero")), phase(2, step)))
    assert is_strict({"steps": [step]})


@pytest.mark.parametrize(
    "value",
    [
        {"id": "a", "steps": 3},
        {"steps": ["one", None, {"type": 3, "loop": 4, "body": "one"}]},
        {"steps": [], "phases": {}},
        {"phases": [3, {"tasks": 4}, {"tasks": [prompt("one")]}]},
        document(prompt("one", runCondition={"var": "a"}, requireConfirmation=True), loop("two", times("n"), "one")),
    ],
)
def test_other_values_are_none_of_automation(value: JsonObject) -> None:
    assert not uses_automation(value)


def test_older_documents_stay_older_without_keys_of_automation() -> None:
    steps: list[Json] = [prompt("one")]
    assert not is_strict({"steps": steps})
    assert is_strict({"steps": steps, "state": {}})
