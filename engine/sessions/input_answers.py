"""The answer to an input step: each field read, held against its rules, and what is wrong told field by field.

Above: answering. Below: input_fields, input_words. A field that is not visible is neither asked for nor kept.
"""

from typing import Final, NamedTuple, assert_never

from engine.conditions import holds
from engine.definition import AllOf, AnyOf, Comparison, Condition, InputField, InputStep, Negation, Script
from engine.errors import CriterionError
from engine.gate_fields import cut, received
from engine.sessions.decoding import UndecodableError, decoded
from engine.sessions.expecting import OUTPUT
from engine.sessions.faults import StepFault
from engine.sessions.input_fields import Question, faults, is_left_out, label, question, read
from engine.sessions.input_words import example_of, expected
from engine.sessions.model import Issue
from engine.variables import Scope
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject

MAX_UNKNOWN: Final = 20
"""Names not asked for that are told one by one."""


class Answers(NamedTuple):
    """What an input was given: the value to keep (one value, or an object by field), and what is wrong."""

    value: Json
    issues: tuple[Issue, ...]


def judge_input(step: InputStep, output: str | None, scope: Scope) -> Answers:
    """Read and judge the answer to an input step; StepFault where its choices or defaults cannot be resolved."""
    given: JsonObject | Issue = {step.fields[0].name: output} if step.is_single else _object(step, output)
    if isinstance(given, Issue):
        return Answers(None, (given,))
    values: JsonObject = {}
    issues: list[Issue] = []
    for field in step.fields:
        inner = with_answers(step, values, scope)
        if not is_visible(field, inner):
            continue
        asks = question(field, inner)
        value, issue = _answer(asks, given.get(field.name), inner)
        values[field.name] = value
        if issue is not None:
            issues.append(issue._replace(field=OUTPUT) if step.is_single else issue)
    issues += _unknown(step, given)
    return Answers(values[step.fields[0].name] if step.is_single and values else values, tuple(issues))


def check_questions(step: InputStep, scope: Scope) -> None:
    """Raise StepFault where choices or defaults cannot be resolved, those of fields that answers decide aside."""
    inner = with_answers(step, {}, scope)
    for field in step.fields:
        if not depends(field, step) and is_visible(field, inner):
            question(field, inner)


def with_answers(step: InputStep, values: JsonObject, scope: Scope) -> Scope:
    """Give the scope of a field: the answers of the same input by their names, null where there is none yet."""
    if step.is_single:
        return scope
    names: JsonObject = {field.name: values.get(field.name) for field in step.fields}
    return scope._replace(names=names, outer=scope)


def is_visible(field: InputField, scope: Scope) -> bool:
    """Tell whether a field is asked for; StepFault where its condition cannot be told."""
    if field.visible_when is None:
        return True
    try:
        return holds(field.visible_when, scope)
    except CriterionError as error:
        raise StepFault("ExpressionError", f"visibleWhen of {field.name}: {error.details}") from error


def depends(field: InputField, step: InputStep) -> bool:
    """Tell whether other answers of the same input decide if a field is asked for."""
    names = {each.name for each in step.fields}
    return field.visible_when is not None and not names.isdisjoint(_heads(field.visible_when))


def _heads(condition: Condition) -> set[str]:
    """Give the first names of all that a condition reads."""
    match condition:
        case Comparison(path):
            return {path[0]}
        case Script(chains=chains):
            return {chain[0] for chain in chains}
        case AllOf(parts) | AnyOf(parts):
            return {name for part in parts for name in _heads(part)}
        case Negation(part):
            return _heads(part)
        case _:
            assert_never(condition)


def _object(step: InputStep, output: str | None) -> JsonObject | Issue:
    """Read the answers of an input with several fields."""
    wanted = "a JSON object with " + ", ".join(field.name for field in step.fields)
    if is_left_out(output):
        return {}
    try:
        value = decoded(output or "")
    except UndecodableError as error:
        return Issue(OUTPUT, f"The answers must be a JSON object: {error}.", cut(wanted), received(output))
    return (
        value if isinstance(value, dict) else Issue(OUTPUT, "The answers must be an object.", wanted, received(value))
    )


def _answer(asks: Question, answer: Json, scope: Scope) -> tuple[Json, Issue | None]:
    """Give the value of one field, or what is wrong with its answer."""
    field = asks.field
    if is_left_out(answer):
        if not asks.has_default:
            return None, _issue(asks, f"{label(field)} is missing.", "nothing", scope) if field.required else None
        value, wrong = read(asks, asks.default) if field.kind == "choice" else (asks.default, "")
    else:
        value, wrong = read(asks, answer)
    wrong = wrong or faults(asks, value, scope)
    if not wrong:
        return value, None
    return None, _issue(asks, field.message or wrong, received(answer if asks.field.kind == "json" else value), scope)


def _issue(asks: Question, message: str, what: str, scope: Scope) -> Issue:
    issue = Issue(asks.field.name, cut(message), expected(asks), what)
    found = example_of(asks, scope)
    return issue._replace(example=found[0], has_example=True) if found else issue


def _unknown(step: InputStep, given: JsonObject) -> list[Issue]:
    """Name what was answered and not asked: a slip of the pen would else leave a field out."""
    names = {field.name for field in step.fields}
    absent = [name for name in names if name not in given]
    unknown = [name for name in given if name not in names][:MAX_UNKNOWN]
    return [_not_asked(name, given[name], did_you_mean(name, absent)) for name in unknown]


def _not_asked(name: str, value: Json, near: str | None) -> Issue:
    message = f"{cut(name)} is not asked for here{f'; {near}' if near else '.'}"
    return Issue(cut(name), message, "no such field", received(value))
