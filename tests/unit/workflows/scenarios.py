"""Derives from a document's own conditions which values its variables must take so that every branch is walked.

Above: test_library_walks. Below: documents as JSON. A scenario gives each variable the values it takes in turn, one for
each time a step produces it; the last one stays.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from schema.values import Json, JsonObject

Scenario: TypeAlias = Mapping[str, tuple[Json, ...]]

_FIELD: Final = re.compile(r"\{\{\s*(\w+)\.(\w+)")  # an item's field in a prompt
OTHER: Final = "something else"  # a text no condition of ours asks for
BY_TYPE: Final[Mapping[str, Json]] = {
    "string": "a text",
    "number": 2,
    "integer": 2,
    "boolean": True,
    "array": ["one", "two"],
    "object": {"key": "value"},
}


class Found(NamedTuple):
    """What a document's conditions look at: plain variables, fields of loop items by item variable, list variables."""

    plain: dict[str, list[Json]]
    fields: dict[str, dict[str, list[Json]]]
    lists: dict[str, str]


def steps_of(value: Json) -> Iterator[JsonObject]:
    """Give every step of a list of steps, those in loop bodies included, in document order."""
    for step in value if isinstance(value, list) else []:
        if isinstance(step, dict):
            yield step
            yield from steps_of(step.get("body"))


def scenarios(document: JsonObject) -> Iterator[Scenario]:
    """Give every combination of values the document's conditions can tell apart."""
    found = _look(document)
    several = _produced_in_loops(document)
    choices: dict[str, list[tuple[Json, ...]]] = {}
    for name, values in found.plain.items():
        choices[name] = _sequences(values) if name in several else [(value,) for value in values]
    for name, item in found.lists.items():
        choices[name] = [(_items(found.fields.get(item, {})),), ([],)]
    for combination in product(*choices.values()):
        yield dict(zip(choices, combination, strict=True))


def comparisons(condition: Json) -> Iterator[JsonObject]:
    """Give every part of a condition that names a variable."""
    if isinstance(condition, dict):
        if "var" in condition:
            yield condition
        for key in ("and", "or"):
            parts = condition.get(key)
            for part in parts if isinstance(parts, list) else []:
                yield from comparisons(part)
        yield from comparisons(condition.get("not"))


def conditions(step: JsonObject) -> Iterator[Json]:
    """Give the conditions of one step."""
    yield step.get("runCondition")
    yield step.get("requireConfirmation")
    loop = step.get("loop")
    if isinstance(loop, dict):
        yield loop.get("condition")


def produced(step: JsonObject) -> JsonObject:
    """Give the variables a step produces, by name, with their types."""
    names = step.get("produces")
    return names if isinstance(names, dict) else {}


def _look(document: JsonObject) -> Found:
    found = Found({}, {}, {})
    steps = list(steps_of(document["steps"]))
    for loop in (step["loop"] for step in steps if "loop" in step):
        if isinstance(loop, dict) and loop["type"] == "forEach":
            found.lists[str(loop["items"])] = str(loop.get("itemVar", "currentItem"))
    items = set(found.lists.values())
    for step in steps:
        for condition in conditions(step):
            for part in comparisons(condition):
                head, _, field = str(part["var"]).partition(".")
                holder = found.fields.setdefault(head, {}) if head in items else found.plain
                values = holder.setdefault(field if head in items else head, [])
                values += [value for value in _telling(part) if value not in values]
        for item, field in _FIELD.findall(str(step.get("prompt"))):
            found.fields.setdefault(item, {}).setdefault(field, [OTHER])
    return found


def _telling(part: JsonObject) -> list[Json]:
    """Give values on both sides of a comparison."""
    if "equals" in part:
        value = part["equals"]
        return [value, not value] if isinstance(value, bool) else [value, OTHER]
    if "gt" in part and isinstance(part["gt"], int):
        return [part["gt"], part["gt"] + 1]
    raise AssertionError(f"teach this module the operators of {part}")


def _sequences(values: list[Json]) -> list[tuple[Json, ...]]:
    """Give the ways a variable can develop: stays, or changes once."""
    return [(value,) for value in values] + [(one, two) for one in values for two in values if one != two]


def _produced_in_loops(document: JsonObject) -> set[str]:
    return {
        name for step in steps_of(document["steps"]) for inner in steps_of(step.get("body")) for name in produced(inner)
    }


def _items(fields: Mapping[str, list[Json]]) -> Json:
    """Give a list with an item for each combination of the fields conditions look at; other fields are texts."""
    return [dict(zip(fields, values, strict=True)) for values in product(*fields.values())]
