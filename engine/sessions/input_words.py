"""What an input asks for in words: the question, its choices and rules, and more of it with every refused answer.

Above: input_answers (issues), answer_inputs (guidance), tools.input_asking. Below: input_fields, gate_examples.
"""

from typing import Final

from engine.gate_examples import EXAMPLE_WORK, example
from engine.gate_fields import cut
from engine.sessions.input_fields import Question, faults, prepared
from engine.template import as_text
from engine.variables import Scope
from engine.verdict_work import WorkLeft
from schema.values import Json

MAX_NAMED: Final = 20
"""Choices named with the question; all of them, up to MAX_SPELLED, when an answer was refused twice."""
MAX_SPELLED: Final = 200
_KINDS: Final = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "json": "JSON",
}


def expected(asks: Question, most: int = MAX_NAMED) -> str:
    """Say what an answer may be.

    >>> from engine.definition import InputField, Validator
    >>> port = InputField("port", "integer", "", None, None, True, (Validator("min", {"min": 1}),), None, None, "")
    >>> expected(Question(port, (), None, False))
    'a whole number with a value of at least 1'
    """
    field = asks.field
    words = f"one of {_named(asks.choices, most)}" if field.kind == "choice" else _KINDS[field.kind]
    checks = " and ".join(each.check.wanted(each.params) for each in prepared(field, {}).checks)
    told = f"{words} with {checks}" if checks else words
    return cut(told) if most == MAX_NAMED else told


def _named(choices: tuple[Json, ...], most: int) -> str:
    named = ", ".join(cut(as_text(choice)) for choice in choices[:most])
    return f"{named} and {len(choices) - most} more" if len(choices) > most else named


def example_of(asks: Question, scope: Scope) -> tuple[Json, ...]:
    """Give an answer that passes, none where none was found."""
    candidates: list[Json] = [asks.default] if asks.has_default else []
    if asks.field.kind == "choice":
        candidates += asks.choices[:1]
    else:
        candidates += example(prepared(asks.field, {}), WorkLeft(EXAMPLE_WORK))
    return next(((each,) for each in candidates if not faults(asks, each, scope)), ())
