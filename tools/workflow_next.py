"""The tool workflow_next: the next step of a workflow, from what is done and the variables; nothing is remembered.

Above: tools.table. Below: engine.walk, engine.guidance.
"""

from engine import keys
from engine.definition import Workflow, Workflows
from engine.extent import check_context
from engine.guidance import answer, unsent
from engine.walk import next_step
from schema.values import JsonObject
from tools.contract import READ_ONLY, Call, Done, Tool

INPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "workflowId": {"type": "string", "description": "Workflow id"},
        "completedSteps": {
            "type": "array",
            "items": {"type": "string"},
            "description": "stepKeys (or ids) done so far, in order; [] at the start",
        },
        "currentStep": {"type": "string", "description": "The step you are at; only checked to exist"},
        "context": {"type": "object", "description": "All variables known so far"},
    },
    "required": ["workflowId", "completedSteps"],
    "additionalProperties": False,
}


def make(library: Workflows) -> Tool:
    """Give the tool over these workflows."""

    def run(arguments: JsonObject, _call: Call) -> Done:
        workflow = library.entry(str(arguments["workflowId"])).workflow
        current = arguments.get("currentStep")
        if isinstance(current, str):
            _check_exists(current, workflow)
        context = arguments.get("context")
        context = context if isinstance(context, dict) else {}
        warnings = check_context(context)
        completed = arguments["completedSteps"]
        entries = [entry for entry in completed if isinstance(entry, str)] if isinstance(completed, list) else []
        found = next_step(workflow, entries, context)
        return Done(answer(workflow, found, context, (*warnings, *unsent(workflow, entries, context))))

    return Tool(
        name="workflow_next",
        title="Next step",
        description="Get the next step. Do it, then call again with its stepKey added to completedSteps.",
        input_schema=INPUT_SCHEMA,
        annotations=READ_ONLY,
        run=run,
    )


def _check_exists(step: str, workflow: Workflow) -> None:
    """Raise StepNotFoundError unless `step` is an id or a stepKey of the workflow."""
    if step not in workflow.places:
        keys.read(step, workflow)
