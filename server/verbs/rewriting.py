"""Rewrites the text of a workflow so that it says a new value, keeping comments, order and layout.

Above: verbs.migrate. Below: schema.source (places of values). Pure. It knows two edits, all that a migration needs:
another scalar in place of one, and new keys at the top of the document. Whoever uses it reads the result again.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from schema.source import SourceDocument
from schema.values import Json, JsonObject, pointer

_SCALAR = re.compile(
    r"""
    "(?:[^"\\]|\\.)*"            # quoted as in JSON
  | '(?:[^']|'')*'               # quoted as in YAML
  | [^\s,\[\]{}]+                # plain
""",
    re.VERBOSE,
)
_AFTER_BRACE = re.compile(r"\{(\s*)")


class Edit(NamedTuple):
    """Replace the text from `start` to `end` (offsets) by `text`."""

    start: int
    end: int
    text: str


def edits(text: str, document: SourceDocument, target: JsonObject) -> list[Edit] | None:
    """Give the edits that turn a document of `text` into `target`; None where they are of another kind."""
    value = document.value
    if not isinstance(value, dict):
        return None
    lines = _line_starts(text)
    found: list[Edit] = []
    added = {key: new for key, new in target.items() if key not in value}
    if added:
        found.append(_insertion(text, _offset(lines, document.locate("")), added))
    kept = {key: new for key, new in target.items() if key in value}
    if kept.keys() != value.keys():
        return None
    for path, new in _differences(value, kept, ()):
        edit = _replacement(text, _offset(lines, document.locate(pointer(path))), new)
        if edit is None:
            return None
        found.append(edit)
    return found


def apply(text: str, changes: list[Edit]) -> str:
    """Carry out edits that do not overlap.

    >>> apply("a: 1.5", [Edit(3, 6, "1")])
    'a: 1'
    """
    for edit in sorted(changes, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def same(left: Json, right: Json) -> bool:
    """Say whether two values are equal as JSON; 2 and 2.0, 1 and true are not.

    >>> same({"a": 2}, {"a": 2}), same({"a": 2}, {"a": 2.0}), same([True], [1])
    (True, False, False)
    """
    return next(_differences(left, right, ()), None) is None


def _differences(old: Json, new: Json, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Give every place where two values differ; a container of another shape is one place."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key, value in new.items():
            yield from _differences(old[key], value, (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, value in enumerate(new):
            yield from _differences(old[index], value, (*path, index))
    elif type(old) is not type(new) or old != new:
        yield path, new


def _replacement(text: str, start: int, new: Json) -> Edit | None:
    match = _SCALAR.match(text, start)
    if match is None or isinstance(new, dict | list):
        return None
    return Edit(start, match.end(), _written(new, quoted=match[0][0] in "\"'"))


def _insertion(text: str, start: int, added: JsonObject) -> Edit:
    """Put keys in front of the first one: in braces as JSON, else as lines of a YAML mapping."""
    brace = _AFTER_BRACE.match(text, start)
    if brace:
        members = [f"{_written(key, quoted=True)}: {_written(new, quoted=True)}," for key, new in added.items()]
        space = brace[1]
        return Edit(start + 1, start + 1, space + (space or " ").join(members) + ("" if space else " "))
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    between = "\n" + (indent if not indent.strip() else "")
    keys = [f"{key}: {_written(new, quoted=False)}{between}" for key, new in added.items()]
    return Edit(start, start, "".join(keys))


def _written(value: Json, *, quoted: bool) -> str:
    return value if isinstance(value, str) and not quoted else orjson.dumps(value).decode()


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]


def _offset(starts: list[int], place: tuple[int, int]) -> int:
    return starts[place[0] - 1] + place[1] - 1
