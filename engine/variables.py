"""The one resolver: what a name means at a step. Conditions, templates and expressions ask here and nowhere else.

Above: conditions, template, scripts, walk. Below: scopes, which it hands on; definition.
A variable that is null is a variable that is missing, but for expressions, which tell null from undefined.
"""

import re
from typing import Final

from engine.definition import VarPath
from engine.scopes import MISSING, SCOPE_WORDS, Found, Scope, Turn, Values, bare, member, outermost, whole
from schema.values import Json, JsonObject

__all__ = [
    "MISSING",
    "SCOPE_WORDS",
    "Found",
    "Scope",
    "Turn",
    "Values",
    "bare",
    "find",
    "first",
    "loose_path",
    "member",
    "outermost",
    "parse_path",
    "property_of",
    "resolve",
    "whole",
]

_NAME = r"[A-Za-z_$][A-Za-z0-9_$]*"
_PATH = re.compile(rf"""{_NAME}(?:\.{_NAME}|\.[0-9]+|\[[0-9]+\]|\["[^"]*"\]|\['[^']*'\])*""")
_SEGMENT = re.compile(r"""\["([^"]*)"\]|\['([^']*)'\]|([^.\[\]]+)""")
_OLDER_WORDS: Final = frozenset(("loop", "state"))
MAX_INDEX_DIGITS = 9
"""Decimal digits of a list index; no list that fits into a context is longer."""
_LENGTH: Final = "length"


def parse_path(text: str) -> VarPath | None:
    """Read a dotted path with list indexes; None when `text` is something else.

    >>> parse_path('plan.files[0]["file name"].size')
    ('plan', 'files', '0', 'file name', 'size')
    >>> parse_path("a + b") is None
    True
    """
    if _PATH.fullmatch(text) is None:
        return None
    return _segments(text)


def loose_path(text: str) -> VarPath:
    """Read the variable of a condition: as parse_path, else cut at the dots, because older documents name freely.

    >>> loose_path("plan.files.0"), loose_path("build-status.exit code")
    (('plan', 'files', '0'), ('build-status', 'exit code'))
    """
    text = text.strip()
    return parse_path(text) or tuple(text.split("."))


def resolve(path: VarPath, scope: Scope) -> Json:
    """Give the value of a variable, None when it is missing.

    >>> resolve(("plan", "files", "1"), outermost({"plan": {"files": ["a", "b"]}}))
    'b'
    >>> resolve(("state", "n"), outermost({"n": 1})), resolve(("n", "length"), outermost({"n": "text"}))
    (1, None)
    """
    if scope.values is not None:
        found = find(path, scope)
        return None if found is MISSING else found
    head = path[0]
    if scope.is_strict and head in _OLDER_WORDS:
        return _scoped(path, scope)
    level: Scope | None = scope
    while level is not None:
        if head in level.names:
            value = level.names[head]
            return value if len(path) == 1 else _follow(value, path, 1)
        level = level.outer
    return _scoped(path, scope)


def _scoped(path: VarPath, scope: Scope) -> Json:
    """Resolve a path that begins with a scope word; in older documents a name of the same spelling went before it."""
    if path[0] == "loop":
        facts = scope.loop()
        return None if facts is None else _follow(facts, path, 1)
    if path[0] == "state" and len(path) > 1:
        return _follow(scope.state(), path, 1)
    return None


def find(path: VarPath, scope: Scope, local: JsonObject | None = None) -> Found:
    """Give the value of a variable of an automation document, or MISSING; a list and a text have a length here.

    `local`: names that have a meaning there only; they go before all other bare names.

    >>> values = Values({"n": 1}, {}, None, {"build": [4]}, {}, 0.0)
    >>> scope = outermost({"n": 2}, values=values)
    >>> find(("this", "n"), scope), find(("inputs", "n"), scope), find(("n",), scope)
    (2, 1, 1)
    >>> find(("steps", "build", "output", "length"), scope)
    1
    """
    value, at = first(path, scope, local)
    for part in path[at:]:
        value = property_of(value, part)
    return value


def first(path: VarPath, scope: Scope, local: JsonObject | None) -> tuple[Found, int]:
    """Give the variable a path begins with, and how many parts of the path that takes."""
    head = path[0]
    if head not in SCOPE_WORDS:
        return local[head] if local is not None and head in local else bare(head, scope), 1
    return (whole(head, scope), 1) if len(path) == 1 else (member(head, path[1], scope), 2)


def property_of(value: Found, part: str) -> Found:
    """Give a property as JavaScript reads it from a value that JSON can say, inherited ones but `length` left out.

    >>> property_of(["a"], "0"), property_of("ab", "length"), property_of("ab", "1"), property_of({"a": None}, "a")
    ('a', 2, 'b', None)
    """
    if isinstance(value, dict):
        return value.get(part, MISSING)
    if isinstance(value, str):
        return _of_text(value, part)
    if not isinstance(value, list):
        return MISSING
    if part == _LENGTH:
        return len(value)
    index = _index(part)
    return MISSING if index is None or index >= len(value) else value[index]


def _of_text(value: str, part: str) -> Found:
    """Give the length of a text or one of its characters, counted as JavaScript does; half a character is missing."""
    units = value.encode("utf-16-le", "surrogatepass")
    if part == _LENGTH:
        return len(units) // 2
    index = _index(part)
    unit = b"" if index is None else units[2 * index : 2 * index + 2]
    return unit.decode("utf-16-le", "ignore") or MISSING


def _follow(value: Json, path: VarPath, start: int) -> Json:
    for part in path[start:]:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            index = _index(part)
            value = None if index is None or index >= len(value) else value[index]
        else:
            return None
    return value


def _index(part: str) -> int | None:
    is_index = part.isascii() and part.isdecimal() and len(part) <= MAX_INDEX_DIGITS
    return int(part) if is_index else None


def _segments(text: str) -> VarPath:
    return tuple(match[match.lastindex or 0] for match in _SEGMENT.finditer(text))
