"""The validators of phased folders by name, and what they are here.

Above: phased_gate. Below: schema.values. A name that is not in the table is refused: what its Python text would do
is not for us to guess.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.formats.phased_report import quoted
from schema.suggest import closest
from schema.values import Json, JsonObject


class Known(NamedTuple):
    """A validator of ours: its name, what each of its parameters may be called there, and whether they may be absent.

    With one parameter any single name is understood: nothing else can be meant by it.
    """

    name: str
    params: tuple[tuple[str, tuple[str, ...]], ...] = ()


_LOW: Final = ("min", "min_val", "min_value", "minimum", "low", "lower", "start")
_HIGH: Final = ("max", "max_val", "max_value", "maximum", "high", "upper", "end")
_RANGE: Final = (("min", _LOW), ("max", _HIGH))
_TYPES: Final[Mapping[str, Json]] = MappingProxyType(
    {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dict": "object", "list": "array"}
)
KNOWN: Final[Mapping[str, Known]] = MappingProxyType(
    {
        "non_empty": Known("non_empty"),
        "contains_any": Known("contains_any", (("values", ()),)),
        "matches_pattern": Known("matches", (("pattern", ()),)),
        "min_length": Known("min_length", (("min", ()),)),
        "max_length": Known("max_length", (("max", ()),)),
        "positive": Known("positive"),
        "non_negative": Known("non_negative"),
        "negative": Known("negative"),
        "in_range": Known("between", _RANGE),
        "between": Known("between", _RANGE),
        "equals": Known("equals", (("value", ()),)),
        "not_equals": Known("not_equals", (("value", ()),)),
        "has_fields": Known("has_keys", (("keys", ()),)),
        "valid_structure": Known("valid_structure"),
        "yaml_parseable": Known("yaml_parseable"),
        "contains_success": Known("contains_success"),
        "no_errors": Known("no_errors"),
        "contains_text": Known("contains", (("value", ()),)),
        "not_contains_text": Known("not_contains", (("value", ()),)),
        "list_not_empty": Known("non_empty"),
        "list_min_length": Known("min_length", (("min", ()),)),
        "all_items_type": Known("each_type", (("type", ()),)),
        "greater_than": Known("greater_than", (("value", ()),)),
        "less_than": Known("less_than", (("value", ()),)),
    }
)
"""Every validator the format is known to use, by its name there."""


def native_validator(name: str, params: JsonObject | None) -> JsonObject | str:
    """Give the validator as native gates spell it, or what is wrong; with params None only the name is looked at.

    >>> native_validator("in_range", {"min_val": 1, "max_val": 9})
    {'name': 'between', 'params': {'min': 1, 'max': 9}}
    >>> native_validator("is_prime", {})
    "the validator 'is_prime' is not known, and its Python text is not evaluated"
    """
    known = KNOWN.get(name)
    if known is None:
        near = closest(name, KNOWN)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"the validator {quoted(name)} is not known, and its Python text is not evaluated{hint}"
    if params is None:
        return {"name": known.name}
    if len(params) != len(known.params):
        wanted = ", ".join(key for key, _ in known.params) or "no parameters"
        return f"the validator {name} needs {wanted} in validator_params, not {quoted(', '.join(params))}"
    if len(known.params) == 1:
        (only,), ours = params.values(), known.params[0][0]
        is_python = ours == "type" and isinstance(only, str) and only in _TYPES
        return {"name": known.name, "params": {ours: _TYPES[str(only)] if is_python else only}}
    native = _renamed(known, params)
    if native is None:
        return f"the validator {name} cannot tell its parameters {quoted(', '.join(params))} apart"
    return {"name": known.name, "params": native} if native else {"name": known.name}


def _renamed(known: Known, params: JsonObject) -> dict[str, Json] | None:
    """Give the parameters under our names; None where one of them has no name that is understood."""
    native: dict[str, Json] = {}
    for ours, theirs in known.params:
        found = [params[each] for each in theirs if each in params]
        if len(found) != 1:
            return None
        native[ours] = found[0]
    return native
