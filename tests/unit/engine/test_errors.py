import pytest

from engine.errors import (
    ArgumentError,
    CriterionError,
    DomainError,
    RefusedError,
    StepNotFoundError,
    WorkflowInvalidError,
    WorkflowNotFoundError,
)
from schema.finding import Finding, Severity
from schema.values import JsonObject

FINDING = Finding(Severity.CRITICAL, "required", "name is missing", "/name", 3, 1)


@pytest.mark.parametrize(
    ("error", "message", "data"),
    [
        (
            StepNotFoundError("two", "greeting"),
            "The workflow 'greeting' has no step 'two'. Send a stepKey as workflow_next gave it.",
            {"stepId": "two", "workflowId": "greeting"},
        ),
        (
            CriterionError("/steps/0", "too slow"),
            (
                "The criterion at '/steps/0' cannot be evaluated: too slow. "
                "Mend it in the workflow's file, or send a shorter text."
            ),
            {"field": "/steps/0", "details": "too slow"},
        ),
        (
            RefusedError("path", "name a file inside the workspace"),
            "Refused for safety: name a file inside the workspace.",
            {"action": "path"},
        ),
    ],
)
def test_a_refusal_tells_people_what_to_do_and_programs_the_facts(
    error: DomainError, message: str, data: JsonObject
) -> None:
    assert error.message() == message
    assert error.data() == data


def test_a_caller_without_tools_is_advised_in_its_own_words() -> None:
    error = StepNotFoundError("two", "greeting")
    assert error.message("`show` does it") == "The workflow 'greeting' has no step 'two'. `show` does it."


def test_an_unknown_workflow_comes_with_the_closest_ids() -> None:
    error = WorkflowNotFoundError("greting", ("greeting",))
    assert "'greting'" in error.message()
    assert "greeting" in error.message()
    assert error.data()["workflowId"] == "greting"


def test_an_invalid_workflow_comes_with_its_findings() -> None:
    error = WorkflowInvalidError("greeting", (FINDING,))
    assert "'greeting'" in error.message()
    assert error.data()["findings"] == [FINDING.as_json()]


def test_a_bad_argument_is_named() -> None:
    assert ArgumentError("stepId", "it is missing").data() == {"details": "it is missing", "path": "stepId"}


def test_a_kind_of_refusal_without_facts_is_a_mistake_of_ours() -> None:
    with pytest.raises(NotImplementedError):
        DomainError("x").data()


@pytest.mark.parametrize(
    "error",
    [
        WorkflowNotFoundError("x" * 500_000),
        StepNotFoundError("x" * 500_000, "y" * 500_000),
        ArgumentError("x" * 500_000, "it is not known"),
    ],
)
def test_what_a_caller_wrote_is_repeated_up_to_80_characters(error: DomainError) -> None:
    shown = "x" * 79 + "…"
    assert shown in error.message()
    assert shown in error.data().values()
    assert max(len(error.message()), len(str(error)), len(str(error.data()))) < 400
