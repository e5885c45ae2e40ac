"""Small workflows for tests of the engine, and a walker that does what an agent does.

Above: tests/unit/engine, tests/unit/tools. Below: engine.build, engine.walk.
"""

from typing import NamedTuple

from engine.build import build
from engine.definition import Workflow
from engine.errors import WorkflowNotFoundError
from engine.walk import Next, next_step
from schema.values import Json, JsonObject


def prompt(step_id: str, **keys: Json) -> JsonObject:
    """Give a prompt step."""
    return {"id": step_id, "title": f"Title of {step_id}", "prompt": f"Do {step_id}.", **keys}


def loop(step_id: str, settings: JsonObject, body: Json, **keys: Json) -> JsonObject:
    """Give a loop step; `settings` is its `loop` object, maxIterations 10 unless it says otherwise."""
    rules: JsonObject = {"maxIterations": 10, **settings}
    return {"id": step_id, "type": "loop", "title": f"Title of {step_id}", "loop": rules, "body": body, **keys}


def times(count: Json, **settings: Json) -> JsonObject:
    """Give the `loop` object of a for."""
    return {"type": "for", "count": count, **settings}


def each(items: str, **settings: Json) -> JsonObject:
    """Give the `loop` object of a forEach."""
    return {"type": "forEach", "items": items, **settings}


def while_(condition: JsonObject, **settings: Json) -> JsonObject:
    """Give the `loop` object of a while."""
    return {"type": "while", "condition": condition, **settings}


def until(condition: JsonObject, **settings: Json) -> JsonObject:
    """Give the `loop` object of an until."""
    return {"type": "until", "condition": condition, **settings}


def document(*steps: Json, **keys: Json) -> JsonObject:
    """Give a whole document of the current schema version."""
    return {
        "schemaVersion": "1.0.0",
        "id": "flow",
        "name": "Flow",
        "description": "Made for a test.",
        "version": "1.0.0",
        "steps": list(steps),
        **keys,
    }


def phase(number: int, *tasks: Json, **keys: Json) -> JsonObject:
    """Give a phase with these tasks."""
    return {"number": number, "title": f"Phase {number}", "purpose": "Made for a test.", "tasks": list(tasks), **keys}


def phased(*phases: Json, **keys: Json) -> JsonObject:
    """Give a whole document in phases."""
    listed: JsonObject = {"phases": list(phases)}
    return {key: value for key, value in document(**keys).items() if key != "steps"} | listed


def flow(*steps: Json) -> Workflow:
    """Give a workflow of these steps."""
    return build(document(*steps))


def key_of(found: Next) -> str | None:
    """Give the stepKey handed out."""
    return None if found.instance is None else found.instance.key


def following(workflow: Workflow, *completed: str, **context: Json) -> str | None:
    """Give the key that comes next."""
    return key_of(next_step(workflow, completed, context))


class Walked(NamedTuple):
    """A walk to its end: the keys in order, and the last answer."""

    keys: list[str]
    last: Next


def walked(workflow: Workflow, context: JsonObject, most: int = 200, *, plain: bool = False) -> Walked:
    """Do what comes next until nothing does; `plain` reports ids instead of keys. Fails after `most` steps."""
    keys: list[str] = []
    reported: list[str] = []
    for _ in range(most):
        found = next_step(workflow, reported, context)
        if found.instance is None:
            return Walked(keys, found)
        keys.append(found.instance.key)
        reported.append(found.instance.step.id if plain else found.instance.key)
    raise AssertionError(f"no end after {most} steps: {keys}")


class Shelf:
    """Workflows by id, as a library hands them out."""

    def __init__(self, *documents: JsonObject) -> None:
        """Build these documents."""
        self._entries = {str(each["id"]): ShelfEntry(build(each)) for each in documents}

    def put(self, workflow_id: str, entry: "ShelfEntry") -> None:
        """Put an entry in the place of another."""
        self._entries[workflow_id] = entry

    def entry(self, workflow_id: str) -> "ShelfEntry":
        """Give one of them."""
        if workflow_id not in self._entries:
            raise WorkflowNotFoundError(workflow_id)
        return self._entries[workflow_id]


class ShelfEntry(NamedTuple):
    """One workflow of a Shelf."""

    workflow: Workflow
    session_option: str = ""
