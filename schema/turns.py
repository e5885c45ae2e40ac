"""How often a schema leads one value on to definitions that lead back: what makes work double with every level.

Above: schema.weigh. Below: schema.values. Nothing is compiled; what is no schema counts nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from schema.values import Json, JsonObject

SEVERAL: Final = ("allOf", "anyOf", "oneOf")
ONE: Final = ("not", "if", "then", "else", "contains", "propertyNames", "additionalItems", "additionalProperties")
NAMED: Final = ("properties", "patternProperties", "dependencies")
_SAME: Final = ("not", "if")

Cyclic: TypeAlias = Collection[str]


class Turns(NamedTuple):
    """How often a definition that leads back is applied to the value itself, to an item, and to a property.

    `names` holds the properties that differ from all `others`.
    """

    same: int
    item: int
    others: int
    names: Mapping[str, int]

    def most(self) -> int:
        """Give how often at most that happens for any one value."""
        return self.same + max(self.item, self.others, *self.names.values())

    def plus(self, more: "Turns") -> "Turns":
        """Give the turns of two schemas that both apply."""
        names = {
            name: self.names.get(name, self.others) + more.names.get(name, more.others)
            for name in self.names.keys() | more.names.keys()
        }
        return Turns(self.same + more.same, self.item + more.item, self.others + more.others, names)

    def either(self, other: "Turns") -> "Turns":
        """Give the turns of two schemas of which only one applies."""
        names = {
            name: max(self.names.get(name, self.others), other.names.get(name, other.others))
            for name in self.names.keys() | other.names.keys()
        }
        return Turns(max(self.same, other.same), max(self.item, other.item), max(self.others, other.others), names)


_NONE: Final = Turns(0, 0, 0, {})


def parts(schema: JsonObject) -> Iterator[Json]:
    """Give what stands where a schema has schemas; definitions count only where a reference leads to them.

    >>> list(parts({"items": [True], "not": {}, "properties": {"a": {"type": "null"}}, "definitions": {"b": {}}}))
    [{}, {'type': 'null'}, True]
    """
    yield from (schema[keyword] for keyword in ONE if keyword in schema)
    for keyword in SEVERAL:
        yield from _listed(schema.get(keyword))
    for keyword in NAMED:
        yield from _named(schema.get(keyword)).values()
    items = schema.get("items")
    yield from items if isinstance(items, list) else [items] if "items" in schema else []


def turns(schema: Json, cyclic: Cyclic) -> Turns:
    """Count the references to `cyclic`, by the value they are applied to.

    >>> turns({"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}, {"#"}).most()
    1
    >>> turns({"anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}, {"#"}).most()
    2
    """
    if not isinstance(schema, dict):
        return _NONE
    if isinstance(ref := schema.get("$ref"), str):
        return Turns(int(ref in cyclic), 0, 0, {})
    found = _of_items(schema, cyclic).plus(_of_properties(schema, cyclic))
    for keyword in _SAME:
        found = found.plus(turns(schema.get(keyword), cyclic))
    for part in (each for keyword in SEVERAL for each in _listed(schema.get(keyword))):
        found = found.plus(turns(part, cyclic))
    for part in _named(schema.get("dependencies")).values():
        found = found.plus(turns(part, cyclic))
    return found.plus(turns(schema.get("then"), cyclic).either(turns(schema.get("else"), cyclic)))


def _of_items(schema: JsonObject, cyclic: Cyclic) -> Turns:
    items = schema.get("items")
    alternatives = [*items, schema.get("additionalItems")] if isinstance(items, list) else [items]
    most = max(turns(part, cyclic).most() for part in alternatives)
    return Turns(0, most + turns(schema.get("contains"), cyclic).most(), 0, {})


def _of_properties(schema: JsonObject, cyclic: Cyclic) -> Turns:
    """Count for each property: its own schema and all patterns, or else the patterns or additionalProperties."""
    keys = turns(schema.get("propertyNames"), cyclic).most()
    matched = sum(turns(part, cyclic).most() for part in _named(schema.get("patternProperties")).values())
    others = max(matched, turns(schema.get("additionalProperties"), cyclic).most())
    named = _named(schema.get("properties")).items()
    names = {name: keys + matched + turns(part, cyclic).most() for name, part in named}
    return Turns(0, 0, keys + others, names)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _named(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
