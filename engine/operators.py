"""What the operators of conditions mean: kind to language models, who write "Yes", " large" and "4".

Above: conditions; passes and contradiction read numbers as it does. Below: patterns.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from engine.patterns import matches
from schema.values import Json

_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_TRUE: Final = frozenset(("true", "yes", "1"))
_FALSE: Final = frozenset(("false", "no", "0"))


def equal(left: Json, right: Json) -> bool:
    """Compare as language models mean it: trimmed, case-insensitive, "4" = 4, "yes" = true; inside lists too.

    >>> equal(" Large", "large"), equal("4.0", 4), equal("yes", True), equal(None, ""), equal([1], ["1"])
    (True, True, True, False, True)
    """
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return _truth(left) is _truth(right) and _truth(left) is not None
    if isinstance(left, str) and isinstance(right, str):
        return _plain(left) == _plain(right)
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return _equal_containers(left, right)
    value = number(left)
    return value is not None and value == number(right)


def _equal_containers(left: Json, right: Json) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return False


def _plain(text: str) -> str:
    return text.strip().casefold()


def _truth(value: Json) -> bool | None:
    """Read a truth value: true, "yes", "1" and 1 are true; their opposites false; anything else is neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = _plain(value)
        return True if word in _TRUE else False if word in _FALSE else None
    if isinstance(value, int | float) and value in (0, 1):
        return value == 1
    return None


def is_word(text: str) -> bool:
    """Tell whether a text is equal to texts only: it reads neither as a number nor as a truth value.

    >>> is_word("large"), is_word("4"), is_word("Yes")
    (True, False, False)
    """
    return number(text) is None and _truth(text) is None


def number(value: Json) -> int | float | None:
    """Read a number, also one written as text; None when it is neither.

    >>> number(" 4.5 "), number(True), number("four")
    (4.5, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    written = _NUMBER.fullmatch(value.strip())
    if written is None:
        return None
    return float(written[0]) if written[1] or written[2] else int(written[0])


def _truthy(value: Json, _operand: Json) -> bool:
    """Tell truth as JavaScript does, so that both forms of condition agree: empty lists and objects are true."""
    return bool(value) or isinstance(value, list | dict)


def _in(value: Json, operand: Json) -> bool:
    return isinstance(operand, list) and any(equal(value, item) for item in operand)


def _contains(value: Json, operand: Json) -> bool:
    if isinstance(value, list):
        return any(equal(item, operand) for item in value)
    return isinstance(value, str) and isinstance(operand, str) and _plain(operand) in _plain(value)


def _matches(value: Json, operand: Json) -> bool:
    return isinstance(value, str) and isinstance(operand, str) and matches(operand, "i", value)


def _numbers(compare: Callable[[float, float], bool]) -> Callable[[Json, Json], bool]:
    def check(value: Json, operand: Json) -> bool:
        left, right = number(value), number(operand)
        return left is not None and right is not None and compare(left, right)

    return check


def _texts(compare: Callable[[str, str], bool]) -> Callable[[Json, Json], bool]:
    def check(value: Json, operand: Json) -> bool:
        return isinstance(value, str) and isinstance(operand, str) and compare(_plain(value), _plain(operand))

    return check


OPERATORS: Final[Mapping[str, Callable[[Json, Json], bool]]] = MappingProxyType(
    {
        "equals": equal,
        "not_equals": lambda value, operand: not equal(value, operand),
        "gt": _numbers(lambda value, operand: value > operand),
        "gte": _numbers(lambda value, operand: value >= operand),
        "lt": _numbers(lambda value, operand: value < operand),
        "lte": _numbers(lambda value, operand: value <= operand),
        "in": _in,
        "contains": _contains,
        "startsWith": _texts(str.startswith),
        "endsWith": _texts(str.endswith),
        "matches": _matches,
        "truthy": _truthy,
    }
)
"""Operator name -> check(value of the variable, operand). `truthy` stands for a bare `var`; documents cannot say it."""
