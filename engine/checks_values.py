"""Checks that look at values of any kind: equality, numbers, lists and what is in them, keys of objects.

Above: checks puts them into the one table. Below: check_model, checks_text.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from engine.check_model import TYPE_WORDS, Check, Param, is_type, kind_of, shown, simple
from engine.checks_text import contains_text, has_ink
from schema.values import Json, JsonObject

_ANY: Final = frozenset(("boolean", "number", "text", "list", "object"))
_NUMBER: Final = frozenset(("number",))
_LIST: Final = frozenset(("list",))
_OBJECT: Final = frozenset(("object",))
_SEARCHED: Final = frozenset(("text", "list"))
_EXPECTED: Final = Param("anything", spellings=("expected", "expected_value"))
_PART: Final = Param("anything", spellings=("text", "substring", "item", "expected"))
_OPTIONS: Final = Param("list", spellings=("options", "allowed", "choices", "enum"))
_THRESHOLD: Final = Param("number", spellings=("threshold", "limit", "expected"))
_MIN: Final = Param("number", spellings=("value", "minimum", "min_val", "min_value", "threshold"))
_MAX: Final = Param("number", spellings=("value", "maximum", "max_val", "max_value", "threshold"))
_LOW: Final = Param("number", spellings=("min_val", "low", "minimum", "lower", "min_value"))
_HIGH: Final = Param("number", spellings=("max_val", "high", "maximum", "upper", "max_value"))
_KEYS: Final = Param("words", spellings=("fields", "required_fields", "required_keys"))
_ITEM_TYPE: Final = Param("type", spellings=("expected_type", "item_type"))


def same(left: Json, right: Json) -> bool:
    """Tell whether two values are the same JSON: 1 is 1.0, true is not 1, texts exactly.

    >>> same([1, {"a": 2.0}], [1.0, {"a": 2}]), same(True, 1)
    (True, False)
    """
    return identity(left) == identity(right)


def identity(value: Json) -> Hashable:
    """Give what is equal for the same values and for no others: keys in any order, 1.0 as 1, true apart from 1.

    >>> identity(1) == identity(1.0), identity(1) == identity(True), identity("1") == identity(1)
    (True, False, False)
    """
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, list | dict):
        return ("json", json.dumps(_whole(value), sort_keys=True))
    return value


def _whole(value: Json) -> Json:
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, str):
        return f"s{value}"
    return f"n{int(value):x}" if is_type(value, "integer") and isinstance(value, int | float) else value


def _contains(value: Json, params: JsonObject) -> bool:
    wanted = params["value"]
    if isinstance(value, list):
        return identity(wanted) in map(identity, value)
    return isinstance(wanted, str) and contains_text(value, params)


def _part_wanted(params: JsonObject) -> str:
    wanted = params.get("value", "")
    return f"the text {shown(wanted)} (case counts)" if isinstance(wanted, str) else f"the item {shown(wanted)}"


def _compared(compare: Callable[[float, float], bool], name: str) -> Callable[[Json, JsonObject], bool]:
    """Make a test of a number against the parameter `name`."""

    def holds(value: Json, params: JsonObject) -> bool:
        bound = params.get(name, 0)
        return isinstance(value, int | float) and isinstance(bound, int | float) and compare(value, bound)

    return holds


_at_least: Final = _compared(lambda value, bound: value >= bound, "min")
_at_most: Final = _compared(lambda value, bound: value <= bound, "max")


def _between(value: Json, params: JsonObject) -> bool:
    return _at_least(value, params) and _at_most(value, params)


def _one_of(value: Json, params: JsonObject) -> bool:
    options = params["values"]
    return isinstance(options, list) and identity(value) in map(identity, options)


def _has_keys(value: Json, params: JsonObject) -> bool:
    keys = params.get("keys")
    return isinstance(value, dict) and isinstance(keys, list) and all(key in value for key in keys)


def _keys_wanted(params: JsonObject) -> str:
    return f"the keys {shown(params.get('keys'))}"


def _is_structure(value: Json, params: JsonObject) -> bool:
    return bool(value) and ("keys" not in params or _has_keys(value, params))


def _structure_wanted(params: JsonObject) -> str:
    return _keys_wanted(params) if "keys" in params else "something in it"


def _each_type(value: Json, params: JsonObject) -> bool:
    wanted = TYPE_WORDS[str(params["type"])]
    return isinstance(value, list) and all(is_type(each, wanted) for each in value)


def _is_unique(value: Json, _params: JsonObject) -> bool:
    return isinstance(value, list) and _all_differ(map(identity, value))


def _all_differ(names: Iterable[Hashable]) -> bool:
    seen: set[Hashable] = set()
    for name in names:
        if name in seen:
            return False
        seen.add(name)
    return True


def _is_filled(value: Json, _params: JsonObject) -> bool:
    return has_ink(value) if isinstance(value, str) else kind_of(value) in ("list", "object") and bool(value)


_CONTAINS: Final = simple(_SEARCHED, _contains, _part_wanted, {"value": _PART})
_NON_EMPTY: Final = simple(frozenset(("text", "list", "object")), _is_filled, lambda _params: "something in it")
_RANGE: Final = simple(
    _NUMBER,
    _between,
    lambda params: f"a value from {params['min']} to {params['max']}",
    {"min": _LOW, "max": _HIGH},
)
_HAS_KEYS: Final = simple(_OBJECT, _has_keys, _keys_wanted, {"keys": _KEYS})
_EACH_TYPE: Final = simple(
    _LIST, _each_type, lambda params: f"items that are all of type {params['type']}", {"type": _ITEM_TYPE}
)
VALUE_CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "non_empty": _NON_EMPTY,
        "list_not_empty": _NON_EMPTY._replace(takes=_LIST),
        "equals": simple(
            _ANY,
            lambda value, params: same(value, params["value"]),
            lambda params: f"the value {shown(params['value'])}",
            {"value": _EXPECTED},
        ),
        "not_equals": simple(
            _ANY,
            lambda value, params: not same(value, params["value"]),
            lambda params: f"another value than {shown(params['value'])}",
            {"value": _EXPECTED},
        ),
        "one_of": simple(
            _ANY, _one_of, lambda params: f"a value among {shown(params['values'])}", {"values": _OPTIONS}
        ),
        "contains": _CONTAINS,
        "not_contains": simple(
            _SEARCHED,
            lambda value, params: not _contains(value, params),
            lambda params: f"no {shown(params['value'])} in it",
            {"value": _PART},
        ),
        "min": simple(_NUMBER, _at_least, lambda params: f"a value of at least {params['min']}", {"min": _MIN}),
        "max": simple(_NUMBER, _at_most, lambda params: f"a value of at most {params['max']}", {"max": _MAX}),
        "between": _RANGE,
        "in_range": _RANGE,
        "greater_than": simple(
            _NUMBER,
            _compared(lambda value, bound: value > bound, "value"),
            lambda params: f"a value above {params['value']}",
            {"value": _THRESHOLD},
        ),
        "less_than": simple(
            _NUMBER,
            _compared(lambda value, bound: value < bound, "value"),
            lambda params: f"a value below {params['value']}",
            {"value": _THRESHOLD},
        ),
        "positive": simple(_NUMBER, _compared(lambda value, _: value > 0, ""), lambda _params: "a value above 0"),
        "non_negative": simple(
            _NUMBER, _compared(lambda value, _: value >= 0, ""), lambda _params: "a value of at least 0"
        ),
        "negative": simple(_NUMBER, _compared(lambda value, _: value < 0, ""), lambda _params: "a value below 0"),
        "has_keys": _HAS_KEYS,
        "has_fields": _HAS_KEYS,
        "valid_structure": simple(
            frozenset(("list", "object")),
            _is_structure,
            _structure_wanted,
            {"keys": Param("words", is_required=False, spellings=_KEYS.spellings)},
        ),
        "each_type": _EACH_TYPE,
        "all_items_type": _EACH_TYPE,
        "unique": simple(_LIST, _is_unique, lambda _params: "items that all differ"),
    }
)
"""The checks of values by name, older words included."""
