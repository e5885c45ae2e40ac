"""Step types of earlier automation languages, and how each is written now.

Above: engine.review. Below: structure_sites, schema.check, schema.finding.
The schema says that a type is none of those there are; this says what became of it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.structure_sites import mapping
from schema.check import Violation
from schema.finding import Finding, Severity
from schema.values import Json

RULE: Final = "retired-type"
"""The rule of a finding about such a type."""
RETIRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user_message": "write type: message, with message, level, format",
        "user_input": "write type: input, with prompt, kind, choices, validation, store",
        "agent_prompt": "write type: prompt, with title, prompt, context, timeout",
        "agent_response": "give the prompt step before it expect (a schema) and update; result is its answer",
        "mcp_call": "write type: call, with tool, parameters, store",
        "shell_command": "write type: command, with run, cwd, parse, update; result.stdout is what it printed",
        "conditional": "write type: if, with condition, then, else",
        "while_loop": "write type: loop, with loop: {type: while, condition, maxIterations} and body",
        "foreach": "write type: loop, with loop: {type: forEach, items, itemVar, maxIterations} and body",
        "parallel_foreach": "write type: parallel, with items, task, inputs, maxParallel",
        "wait_step": "write type: wait, with message, timeout",
        "state_update": "write type: set, with update: [{path, operation, value}]",
        "batch_state_update": "write type: set, with update: [{path, operation, value}]",
        "set_variable": "write type: set, with update: [{path, value}]",
    }
)
"""What to write instead of each."""


def retired(document: Json, violation: Violation) -> Finding | None:
    """Give the finding that takes the place of a violation about a retired type; None for every other violation.

    >>> retired({"steps": [{"type": "foreach"}]}, Violation("/steps/0/type", "enum", "no such type")).rule
    'retired-type'
    """
    if violation.rule != "enum" or not violation.pointer.endswith("/type") or violation.pointer.endswith("/loop/type"):
        return None
    kind = _at(document, violation.pointer)
    hint = RETIRED.get(kind) if isinstance(kind, str) else None
    if hint is None:
        return None
    message = f"the step type {kind} belongs to an earlier language"
    return Finding(Severity.CRITICAL, RULE, message, violation.pointer, suggestion=hint)


def _at(document: Json, pointer: str) -> Json:
    """Follow a pointer that leads somewhere."""
    value = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[int(part)] if isinstance(value, list) else mapping(value)[name]
    return value
