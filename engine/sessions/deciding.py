"""What a decision was made on: the values of a condition's variables, short enough to be kept in a log.

Above: onward, step_decisions. Below: engine.variables, definition.
"""

from typing import Final, assert_never

from engine.definition import AllOf, AnyOf, Comparison, Condition, Negation, Script
from engine.variables import Scope, resolve
from schema.values import Json, JsonObject

MAX_KEPT: Final = 200
"""Characters of a text that are kept with a decision."""
MAX_NAMED: Final = 20
"""Variables kept with a decision."""


def values_of(condition: Condition, scope: Scope) -> JsonObject:
    """Give the values a condition was decided on, by the name its author wrote; lists and objects by their size.

    >>> from engine.conditions import read_condition
    >>> from engine.variables import outermost
    >>> values_of(read_condition({"var": "files", "contains": "a"}), outermost({"files": ["a", "b"]}))
    {'files': 'a list of 2'}
    """
    found: JsonObject = {}
    _collect(condition, scope, found)
    return found


def _collect(condition: Condition, scope: Scope, found: JsonObject) -> None:
    if len(found) >= MAX_NAMED:
        return
    match condition:
        case Comparison(path, name):
            found[name] = _kept(resolve(path, scope))
        case Script(_, chains):
            for chain in chains[: MAX_NAMED - len(found)]:
                name, value = _read(chain, scope)
                found[name] = _kept(value)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                _collect(part, scope, found)
        case Negation(part):
            _collect(part, scope, found)
        case _:
            assert_never(condition)


def _read(chain: tuple[str, ...], scope: Scope) -> tuple[str, Json]:
    """Give the longest part of a chain that is there, and its value; the first name and None where nothing is."""
    for end in range(len(chain), 0, -1):
        value = resolve(chain[:end], scope)
        if value is not None:
            return ".".join(chain[:end]), value
    return ".".join(chain), None


def _kept(value: Json) -> Json:
    if isinstance(value, str):
        return value[:MAX_KEPT]
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"an object of {len(value)}" if isinstance(value, dict) else value
