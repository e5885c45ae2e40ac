import json

import pytest

from engine.errors import ArgumentError, StepNotFoundError, WorkflowNotFoundError
from schema.values import JsonObject
from tests.unit.engine.flows import Shelf, document, each, loop, prompt
from tests.unit.silent_call import SilentCall
from tools.contract import Done
from tools.workflow_next import stateless

TOOL = stateless(Shelf(document(prompt("one"), loop("rep", each("files"), [prompt("aaa")]))))


def called(**arguments: object) -> JsonObject:
    assert TOOL.run is not None
    filled: JsonObject = json.loads(json.dumps({"workflowId": "flow", "completedSteps": [], **arguments}))
    done = TOOL.run(filled, SilentCall())
    assert isinstance(done, Done)
    assert done.value is not None
    return done.value


def test_the_next_step_is_answered_with_its_key_and_context() -> None:
    answer = called(completedSteps=["one"], context={"files": ["a"]})
    assert answer["stepKey"] == "rep@0::aaa"
    assert answer["context"] == {"files": ["a"], "currentIteration": 1, "currentItem": "a", "currentIndex": 0}
    assert answer["progress"] == {"done": 1, "total": 2, "percent": 50}


def test_without_a_context_there_are_no_variables() -> None:
    assert called()["context"] == {}
    assert called(context=None, currentStep=None)["stepKey"] == "one"


@pytest.mark.parametrize("step", ["one", "aaa", "rep", "rep@3::aaa"])
def test_the_current_step_may_be_any_that_exists_and_changes_nothing(step: str) -> None:
    assert called(currentStep=step) == called()


@pytest.mark.parametrize("step", ["nine", "rep@10::aaa", "rep@0::one", ""])
def test_a_current_step_that_does_not_exist_is_refused(step: str) -> None:
    with pytest.raises(StepNotFoundError):
        called(currentStep=step)


def test_an_unknown_workflow_is_refused() -> None:
    with pytest.raises(WorkflowNotFoundError):
        called(workflowId="nothing")


def test_a_context_beyond_its_limit_is_refused_and_near_it_warned_of() -> None:
    with pytest.raises(ArgumentError):
        called(context={"a": "x" * 300_000})
    assert len(str(called(context={"a": "x" * 250_000})["warnings"])) < 200


@pytest.mark.parametrize("missing", ["workflowId", "completedSteps"])
def test_a_call_of_neither_form_is_told_what_to_send(missing: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        called(**{missing: None})
    assert refused.value.path == missing
    assert "sessionId" in refused.value.details
    assert "completedSteps" in refused.value.details


@pytest.mark.parametrize("name", ["stepKey", "output", "evidence", "approval"])
def test_what_only_a_session_takes_is_refused_without_one(name: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        called(**{name: {}})
    assert refused.value.path == name
    assert called(**{name: None}) == called()


def test_the_tool_says_that_it_changes_sessions_and_may_be_called_again() -> None:
    assert TOOL.annotations is not None
    assert TOOL.annotations["readOnlyHint"] is False
    assert TOOL.annotations["idempotentHint"] is True
    assert TOOL.output_schema is None


def test_a_workflow_with_phases_made_for_sessions_says_that_there_are_more() -> None:
    shelf = Shelf(document(prompt("one")))
    entry = shelf.entry("flow")._replace(session_option="spec_path")
    shelf.put("flow", entry)
    tool = stateless(shelf)
    assert tool.run is not None
    done = tool.run({"workflowId": "flow", "completedSteps": ["one"]}, SilentCall())
    assert isinstance(done, Done)
    assert done.value is not None
    (warning,) = json.loads(json.dumps(done.value["warnings"]))
    assert warning.endswith("made for a session: aos_workflow action=start with options.spec_path")
