"""The tool workflow_next: the next step - from what is done and the variables, or of a session, which remembers.

Above: tools.table. Below: engine.walk and engine.guidance (stateless), tools.session_step (durable).
"""

from typing import Final

from engine import keys
from engine.definition import IfStep, LoopStep, PromptStep, Workflow, WorkflowEntry, Workflows
from engine.errors import ArgumentError
from engine.extent import check_context
from engine.guidance import answer, unsent
from engine.runner import Runner
from engine.sessions.outcomes import kind_of
from engine.walk import next_step
from schema.values import JsonObject
from tools.contract import Answer, Call, Done, Tool
from tools.session_step import read, report

SESSION: Final = "sessionId"
STATELESS: Final = ("workflowId", "completedSteps", "currentStep")
REPORTED: Final = ("output", "evidence", "context", "approval")
DURABLE: Final = ("stepKey", "taskId", "output", "evidence", "approval")
WALKED: Final = (PromptStep, LoopStep, IfStep)
"""Steps that need no session: nothing is remembered between two calls, and nothing is done by the server."""
ANNOTATIONS: Final[JsonObject] = {
    "readOnlyHint": False,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": False,
}
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
        "context": {"type": "object", "description": "All variables known so far; in a session, new ones"},
        "sessionId": {"type": "string", "description": "A session; alone: where it stands"},
        "stepKey": {"type": "string", "description": "The session's step you report"},
        "taskId": {"type": "string", "description": "A task to read"},
        "output": {"description": "What the step gave: text, or any JSON"},
        "evidence": {"type": "object", "description": "Evidence asked for, by field"},
        "approval": {
            "type": "object",
            "description": "A person's {decision: approve|reject|override, comment, code?}",
        },
    },
    "required": [],
    "additionalProperties": False,
}


def stateless(library: Workflows) -> Tool:
    """Give the tool over these workflows without sessions, for whoever keeps none: the command line."""

    def run(arguments: JsonObject, _call: Call) -> Done:
        workflow_id, completed = _asked(arguments)
        entry = library.entry(workflow_id)
        workflow = entry.workflow
        if workflow.automation is not None:
            _check_walked(workflow)
        current = arguments.get("currentStep")
        if isinstance(current, str):
            _check_exists(current, workflow)
        context = arguments.get("context")
        context = context if isinstance(context, dict) else {}
        warnings = check_context(context)
        found = next_step(workflow, completed, context)
        warnings = (*warnings, *_beyond(entry), *unsent(workflow, completed, context))
        return Done(answer(workflow, found, context, warnings))

    return Tool(
        name="workflow_next",
        title="Next step",
        description="Get the next step. Do it, then call again with its stepKey added to completedSteps; "
        "in a session, with sessionId, stepKey and output.",
        input_schema=INPUT_SCHEMA,
        annotations=ANNOTATIONS,
        run=run,
    )


def make(library: Workflows, runner: Runner) -> Tool:
    """Give the tool over these workflows and sessions."""

    async def run_waiting(arguments: JsonObject, call: Call) -> Answer:
        _refuse(arguments, STATELESS, "it does not go with sessionId: the session knows its workflow and steps")
        if arguments.get("stepKey") is not None:
            _refuse(arguments, ("taskId",), "it is for reading; the stepKey says which task a report is of")
            return await report(runner, arguments, call)
        _refuse(arguments, REPORTED, "to report, send the stepKey of the open step too; to read, sessionId alone")
        return await read(runner, str(arguments[SESSION]), str(arguments.get("taskId") or ""))

    return stateless(library)._replace(run_waiting=run_waiting, waits=in_session)


def in_session(arguments: JsonObject) -> bool:
    """Tell whether a call is about a session."""
    return arguments.get(SESSION) is not None


def _asked(arguments: JsonObject) -> tuple[str, list[str]]:
    """Give the workflow's id and what is done; ArgumentError where either is missing or a session's word is there."""
    workflow_id, completed = arguments.get("workflowId"), arguments.get("completedSteps")
    if workflow_id is None or completed is None:
        missing = "workflowId" if workflow_id is None else "completedSteps"
        raise ArgumentError(missing, _EITHER)
    if not arguments.keys().isdisjoint(DURABLE):
        _refuse(arguments, DURABLE, "it is for sessions: send sessionId instead of workflowId and completedSteps")
    entries = completed if isinstance(completed, list) else []
    return str(workflow_id), [entry for entry in entries if isinstance(entry, str)]


def _beyond(entry: WorkflowEntry) -> tuple[str, ...]:
    """Warn where a workflow goes on behind what can be walked without a session."""
    if not entry.session_option:
        return ()
    return (_SESSION_ONLY.format(option=entry.session_option),)


def _refuse(arguments: JsonObject, names: tuple[str, ...], details: str) -> None:
    """Raise ArgumentError for the first of these arguments that is there."""
    for name in names:
        if arguments.get(name) is not None:
            raise ArgumentError(name, details)


def session_kinds(workflow: Workflow) -> tuple[str, ...]:
    """Give the types of the steps that only a session can do, sorted; none for what can be walked without one."""
    if workflow.automation is None:
        return ()
    steps = (place.step for place in workflow.places.values())
    return tuple(sorted({kind_of(step) for step in steps if not isinstance(step, WALKED)}))


def _check_walked(workflow: Workflow) -> None:
    """Raise ArgumentError for a workflow with steps that only a session can do."""
    kinds = session_kinds(workflow)
    if kinds:
        raise ArgumentError("workflowId", _SESSION_NEEDED.format(id=workflow.id, kinds=", ".join(kinds)))


def _check_exists(step: str, workflow: Workflow) -> None:
    """Raise StepNotFoundError unless `step` is an id or a stepKey of the workflow."""
    if step not in workflow.places:
        keys.read(step, workflow)


_EITHER: Final = "send workflowId and completedSteps ([] at the start), or for a session sessionId"
_SESSION_NEEDED: Final = (
    "the workflow {id!r} has steps that need a session ({kinds}): start one with workflow_session action=start, "
    "workflowId={id} and inputs (or with aos_workflow action=start), then call workflow_next with its sessionId"
)
_SESSION_ONLY: Final = (
    "only the first phases are here; the others are made for a session: aos_workflow action=start with options.{option}"
)
