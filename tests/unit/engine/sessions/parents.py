"""Workflows that enter others, as tests of children write them.

Above: the tests of children. Below: clocked.
"""

from engine.build import build
from engine.definition import Workflow
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import document


def enter(step_id: str = "sub", child: str = "child", **keys: Json) -> JsonObject:
    """Give a workflow step."""
    return {"id": step_id, "type": "workflow", "workflowId": child, **keys}


def within(parent: Workflow, **children: JsonObject) -> Workflow:
    """Give the workflow with the children it may enter."""
    return parent._replace(children={name: build({**each, "id": name}) for name, each in children.items()})


def child(*steps: JsonObject, **root: Json) -> JsonObject:
    """Give a child's document."""
    return document([*steps], **root)


INPUT: JsonObject = {"who": {"type": "string", "description": "whom to greet"}}
