"""What a check is: what it looks at, its parameters and how they may be spelt, what it looks for.

Above: the tables of checks, criteria, gates. Below: check_schemas, verdict_work, patterns, schema.
A parameter is judged when its document is loaded and again before it is used: one that cannot be used never passes.
"""

import json
import math
from collections.abc import Callable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.check_schemas import compiled
from engine.patterns import fault
from engine.verdict_work import WorkLeft
from schema.values import Json, JsonObject

MAX_SHOWN: Final = 200
"""Characters of a parameter that a message repeats."""
_SHOWN_PARTS: Final = 10
"""Items of a list or object that a message shows."""
_HUGE: Final = 10**30
"""Integers from here on are not written out."""
MAX_COUNT: Final = 10_000_000
"""The largest length that can be asked for: nothing longer travels in one request."""
MAX_BOUND: Final = 10**300
"""The largest number that can be asked for, up or down; a message still writes it out."""
MAX_LISTED: Final = 1_000
"""Entries of a parameter that is a list; each is compared with the value."""

TYPES: Final = ("string", "integer", "number", "boolean", "array", "object")
"""The types a field or an item may have."""
# fmt: off
TYPE_WORDS: Final[Mapping[str, str]] = MappingProxyType({
    **{name: name for name in TYPES},
    "str": "string", "text": "string", "int": "integer", "float": "number", "bool": "boolean",
    "list": "array", "dict": "object",
})
# fmt: on
"""Every word for a type that parameters use, with the type it means."""


class Trial(NamedTuple):
    """What a check is given: what messages call the value, the value, the parameters, and the work it may take."""

    subject: str
    value: Json
    params: JsonObject
    work: WorkLeft


class Param(NamedTuple):
    """One parameter: kind is a key of KINDS; `spellings` are what older documents call it, the best known first."""

    kind: str
    is_required: bool = True
    spellings: tuple[str, ...] = ()


class Check(NamedTuple):
    """One entry of the table.

    `takes`: the kinds of value it can look at (as kind_of names them). `test(trial)` gives what is wrong, nothing when
    it holds; PatternError, BadSchemaError and WorkError when it cannot be told. `wanted(params)` says what is looked
    for, to follow "must have". `needs`: parameters of which one must be there.
    """

    takes: frozenset[str]
    params: Mapping[str, Param]
    test: Callable[[Trial], tuple[str, ...]]
    wanted: Callable[[JsonObject], str]
    needs: tuple[str, ...]


class ParamFault(NamedTuple):
    """What is wrong with one parameter, by the name its document has ("" = missing).

    `names` are those there are, where it is unknown; `pattern` says what is wrong with one.
    """

    name: str
    message: str
    names: tuple[str, ...] = ()
    pattern: str = ""


def simple(
    takes: frozenset[str],
    holds: Callable[[Json, JsonObject], bool],
    wanted: Callable[[JsonObject], str],
    params: Mapping[str, Param] | None = None,
) -> Check:
    """Make a check of a test that tells yes or no; every required parameter is one it needs."""

    def test(trial: Trial) -> tuple[str, ...]:
        if holds(trial.value, trial.params):
            return ()
        return (f"{trial.subject} must have {wanted(trial.params)}.",)

    declared = params or {}
    return Check(takes, declared, test, wanted, tuple(name for name, param in declared.items() if param.is_required))


