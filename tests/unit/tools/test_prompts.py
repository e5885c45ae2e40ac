"""Every workflow as a prompt: what an agent is told when its user picks one, with the inputs it begins with."""

import json
from pathlib import Path

import orjson

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.silent_call import SilentCall
from tools.contract import Done, PromptArgument
from tools.prompts import WorkflowPrompts


def prompts_of(folder: Path, *documents: JsonObject) -> WorkflowPrompts:
    """Give the prompts of a library of these documents."""
    for each in documents:
        (folder / f"{each['id']}.json").write_bytes(orjson.dumps(each))
    return WorkflowPrompts(Library((Source("project", str(folder)),), None, SystemClock()))


def said(prompts: WorkflowPrompts, name: str, arguments: JsonObject | None = None) -> str:
    """Give what an agent is told when its user picks a prompt."""
    offered = prompts.find(name)
    assert offered is not None
    answer = offered.get(arguments or {}, SilentCall())
    assert isinstance(answer, Done)
    assert answer.value is not None
    return json.dumps(answer.value, ensure_ascii=False)


DEPLOY = document(
    {"id": "ask", "type": "input", "prompt": "Where?"},
    inputs={
        "app": {"type": "string", "description": "What to deploy"},
        "copies": {"type": "integer", "required": False},
        "dry": {"type": "boolean", "default": True},
    },
)


def test_a_prompt_tells_which_calls_to_make_and_what_to_send(tmp_path: Path) -> None:
    prompts = prompts_of(tmp_path, document(prompt("one"), metaGuidance=["Be kind."]))

    (offered,) = prompts.all()

    assert offered.arguments == ()
    told = said(prompts, "flow")
    for needed in ("workflow_get", "metaGuidance", "clarificationPrompts", "stepKey", "context", "isComplete"):
        assert needed in told
    assert "workflow_session" not in told
    assert prompts.find("nothing") is None


def test_declared_inputs_are_the_arguments_and_those_with_a_default_are_optional(tmp_path: Path) -> None:
    (offered,) = prompts_of(tmp_path, DEPLOY).all()

    assert offered.arguments == (
        PromptArgument("app", "What to deploy", required=True),
        PromptArgument("copies", "", required=False),
        PromptArgument("dry", "", required=False),
    )


def test_what_a_user_gave_is_put_into_the_start_with_its_type(tmp_path: Path) -> None:
    prompts = prompts_of(tmp_path, DEPLOY)

    told = said(prompts, "flow", {"app": "7", "copies": "3", "dry": "not sure", "other": "x"})

    start = json.dumps(
        {"action": "start", "workflowId": "flow", "inputs": {"app": "7", "copies": 3, "dry": "not sure"}}
    )
    assert f"Then call workflow_session with {start}." in json.loads(told)["messages"][0]["content"]["text"]


def test_a_workflow_that_needs_a_session_starts_one_even_without_inputs(tmp_path: Path) -> None:
    prompts = prompts_of(tmp_path, document({"id": "hello", "type": "message", "message": "Hello"}))

    told = json.loads(said(prompts, "flow", {"anything": 1}))["messages"][0]["content"]["text"]

    assert 'workflow_session with {"action": "start", "workflowId": "flow"}.' in told
    assert "Show me the messages of each answer" in told
