"""A value that passes a field: the document's example where it really does, else one made from type and validators.

Above: gates. Below: gate_fields. Every candidate is tried before it is shown; where none passes there is no example.
"""

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Final

from engine.budget import size_of
from engine.check_model import TYPE_WORDS, is_type
from engine.expression import LARGEST
from engine.gate_fields import Asked, judge
from engine.sessions.model import Issue
from engine.verdict_work import WorkLeft
from schema.values import Json

MAX_EXAMPLE: Final = 200
"""Units of size (as engine.budget counts) of an example that is shown."""
MAX_MADE: Final = 1_000
"""Characters or items of an example we make."""
MAX_TRIED: Final = 60
"""Candidates tried for one field."""
EXAMPLE_WORK: Final = 2_000_000
"""Units of work that the examples of one verdict may take, beside the verdict's own."""
_WORDS: Final = (
    "text",
    "All tests passed.",
    "src/main.py",
    "1",
    "1.0.0",
    "abc123",
    "ABC-1",
    "https://example.org/",
    "2025-01-31",
    "name@example.org",
    "key: value",
    '{"key": "value"}',
)
_ITEMS: Final[dict[str, tuple[Json, ...]]] = {
    "string": ("text",),
    "integer": (1,),
    "number": (1.5,),
    "boolean": (True, False),
    "array": ([],),
    "object": ({},),
}


def with_example(issue: Issue, field: Asked, work: WorkLeft) -> Issue:
    """Add a passing value to an issue where one is known."""
    found = example(field, work)
    return issue._replace(example=found[0], has_example=True) if found else issue


def example(field: Asked, work: WorkLeft) -> tuple[Json, ...]:
    """Give a value that passes the field, none where none was found.

    >>> from engine.definition import Field, Validator
    >>> from engine.gate_fields import asked
    >>> wanted = (Validator("min", {"min": 3}), Validator("less_than", {"value": 5}))
    >>> example(asked(Field("n", "integer", True, "", None, False, wanted)), WorkLeft())
    (3,)
    """
    for candidate in islice(_candidates(field), MAX_TRIED):
        size = size_of(candidate)
        if size <= MAX_EXAMPLE and judge(field, candidate, size, work) == ((), ()):
            return (candidate,)
    return ()


def _candidates(field: Asked) -> Iterator[Json]:
    if field.field.has_example:
        yield field.field.example
    yield from _named(field)
    match field.field.type:
        case "string":
            yield from _texts(field)
        case "integer" | "number":
            yield from _numbers(field)
        case "boolean":
            yield from (True, False)
        case "array":
            yield from _lists(field)
        case _:
            yield from _objects(field)


def _named(field: Asked) -> Iterator[Json]:
    """Give the values that validators name: that of equals, those of one_of."""
    for each in field.checks:
        if each.name == "equals":
            yield each.params["value"]
        elif each.name == "one_of" and isinstance(values := each.params["values"], list):
            yield from values[:MAX_TRIED]


def _wanted_parts(field: Asked) -> list[Json]:
    """Give what the value must contain."""
    parts: list[Json] = []
    for each in field.checks:
        if each.name in ("contains", "contains_text"):
            parts.append(each.params["value"])
        elif each.name == "contains_any" and isinstance(values := each.params["values"], list):
            parts.append(values[0])
        elif each.name == "contains_success":
            parts.append("passed")
    return parts


def _length(field: Asked) -> tuple[int, int]:
    """Give the least and the largest length that validators ask for."""
    least, most = 0, MAX_MADE
    for each in field.checks:
        if each.name in ("length", "min_length", "list_min_length", "max_length"):
            low, high = each.params.get("min"), each.params.get("max")
            least = max(least, int(low)) if isinstance(low, int | float) else least
            most = min(most, int(high)) if isinstance(high, int | float) else most
    return min(least, MAX_MADE), most


def _texts(field: Asked) -> Iterator[str]:
    parts = [part for part in _wanted_parts(field) if isinstance(part, str)]
    least, most = _length(field)
    wanted = " ".join(parts)
    made: list[str] = []
    for text in (wanted, *(f"{word} {wanted}" for word in _WORDS)) if parts else _WORDS:
        lacking = max(least - len(text), 0)
        made += [text + " and more" * -(-lacking // len(" and more")), (text + "x" * lacking)[:most]]
    yield from dict.fromkeys(made)


def _numbers(field: Asked) -> Iterator[Json]:
    """Give the numbers that validators name, their neighbours and what lies between them."""
    bounds = [value for each in field.checks for value in each.params.values() if is_type(value, "number")]
    points = sorted(value for value in bounds if isinstance(value, int | float) and abs(value) <= LARGEST)
    for point in points:
        yield from (point, int(point), int(point) + 1, int(point) - 1)
    for low, high in pairwise(points):
        yield (low + high) / 2
    yield from (1, 0, -1, 0.5)


def _lists(field: Asked) -> Iterator[Json]:
    least, most = _length(field)
    parts = _wanted_parts(field)
    types = [TYPE_WORDS[str(each.params["type"])] for each in field.checks if "type" in each.params]
    for item_type in types or tuple(_ITEMS):
        items = [*parts, *_ITEMS[item_type]]
        plain: list[Json] = [*parts] if parts else []
        yield items[:most]
        yield plain
        yield (items + [_ITEMS[item_type][0]] * least)[: max(least, 1)]
        yield (items + [_another(item_type, number) for number in range(least)])[: max(least, 1)]


def _another(item_type: str, number: int) -> Json:
    """Give an item that differs from those with other numbers."""
    if item_type == "string":
        return f"text {number + 2}"
    if item_type in ("integer", "number"):
        return number + 2
    return [number] if item_type == "array" else {"number": number}


def _objects(field: Asked) -> Iterator[Json]:
    keys: list[str] = []
    for each in field.checks:
        if isinstance(named := each.params.get("keys"), list):
            keys.extend(str(key) for key in named)
    least, most = _length(field)
    yield {key: "value" for key in keys}  # noqa: C420 - an object of its own, not shared
    filled = [*keys, *(f"key{number}" for number in range(1, max(least - len(keys), 1) + 1))]
    yield {key: "value" for key in filled[: max(least, len(keys), 1)][:most]}  # noqa: C420 - as above
