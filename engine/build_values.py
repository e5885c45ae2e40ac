"""The values in steps, from their documents: conditions, changes, outcomes, fields, validations.

Above: build_steps, build_automation, build_tasks. Below: definition, conditions, scripts, template.
"""

import re
import shlex
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from engine.conditions import read_condition
from engine.definition import (
    FAIL,
    PLAIN,
    Backoff,
    Change,
    Condition,
    InputField,
    OnError,
    Operation,
    Outcome,
    Slot,
    Step,
    Strategy,
    Template,
    Validator,
    Value,
)
from engine.scripts import read_script
from engine.template import parse, read_value
from schema.values import Json, JsonObject

RETRIES: Final = 3
"""Tries after the first, for the strategy retry, where neither the step nor config says how many."""
COMMAND_TIMEOUT: Final = 60.0
"""Seconds a command may take where its document says nothing."""
SINGLE: Final = "value"
"""The name of the only field of a question that asks for one answer."""
_BACKOFF: Final = Backoff(1.0, 2.0, 60.0, 0.0)
_MARKS: Final = (chr(0xE000), chr(0xE001))
_CHECKS: Final = {
    "min": ("min", "min"),
    "max": ("max", "max"),
    "minLength": ("min_length", "min"),
    "maxLength": ("max_length", "max"),
    "pattern": ("matches", "pattern"),
    "oneOf": ("one_of", "values"),
}

_OUTCOME: Final = frozenset(("store", "update", "timeout"))

Sequence: TypeAlias = Callable[[list[JsonObject]], tuple[Step, ...]]
"""What builds a list of steps that stands inside another step."""


class Reading(NamedTuple):
    """How a document is read: `is_scripted` where it uses automation keys; `retries` as its config says."""

    is_scripted: bool
    retries: int


def text(value: Json, reading: Reading) -> Template:
    """Read a text with `{{ }}`."""
    return parse(str(value), scripted=reading.is_scripted)


def values(value: Json) -> Value:
    """Read any value with `{{ }}` in its texts."""
    return read_value(value)


def run_condition(document: JsonObject) -> Condition | None:
    """Read `runCondition`; None where the step always runs."""
    condition = document.get("runCondition")
    return read_condition(condition) if condition else None


def confirm(document: JsonObject) -> bool | Condition:
    """Read `requireConfirmation`."""
    wanted = document.get("requireConfirmation", False)
    return wanted if isinstance(wanted, bool) else read_condition(wanted)


def changes(document: JsonObject) -> tuple[Change, ...]:
    """Read `update`; one that counts up or down without a value does so by one."""
    return tuple(_change(each) for each in objects(document.get("update")))


def _change(document: JsonObject) -> Change:
    operation = Operation(str(document.get("operation", "set")))
    by_default = 1 if operation in (Operation.INCREMENT, Operation.DECREMENT) else None
    return Change(str(document["path"]), operation, values(document.get("value", by_default)))


def on_error(document: JsonObject, reading: Reading, sequence: Sequence) -> OnError:
    """Read `onError`."""
    written = document.get("onError")
    if not isinstance(written, dict):
        return FAIL
    strategy = Strategy(str(written.get("strategy", "fail")))
    by_default = reading.retries if strategy is Strategy.RETRY else 0
    return OnError(
        strategy=strategy,
        max_retries=whole(written.get("maxRetries", by_default)),
        backoff=_backoff(mapping(written.get("backoff"))),
        fallback=values(written["fallbackValue"]) if "fallbackValue" in written else None,
        then=sequence(objects(written.get("then"))),
    )


def _backoff(document: JsonObject) -> Backoff:
    return Backoff(
        initial=_seconds(document.get("initial"), _BACKOFF.initial),
        factor=_seconds(document.get("factor"), _BACKOFF.factor),
        longest=_seconds(document.get("max"), _BACKOFF.longest),
        jitter=_seconds(document.get("jitter"), _BACKOFF.jitter),
    )


def _seconds(value: Json, by_default: float) -> float:
    return float(value) if isinstance(value, int | float) else by_default


def outcome(document: JsonObject, failure: OnError, timeout: float | None = None) -> Outcome:
    """Read `store`, `update` and `timeout` (`timeout` where there is none)."""
    if failure is FAIL and timeout is None and _OUTCOME.isdisjoint(document):
        return PLAIN
    seconds = document.get("timeout", timeout)
    return Outcome(
        store=str(document.get("store", "")),
        updates=changes(document),
        on_error=failure,
        timeout=float(seconds) if isinstance(seconds, int | float) else None,
    )


def checks(validation: JsonObject) -> tuple[Validator, ...]:
    """Give what `validation` asks for as checks of the one table.

    >>> checks({"min": 1, "pattern": "a"})
    (Validator(check='min', params={'min': 1}), Validator(check='matches', params={'pattern': 'a'}))
    """
    found = ((_CHECKS[key], value) for key, value in validation.items() if key in _CHECKS)
    return tuple(Validator(check, {param: value}) for (check, param), value in found)


def field(document: JsonObject, name: str, prompt: str) -> InputField:
    """Read one thing a user is asked for; the only field of a step has the step's own prompt, so none itself."""
    validation = mapping(document.get("validation"))
    visible, choices = document.get("visibleWhen"), document.get("choices")
    return InputField(
        name=name,
        kind=str(document.get("kind", "string")),
        prompt=prompt,
        choices=slot(choices) if isinstance(choices, str) else values(choices) if choices is not None else None,
        default=values(document["default"]) if "default" in document else None,
        required=document.get("required") is not False,
        checks=checks(validation),
        rule=read_script(str(validation["expression"])) if "expression" in validation else None,
        visible_when=read_condition(visible) if visible is not None else None,
        message=str(validation.get("message", "")),
    )


def slot(expression: str) -> Template:
    """Give an expression as a value: a template that is one slot keeps its type."""
    script = read_script(expression)
    return Template((Slot(f"{{{{{expression}}}}}", script.path, script if script.path is None else None),))


def words(run: Json, reading: Reading) -> tuple[Template, ...]:
    """Read a command's words; a text is split as a POSIX shell splits, and what is in `{{ }}` makes no new word.

    ValueError where a quotation mark does not close.
    """
    if isinstance(run, list):
        return tuple(text(word, reading) for word in run)
    slots: list[Slot] = []
    marked: list[str] = []
    for part in text(run, reading).parts:
        marked.append(part.translate(_PLAIN) if isinstance(part, str) else f"{_MARKS[0]}{len(slots)}{_MARKS[1]}")
        slots.extend(() if isinstance(part, str) else (part,))
    return tuple(_word(word, slots) for word in shlex.split("".join(marked)))


_PLAIN: Final = dict.fromkeys(map(ord, _MARKS), "�")
_MARK: Final = re.compile(f"{_MARKS[0]}([0-9]+){_MARKS[1]}")


def _word(word: str, slots: list[Slot]) -> Template:
    """Put the slots back into a word."""
    pieces = _MARK.split(word)
    parts = [slots[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]
    return Template(tuple(part for part in parts if part))


def whole(value: Json) -> int:
    """Give a whole number, 0 for anything else."""
    return int(value) if isinstance(value, int | float) else 0


def mapping(value: Json) -> JsonObject:
    """Give an object, the empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: Json) -> list[JsonObject]:
    """Give the objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
