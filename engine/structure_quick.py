"""A quick look that proves most documents sound, so that ten thousand of them load in seconds.

Above: engine.structure, which looks closely where this does not say yes. Below: template's rules, names.
Says yes only where every check would find nothing; a property test holds it against them. Never for automation.
"""

import re
from typing import Final

from engine.automation_use import uses_automation
from engine.build_loops import loop_names
from engine.names import REFUSED
from engine.scopes import SCOPE_WORDS
from engine.variables import parse_path
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject

PLAIN_KEYS: Final = frozenset(
    (
        "agentRole",
        "askForFiles",
        "guidance",
        "hasValidation",
        "id",
        "irreversible",
        "modelHint",
        "prompt",
        "title",
        "type",
    )
)
"""Keys of a step that no check but those of ids and templates looks at; most steps have no others."""
_KNOWN: Final = PLAIN_KEYS | {"body", "loop", "runCondition", "requireConfirmation", "validationCriteria"}
_OPERATORS: Final = frozenset(("equals", "not_equals", "gt", "gte", "lt", "lte", "contains", "startsWith", "endsWith"))
_CONDITIONS: Final = ("runCondition", "requireConfirmation")
_NEEDS: Final = {"contains": "value", "length": "min"}
_SLOT: Final = re.compile(r"\{\{([^{}\"'`()\[\]\\]*)\}\}")


def is_plainly_sound(document: JsonObject) -> bool:
    """Tell whether a look at each step proves a document, accepted by the schema, free of structural findings.

    >>> step = {"id": "one", "title": "One", "prompt": "Do it."}
    >>> is_plainly_sound({"steps": [step]}), is_plainly_sound({"steps": [step, step]})
    (True, False)
    """
    return not uses_automation(document) and _Look().is_sound(document.get("steps"), frozenset())


class _Look:
    """One look at one document: ids met, names of its loops, names that texts outside loops use."""

    def __init__(self) -> None:
        self._ids: list[Json] = []
        self._of_loops: set[str] = set()
        self._loose: set[str] = set()

    def is_sound(self, steps: Json, inside: frozenset[str]) -> bool:
        """Look at a list of steps; `inside` are the names of the loop around it."""
        if not isinstance(steps, list):
            return False
        for step in steps:
            if not isinstance(step, dict):
                return False
            self._ids.append(step["id"])
            if not step.keys() <= PLAIN_KEYS and not self._has_sound_parts(step, inside):
                return False
            if has_template(step) and not self._has_sound_texts(step, inside):
                return False
        if inside:
            return True
        return len(set(map(str, self._ids))) == len(self._ids) and self._loose.isdisjoint(self._of_loops)

    def _has_sound_parts(self, step: JsonObject, inside: frozenset[str]) -> bool:
        if not step.keys() <= _KNOWN:
            return False
        if not all(_is_simple(step.get(key)) and _is_told(step.get(key), inside) for key in _CONDITIONS):
            return False
        if "validationCriteria" in step and not _are_simple_rules(step["validationCriteria"]):
            return False
        loop = step.get("loop")
        if not isinstance(loop, dict):
            return "body" not in step
        names = frozenset(loop_names(loop))
        self._of_loops |= names
        if inside or not names.isdisjoint(REFUSED) or not _is_simple_loop(loop):
            return False
        return _is_told(loop.get("condition"), names) and self.is_sound(step.get("body"), names)

    def _has_sound_texts(self, step: JsonObject, inside: frozenset[str]) -> bool:
        """Tell whether every slot is a dotted path that starts with a name that is there."""
        guidance = step.get("guidance")
        lines = guidance if isinstance(guidance, list) else []
        for text in map(str, (step.get("prompt"), step.get("agentRole"), *lines)):
            slots = _SLOT.findall(text)
            if text.count("{{") != len(slots) or "{{{" in text or "\\{{" in text:
                return False
            paths = [parse_path(slot.strip()) for slot in slots]
            if not all(path is not None and self._is_known(path[0], inside) for path in paths):
                return False
        return True

    def _is_known(self, name: str, inside: frozenset[str]) -> bool:
        if not inside:
            self._loose.add(name)
        return not inside or name in inside or name in SCOPE_WORDS


def has_template(step: JsonObject) -> bool:
    """Tell whether a `{{` stands in one of the texts in which it means something.

    >>> has_template({"prompt": "Do {{it}}."}), has_template({"prompt": "Do.", "title": "{{it}}"})
    (True, False)
    """
    if "prompt" in step and "{{" in str(step["prompt"]):
        return True
    if "agentRole" in step and "{{" in str(step["agentRole"]):
        return True
    return "guidance" in step and "{{" in str(step["guidance"])


def _is_simple(condition: Json) -> bool:
    """Tell whether a condition is absent, fixed, or one comparison that can turn out both ways."""
    if not isinstance(condition, dict):
        return condition is None or isinstance(condition, bool)
    return len(condition) == 2 and "var" in condition and not _OPERATORS.isdisjoint(condition)  # noqa: PLR2004 - var and one operator


def _is_told(condition: Json, inside: frozenset[str]) -> bool:
    """Tell whether a condition inside a loop names no slip of its variables; outside there are none to slip on."""
    if not isinstance(condition, dict) or not inside:
        return True
    path = parse_path(str(condition.get("var")))
    if path is None:
        return False
    return path[0] in inside or path[0] in SCOPE_WORDS or did_you_mean(path[0], inside) is None


def _are_simple_rules(criteria: Json) -> bool:
    if not isinstance(criteria, list):
        return False
    return all(
        isinstance(rule, dict) and "condition" not in rule and _NEEDS.get(str(rule.get("type")), "-") in rule
        for rule in criteria
    )


def _is_simple_loop(loop: JsonObject) -> bool:
    """Tell whether a loop can begin and stays within its limit."""
    count, most = loop.get("count"), loop.get("maxIterations")
    if isinstance(count, int | float):
        return isinstance(most, int | float) and 0 < count <= most
    kind = loop.get("type")
    return (kind in ("for", "forEach") and "condition" not in loop) or (
        kind in ("while", "until") and isinstance(loop.get("condition"), dict) and _is_simple(loop["condition"])
    )
