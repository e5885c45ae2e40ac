from pathlib import Path
from typing import Literal

import pytest

from engine.errors import RefusedError, WorkflowInvalidError, WorkflowNotFoundError
from schema.check import check_workflow
from schema.values import Json, JsonObject
from tests.unit.engine.documents import library, workflow, write
from tests.unit.engine.flows import phase, phased, prompt
from tests.unit.silent_call import SilentCall
from tools import workflow_get, workflow_list
from tools.contract import Done

STEPS: list[Json] = [
    {
        "id": "only-later",
        "title": "Later",
        "prompt": "Later.",
        "runCondition": {"var": "ready", "equals": True},
    },
    {"id": "now", "title": "Now", "prompt": "Now."},
]
DOCUMENT = workflow(
    "alpha",
    category="review",
    metaGuidance=["Be kind."],
    functionDefinitions=[{"name": "greet", "definition": "Say hello."}],
    steps=STEPS,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a source with one valid and one invalid document."""
    write(tmp_path, "a.json", DOCUMENT)
    write(tmp_path, "b.json", {**workflow("broken"), "steps": []})
    return tmp_path


def ask(
    folder: Path, *, over_mcp: bool = False, reveal: Literal["steps", "nothing"] = "steps", **arguments: Json
) -> JsonObject:
    """Call the tool."""
    tool = workflow_get.make(library(folder), reveal)
    assert tool.run is not None
    done = tool.run(arguments, SilentCall(over_mcp=over_mcp))
    assert isinstance(done, Done)
    assert done.value is not None
    return done.value


def test_full_is_the_document_itself_and_passes_the_schema(folder: Path) -> None:
    answer = ask(folder, id="alpha", mode="full")
    assert answer == DOCUMENT
    assert check_workflow(answer) == ()


def test_programs_get_the_whole_document_and_agents_the_preview_unless_they_ask(folder: Path) -> None:
    assert ask(folder, id="alpha") == DOCUMENT
    assert "firstStep" in ask(folder, over_mcp=True, id="alpha")
    assert ask(folder, over_mcp=True, id="alpha", mode="full") == DOCUMENT


def test_metadata_is_everything_but_steps_and_functions_and_their_number(folder: Path) -> None:
    assert ask(folder, id="alpha", mode="metadata") == {
        "id": "alpha",
        "name": "Name of alpha",
        "description": "Made for a test.",
        "version": "1.0.0",
        "category": "review",
        "metaGuidance": ["Be kind."],
        "totalSteps": 2,
    }


def test_phases_are_no_metadata_and_their_tasks_are_counted(tmp_path: Path) -> None:
    document = phased(phase(1, prompt("aaa"), prompt("bbb")), phase(2), phase(3, prompt("ccc")), id="alpha")
    write(tmp_path, "a.json", document)
    known = ask(tmp_path, id="alpha", mode="metadata")
    assert known["totalSteps"] == 3
    assert not {"steps", "phases"} & known.keys()
    assert ask(tmp_path, id="alpha", mode="preview") == {**known, "firstStep": prompt("aaa")}
    assert ask(tmp_path, id="alpha", mode="full") == document


def test_preview_adds_the_step_that_comes_first_in_an_empty_context(folder: Path) -> None:
    answer = ask(folder, id="alpha", mode="preview")
    assert answer["firstStep"] == STEPS[1]
    assert answer["totalSteps"] == 2


def test_preview_has_no_first_step_where_nothing_can_come_first(tmp_path: Path) -> None:
    write(tmp_path, "a.json", workflow("alpha", steps=STEPS[:1]))
    assert "firstStep" not in ask(tmp_path, id="alpha", mode="preview")


def test_where_nothing_is_revealed_agents_cannot_have_the_whole_document(folder: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        ask(folder, over_mcp=True, reveal="nothing", id="alpha", mode="full")
    assert refused.value.data() == {"action": "reveal"}
    assert "firstStep" in ask(folder, over_mcp=True, reveal="nothing", id="alpha")
    assert ask(folder, reveal="nothing", id="alpha", mode="full") == DOCUMENT


def test_an_unknown_id_names_the_closest(folder: Path) -> None:
    with pytest.raises(WorkflowNotFoundError) as refused:
        ask(folder, id="alpah")
    assert refused.value.data() == {"workflowId": "alpah", "closest": ["alpha"]}


def test_a_broken_document_is_refused_with_findings_and_lines(folder: Path) -> None:
    with pytest.raises(WorkflowInvalidError) as refused:
        ask(folder, id="broken")
    findings = refused.value.data()["findings"]
    assert isinstance(findings, list)
    assert isinstance(findings[0], dict)
    assert (findings[0]["pointer"], findings[0]["line"]) == ("/steps", 1)


@pytest.mark.parametrize("odd", ["../../etc/passwd", "/etc/passwd", "", "\x00", "a" * 10_000, "alpha.json"])
def test_an_id_is_data_and_never_becomes_a_path(folder: Path, odd: str) -> None:
    with pytest.raises(WorkflowNotFoundError):
        ask(folder, id=odd)


def test_an_older_document_is_given_in_todays_form(tmp_path: Path) -> None:
    older = workflow("older")
    del older["version"]
    write(tmp_path, "a.json", older)
    assert ask(tmp_path, id="older")["version"] == "0.0.1"


def test_both_tools_declare_what_every_client_accepts(folder: Path) -> None:
    for tool in (workflow_get.make(library(folder)), workflow_list.make(library(folder))):
        assert set(tool.input_schema) == {"type", "properties", "required", "additionalProperties"}
        assert (tool.annotations or {}).get("readOnlyHint") is True
        properties = tool.input_schema["properties"]
        assert isinstance(properties, dict)
        assert all(isinstance(each, dict) and each["description"] for each in properties.values())


def test_a_preview_of_automation_tells_its_inputs_and_neither_steps_nor_tasks(tmp_path: Path) -> None:
    inputs: JsonObject = {"files": {"type": "array"}}
    steps: list[Json] = [{"id": "all", "type": "parallel", "items": "inputs.files", "task": "look"}]
    write(
        tmp_path, "a.json", {**workflow("auto", steps=steps), "inputs": inputs, "tasks": {"look": {"prompt": "Look."}}}
    )

    answer = ask(tmp_path, id="auto", over_mcp=True)

    assert (answer["inputs"], answer["totalSteps"]) == (inputs, 1)
    assert not {"steps", "tasks", "firstStep"} & answer.keys()
