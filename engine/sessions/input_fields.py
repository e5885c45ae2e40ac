"""One field of an input: what its answer may be, the value an answer stands for, what is wrong with it.

Above: input_answers, answer_inputs (rules in words), tools.input_asking. Below: gate_fields (the one table of
checks), decoding, engine.scripts. Fails closed: what cannot be told is wrong.
"""

from typing import Final, NamedTuple

from engine.budget import size_of
from engine.check_model import KIND_OF_TYPE
from engine.definition import Field, InputField
from engine.gate_fields import Asked, asked, cut, judge, received, type_name
from engine.scripts import ScriptFault, is_true
from engine.sessions.decoding import UndecodableError, decoded
from engine.sessions.faults import StepFault
from engine.template import UnresolvedError, as_text, resolved
from engine.variables import Scope
from engine.verdict_work import WorkLeft
from schema.values import Json

MAX_CHOICES: Final = 1_000
"""Choices of one field: each is compared with the answer."""
VALUE: Final = "value"
"""The local name of an answer in its rule, and the field of an input that asks for one thing."""
_WORDS: Final = {"true": True, "yes": True, "false": False, "no": False}
_TYPED: Final = frozenset(("string", "number", "integer", "boolean"))


class Question(NamedTuple):
    """A field with its choices and its default resolved; `has_default` tells null from none."""

    field: InputField
    choices: tuple[Json, ...]
    default: Json
    has_default: bool


class Reading(NamedTuple):
    """An answer to one field: its value, and what is wrong with it ("" = nothing)."""

    value: Json
    wrong: str


def question(field: InputField, scope: Scope) -> Question:
    """Resolve a field's choices and default; StepFault where they cannot be."""
    try:
        choices = () if field.choices is None else _listed(field, resolved(field.choices, scope))
        default = None if field.default is None else resolved(field.default, scope)
    except UnresolvedError as error:
        raise StepFault("TemplateError", f"choices or default of {field.name}: {error}") from error
    return Question(field, choices, default, field.default is not None)


def _listed(field: InputField, value: Json) -> tuple[Json, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CHOICES:
        told = f"choices of {field.name}: a list of 1 to {MAX_CHOICES:,} values is needed, not {received(value)}"
        raise StepFault("InputError", told)
    return tuple(value)


def is_left_out(answer: Json) -> bool:
    """Tell whether a field was left out: nothing was said, or nothing but white space.

    >>> is_left_out(None), is_left_out(" "), is_left_out(False)
    (True, True, False)
    """
    return answer is None or (isinstance(answer, str) and not answer.strip())


def read(asks: Question, answer: Json) -> Reading:
    """Give the value an answer stands for; a text is read as the field's kind asks."""
    kind = asks.field.kind
    if kind == "choice":
        return _chosen(asks, answer)
    if kind == "string" or not isinstance(answer, str):
        return Reading(_whole(answer) if kind == "integer" else answer, "")
    if kind == "boolean":
        known = _WORDS.get(answer.strip().lower())
        return Reading(answer if known is None else known, "")
    try:
        value = decoded(answer)
    except UndecodableError as error:
        return Reading(None, f"{label(asks.field)} must be JSON: {error}.") if kind == "json" else Reading(answer, "")
    return Reading(_whole(value) if kind == "integer" else value, "")


def _whole(value: Json) -> Json:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _chosen(asks: Question, answer: Json) -> Reading:
    """Find the choice that is meant: by its text, exactly or but for case and white space."""
    for choice in asks.choices:
        if type(choice) is type(answer) and choice == answer:
            return Reading(choice, "")
    text = as_text(answer).strip()
    for wanted, found in ((text, as_text), (text.lower(), lambda choice: as_text(choice).strip().lower())):
        meant = [choice for choice in asks.choices if found(choice) == wanted]
        if len(meant) == 1:
            return Reading(meant[0], "")
    return Reading(answer, f"{label(asks.field)} must be one of the choices.")


def faults(asks: Question, value: Json, scope: Scope) -> str:
    """Say what is wrong with the value of a field, "" where nothing is; `scope` has the other answers by name."""
    field = asks.field
    if field.kind in _TYPED or field.checks:
        ready = prepared(field, value)
        found = judge(ready, value, size_of(value), WorkLeft())
        words = (*ready.broken, *found.broken, *found.wrong)
        if words:
            return cut(" ".join(words))
    return _rule_fault(field, value, scope)


def prepared(field: InputField, value: Json = None) -> Asked:
    """Give a field as the checks know fields; what may be of any kind is taken for what `value` is."""
    kind = field.kind if field.kind in _TYPED else type_name(value)
    wanted = kind if kind in KIND_OF_TYPE else "object"
    return asked(
        Field(
            name=label(field),
            type=wanted,
            required=field.required,
            description="",
            example=None,
            has_example=False,
            validators=field.checks,
        )
    )


def label(field: InputField) -> str:
    """Give what messages call an answer: its field's name, where there are several."""
    return "The answer" if field.name == VALUE else field.name


def _rule_fault(field: InputField, value: Json, scope: Scope) -> str:
    if field.rule is None:
        return ""
    try:
        holds = is_true(field.rule, scope, {VALUE: value})
    except ScriptFault as error:
        return f"The rule of {label(field)} cannot be told: {error}."
    return "" if holds else f"{label(field)} must meet: {field.rule.text}"
