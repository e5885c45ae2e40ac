"""The one resolver: what a name means at a step. Conditions and templates ask here and nowhere else.

Above: conditions, template, walk. Below: definition; budget, which a scope hands down.
A variable that is null is a variable that is missing.
"""

import re
from typing import Final, NamedTuple, Optional

from engine.budget import Budget
from engine.definition import LoopKind, LoopStep, VarPath
from schema.values import Json, JsonObject

_NAME = r"[A-Za-z_$][A-Za-z0-9_$]*"
_PATH = re.compile(rf"""{_NAME}(?:\.{_NAME}|\.[0-9]+|\[[0-9]+\]|\["[^"]*"\]|\['[^']*'\])*""")
_SEGMENT = re.compile(r"""\["([^"]*)"\]|\['([^']*)'\]|([^.\[\]]+)""")
_SCOPE_WORDS: Final = frozenset(("loop", "state"))
MAX_INDEX_DIGITS = 9
"""Decimal digits of a list index; no list that fits into a context is longer."""


class Turn(NamedTuple):
    """One pass of a loop: `number` from 0; `total` is None while the number of passes is open."""

    loop: LoopStep
    number: int
    total: int | None
    item: Json = None

    def variables(self) -> JsonObject:
        """Give the loop's own variables under the names its author chose."""
        loop = self.loop
        if loop.kind is LoopKind.FOR_EACH:
            return {loop.iteration_var: self.number + 1, loop.item_var: self.item, loop.index_var: self.number}
        return {loop.iteration_var: self.number + 1}

    def facts(self) -> JsonObject:
        """Give what the scope word `loop` stands for."""
        return {"item": self.item, "index": self.number, "iteration": self.number + 1, "total": self.total}


class Scope(NamedTuple):
    """The names in force at a step: those of its innermost loop, then outwards, at last the caller's context.

    `budget` counts what the call does; `is_strict`: scope words go before names of the same spelling.
    """

    names: JsonObject
    budget: Budget
    is_strict: bool
    turn: Turn | None = None
    outer: Optional["Scope"] = None

    def inside(self, turn: Turn) -> "Scope":
        """Give the scope of one pass of a loop."""
        return Scope(turn.variables(), self.budget, self.is_strict, turn, self)


def outermost(context: JsonObject, *, is_strict: bool = True) -> Scope:
    """Give the scope outside all loops, with a budget of its own: one for each call."""
    return Scope(context, Budget(), is_strict)


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
    head = path[0]
    if scope.is_strict and head in _SCOPE_WORDS:
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
        turn = scope.turn
        return None if turn is None else _follow(turn.facts(), path, 1)
    if path[0] == "state" and len(path) > 1:
        while scope.outer is not None:
            scope = scope.outer
        return _follow(scope.names, path, 1)
    return None


def _follow(value: Json, path: VarPath, start: int) -> Json:
    for part in path[start:]:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            value = _item(value, part)
        else:
            return None
    return value


def _item(values: list[Json], part: str) -> Json:
    if not (part.isascii() and part.isdecimal()) or len(part) > MAX_INDEX_DIGITS:
        return None
    index = int(part)
    return values[index] if index < len(values) else None


def _segments(text: str) -> VarPath:
    return tuple(match[match.lastindex or 0] for match in _SEGMENT.finditer(text))
