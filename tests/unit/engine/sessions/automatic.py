"""Steps of the automation language, as tests of sessions write them.

Above: the tests of automation. Below: clocked.
"""

from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import prompt

END = prompt("end")
"""What comes last in most documents."""


def put(step_id: str, path: str, value: Json, operation: str = "set", **keys: Json) -> JsonObject:
    """Give a set step of one update."""
    return {"id": step_id, "type": "set", "update": [{"path": path, "operation": operation, "value": value}], **keys}


def add(step_id: str, path: str, value: Json, **keys: Json) -> JsonObject:
    """Give a set step that appends."""
    return put(step_id, path, value, "append", **keys)


def say(step_id: str, text: str, **keys: Json) -> JsonObject:
    """Give a message step."""
    return {"id": step_id, "type": "message", "message": text, **keys}


def when(step_id: str, condition: Json, then: list[Json], otherwise: list[Json] | None = None) -> JsonObject:
    """Give an if step."""
    return {"id": step_id, "type": "if", "condition": condition, "then": then, "else": otherwise or []}


def loop(step_id: str, body: list[Json], **rules: Json) -> JsonObject:
    """Give a loop step."""
    settings: JsonObject = {"maxIterations": 100, **rules}
    return {"id": step_id, "type": "loop", "title": step_id, "loop": settings, "body": body}


def jump(step_id: str, kind: str) -> JsonObject:
    """Give a break or continue."""
    return {"id": step_id, "type": kind}
