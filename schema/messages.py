"""What a failed schema keyword says to the author of a document: which key, what is expected, what was found.

Above: schema.explain (the failures of jsonschema), schema.check.
Below: schema.values, schema.suggest.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import orjson

from schema.suggest import did_you_mean
from schema.values import Json, JsonObject

LONGEST_SHOWN = 60  # characters of a value quoted in a message; the place says where the rest is
MOST_LISTED = 20  # names listed in a suggestion; more help nobody
_SHORT_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?")  # a number that a version was meant by
_ARTICLES = {"integer": "a whole number", "array": "a list", "object": "an object", "null": "null"}


class Violation(NamedTuple):
    """One way in which a value does not fit a schema.

    `pointer` names the value ("" = the whole); `rule` is the schema keyword in kebab-case, or not-allowed, depth,
    not-json; `message` is for people; `suggestion` says what to do, None if there is nothing to add.
    """

    pointer: str
    rule: str
    message: str
    suggestion: str | None = None


class Failure(NamedTuple):
    """A failed keyword: its name ("" = the schema false), its value, the schema around it, and what it was given.

    `path` leads to the instance; where the failure is about one key, `detail` names it and `about` describes it.
    """

    keyword: str
    expected: Json
    schema: JsonObject
    instance: Json
    path: tuple[str | int, ...]
    detail: str | None = None
    about: str | None = None


class Words(NamedTuple):
    """A message and, where there is one, a suggestion."""

    message: str
    suggestion: str | None = None


def kebab(keyword: str) -> str:
    """Give a keyword in kebab-case.

    >>> kebab("additionalProperties")
    'additional-properties'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", keyword.lstrip("$")).lower()


