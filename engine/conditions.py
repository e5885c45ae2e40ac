"""Conditions: two-valued to select a step, three-valued to tell a step that waits from a branch not taken.

Above: walk, criteria, guidance; build reads them here. Below: variables, patterns.
Structured form: {var, operators...}, and, or, not; all present parts must hold; {} is true.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, assert_never

from engine.definition import AllOf, AnyOf, Comparison, Condition, Negation
from engine.errors import CriterionError
from engine.patterns import PatternError, matches
from engine.variables import Scope, loose_path, resolve
from schema.values import Json, JsonObject

_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
MAX_VALUES: Final = 50
"""Values named for one missing variable; nobody chooses among more."""
_TRUE: Final = frozenset(("true", "yes", "1"))
_FALSE: Final = frozenset(("false", "no", "0"))


def read_condition(document: Json) -> Condition:
    """Turn a structured condition, as the schema accepts it, into typed values; absent (None) is true.

    >>> read_condition({"var": "n", "gte": 1, "lte": 5}).parts[0]
    Comparison(path=('n',), name='n', operator='gte', operand=1)
    """
    parts: list[Condition] = []
    if isinstance(document, dict):
        parts.extend(_comparisons(document))
        if "and" in document:
            parts.extend(_each(document["and"]))
        if "or" in document:
            parts.append(AnyOf(tuple(_each(document["or"]))))
        if "not" in document:
            parts.append(Negation(read_condition(document["not"])))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _each(documents: Json) -> Iterable[Condition]:
    return map(read_condition, documents if isinstance(documents, list) else ())


def _comparisons(document: JsonObject) -> Iterable[Condition]:
    name = document.get("var")
    if not isinstance(name, str):
        return
    path = loose_path(name)
    operators = [key for key in document if key in OPERATORS]
    for operator in operators:
        yield Comparison(path, name, operator, document[operator])
    if not operators:
        yield Comparison(path, name, "truthy", None)


def holds(condition: Condition, scope: Scope) -> bool:
    """Decide a condition with every missing variable as null. CriterionError when a pattern hits its limit."""
    match condition:
        case Comparison(path, name, operator, operand):
            return _compare(name, operator, resolve(path, scope), operand)
        case AllOf(parts):
            return all(holds(part, scope) for part in parts)
        case AnyOf(parts):
            return any(holds(part, scope) for part in parts)
        case Negation(part):
            return not holds(part, scope)
        case _:
            assert_never(condition)


def weigh(condition: Condition, scope: Scope) -> bool | None:
    """Decide a condition with every comparison on a missing variable as unknown (None); and, or, not as in SQL."""
    match condition:
        case Comparison(path, name, operator, operand):
            value = resolve(path, scope)
            if value is None and not (operand is None and operator in ("equals", "not_equals")):
                return None
            return _compare(name, operator, value, operand)
        case AllOf(parts):
            return _first((weigh(part, scope) for part in parts), wins=False)
        case AnyOf(parts):
            return _first((weigh(part, scope) for part in parts), wins=True)
        case Negation(part):
            verdict = weigh(part, scope)
            return None if verdict is None else not verdict
        case _:
            assert_never(condition)


def _first(verdicts: Iterable[bool | None], *, wins: bool) -> bool | None:
    """Join verdicts: one `wins` decides; else one unknown makes the whole unknown."""
    unknown = False
    for verdict in verdicts:
        if verdict is wins:
            return wins
        unknown = unknown or verdict is None
    return None if unknown else not wins


def gaps(condition: Condition, scope: Scope) -> dict[str, list[Json]]:
    """Name the missing variables that keep a condition unknown, each with the values that would satisfy it.

    Empty when the condition is known. A list of values is empty where no value can be named.
    """
    found: dict[str, list[Json]] = {}
    _collect(condition, scope, found, wanted=True)
    return found


def _collect(condition: Condition, scope: Scope, found: dict[str, list[Json]], *, wanted: bool) -> None:
    if weigh(condition, scope) is not None:
        return
    match condition:
        case Comparison(_, name, operator, operand):
            add_values(found.setdefault(name, []), _satisfying(operator, operand, wanted=wanted))
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                _collect(part, scope, found, wanted=wanted)
        case Negation(part):
            _collect(part, scope, found, wanted=not wanted)
        case _:
            assert_never(condition)


def add_values(known: list[Json], more: list[Json]) -> None:
    """Add the values not yet known, up to MAX_VALUES in all."""
    for value in more:
        if len(known) == MAX_VALUES:
            return
        if value not in known:
            known.append(value)


def _satisfying(operator: str, operand: Json, *, wanted: bool) -> list[Json]:
    if operator == ("equals" if wanted else "not_equals"):
        return [operand]
    if operator == "truthy" and wanted:
        return [True]
    if operator == "in" and wanted and isinstance(operand, list):
        return operand
    return []


def _compare(name: str, operator: str, value: Json, operand: Json) -> bool:
    try:
        return OPERATORS[operator](value, operand)
    except PatternError as error:
        raise CriterionError(name, str(error)) from error


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
