"""Which documents use the automation language, and which step types and keys that are.

Above: structure_rules, build. Below: schema.values. Works on any JSON: it is asked before the schema is.
"""

from typing import Final

from schema.values import Json, JsonObject

ROOT_KEYS: Final = frozenset(("inputs", "state", "computed", "config", "tasks"))
"""Keys of the whole document that only the automation language has."""
STEP_TYPES: Final = frozenset(
    ("message", "input", "call", "command", "set", "if", "break", "continue", "parallel", "wait", "workflow")
)
"""Types of steps that only the automation language has; prompt and loop are older."""
STEP_KEYS: Final = frozenset(("context", "expect", "store", "update", "onError", "timeout", "skippable"))
"""Keys of prompt steps that only the automation language has."""
CONDITION_KEYS: Final = ("runCondition", "requireConfirmation")
"""Conditions, which are expressions where they are text."""
_TELLING: Final = STEP_KEYS | {"type", "body", "loop", *CONDITION_KEYS}


def uses_automation(document: JsonObject) -> bool:
    """Tell whether a document has a root key, a step type, a step's key or an expression of the automation language.

    >>> uses_automation({"steps": [{"id": "one", "prompt": "Do it."}]}), uses_automation({"state": {}})
    (False, True)
    >>> uses_automation({"steps": [{"type": "loop", "body": [{"type": "break"}]}]})
    True
    """
    if not ROOT_KEYS.isdisjoint(document):
        return True
    waiting = [document.get("steps")]
    phases = document.get("phases")
    if isinstance(phases, list):
        waiting += [phase.get("tasks") for phase in phases if isinstance(phase, dict)]
    while waiting:
        steps = waiting.pop()
        for step in steps if isinstance(steps, list) else ():
            if isinstance(step, dict) and not _TELLING.isdisjoint(step):
                if _is_new(step):
                    return True
                waiting.append(step.get("body"))
    return False


def _is_new(step: JsonObject) -> bool:
    """Tell whether a step itself uses the language; an older loop's body is looked at apart."""
    kind = step.get("type")
    if isinstance(kind, str) and kind in STEP_TYPES:
        return True
    if not STEP_KEYS.isdisjoint(step) or any(isinstance(step.get(key), str) for key in CONDITION_KEYS):
        return True
    loop: Json = step.get("loop")
    return isinstance(loop, dict) and isinstance(loop.get("condition"), str)
