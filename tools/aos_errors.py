"""The error form of aos_workflow: every refusal as {status: "error", action, error, error_type, remediation, ...}.

Above: the aos modules. Below: engine.errors, tools.contract. A remediation is a call the agent can make next.
"""

import re
from typing import Final

import orjson

from engine.errors import (
    ArgumentError,
    CriterionError,
    DomainError,
    RefusedError,
    SessionStateError,
    StepNotFoundError,
    StoreError,
    WorkflowInvalidError,
    WorkflowNotFoundError,
)
from schema.values import Json, JsonObject
from tools.contract import Done

TOOL: Final = "aos_workflow"
VALIDATION: Final = "ValidationError"
NOT_FOUND: Final = "NotFoundError"
STATE: Final = "StateError"
PERMISSION: Final = "PermissionError"
RUNTIME: Final = "RuntimeError"
TYPES: Final[dict[type[DomainError], str]] = {
    WorkflowNotFoundError: NOT_FOUND,
    WorkflowInvalidError: VALIDATION,
    StepNotFoundError: NOT_FOUND,
    CriterionError: RUNTIME,
    SessionStateError: STATE,
    StoreError: RUNTIME,
    RefusedError: VALIDATION,
    ArgumentError: VALIDATION,
}
MAX_ERROR: Final = 1_000
"""Characters of an error's line; ours have a few hundred."""
_PLAIN: Final = re.compile(r"[\w.:@/~#<>-]+")
_PATH: Final = re.compile(r"(?<![\w.:/])(?:/[\w.@+~-]+){2,}/?|\b[A-Za-z]:\\[\w.@+~\\-]+")


class ActionError(Exception):
    """A refusal of an action; raised inside the tool and answered by it, never further."""

    def __init__(self, error_type: str, error: str, remediation: str, more: JsonObject | None = None) -> None:
        """Take the type, what is wrong, the call to make next, and further keys of the answer."""
        super().__init__(error_type)
        self.error_type = error_type
        self.error = error
        self.remediation = remediation
        self.more = more or {}


def call(action: str, **arguments: Json) -> str:
    """Write a call of this tool as text.

    >>> call("get_task", session_id="wf_a", phase=1, task_number=2)
    'aos_workflow action=get_task session_id=wf_a phase=1 task_number=2'
    """
    return call_text(TOOL, {"action": action, **arguments})


def call_text(tool: str, arguments: JsonObject) -> str:
    """Write a call as text: plain values as they are, anything else as JSON.

    >>> call_text("workflow_next", {"sessionId": "wf_a", "context": {"a": 1}})
    'workflow_next sessionId=wf_a context={"a":1}'
    """
    return " ".join((tool, *(f"{name}={_shown(value)}" for name, value in arguments.items())))


def _shown(value: Json) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return orjson.dumps(value).decode()


def error_form(action: str, error: ActionError) -> Done:
    """Give the answer of a refused action."""
    answer: JsonObject = {
        "status": "error",
        "action": action,
        "error": one_line(error.error),
        "error_type": error.error_type,
        "remediation": error.remediation,
    }
    return Done({**answer, **error.more}, failed=True)


def one_line(text: str) -> str:
    r"""Give the first line of a message, without paths of this machine.

    >>> one_line("cannot open /var/lib/x/sessions.db\nTraceback")
    'cannot open [path]'
    """
    lines = text.strip().splitlines()
    return _PATH.sub("[path]", lines[0][:MAX_ERROR]) if lines else ""


def from_domain(error: DomainError, action: str, session_id: str, arguments: JsonObject) -> ActionError:
    """Say a domain error in this tool's form; the remediation may be made of the call's own `arguments`."""
    error_type = TYPES[type(error)]
    message = error.message()
    match error:
        case WorkflowNotFoundError() | WorkflowInvalidError():
            remediation = call("list_workflows")
            message = error.message("list_workflows gives the ids there are")
        case SessionStateError(reason="not_found"):
            error_type, message, remediation = NOT_FOUND, error.details, call("list_sessions")
        case SessionStateError(reason="limit", session_id=""):
            message, remediation = error.details, call("list_sessions", status="active")
        case SessionStateError():
            message, remediation = error.details, call("get_state", session_id=session_id)
        case RefusedError() | ArgumentError():
            message = error.details if isinstance(error, RefusedError) else message
            remediation = remedy_for(action, arguments, message)
        case _:
            remediation = call("get_state", session_id=session_id) if session_id else call("list_sessions")
    return ActionError(error_type, message, remediation)


def _start_anew(arguments: JsonObject, message: str) -> str:
    workflow, options = arguments.get("workflow_type"), arguments.get("options")
    if "target_file" in message and "server has none" not in message:
        kept = {"options": options} if options and len(orjson.dumps(options)) <= MAX_ERROR else {}
        return call("start", workflow_type=workflow, target_file="README.md", **kept)
    if "options/context" in message:
        return call("start", workflow_type=workflow, target_file=arguments.get("target_file"))
    if "options/" in message:
        return call_text("workflow_get", {"id": workflow, "mode": "metadata"})
    return call("list_workflows")


def remedy_for(action: str, arguments: JsonObject, message: str) -> str:
    """Give the call that tells what a refused call needs: of a session, its phase; else the lists there are.

    A start is told how to start: with another path or without its context; where an option is wrong, the document says
    which it takes.
    """
    session_id = arguments.get("session_id")
    if action == "start":
        return _start_anew(arguments, message)
    if action in ("list_workflows", "list_sessions") or not isinstance(session_id, str):
        return call(action if action == "list_workflows" else "list_sessions")
    return call("get_phase", session_id=session_id)
