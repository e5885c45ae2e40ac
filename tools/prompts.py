"""Every workflow is a prompt: "run this workflow". In clients that show prompts as slash commands, it is one.

Above: server.compose puts it into the catalogue. Below: engine.library.
"""

from functools import partial

from engine.library import Library, Summary
from schema.values import JsonObject
from tools.contract import Answer, Call, Done, Prompt

INVITATION = (
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


class WorkflowPrompts:
    """The valid workflows of a library as prompts; read at every call, because files may have changed."""

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library

    def all(self) -> tuple[Prompt, ...]:
        """All prompts, sorted by workflow id."""
        return tuple(_prompt(summary) for summary in self._library.listing().summaries if summary.valid)

    def find(self, name: str) -> Prompt | None:
        """Give the prompt of one workflow, or None."""
        return next((_prompt(one) for one in self._library.listing().summaries if one.valid and one.id == name), None)


def _prompt(summary: Summary) -> Prompt:
    return Prompt(summary.id, summary.name, summary.description, (), partial(_render, summary))


def _render(summary: Summary, _arguments: JsonObject, _call: Call) -> Answer:
    text = INVITATION.format(id=summary.id, name=summary.name)
    message: JsonObject = {"role": "user", "content": {"type": "text", "text": text}}
    return Done({"description": summary.description, "messages": [message]})
