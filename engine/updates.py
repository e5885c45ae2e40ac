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
LARGEST: Final = 2**53 - 1
"""The largest integer that every program reading JSON holds exactly."""
_STEP: Final = re.compile(r"""\.?([A-Za-z_$][A-Za-z0-9_$]*)|\[([0-9]{1,9})\]|\["([^"\\]*)"\]|\['([^'\\]*)'\]""")
_SCOPES: Final = ("state", "this")

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
    plain = tuple(parts[1:] if parts[0] in _SCOPES and len(parts) > 1 else parts)
    if not isinstance(plain[0], str):
        raise UpdateError(text, _FORM)
    return plain


def applied(state: JsonObject, updates: Iterable[Update]) -> JsonObject:
    """Give the state after updates, in order; UpdateError for the first that cannot be made.

    >>> applied({"n": 1}, [Update("n", Operation.INCREMENT, 2), Update("log", Operation.APPEND, "a")])
    {'n': 3, 'log': ['a']}
    """
    for update in updates:
        changed = _changed(state, read_path(update.path), 0, update)
        state = changed if isinstance(changed, dict) else state
    return state


def _changed(holder: Json, path: Path, at: int, update: Update) -> Json:
    """Give what holds the place at `path[at]` after the update."""
    part = path[at]
    if isinstance(part, int) or isinstance(holder, list):
        return _changed_list(holder, path, at, update)
    if holder is None and update.operation is not Operation.REMOVE:
        holder = {}
    if not isinstance(holder, dict):
        if holder is None:
            return None
        raise UpdateError(update.path, f"what stands before {part!r} is no object")
    if at + 1 < len(path):
        if part not in holder and update.operation is Operation.REMOVE:
            return holder
        return {**holder, part: _changed(holder.get(part), path, at + 1, update)}
    if update.operation is Operation.REMOVE:
        return {name: value for name, value in holder.items() if name != part}
    return {**holder, part: _value(holder.get(part), update)}


def _changed_list(holder: Json, path: Path, at: int, update: Update) -> Json:
    part = path[at]
    if not isinstance(holder, list):
        if update.operation is Operation.REMOVE and holder is None:
            return None
        raise UpdateError(update.path, f"what stands before [{part}] is no list")
    if not isinstance(part, int):
        raise UpdateError(update.path, f"what stands before {part!r} is a list; its items have numbers")
    if part >= len(holder):
        raise UpdateError(update.path, f"the list has {len(holder)} items, so there is no [{part}]")
    rest = holder[part + 1 :]
    if at + 1 < len(path):
        return [*holder[:part], _changed(holder[part], path, at + 1, update), *rest]
    if update.operation is Operation.REMOVE:
        return [*holder[:part], *rest]
    return [*holder[:part], _value(holder[part], update), *rest]


def _value(old: Json, update: Update) -> Json:
    """Give the new value at a place that has `old` (None: nothing)."""
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
    return _number(old, update)


def _number(old: Json, update: Update) -> Json:
    left, right = 0 if old is None else old, update.value
    if isinstance(left, bool) or not isinstance(left, int | float):
        raise UpdateError(update.path, f"it is not a number, so {update.operation.value} is not possible")
    if isinstance(right, bool) or not isinstance(right, int | float):
        raise UpdateError(update.path, f"the value is not a number, so {update.operation.value} is not possible")
    if update.operation is Operation.MULTIPLY:
        result = left * right
    else:
        result = left + (right if update.operation is Operation.INCREMENT else -right)
    if isinstance(result, float) and not math.isfinite(result):
        raise UpdateError(update.path, "the result is no finite number")
    if abs(result) > LARGEST and float(result).is_integer():
        raise UpdateError(update.path, f"the result is beyond {LARGEST:,}")
    return int(result) if isinstance(result, float) and result.is_integer() else result


_FORM: Final = 'an update\'s path is names joined by dots, with [0] or ["a name"], below state or this'
