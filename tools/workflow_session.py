"""The tool workflow_session: what sessions need beyond a report - start, look, change, go back, end.

Above: tools.table. Below: session_actions, session_views (one small function for each action). What each action needs
and takes is one table; an argument that does not go with its action is refused by name.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from engine.clock import Clock
from engine.errors import ArgumentError
from engine.runner import Runner
from schema.suggest import did_you_mean
from schema.values import JsonObject
from tools import session_actions as act
from tools import session_views as look
from tools.contract import Answer, Call, Tool
from tools.session_arguments import MAX_PAGE, SessionCall
from tools.session_refusals import check_session_id

TOOL: Final = "workflow_session"


class Action(NamedTuple):
    """What an action does, the arguments it cannot do without, and those it may have."""

    run: Callable[[SessionCall], Awaitable[Answer]]
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()


ACTIONS: Final[dict[str, Action]] = {
    "start": Action(act.start, ("workflowId",), ("inputs", "options")),
    "get": Action(look.get, ("sessionId",)),
    "list": Action(look.list_sessions, (), ("workflowId", "status", "cursor", "limit")),
    "update": Action(act.update, ("sessionId", "updates"), ("expectedVersion",)),
    "signal": Action(act.signal, ("sessionId", "name"), ("payload",)),
    "skip": Action(act.skip, ("sessionId", "stepKey", "reason")),
    "checkpoint": Action(act.checkpoint, ("sessionId", "label")),
    "restore": Action(act.restore, ("sessionId", "reason"), ("label", "toVersion")),
    "tasks": Action(look.tasks, ("sessionId",), ("cursor", "limit")),
    "explain": Action(look.explain, ("sessionId",), ("limit",)),
    "pause": Action(act.pause, ("sessionId",), ("reason",)),
    "resume": Action(act.resume, ("sessionId",)),
    "cancel": Action(act.cancel, ("sessionId",), ("reason",)),
    "retry": Action(act.retry, ("sessionId",), ("reason",)),
}
DESCRIPTION: Final = "Start sessions, look at them, change them. Their steps are reported with workflow_next."
INPUT_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": list(ACTIONS), "description": "What to do"},
        "sessionId": {"type": "string", "description": "As start gave it"},
        "workflowId": {"type": "string", "description": "For start"},
        "inputs": {"type": "object", "description": "For start"},
        "options": {"type": "object", "description": "For start"},
        "updates": {"type": "array", "items": {"type": "object"}, "description": "{path, operation, value}"},
        "expectedVersion": {"type": "integer", "description": "For update"},
        "name": {"type": "string", "description": "Signal"},
        "payload": {"description": "Any JSON"},
        "label": {"type": "string", "description": "Checkpoint"},
        "toVersion": {"type": "integer", "description": "Or label"},
        "stepKey": {"type": "string", "description": "To skip"},
        "status": {"type": "string", "description": "Filter"},
        "cursor": {"type": "string", "description": "nextCursor"},
        "limit": {"type": "integer", "description": f"1-{MAX_PAGE}"},
        "reason": {"type": "string", "description": "Why"},
    },
    "required": ["action"],
    "additionalProperties": False,
}
ANNOTATIONS: Final[JsonObject] = {
    "readOnlyHint": False,
    "destructiveHint": True,
    "idempotentHint": False,
    "openWorldHint": False,
}


def make(runner: Runner, clock: Clock) -> Tool:
    """Give the tool over these sessions."""

    async def run(arguments: JsonObject, call: Call) -> Answer:
        action = ACTIONS[str(arguments["action"])]
        _check(str(arguments["action"]), action, arguments)
        return await action.run(SessionCall(runner, clock, call, arguments))

    return Tool(
        name=TOOL,
        title="Sessions",
        description=DESCRIPTION,
        input_schema=INPUT_SCHEMA,
        annotations=ANNOTATIONS,
        run_waiting=run,
    )


def _check(name: str, action: Action, arguments: JsonObject) -> None:
    """Refuse what is missing, and what does not go with the action."""
    given = {key for key, value in arguments.items() if value is not None} - {"action"}
    for wanted in action.needs:
        if wanted not in given:
            raise ArgumentError(wanted, f"{name} needs it")
    known = (*action.needs, *action.takes)
    for unknown in sorted(given.difference(known)):
        near = did_you_mean(unknown, known)
        takes = ", ".join(known) or "nothing else"
        raise ArgumentError(unknown, f"{name} does not take it; {near or f'it takes {takes}'}")
    if "sessionId" in given:
        check_session_id(str(arguments["sessionId"]))
