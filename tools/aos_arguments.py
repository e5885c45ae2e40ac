"""The arguments of aos_workflow: what may be sent, what each action needs, and the typed values actions work with.

Above: tools.aos_workflow. Below: tools.aos_errors, engine.sessions.ids. Whatever is wrong is an ActionError that names
the argument and the call that tells what is right.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import orjson

from engine.sessions.ids import is_session_id
from schema.suggest import closest
from schema.values import Json, JsonObject, is_deeper
from tools.aos_errors import VALIDATION, ActionError, call
from tools.arguments import BadArguments

NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "list_workflows": (),
    "start": ("workflow_type", "target_file"),
    "get_phase": ("session_id",),
    "get_task": ("session_id", "phase", "task_number"),
    "complete_phase": ("session_id", "phase", "evidence"),
    "get_state": ("session_id",),
    "list_sessions": (),
    "get_session": ("session_id",),
    "delete_session": ("session_id",),
    "pause": ("session_id",),
    "resume": ("session_id",),
    "retry_phase": ("session_id", "phase"),
    "rollback": ("session_id", "to_phase"),
    "get_errors": ("session_id",),
}
"""The 14 actions and the arguments each cannot do without."""
ACTIONS: Final = tuple(sorted(NEEDS))
STATUSES: Final = ("active", "paused", "completed", "failed", "cancelled", "timed_out")
"""What a session's status may be, as this tool shows it."""

MAX_EVIDENCE: Final = 10 * 1024 * 1024
"""Bytes of evidence as JSON: large enough for a report, small enough for a store."""
MAX_OPTIONS: Final = 512 * 1024
"""Bytes of options as JSON, more than the engine takes: context alone may have 256 KiB."""
MAX_DEPTH: Final = 64
"""Levels of nesting of an object, as everywhere."""
MAX_TEXT: Final = 4_096
"""Characters of a note, a reason or a path."""
MAX_NAME: Final = 256
"""Characters of a workflow's id, a category, a status; the longest real ones have 64."""
MAX_NUMBER: Final = 1_000_000
"""The largest phase or task number worth looking up."""
MAX_PAGE: Final = 100
"""Sessions on a page: the most, and the default."""
ECHO: Final = 40
"""Characters of an unknown action that the answer repeats."""

INPUT_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": list(NEEDS), "description": "What to do"},
        "session_id": {"type": "string", "description": "As start gave it"},
        "workflow_type": {"type": "string", "description": "Workflow id"},
        "target_file": {"type": "string", "description": "Path in the workspace"},
        "options": {"type": "object", "description": "For start; context: first variables"},
        "phase": {"type": "integer", "description": "Phase number"},
        "task_number": {"type": "integer", "description": "From 1"},
        "evidence": {"type": "object", "description": "What the checkpoint requires"},
        "category": {"type": "string", "description": "Filter"},
        "status": {"type": "string", "description": "Filter"},
        "reason": {"type": "string", "description": "Why, for delete or rollback"},
        "checkpoint_note": {"type": "string", "description": "Where you were"},
        "reset_evidence": {"type": "boolean", "description": "Drop the last evidence"},
        "to_phase": {"type": "integer", "description": "Earlier phase"},
        "approval": {"type": "object", "description": "The user's {decision, code, comment}"},
        "cursor": {"type": "string", "description": "next_cursor"},
        "limit": {"type": "integer", "description": f"1-{MAX_PAGE}"},
    },
    "required": ["action"],
    "additionalProperties": False,
}


class Given(NamedTuple):
    """The arguments of one call, checked; what was not sent is empty, None or its default."""

    action: str
    session_id: str
    workflow_type: str
    target_file: str
    options: JsonObject
    phase: int
    task_number: int
    evidence: JsonObject
    category: str
    status: str
    reason: str
    checkpoint_note: str
    reset_evidence: bool
    to_phase: int
    approval: JsonObject | None
    cursor: str | None
    limit: int
    sent: JsonObject


