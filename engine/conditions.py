"""Conditions: two-valued to select a step, three-valued to tell a step that waits from a branch not taken.

Above: walk, criteria, guidance; build reads them here. Below: variables, operators, budget.
Structured form: {var, operators...}, and, or, not; all present parts must hold; {} is true.
"""

from collections.abc import Iterable
from time import thread_time
from typing import Final, assert_never

from engine.budget import TEXT_UNIT, UNITS_A_SECOND, Budget, Verdict, size_of
from engine.definition import AllOf, AnyOf, Comparison, Condition, Negation, Script
from engine.errors import CriterionError, cut
from engine.operators import OPERATORS
from engine.patterns import PatternError
from engine.scripts import ScriptFault, is_true, read_script
from engine.variables import Scope, loose_path, resolve
from schema.values import Json, JsonObject

MAX_VALUES: Final = 50
"""Values named for one missing variable; nobody chooses among more."""
SMALL: Final = 8
"""Units up to which a comparison is decided at once; a larger one is weighed, and decided once in a call."""
_CONTAINERS: Final = frozenset((list, dict))


def read_condition(document: Json) -> Condition:
    """Turn a condition, as the schema accepts it, into typed values; absent (None) is true, a text is an expression.

    >>> read_condition({"var": "n", "gte": 1, "lte": 5}).parts[0]
    Comparison(path=('n',), name='n', operator='gte', operand=1, weight=1)
    """
    if isinstance(document, str):
        return read_script(document)
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
        operand = document[operator]
        yield Comparison(path, name, operator, operand, size_of(operand))
    if not operators:
        yield Comparison(path, name, "truthy", None, 1)


def holds(condition: Condition, scope: Scope) -> bool:
    """Decide a condition with every missing variable as null.

    CriterionError when a pattern hits its limit or an expression gives no value, ArgumentError when the call has no
    more units to spend.
    """
    if isinstance(condition, Script):
        return _truth(condition, scope)
    if isinstance(condition, Comparison):
        return _compare(condition, resolve(condition.path, scope), scope.budget)
    scope.budget.spend(1)
    match condition:
        case AllOf(parts):
            return all(holds(part, scope) for part in parts)
        case Negation():
            return not holds(condition.part, scope)
        case AnyOf(parts):
            return any(holds(part, scope) for part in parts)
        case _:
            assert_never(condition)


def _truth(script: Script, scope: Scope) -> bool:
    try:
        return is_true(script, scope)
    except ScriptFault as fault:
        raise CriterionError(cut(script.text), fault.said(), "Mend the expression, or what it reads") from fault


def weigh(condition: Condition, scope: Scope) -> bool | None:
    """Decide a condition with every comparison on a missing variable as unknown (None); and, or, not as in SQL.

    An expression is never unknown: to JavaScript what is missing is undefined.
    """
    if isinstance(condition, Script):
        return _truth(condition, scope)
    if isinstance(condition, Comparison):
        value = resolve(condition.path, scope)
        is_known = value is not None or (condition.operand is None and condition.operator in ("equals", "not_equals"))
        if not is_known:
            scope.budget.spend(1, condition.name)
            return None
        return _compare(condition, value, scope.budget)
    scope.budget.spend(1)
    match condition:
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
    if isinstance(condition, Script) or weigh(condition, scope) is not None:
        return
    match condition:
        case Comparison(_, name, operator, operand, weight):
            scope.budget.spend(weight, name)
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


def _compare(condition: Comparison, value: Json, budget: Budget) -> bool:
    operator = condition.operator
    is_small = condition.weight <= SMALL and (
        len(value) < TEXT_UNIT if isinstance(value, str) else type(value) not in _CONTAINERS
    )
    if (is_small and operator != "matches") or operator == "truthy":
        budget.spend(condition.weight, condition.name)
        return OPERATORS[operator](value, condition.operand)
    known = budget.verdicts.get((id(condition), id(value)))
    if known is None:
        return _decide(condition, value, budget)
    budget.spend(1, condition.name)
    return known.holds


def _decide(condition: Comparison, value: Json, budget: Budget) -> bool:
    """Decide a comparison that may take long: what it costs is spent first, and its verdict is kept."""
    _, name, operator, operand, _ = condition
    budget.spend(_cost(condition, value, budget), name)
    started = thread_time()
    try:
        verdict = OPERATORS[operator](value, operand)
    except PatternError as error:
        raise CriterionError(name, str(error)) from error
    if operator == "matches":
        budget.spend(int((thread_time() - started) * UNITS_A_SECOND), name)
    budget.verdicts[id(condition), id(value)] = Verdict(condition, value, verdict)
    return verdict


def _cost(condition: Comparison, value: Json, budget: Budget) -> int:
    """Give the units of a comparison: both sides, and a text that is compared with each item of a list as often."""
    operator, operand = condition.operator, condition.operand
    units = condition.weight + budget.size(value)
    if operator == "in" and isinstance(value, str) and isinstance(operand, list):
        units += len(operand) * (len(value) // TEXT_UNIT)
    elif operator == "contains" and isinstance(value, list) and isinstance(operand, str):
        units += len(value) * (len(operand) // TEXT_UNIT)
    return units
