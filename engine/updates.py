"""Updates of state: paths read once, values put in place without changing what was there.

Above: sessions (decide tries them, evolve repeats what was decided). Below: definition_values, schema.values.
Nothing given is changed; what is shared stays shared. A batch is all or nothing, later updates see earlier ones.
"""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from engine.definition_values import Operation
from schema.values import Json, JsonObject

MAX_PATH: Final = 512
"""Characters of an update's path."""
MAX_PARTS: Final = 32
"""Names and indexes of a path: half as deep as values that expressions read may be."""
LARGEST: Final = 2**53 - 1
"""The largest integer that every program reading JSON holds exactly."""
ROUNDED: Final = f"the value holds an integer beyond {LARGEST:,}; give it as text"
_STEP: Final = re.compile(r"""\.?([A-Za-z_$][A-Za-z0-9_$]*)|\[([0-9]{1,9})\]|\["([^"\\]*)"\]|\['([^'\\]*)'\]""")
_SCOPES: Final = ("state", "this")


def is_exact(value: Json) -> bool:
    """Tell whether all integers in a value are held exactly by every program that reads JSON.

    >>> is_exact([1, {"a": 2**53 - 1}, True, 1e300]), is_exact({"a": [-(2**53)]})
    (True, False)
    """
    waiting: list[Json] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, int) and abs(each) > LARGEST:
            return False
    return True


Path: TypeAlias = tuple[str | int, ...]
"""A place in the state: property names, and list indexes as numbers."""


class Update(NamedTuple):
    """An update with its value: `path` as its author wrote it."""

    path: str
    operation: Operation
    value: Json


class UpdateError(Exception):
    """An update that cannot be made; the text says why. `path` is the update's."""

    def __init__(self, path: str, details: str) -> None:
        """Take the path and what is wrong with it, or with what is there."""
        super().__init__(f"{path}: {details}")
        self.path = path
        self.details = details


@lru_cache(maxsize=4096)
def read_path(text: str) -> Path:
    """Read a path, from `state.` (the default) or `this.`; UpdateError where it is none.

    >>> read_path("state.files[0].name"), read_path('totals["per day"]')
    (('files', 0, 'name'), ('totals', 'per day'))
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text) <= MAX_PATH:
        found = _STEP.match(text, position)
        is_joined = text[position] in ".["
        if found is None or (is_joined if position == 0 else not is_joined):
            break
        parts.append(int(found[2]) if found[2] is not None else found[found.lastindex or 0])
        position = found.end()
    if position != len(text) or not text:
        raise UpdateError(text[:MAX_PATH], _FORM)
    plain = tuple(parts[1:] if parts[0] in _SCOPES else parts)
    if not plain:
        raise UpdateError(text, _WHOLE)
    if not isinstance(plain[0], str):
        raise UpdateError(text, _FORM)
    if len(plain) > MAX_PARTS:
        raise UpdateError(text, f"an update's path has at most {MAX_PARTS} parts")
    return plain


def applied(state: JsonObject, updates: Iterable[Update]) -> JsonObject:
    """Give the state after updates, in order; UpdateError for the first that cannot be made.

    >>> applied({"n": 1}, [Update("n", Operation.INCREMENT, 2), Update("log", Operation.APPEND, "a")])
    {'n': 3, 'log': ['a']}
    """
    for update in updates:
        state = _object(state, read_path(update.path), update)
    return state


def _put(holder: Json, path: Path, update: Update) -> Json:
    """Give what stands before `path[0]` as it is after the update; null is nothing."""
    if isinstance(path[0], int):
        return _list(holder, path[0], path[1:], update)
    if isinstance(holder, dict):
        return _object(holder, path, update)
    if holder is None:
        return None if update.operation is Operation.REMOVE else _object({}, path, update)
    told = "a list, whose items have numbers" if isinstance(holder, list) else "no object"
    raise UpdateError(update.path, f"what stands before {path[0]!r} is {told}")


def _object(holder: JsonObject, path: Path, update: Update) -> JsonObject:
    name, rest = str(path[0]), path[1:]
    if update.operation is Operation.REMOVE and (name not in holder or not rest):
        return {each: value for each, value in holder.items() if each != name} if name in holder else holder
    old = holder.get(name)
    return {**holder, name: _put(old, rest, update) if rest else _value(old, update)}


def _list(holder: Json, index: int, rest: Path, update: Update) -> Json:
    if holder is None and update.operation is Operation.REMOVE:
        return None
    if not isinstance(holder, list):
        raise UpdateError(update.path, f"what stands before [{index}] is no list")
    if index >= len(holder):
        raise UpdateError(update.path, f"the list has {len(holder)} items, so there is no [{index}]")
    if update.operation is Operation.REMOVE and not rest:
        return [*holder[:index], *holder[index + 1 :]]
    old = holder[index]
    return [*holder[:index], _put(old, rest, update) if rest else _value(old, update), *holder[index + 1 :]]


def _value(old: Json, update: Update) -> Json:
    """Give the new value at a place that has `old` (null: nothing)."""
    operation, value = update.operation, update.value
    if operation is Operation.SET:
        return value
    if operation is Operation.APPEND:
        if old is not None and not isinstance(old, list):
            raise UpdateError(update.path, "it is no list, so nothing can be appended")
        return [*(old or []), value]
    if operation is Operation.MERGE:
        if not isinstance(value, dict) or not (old is None or isinstance(old, dict)):
            raise UpdateError(update.path, "merge takes an object into an object")
        return {**(old or {}), **value}
    return _counted(0 if old is None else old, update)


def _counted(left: Json, update: Update) -> Json:
    """Give a number after increment, decrement or multiply."""
    right, word = update.value, update.operation.value
    if isinstance(left, bool) or not isinstance(left, int | float):
        raise UpdateError(update.path, f"it is not a number, so {word} is not possible")
    if isinstance(right, bool) or not isinstance(right, int | float):
        raise UpdateError(update.path, f"the value is not a number, so {word} is not possible")
    try:
        result = _result(update.operation, left, right)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise UpdateError(update.path, "the result is no finite number")
    is_whole = isinstance(result, int) or result.is_integer()
    if is_whole and abs(result) > LARGEST:
        raise UpdateError(update.path, f"the result is beyond {LARGEST:,}")
    return int(result) if is_whole else result


def _result(operation: Operation, left: float, right: float) -> float:
    if operation is Operation.MULTIPLY:
        return left * right
    return left + right if operation is Operation.INCREMENT else left - right


_FORM: Final = 'an update\'s path is names joined by dots, with [0] or ["a name"], below state or this'
_WHOLE: Final = "the state itself cannot be written; name what in it"
