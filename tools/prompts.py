"""Every workflow is a prompt: "run this workflow". In clients that show prompts as slash commands, it is one.

Above: server.compose puts it into the catalogue. Below: engine.library. What a workflow declares as inputs are the
arguments of its prompt; clients give them as text.
"""

import json
from functools import partial
from typing import Final

from engine.definition import Workflow
from engine.library import Library, Summary
from schema.values import Json, JsonObject
from tools.contract import Answer, Call, Done, Prompt, PromptArgument
from tools.workflow_next import session_kinds

INVITATION: Final = (
    "Run the workflow '{id}' ({name}) with me.\n"
    '1. Call workflow_get with {{"id": "{id}"}}: keep to its metaGuidance, check its preconditions, and ask me its '
    'clarificationPrompts. Then call workflow_next with {{"workflowId": "{id}", "completedSteps": []}}.\n'
    "2. Do exactly what guidance.prompt says, and nothing of later steps. If guidance.requiresConfirmation is true, "
    "ask me first and wait for my answer.\n"
    "3. If the step has validationCriteria, check your result with workflow_validate until it is valid.\n"
    "4. Append the answer's stepKey to completedSteps, put every variable the prompt names into context, and call "
    "workflow_next again with all of both.\n"
    "5. Stop when isComplete is true; then tell me what was done, step by step, and what is open."
)
IN_SESSION: Final = (
    "Run the workflow '{id}' ({name}) with me.\n"
    '1. Call workflow_get with {{"id": "{id}"}}: keep to its metaGuidance, check its preconditions, and ask me its '
    "clarificationPrompts. Then call workflow_session with {start}.\n"
    "2. Show me the messages of each answer, in order. Do exactly what guidance.prompt says, and nothing of later "
    "steps: a question to me is mine to answer, not yours. If guidance.requiresConfirmation is true, ask me first.\n"
    "3. Report each step with workflow_next: sessionId, the answer's stepKey, and output. If accepted is false, mend "
    "what issues name and report the same stepKey again.\n"
    "4. If the answer has tasks, give each to a sub-agent of its own, as guidance.prompt says.\n"
    "5. Stop when isComplete is true or the session has failed; then tell me what was done and what is open."
)


class WorkflowPrompts:
    """The valid workflows of a library as prompts; read at every call, because files may have changed."""

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library

    def all(self) -> tuple[Prompt, ...]:
        """All prompts, sorted by workflow id."""
        return tuple(self._prompt(summary) for summary in self._library.listing().summaries if summary.valid)

    def find(self, name: str) -> Prompt | None:
        """Give the prompt of one workflow, or None."""
        found = (one for one in self._library.listing().summaries if one.valid and one.id == name)
        return next((self._prompt(one) for one in found), None)

    def _prompt(self, summary: Summary) -> Prompt:
        arguments = tuple(PromptArgument(each.name, each.description, each.required) for each in summary.inputs)
        return Prompt(summary.id, summary.name, summary.description, arguments, partial(self._render, summary))

    def _render(self, summary: Summary, arguments: JsonObject, _call: Call) -> Answer:
        workflow = self._library.entry(summary.id).workflow
        template = IN_SESSION if summary.inputs or session_kinds(workflow) else INVITATION
        given = _typed(workflow, arguments)
        start: JsonObject = {"action": "start", "workflowId": summary.id, **({"inputs": given} if given else {})}
        text = template.format(id=summary.id, name=summary.name, start=json.dumps(start, ensure_ascii=False))
        message: JsonObject = {"role": "user", "content": {"type": "text", "text": text}}
        return Done({"description": summary.description, "messages": [message]})


def _typed(workflow: Workflow, arguments: JsonObject) -> JsonObject:
    """Give the arguments that are inputs, text decoded where the input is no text; the start judges them."""
    declared = () if workflow.automation is None else workflow.automation.inputs
    kinds = {each.name: each.kind for each in declared}
    return {name: _value(kinds[name], value) for name, value in arguments.items() if name in kinds}


def _value(kind: str, value: Json) -> Json:
    if kind == "string" or not isinstance(value, str):
        return value
    try:
        decoded: Json = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return decoded
