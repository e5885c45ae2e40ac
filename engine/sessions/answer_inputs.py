"""An input step in an answer: the question with its rules in words, more of it with every refused answer.

Above: answer_steps, tools.input_asking. Below: input_fields, input_words, input_answers, model.
"""

from typing import Final, NamedTuple

from engine.check_model import shown as written
from engine.definition import InputField, InputStep, Strategy
from engine.gate_fields import cut
from engine.sessions.faults import StepFault
from engine.sessions.input_answers import depends, is_visible, with_answers
from engine.sessions.input_fields import Question, question
from engine.sessions.input_words import MAX_SPELLED, example_of, expected
from engine.template import as_text, fill, parse
from engine.variables import Scope
from schema.values import Json, JsonObject


class Tries(NamedTuple):
    """How often an answer was refused, and how many may still be tried."""

    refused: int
    left: int


NO_TRIES: Final = Tries(0, 0)
"""Of what is no input."""


def asked_fields(step: InputStep, scope: Scope) -> tuple[Question, ...]:
    """Give the fields that may be asked for: all but those that other values than the answers hide.

    A field whose condition, choices or default cannot be told is asked for; judging it says what is wrong.
    """
    inner = with_answers(step, {}, scope)
    return tuple(_question(field, inner) for field in step.fields if depends(field, step) or _is_visible(field, inner))


def _is_visible(field: InputField, scope: Scope) -> bool:
    try:
        return is_visible(field, scope)
    except StepFault:
        return True


def _question(field: InputField, scope: Scope) -> Question:
    try:
        return question(field, scope)
    except StepFault:
        return Question(field, (), None, has_default=False)


def input_prompt(step: InputStep, scope: Scope, tries: Tries) -> str:
    """Give what the agent is told: what to ask its user, what an answer may be, what was wrong so far."""
    fields = asked_fields(step, scope)
    lines = [as_text(fill(step.text, scope).value), ""]
    if step.is_single:
        told = "".join((_SINGLE.format(expected=expected(each)) + _without(each)) for each in fields)
        lines.append(told)
    else:
        lines += [_SEVERAL, *(_line(each, step, scope) for each in fields)]
    if tries.refused:
        lines += ["", *_again(step, fields, scope, tries)]
    return "\n".join(lines)


def _line(asks: Question, step: InputStep, scope: Scope) -> str:
    field = asks.field
    asked = f": {as_text(fill(parse(field.prompt, scripted=True), scope).value)}" if field.prompt else ""
    only = _SOMETIMES if depends(field, step) else ""
    return f"- {field.name} ({expected(asks)}{_short_without(asks)}{only}){asked}"


def _without(asks: Question) -> str:
    if asks.has_default:
        return f" Without an answer it is {cut(written(asks.default))}."
    return "" if asks.field.required else " It may be left out: report without output."


def _short_without(asks: Question) -> str:
    if asks.has_default:
        return f"; {cut(written(asks.default))} if left out"
    return "" if asks.field.required else "; may be left out"


def _again(step: InputStep, fields: tuple[Question, ...], scope: Scope, tries: Tries) -> list[str]:
    """Say more with every refused answer: which attempt this is, then everything spelled out, then what follows."""
    total = tries.refused + tries.left
    lines = [_ATTEMPT.format(number=tries.refused + 1, total=total)]
    if tries.refused > 1 or tries.left == 1:
        inner = with_answers(step, {}, scope)
        lines += [f"- {_spelled(each, inner)}" for each in fields]
    if tries.left == 1:
        lines.append(_LAST.format(follows=_FOLLOWS[step.outcome.on_error.strategy]))
    return lines


def _spelled(asks: Question, scope: Scope) -> str:
    found = example_of(asks, scope)
    rule = asks.field.rule
    name = "" if asks.field.name == "value" else f"{asks.field.name}: "
    parts = [name + expected(asks, MAX_SPELLED)]
    parts += [f"so that {rule.text}"] if rule is not None else []
    parts += [f"for example {written(found[0])}"] if found else []
    return ", ".join(parts)


def input_keys(step: InputStep, scope: Scope) -> JsonObject:
    """Give the keys of an input step, resolved, for programs: kind, choices, default and required of what is asked."""
    fields: list[Json] = [_keys(each) for each in asked_fields(step, scope)]
    if step.is_single and fields and isinstance(only := fields[0], dict):
        return {name: value for name, value in only.items() if name not in ("name", "prompt")}
    return {"fields": fields}


def _keys(asks: Question) -> JsonObject:
    field = asks.field
    keys: JsonObject = {"name": field.name, "kind": field.kind}
    if asks.choices:
        keys["choices"] = list(asks.choices)
    if asks.has_default:
        keys["default"] = asks.default
    if not field.required:
        keys["required"] = False
    return keys


_SINGLE: Final = "Ask your user, and report the answer as output: {expected}."
_SEVERAL: Final = "Ask your user, and report the answers as output, one JSON object with:"
_SOMETIMES: Final = "; only for some of the other answers"
_ATTEMPT: Final = "This is attempt {number} of {total}: issues say what was wrong with the answer before it."
_LAST: Final = "It is the last one: after another wrong answer {follows}."
_FOLLOWS: Final = {
    Strategy.FAIL: "the session fails",
    Strategy.CONTINUE: "the session goes on without an answer",
    Strategy.FALLBACK: "a value of the workflow's own is taken instead",
    Strategy.RETRY: "the question is put anew, as often as the workflow allows",
}
