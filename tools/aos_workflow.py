"""The tool aos_workflow: a session phase by phase, in 14 actions. It never raises: whatever is refused is an answer.

Above: tools.table. Below: the aos modules, one small function for each action. Only a mistake of ours leaves as an
error of the protocol.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from engine.clock import Clock
from engine.errors import DomainError
from engine.library import Library
from engine.runner import Runner
from schema.values import JsonObject
from tools import aos_arguments, aos_lists, aos_phase, aos_session
from tools.aos_answer import World
from tools.aos_arguments import INPUT_SCHEMA, Given
from tools.aos_errors import TOOL, ActionError, error_form, from_domain
from tools.arguments import BadArguments
from tools.contract import Answer, Call, Done, Tool

Action = Callable[[World, Given, Call], Awaitable[Answer]]
ACTIONS: Final[dict[str, Action]] = {
    "list_workflows": aos_lists.list_workflows,
    "start": aos_session.start,
    "get_phase": aos_phase.get_phase,
    "get_task": aos_phase.get_task,
    "complete_phase": aos_phase.complete_phase,
    "get_state": aos_session.get_state,
    "list_sessions": aos_lists.list_sessions,
    "get_session": aos_session.get_session,
    "delete_session": aos_session.delete_session,
    "pause": aos_session.pause,
    "resume": aos_session.resume,
    "retry_phase": aos_phase.retry_phase,
    "rollback": aos_session.rollback,
    "get_errors": aos_session.get_errors,
}
DESCRIPTION: Final = (
    "Run a workflow phase by phase: start, get_phase, get_task for each task, complete_phase with evidence, until "
    "workflow_complete. Errors name the next call in remediation. Actions: list_workflows, start (workflow_type, "
    "target_file, options), get_phase, get_task (phase, task_number), complete_phase (phase, evidence), get_state, "
    "list_sessions (status), get_session, delete_session, pause (checkpoint_note), resume, "
    "retry_phase (phase), rollback (to_phase), get_errors. All but start and the lists need session_id."
)
ANNOTATIONS: Final[JsonObject] = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": False,
}


def make(runner: Runner, library: Library, clock: Clock) -> Tool:
    """Give the tool over these sessions and workflows."""
    world = World(runner, library, clock)

    async def run(arguments: JsonObject, call: Call) -> Answer:
        action = str(arguments["action"])
        try:
            given = aos_arguments.read(arguments)
            return await ACTIONS[action](world, given, call)
        except ActionError as error:
            return error_form(action, error)
        except DomainError as error:
            session_id = arguments.get("session_id")
            named = session_id if isinstance(session_id, str) else ""
            return error_form(action, from_domain(error, action, named, arguments))

    return Tool(
        name=TOOL,
        title="Workflow in phases",
        description=DESCRIPTION,
        input_schema=INPUT_SCHEMA,
        annotations=ANNOTATIONS,
        run_waiting=run,
        on_bad_arguments=on_bad_arguments,
    )


def on_bad_arguments(wrong: BadArguments, arguments: JsonObject) -> Done:
    """Answer arguments that break the schema."""
    action, error = aos_arguments.explain(wrong, arguments)
    return error_form(action, error)
