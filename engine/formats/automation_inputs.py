"""Inputs of automation YAML, of workflows and sub-agent tasks, and the validation of inputs and answers.

Above: automation, automation_tasks, automation_dialogue. Below: automation_parts.
"""

from collections.abc import Mapping
from typing import Final

from engine.formats.automation_notes import Notes, quoted
from engine.formats.automation_parts import Part
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject, pointer

TYPES: Final = ("string", "number", "integer", "boolean", "object", "array")
"""Types of inputs; `integer` is new."""
_RULES: Final = {
    "min": "min",
    "minimum": "min",
    "max": "max",
    "maximum": "max",
    "min_length": "minLength",
    "minLength": "minLength",
    "max_length": "maxLength",
    "maxLength": "maxLength",
    "allowed_values": "oneOf",
    "enum": "oneOf",
    "choices": "oneOf",
    "one_of": "oneOf",
    "expression": "expression",
    "custom": "expression",
    "message": "message",
    "error_message": "message",
}
"""Spellings of rules met in the wild."""


def validation_of(part: Part) -> JsonObject:
    """Give the native validation of `validation`, `validation_pattern` and `validation_message`; {} for none.

    A rule that is not known is critical: a check that is dropped would let everything through.
    """
    native: JsonObject = {}
    rules = part.part("validation")
    if rules is not None:
        for key, value in rules.value.items():
            if value is not None:
                _take_rule(key, value, rules, native)
    pattern = part.text("validation_pattern")
    if pattern:
        native["pattern"] = from_start(pattern)
    message = part.text("validation_message")
    if message:
        native["message"] = message
    return native


def _take_rule(key: str, value: Json, rules: Part, native: JsonObject) -> None:
    if key == "pattern" and isinstance(value, str):
        native["pattern"] = from_start(value)
    elif key in _RULES:
        native[_RULES[key]] = value
    else:
        names = ("pattern", *_RULES)
        message = f"there is no rule {key!r}; a rule that is not checked would let everything through"
        advice = did_you_mean(key, names) or f"the rules are {', '.join(names)}"
        rules.notes.critical(rules.at(key), "unknown-rule", message, advice)


def from_start(pattern: str) -> str:
    """Give a pattern that fits from the beginning of a text on, as the format's patterns always did.

    >>> from_start("[a-z]+|-"), from_start("^a$")
    ('^(?:[a-z]+|-)', '^a$')
    """
    return pattern if pattern.startswith("^") and "|" not in pattern else f"^(?:{pattern})"


def inputs_of(part: Part | None, defaults: Mapping[str, Json], types: Mapping[str, str]) -> JsonObject:
    """Give the native inputs: declared ones, with `defaults` of default_state, and those only known from there.

    `types`: what state_schema says of inputs.
    """
    native: JsonObject = {}
    for name, said in (part.value if part is not None else {}).items():
        if part is not None:
            native[name] = _declared(name, said, part)
    for name in (*defaults, *(each for each in types if each not in defaults)):
        declared = native.setdefault(name, {"type": types.get(name, _type_of(defaults.get(name))), "required": False})
        if isinstance(declared, dict) and name in defaults:
            declared.setdefault("default", defaults[name])
    return native


def _declared(name: str, said: Json, inputs: Part) -> JsonObject:
    """Give one declared input; a bare word is its type."""
    where = inputs.where + pointer([name])
    if isinstance(said, str):
        return {"type": _type(said, where, inputs.notes)}
    if not isinstance(said, dict):
        inputs.notes.critical(where, "wrong-type", f"the input is {quoted(said)}; an object or a type is expected")
        return {"type": "string"}
    part = Part(said, where, inputs.notes)
    declared: JsonObject = {}
    kind = part.text("type")
    if not kind:
        part.notes.minor(where, "missing-type", f"the input {name!r} has no type; 'string' is assumed", "add 'type'")
    declared["type"] = _type(kind or "string", part.at("type"), part.notes)
    description = part.text("description")
    if description:
        declared["description"] = description
    found = {"required": part.flag("required"), "default": part.take("default"), "validation": validation_of(part)}
    part.leave("an input")
    return declared | {key: each for key, each in found.items() if each is not None and (each or key != "validation")}


def _type(kind: str, where: str, notes: Notes) -> str:
    if kind in TYPES:
        return kind
    message = f"the type is {quoted(kind)}; it can be {', '.join(TYPES)}"
    notes.critical(where, "unknown-word", message, did_you_mean(kind, TYPES))
    return "string"


def _type_of(value: Json) -> str:
    """Give the type of an input of which only a value is known."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "string"
