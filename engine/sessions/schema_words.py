"""What a document's schema asks for, in words and by an example: for whoever has to mend an answer.

Above: expecting, answer_steps. Below: engine.check_model. Only what stands plainly in the schema is told: no
references, no alternatives. An example is shown only where the schema accepts it (expecting sees to that).
"""

from itertools import islice
from typing import Final

from engine.check_model import shown
from schema.values import Json, JsonObject

MAX_NAMES: Final = 20
"""Properties, or values of an enum, that words name."""
MAX_NESTED: Final = 6
"""Levels an example is made for."""
_TYPES: Final[dict[str, Json]] = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}
_BOUNDS: Final = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "above {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "below {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "a match of /{}/"),
    ("format", "format {}"),
)


def part_at(schema: JsonObject, pointer: str) -> JsonObject:
    """Give the part of a schema that speaks of a place in the value; {} where it cannot be told plainly.

    >>> part_at({"properties": {"a": {"items": {"type": "integer"}}}}, "/a/3")
    {'type': 'integer'}
    """
    part: Json = schema
    for name in pointer.split("/")[1:]:
        if not isinstance(part, dict):
            return {}
        properties = part.get("properties")
        name = name.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - the name as the value has it
        part = properties[name] if isinstance(properties, dict) and name in properties else part.get("items")
    return part if isinstance(part, dict) else {}


def wanted(part: JsonObject) -> str:
    """Say what a part of a schema asks for.

    >>> wanted({"type": "integer", "minimum": 3}), wanted({"enum": ["a", 1]}), wanted({})
    ('integer, at least 3', "one of 'a', 1", 'what the schema asks for')
    """
    if "const" in part:
        return f"the value {shown(part['const'])}"
    if isinstance(values := part.get("enum"), list):
        return "one of " + ", ".join(map(shown, values[:MAX_NAMES])) + (", ..." if len(values) > MAX_NAMES else "")
    words = _types(part)
    words += [text.format(shown(part[key]).strip("'")) for key, text in _BOUNDS if key in part]
    if names := _names(part):
        words.append("with " + ", ".join(names))
    return ", ".join(words) or "what the schema asks for"


def _types(part: JsonObject) -> list[str]:
    named = part.get("type")
    if isinstance(named, list):
        return [" or ".join(map(str, named[:MAX_NAMES]))]
    return [str(named)] if named is not None else []


def _names(part: JsonObject) -> list[str]:
    """Name what an object must have."""
    required = part.get("required")
    names = [str(name) for name in required] if isinstance(required, list) else []
    return [*names[:MAX_NAMES], "..."] if len(names) > MAX_NAMES else names


def asks_for_text(schema: JsonObject) -> bool:
    """Tell whether a schema says that a text is wanted.

    >>> asks_for_text({"type": ["null", "string"]}), asks_for_text({"enum": ["a"]}), asks_for_text({})
    (True, True, False)
    """
    named, values = schema.get("type"), schema.get("enum")
    if named == "string" or (isinstance(named, list) and "string" in named):
        return True
    listed = values if isinstance(values, list) else [schema.get("const")]
    return named is None and any(isinstance(each, str) for each in listed)


def sketch(schema: Json, depth: int = 0) -> Json:
    """Give a value such as a schema seems to ask for; whether it accepts it has to be tried.

    >>> sketch({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 3}}})
    {'n': 3}
    """
    if not isinstance(schema, dict) or depth > MAX_NESTED:
        return None
    for key in ("const", "example", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(values := schema.get(key), list) and values:
            return values[0]
    named = schema.get("type")
    kind = named[0] if isinstance(named, list) and named else named
    return _made(schema, kind if isinstance(kind, str) else _kind(schema), depth)


def _kind(schema: JsonObject) -> str:
    """Guess the type a schema without `type` is about."""
    return "object" if "properties" in schema or "required" in schema else "array" if "items" in schema else "string"


def _made(schema: JsonObject, kind: str, depth: int) -> Json:
    if kind == "object":
        properties = schema.get("properties")
        parts = properties if isinstance(properties, dict) else {}
        return {name: sketch(parts.get(name, {}), depth + 1) for name in islice(_names(schema), MAX_NAMES)}
    if kind == "array":
        least = schema.get("minItems", 0)
        count = min(int(least), MAX_NAMES) if isinstance(least, int | float) else 0
        return [sketch(schema.get("items", {}), depth + 1)] * max(count, 1)
    if kind in ("integer", "number"):
        return _number(schema, kind)
    least = schema.get("minLength", 0)
    text = _TYPES.get(kind)
    if isinstance(text, str) and isinstance(least, int | float):
        return text.ljust(min(int(least), MAX_NAMES * 10), "x")
    return text


def _number(schema: JsonObject, kind: str) -> Json:
    for key, step in (("minimum", 0), ("exclusiveMinimum", 1), ("maximum", 0), ("exclusiveMaximum", -1)):
        bound = schema.get(key)
        if isinstance(bound, int | float):
            return int(bound) + step if kind == "integer" else bound + step
    return _TYPES[kind]