def kind_of(value: Json) -> str:
    """Name the kind of a value: null, boolean, number, text, list or object.

    >>> kind_of(True), kind_of(1.5), kind_of({})
    ('boolean', 'number', 'object')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


KIND_OF_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "string": "text",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "array": "list",
        "object": "object",
    }
)
"""The kind of value each type of field has."""


def is_type(value: Json, wanted: str) -> bool:
    """Tell whether a value has a type: true is no integer, 2.0 is one, null has none; of an unknown type nothing is.

    What is no number in JSON (NaN, infinities) has no type.

    >>> is_type(True, "integer"), is_type(2.0, "integer"), is_type(2.5, "integer"), is_type(1, "whole")
    (False, True, False, False)
    """
    if wanted == "integer":
        is_whole = isinstance(value, float) and value.is_integer()
        return is_whole or (isinstance(value, int) and not isinstance(value, bool))
    is_json = not isinstance(value, float) or math.isfinite(value)
    return is_json and KIND_OF_TYPE.get(wanted) == kind_of(value)


def canonical(check: Check, params: JsonObject) -> JsonObject | tuple[ParamFault, ...]:
    """Give parameters under the check's own names, or everything that is wrong with them.

    >>> from engine.checks import CHECKS
    >>> canonical(CHECKS["greater_than"], {"threshold": 3})
    {'value': 3}
    >>> canonical(CHECKS["min_length"], {"min": -1})[0].message
    'a whole number from 0 to 10,000,000 is needed'
    """
    names = {spelling: name for name, param in check.params.items() for spelling in (name, *param.spellings)}
    found: JsonObject = {}
    faults: list[ParamFault] = []
    for written, value in params.items():
        name = names.get(written)
        if name is None:
            faults.append(ParamFault(written, "there is no such parameter", tuple(check.params)))
        elif name in found:
            faults.append(ParamFault(written, f"{name} is given twice"))
        elif (reason := KINDS[check.params[name].kind](value)) is not None:
            faults.append(ParamFault(written, reason))
        else:
            found[name] = value
    return tuple(faults) or tuple(_missing(check, found)) or found


def _missing(check: Check, found: JsonObject) -> list[ParamFault]:
    lacking = [name for name, param in check.params.items() if param.is_required and name not in found]
    if not lacking and check.needs and not any(name in found for name in check.needs):
        lacking = [" or ".join(check.needs)]
    faults = [ParamFault("", f"the parameter {name} is missing") for name in lacking]
    if not faults and "pattern" in found:
        reason = fault(str(found["pattern"]), str(found.get("flags", "")))
        faults = [] if reason is None else [ParamFault("pattern", f"the pattern cannot be used: {reason}", (), reason)]
    if not faults and "min" in found and "max" in found and _number(found["min"]) > _number(found["max"]):
        faults = [ParamFault("min", "min is above max, so that nothing passes")]
    return faults


def _number(value: Json) -> float:
    return value if isinstance(value, int | float) else math.nan


def _text(value: Json) -> str | None:
    return None if isinstance(value, str) else "a text is needed"


def _some_text(value: Json) -> str | None:
    return None if isinstance(value, str) and value else "a text that is not empty is needed"


def _bound(value: Json) -> str | None:
    return None if is_type(value, "number") and abs(_number(value)) <= MAX_BOUND else "a number is needed"


def _count(value: Json) -> str | None:
    if is_type(value, "integer") and 0 <= _number(value) <= MAX_COUNT:
        return None
    return f"a whole number from 0 to {MAX_COUNT:,} is needed"


def _anything(_value: Json) -> str | None:
    return None


def _list(value: Json) -> str | None:
    is_list = isinstance(value, list) and 0 < len(value) <= MAX_LISTED
    return None if is_list else f"a list of 1 to {MAX_LISTED:,} values is needed"


def _words(value: Json) -> str | None:
    if isinstance(value, list) and 0 < len(value) <= MAX_LISTED and all(isinstance(each, str) for each in value):
        return None
    return f"a list of 1 to {MAX_LISTED:,} texts is needed"


def _needles(value: Json) -> str | None:
    if _words(value) is None and isinstance(value, list) and all(value):
        return None
    return f"a list of 1 to {MAX_LISTED:,} texts that are not empty is needed"


def _type_word(value: Json) -> str | None:
    return None if isinstance(value, str) and value in TYPE_WORDS else f"one of {', '.join(TYPES)} is needed"


def _schema(value: Json) -> str | None:
    if not isinstance(value, dict):
        return "a JSON Schema is needed, as an object"
    from schema.check import BadSchemaError  # noqa: PLC0415 - most documents never bring a schema

    try:
        compiled(value)
    except BadSchemaError as error:
        return f"the schema cannot be used: {error}"
    return None


KINDS: Final[Mapping[str, Callable[[Json], str | None]]] = MappingProxyType(
    {
        "anything": _anything,
        "text": _text,
        "needle": _some_text,
        "number": _bound,
        "count": _count,
        "list": _list,
        "words": _words,
        "needles": _needles,
        "type": _type_word,
        "pattern": _text,
        "schema": _schema,
    }
)
"""Every kind of parameter: what is wrong with a value of it, None when it fits."""


def shown(value: Json, depth: int = 2) -> str:
    """Give a value for a message, at most MAX_SHOWN characters and some dots; what lies deeper or further is left out.

    >>> shown("a" * 300)[-5:], shown([1, True, None]), shown({"a": [[1]]})
    ("a'...", '[1, true, null]', '{"a": [...]}')
    """
    text = _written(value, depth)
    return text if len(text) <= MAX_SHOWN + 5 else text[:MAX_SHOWN] + "..."


def _written(value: Json, depth: int) -> str:
    if isinstance(value, str):
        return repr(value) if len(value) <= MAX_SHOWN else repr(value[:MAX_SHOWN]) + "..."
    if isinstance(value, list):
        parts = [_written(each, depth - 1) for each in value[:_SHOWN_PARTS] if depth > 0]
        return "[" + _joined(parts, len(value), depth) + "]"
    if isinstance(value, dict):
        first = list(islice(value.items(), _SHOWN_PARTS))
        parts = [f"{json.dumps(key[:MAX_SHOWN])}: {_written(each, depth - 1)}" for key, each in first if depth > 0]
        return "{" + _joined(parts, len(value), depth) + "}"
    return json.dumps(value) if not isinstance(value, int) or abs(value) < _HUGE else "a very large integer"


def _joined(parts: list[str], size: int, depth: int) -> str:
    if depth <= 0:
        return "..." if size else ""
    return ", ".join([*parts, "..."] if size > _SHOWN_PARTS else parts)