def shown(value: Json) -> str:
    """Quote a value, shortened.

    >>> shown("x" * 100)[-6:], shown([1, 2]), shown(2.5)
    ('xxxxx…', 'a list of 2', '2.5')
    """
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return f"an object with {len(value)} key{'s' * (len(value) != 1)}" if value else "an empty object"
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # an integer beyond 64 bit
        text = str(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def words(failure: Failure) -> Words:
    """Say what is wrong and what to do, in plain words.

    >>> words(Failure("type", "number", {}, 2, ("loop", "condition"))).message
    "'condition' must be a number, not 2"
    """
    speak = _SPEAKERS.get(failure.keyword)
    if speak is None:
        return Words(f"{_subject(failure)} does not satisfy '{failure.keyword}'", _description(failure))
    return speak(failure)


def _subject(failure: Failure) -> str:
    if not failure.path:
        return "the document"
    last = failure.path[-1]
    if isinstance(last, str):
        return f"'{last}'"
    owner = next((part for part in reversed(failure.path) if isinstance(part, str)), None)
    return f"item {last + 1} of '{owner}'" if owner is not None else f"item {last + 1}"


def _owner(failure: Failure) -> str:
    """Name the object a key is missing from or unknown in."""
    title = failure.schema.get("title")
    return f"this {title}" if isinstance(title, str) else "this object"


def _description(failure: Failure) -> str | None:
    """Give what the schema says of the value, as the hint on what to write."""
    title, description = failure.schema.get("title"), failure.schema.get("description")
    if not isinstance(description, str):
        return None
    return f"{title}: {description}" if isinstance(title, str) else description


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more


def _kinds(expected: Json) -> str:
    names = [expected] if isinstance(expected, str) else [str(name) for name in _list(expected)]
    return " or ".join(_ARTICLES.get(name, f"a {name}") for name in names)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _type(failure: Failure) -> Words:
    message = f"{_subject(failure)} must be {_kinds(failure.expected)}, not {shown(failure.instance)}"
    return Words(message, _quoted_version(failure) or _description(failure))


def _quoted_version(failure: Failure) -> str | None:
    """Say how a version that was written as a number is written: YAML reads 1.0 as one."""
    title = failure.schema.get("title")
    match = _SHORT_VERSION.fullmatch(str(failure.instance))
    if match is None or not isinstance(failure.instance, int | float) or not str(title).endswith("version"):
        return None
    return f'write "{match[1]}.{match[2] or 0}.0", in quotes'


def _required(failure: Failure) -> Words:
    hint = f"add the key '{failure.detail}'"
    return Words(f"{_owner(failure)} has no '{failure.detail}'", f"{hint}: {failure.about}" if failure.about else hint)


def _additional_properties(failure: Failure) -> Words:
    known = list(_object(failure.schema.get("properties")))
    hint = did_you_mean(failure.detail or "", known)
    if hint is None and known:
        hint = f"its keys are {_listed(known)}"
    return Words(f"{_owner(failure)} has no key named '{failure.detail}'", hint)


def _not_allowed(failure: Failure) -> Words:
    return Words(f"{_subject(failure)} does not belong here", "remove it")


def _enum(failure: Failure) -> Words:
    allowed = _list(failure.expected)
    message = f"{_subject(failure)} must be one of {_listed([shown(value) for value in allowed])}"
    texts = [value for value in allowed if isinstance(value, str)]
    hint = did_you_mean(failure.instance, texts) if isinstance(failure.instance, str) else None
    return Words(f"{message}, not {shown(failure.instance)}", hint or _description(failure))


def _const(failure: Failure) -> Words:
    message = f"{_subject(failure)} must be {shown(failure.expected)}, not {shown(failure.instance)}"
    return Words(message, _description(failure))


def _pattern(failure: Failure) -> Words:
    title = failure.schema.get("title")
    what = f"is no {title}" if isinstance(title, str) else f"does not match {failure.expected}"
    return Words(f"{_subject(failure)} {what}: {shown(failure.instance)}", _description(failure))


def _format(failure: Failure) -> Words:
    return Words(f"{_subject(failure)} is no {failure.expected}: {shown(failure.instance)}", _description(failure))


def _size(unit: str, bound: str) -> Callable[[Failure], Words]:
    """Make the speaker for a bound on how many characters, items or keys there are."""

    def speak(failure: Failure) -> Words:
        count = len(failure.instance) if isinstance(failure.instance, str | list | dict) else 0
        units = unit if failure.expected == 1 else unit + "s"
        message = f"{_subject(failure)} must have {bound} {shown(failure.expected)} {units}, not {count}"
        return Words(message, _description(failure))

    return speak


def _bound(words_of_bound: str) -> Callable[[Failure], Words]:
    """Make the speaker for a bound on a number."""

    def speak(failure: Failure) -> Words:
        message = (
            f"{_subject(failure)} must be {words_of_bound} {shown(failure.expected)}, not {shown(failure.instance)}"
        )
        return Words(message, _description(failure))

    return speak


def _unique(failure: Failure) -> Words:
    items = _list(failure.instance)
    for index, item in enumerate(items):
        if item in items[:index]:
            message = f"item {index + 1} of {_subject(failure)} repeats item {items.index(item) + 1}"
            return Words(f"{message}: {shown(item)}", "remove one of them")
    return Words(f"{_subject(failure)} holds an item twice", "remove one of them")


def _dependencies(failure: Failure) -> Words:
    present = _object(failure.instance)
    for key, needed in _object(failure.expected).items():
        missing = [str(name) for name in _list(needed) if name not in present]
        if key in present and missing:
            return Words(f"'{key}' needs '{missing[0]}' beside it", f"add the key '{missing[0]}'")
    return Words(f"{_subject(failure)} lacks a key that another one needs", _description(failure))


def _contains(failure: Failure) -> Words:
    return Words(f"{_subject(failure)} holds no item of the kind it must hold", _description(failure))


def _not(failure: Failure) -> Words:
    if failure.expected == {}:  # a key that is known here only to say why it does not belong
        return Words(f"{_subject(failure)} does not belong here", _description(failure))
    return Words(
        f"{_subject(failure)} is of a kind that is not allowed: {shown(failure.instance)}", _description(failure)
    )


def _forms(failure: Failure) -> Words:
    count = len(_list(failure.expected))
    return Words(f"{_subject(failure)} fits none of the {count} allowed forms", _description(failure))


def _one_form(failure: Failure) -> Words:
    message = f"{_subject(failure)} must fit exactly one of {len(_list(failure.expected))} forms"
    return Words(message, _description(failure))


_SPEAKERS: Mapping[str, Callable[[Failure], Words]] = {
    "": _not_allowed,
    "additionalItems": lambda failure: Words(f"{_subject(failure)} holds more items than are allowed"),
    "additionalProperties": _additional_properties,
    "anyOf": _forms,
    "const": _const,
    "contains": _contains,
    "dependencies": _dependencies,
    "enum": _enum,
    "exclusiveMaximum": _bound("less than"),
    "exclusiveMinimum": _bound("greater than"),
    "format": _format,
    "maxItems": _size("item", "at most"),
    "maxLength": _size("character", "at most"),
    "maxProperties": _size("key", "at most"),
    "maximum": _bound("at most"),
    "minItems": _size("item", "at least"),
    "minLength": _size("character", "at least"),
    "minProperties": _size("key", "at least"),
    "minimum": _bound("at least"),
    "multipleOf": _bound("a multiple of"),
    "not": _not,
    "oneOf": _one_form,
    "pattern": _pattern,
    "required": _required,
    "type": _type,
    "uniqueItems": _unique,
}
