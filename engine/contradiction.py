"""Conditions that hold for no context at all, as far as a look at their comparisons tells.

Above: structure_steps. Below: operators. Says "never" only where it is sure.
"""

from collections import defaultdict
from typing import Final, assert_never

from engine.definition import AllOf, AnyOf, Comparison, Condition, Negation, Script
from engine.operators import is_word, number

MAX_PAIRS: Final = 100
"""Comparisons of one variable that are held against each other; longer lists are not written by people."""


def is_never(condition: Condition) -> bool:
    """Tell whether a condition surely holds for no context.

    >>> from engine.conditions import read_condition
    >>> is_never(read_condition({"var": "n", "gt": 5, "lt": 3})), is_never(read_condition({"var": "n", "gt": 5}))
    (True, False)
    """
    match condition:
        case Comparison(_, _, operator, operand):
            return operator == "in" and operand == []
        case Script(text):
            return text.strip() == "false"
        case AllOf(parts):
            return any(map(is_never, parts)) or _conflict(_conjuncts(parts))
        case AnyOf(parts):
            return all(map(is_never, parts))
        case Negation(part):
            return is_always(part)
        case _:
            assert_never(condition)


def is_always(condition: Condition) -> bool:
    """Tell whether a condition surely holds for every context."""
    match condition:
        case Comparison():
            return False
        case Script(text):
            return text.strip() == "true"
        case AllOf(parts):
            return all(map(is_always, parts))
        case AnyOf(parts):
            return any(map(is_always, parts))
        case Negation(part):
            return is_never(part)
        case _:
            assert_never(condition)


def _conjuncts(parts: tuple[Condition, ...]) -> list[Comparison]:
    """Give the comparisons that must all hold, those of inner `and`s too."""
    found: list[Comparison] = []
    for part in parts:
        if isinstance(part, Comparison):
            found.append(part)
        elif isinstance(part, AllOf):
            found.extend(_conjuncts(part.parts))
    return found


def _conflict(comparisons: list[Comparison]) -> bool:
    """Tell whether comparisons of one variable exclude each other."""
    by_name: dict[tuple[str, ...], list[Comparison]] = defaultdict(list)
    for comparison in comparisons:
        by_name[comparison.path].append(comparison)
    return any(_excludes(same[:MAX_PAIRS]) for same in by_name.values() if len(same) > 1)


def _excludes(same: list[Comparison]) -> bool:
    wanted = [each.operand for each in same if each.operator == "equals"]
    refused = {repr(each.operand) for each in same if each.operator == "not_equals"}  # for Python True == 1
    words = {value.strip().casefold() for value in wanted if isinstance(value, str) and is_word(value)}
    return len(words) > 1 or any(repr(value) in refused for value in wanted) or _is_empty_range(same)


def _is_empty_range(same: list[Comparison]) -> bool:
    lows = [(value, each.operator) for each in same if (value := _bound(each, "gt", "gte")) is not None]
    highs = [(value, each.operator) for each in same if (value := _bound(each, "lt", "lte")) is not None]
    return any(
        low > high or (low == high and (from_ == "gt" or to == "lt")) for low, from_ in lows for high, to in highs
    )


def _bound(comparison: Comparison, *operators: str) -> float | None:
    return number(comparison.operand) if comparison.operator in operators else None