def read(arguments: JsonObject) -> Given:
    """Check the arguments of a known action, which fit the schema; ActionError for the first thing wrong."""
    sent: JsonObject = {name: value for name, value in arguments.items() if value is not None}
    action = str(sent["action"])
    missing = [name for name in NEEDS[action] if name not in sent]
    if missing:
        raise _missing(action, missing, sent)
    for name, check in CHECKS.items():
        if name in sent:
            fault = check(sent[name])
            if fault is not None:
                raise ActionError(VALIDATION, fault, remedy(name, action, sent))
    approval = sent.get("approval")
    return Given(
        action=action,
        session_id=_text(sent, "session_id"),
        workflow_type=_text(sent, "workflow_type"),
        target_file=_text(sent, "target_file"),
        options=_object(sent, "options"),
        phase=_number(sent, "phase"),
        task_number=_number(sent, "task_number"),
        evidence=_object(sent, "evidence"),
        category=_text(sent, "category"),
        status=_text(sent, "status"),
        reason=_text(sent, "reason"),
        checkpoint_note=_text(sent, "checkpoint_note"),
        reset_evidence=sent.get("reset_evidence") is True,
        to_phase=_number(sent, "to_phase"),
        approval=approval if isinstance(approval, dict) else None,
        cursor=_text(sent, "cursor") or None,
        limit=_number(sent, "limit", MAX_PAGE),
        sent=sent,
    )


def explain(wrong: BadArguments, arguments: JsonObject) -> tuple[str, ActionError]:
    """Say what is wrong with arguments that break the schema: the action to answer under, and the error."""
    action = arguments.get("action")
    every: JsonObject = {"valid_actions": list(ACTIONS)}
    if action is None:
        error = "missing required parameter: action"
        return "", ActionError(VALIDATION, error, call("list_workflows"), {"missing": ["action"], **every})
    if not isinstance(action, str) or action not in NEEDS:
        shown = action[:ECHO] if isinstance(action, str) else ""
        near = closest(action, ACTIONS, 1) if isinstance(action, str) and len(action) <= ECHO else ()
        hint = f"; did you mean {near[0]}?" if near else ""
        error = (
            f"unknown action {shown!r}{hint}"
            if isinstance(action, str)
            else "action must be text: one of valid_actions"
        )
        return shown, ActionError(VALIDATION, error, call("list_workflows"), every)
    sent: JsonObject = {name: value for name, value in arguments.items() if value is not None}
    missing = [name for name in NEEDS[action] if name not in sent]
    if missing:
        return action, _missing(action, missing, sent)
    name = wrong.path.partition("/")[0]
    fault = _session_fault(sent.get(name)) if name == "session_id" else None
    return action, ActionError(VALIDATION, fault or wrong.details, remedy(name, action, sent))


def _missing(action: str, missing: list[str], sent: JsonObject) -> ActionError:
    names: list[Json] = list(missing)
    error = f"missing required parameter{'s' if len(missing) > 1 else ''} of {action}: {', '.join(missing)}"
    return ActionError(VALIDATION, error, remedy(missing[0], action, sent), {"missing": names})


TOLD_BY: Final = {
    "session_id": "list_sessions",
    "workflow_type": "list_workflows",
    "phase": "get_phase",
    "task_number": "get_phase",
    "evidence": "get_phase",
    "to_phase": "get_state",
}
"""Which action tells what an argument may be."""


def remedy(name: str, action: str, sent: JsonObject) -> str:
    """Give the call that tells what the argument should be; the call itself without it, where it is optional."""
    session_id = sent.get("session_id")
    known = session_id if isinstance(session_id, str) and is_session_id(session_id) else None
    teller = TOLD_BY.get(name, "")
    if teller in ("list_sessions", "list_workflows"):
        return call(teller)
    if action == "start":
        workflow = sent.get("workflow_type")
        fine = isinstance(workflow, str) and _id_fault(workflow) is None
        return call("start", workflow_type=workflow, target_file="README.md") if fine else call("list_workflows")
    if known is None:
        return call(action if not NEEDS[action] else "list_sessions")
    return call(teller or ("get_phase" if len(NEEDS[action]) > 1 else action), session_id=known)


