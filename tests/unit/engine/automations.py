"""Small documents of the automation language for tests, and what is found in them.

Above: tests/unit/engine. Below: engine.review, engine.structure.
"""

from engine.review import review
from engine.structure import structure_findings
from engine.structure_rules import RULES
from schema.finding import Finding
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document

LINT: JsonObject = {"inputs": {"path": {"type": "string"}}, "prompt": "Look at {{ inputs.path }}."}


def findings(*steps: Json, **keys: Json) -> tuple[Finding, ...]:
    """Give what is found in a document of automation that the schema accepts."""
    text = document(*steps, **{"config": {}, **keys})
    checked = review(text)
    assert not [each for each in checked.findings if each.rule not in RULES]
    return structure_findings(text)


def found(*steps: Json, **keys: Json) -> list[tuple[str, str]]:
    """Give rule and pointer of each finding."""
    return [(each.rule, each.pointer) for each in findings(*steps, **keys)]


def put(*updates: Json, **keys: Json) -> JsonObject:
    """Give a set step."""
    return {"id": "put", "type": "set", "update": list(updates), **keys}


def change(path: str, value: Json, operation: str = "set") -> JsonObject:
    """Give an update."""
    return {"path": path, "operation": operation, "value": value}


def say(text: str, step_id: str = "say") -> JsonObject:
    """Give a message step."""
    return {"id": step_id, "type": "message", "message": text}


def when(condition: Json, *then: Json, otherwise: list[Json] | None = None, **keys: Json) -> JsonObject:
    """Give an if step; `otherwise` is its else."""
    step: JsonObject = {"id": "when", "type": "if", "condition": condition, "then": list(then), **keys}
    return step if otherwise is None else {**step, "else": otherwise}


def jump(kind: str = "break", **keys: Json) -> JsonObject:
    """Give a break or continue."""
    return {"id": f"{kind}-1", "type": kind, **keys}


def ask(**keys: Json) -> JsonObject:
    """Give an input step."""
    return {"id": "ask", "type": "input", "prompt": "What?", **keys}


def run(words: Json, **keys: Json) -> JsonObject:
    """Give a command step."""
    return {"id": "run", "type": "command", "run": words, **keys}


def fan(**keys: Json) -> JsonObject:
    """Give a parallel step."""
    return {"id": "fan", "type": "parallel", **keys}


def over(items: Json, **keys: Json) -> JsonObject:
    """Give a parallel step that hands out `lint` for each of the items."""
    return fan(items=items, task="lint", inputs={"path": "{{ loop.item }}"}, **keys)


def computed(source: Json, expression: str = "input") -> JsonObject:
    """Give a computed field."""
    return {"from": source, "expression": expression}
