"""Gates: evidence against what a phase or step asks for, failing closed.

Above: build reads gates, engine.sessions judges evidence. Below: criteria (the one table of checks), expression (rules
over several fields), definition.
"""

from typing import Final

from engine.definition import Field, Gate, GateRule, Validator
from schema.values import Json, JsonObject

SUMMARY: Final = Field(
    name="summary",
    type="string",
    required=True,
    description="What was done in this phase, and what came of it",
    example="Read the three modules and listed their public functions.",
    has_example=True,
    validators=(Validator("non_empty", {}),),
)
LENIENT: Final = Gate(strict=False, allow_override=False, max_attempts=None, fields=(SUMMARY,), rules=(), is_own=False)
"""The gate of a phase whose document has none: asked for phase-wise only, and what it finds is a warning."""


def read_gate(document: JsonObject) -> Gate:
    """Give the gate of a document's `gate` or `evidence` value, which the schema accepted.

    >>> read_gate({"evidence": {"done": {"type": "boolean"}}}).fields[0].required
    True
    """
    fields, rules = document.get("evidence"), document.get("rules")
    most = document.get("maxAttempts")
    return Gate(
        strict=document.get("strict") is not False,
        allow_override=document.get("allowOverride") is True,
        max_attempts=int(most) if isinstance(most, int | float) else None,
        fields=tuple(_field(name, value) for name, value in fields.items() if isinstance(value, dict))
        if isinstance(fields, dict)
        else (),
        rules=tuple(_rule(rule) for rule in rules if isinstance(rule, dict)) if isinstance(rules, list) else (),
        is_own=True,
    )


def _field(name: str, document: JsonObject) -> Field:
    validators = document.get("validators")
    return Field(
        name=name,
        type=str(document["type"]),
        required=document.get("required") is not False,
        description=str(document.get("description", "")),
        example=document.get("example"),
        has_example="example" in document,
        validators=tuple(_validator(each) for each in validators) if isinstance(validators, list) else (),
    )


def _validator(document: Json) -> Validator:
    if not isinstance(document, dict):
        return Validator(str(document), {})
    params = document.get("params")
    return Validator(str(document["name"]), params if isinstance(params, dict) else {})


def _rule(document: JsonObject) -> GateRule:
    return GateRule(str(document["expression"]), str(document["message"]))