def _text(sent: JsonObject, name: str) -> str:
    return str(sent.get(name, ""))


def _object(sent: JsonObject, name: str) -> JsonObject:
    value = sent.get(name)
    return value if isinstance(value, dict) else {}


def _number(sent: JsonObject, name: str, otherwise: int = 0) -> int:
    value = sent.get(name)
    return value if isinstance(value, int) else otherwise


def _session_fault(value: Json) -> str | None:
    good = isinstance(value, str) and is_session_id(value)
    return None if good else "Invalid session_id format: an id has 1 to 64 of the characters a-z, 0-9, _ and -"


def _id_fault(value: Json) -> str | None:
    """Find what can be no workflow's id; an id never becomes a path, and who tries is told so."""
    text = str(value)
    if "/" in text or "\\" in text or ".." in text:
        return "directory traversal: workflow_type is an id, not a path"
    return _text_fault("workflow_type", MAX_NAME, least=1)(value)


def _path_fault(value: Json) -> str | None:
    return _text_fault("target_file", MAX_TEXT, least=1)(value)


def _text_fault(name: str, most: int, least: int = 0) -> Callable[[Json], str | None]:
    """Find a text that is too long, too short or holds control characters other than line ends and tabs."""

    def check(value: Json) -> str | None:
        text = str(value)
        if not least <= len(text) <= most:
            return f"{name} has {len(text)} characters; {least} to {most} are allowed"
        if any(ord(sign) < ord(" ") and sign not in "\n\r\t" for sign in text):
            return f"{name} holds control characters"
        return None

    return check


def _number_fault(name: str, least: int, most: int) -> Callable[[Json], str | None]:
    def check(value: Json) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if fits else f"{name} must be a whole number from {least} to {most}"

    return check


def _object_fault(name: str, most: int) -> Callable[[Json], str | None]:
    """Find an object that is nested too deep or too large; depth first, because what is too deep cannot be measured."""

    def check(value: Json) -> str | None:
        if is_deeper(value, MAX_DEPTH):
            return f"{name} is nested deeper than {MAX_DEPTH} levels"
        try:
            size = len(orjson.dumps(value))
        except orjson.JSONEncodeError:
            return f"{name} holds something JSON cannot say: a number beyond 64 bit, or half a character"
        return None if size <= most else f"{name} is too large: {size} bytes of JSON; at most {most} are allowed"

    return check


def _status_fault(value: Json) -> str | None:
    return None if value in STATUSES else f"status must be one of {', '.join(STATUSES)}"


CHECKS: Final[dict[str, Callable[[Json], str | None]]] = {
    "session_id": _session_fault,
    "workflow_type": _id_fault,
    "target_file": _path_fault,
    "options": _object_fault("options", MAX_OPTIONS),
    "phase": _number_fault("phase", 0, MAX_NUMBER),
    "task_number": _number_fault("task_number", 1, MAX_NUMBER),
    "evidence": _object_fault("evidence", MAX_EVIDENCE),
    "category": _text_fault("category", MAX_NAME),
    "status": _status_fault,
    "reason": _text_fault("reason", MAX_TEXT),
    "checkpoint_note": _text_fault("checkpoint_note", MAX_TEXT),
    "to_phase": _number_fault("to_phase", 0, MAX_NUMBER),
    "approval": _object_fault("approval", MAX_OPTIONS),
    "cursor": _text_fault("cursor", MAX_TEXT),
    "limit": _number_fault("limit", 1, MAX_PAGE),
}
"""What is wrong with an argument's value, in words; None where nothing is."""
