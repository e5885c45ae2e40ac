"""Texts and values with `{{ ... }}`: read once when a workflow is built, given their values where they are used.

Above: build, guidance, structure, sessions. Below: template_slots, which it hands on; scripts, variables.
For an agent's eyes a text is filled: what has no value stays as written and is named. A value the server acts on is
resolved: what has no value is an error.
"""

import json
from typing import Final, NamedTuple, assert_never

from engine.definition import Constant, ListOf, ObjectOf, Slot, Template, Value
from engine.errors import ArgumentError, cut
from engine.scripts import ScriptFault, evaluate
from engine.template_slots import content, is_closed, join, parse, written_parts
from engine.variables import MISSING, Found, Scope, find, resolve
from schema.values import Json, JsonObject

__all__ = [
    "Filled",
    "UnresolvedError",
    "as_text",
    "fill",
    "fill_value",
    "is_closed",
    "join",
    "parse",
    "read_value",
    "resolved",
    "written_parts",
]

MAX_FILLED: Final = 256 * 1024
"""Characters of values in one filled text: as much as a whole context may hold; no agent reads more."""
MAX_RESOLVED: Final = 1024 * 1024
"""Characters of all texts made for one value."""
_TOO_LONG: Final = "the values would make one text longer than {most} characters at {slot}; shorten what it names"


class Filled(NamedTuple):
    """A filled template: the text, or for a template that is one slot its value; `missing` names what had none."""

    value: Json
    missing: tuple[str, ...]


class UnresolvedError(Exception):
    """A slot of a value the server acts on that has no value; `slot` is what stands in it."""

    def __init__(self, slot: str, reason: str) -> None:
        """Take what stands in the slot, and why it has no value."""
        super().__init__(f"{{{{ {cut(slot)} }}}} has no value: {reason}")
        self.slot = slot
        self.reason = reason


def fill(template: Template, scope: Scope) -> Filled:
    """Fill a template in; a slot without a value stays as written and is named.

    ArgumentError when the values make the text longer than MAX_FILLED.

    >>> from engine.variables import outermost
    >>> fill(parse("{{n}} of {{total}}"), outermost({"n": 1}))
    Filled(value='1 of {{total}}', missing=('total',))
    >>> fill(parse("{{n}}"), outermost({"n": 1})).value
    1
    """
    parts = template.parts
    if len(parts) == 1 and isinstance(slot := parts[0], Slot):
        value = _shown(slot, scope) if slot.path is None else resolve(slot.path, scope)
        return Filled(slot.written, _names(slot)) if value is None else Filled(value, ())
    texts: list[str] = []
    missing: list[str] = []
    size = 0
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value = _shown(part, scope) if part.path is None else resolve(part.path, scope)
        if value is None:
            texts.append(part.written)
            missing.extend(_names(part))
        else:
            texts.append(value if isinstance(value, str) else as_text(value))
            size += len(texts[-1])
            if size > MAX_FILLED:
                raise ArgumentError("context", _TOO_LONG.format(most=MAX_FILLED, slot=part.written))
    return Filled("".join(texts), tuple(dict.fromkeys(missing)))


def _shown(slot: Slot, scope: Scope) -> Json:
    """Give the value of an expression for somebody's eyes; None where it has none."""
    if slot.script is None:
        return None
    try:
        return evaluate(slot.script, scope)
    except ScriptFault:
        return None


def _names(slot: Slot) -> tuple[str, ...]:
    """Name what had no value; what is neither a dotted path nor an expression here names nothing."""
    return () if slot.path is None and slot.script is None else (content(slot),)


def fill_value(value: Value, scope: Scope) -> Filled:
    """Fill in every text of a value that is shown to somebody."""
    missing: dict[str, None] = {}
    return Filled(_filled(value, scope, missing), tuple(missing))


def _filled(value: Value, scope: Scope, missing: dict[str, None]) -> Json:
    match value:
        case Constant(plain):
            return plain
        case Template():
            filled = fill(value, scope)
            missing.update(dict.fromkeys(filled.missing))
            return filled.value
        case ListOf(items):
            return [_filled(item, scope, missing) for item in items]
        case ObjectOf(members):
            return {name: _filled(each, scope, missing) for name, each in members}
        case _:
            assert_never(value)


def read_value(value: Json, *, scripted: bool = True) -> Value:
    r"""Read a value in whose texts there may be slots; ScriptFault for a slot that is no expression.

    >>> read_value({"a": ["{{ n }}", 1], "b": "plain"}).members[1]
    ('b', Constant(value='plain'))
    >>> read_value(["plain", "\\{{ n }}"])
    Constant(value=['plain', '{{ n }}'])
    """
    if isinstance(value, str):
        template = parse(value, scripted=scripted)
        is_plain = all(isinstance(part, str) for part in template.parts)
        return Constant("".join(map(str, template.parts))) if is_plain else template
    if isinstance(value, list):
        items = tuple(read_value(each, scripted=scripted) for each in value)
        plain = [each.value for each in items if isinstance(each, Constant)]
        return Constant(plain) if len(plain) == len(items) else ListOf(items)
    if isinstance(value, dict):
        members = tuple((name, read_value(each, scripted=scripted)) for name, each in value.items())
        fixed = {name: each.value for name, each in members if isinstance(each, Constant)}
        return Constant(fixed) if len(fixed) == len(members) else ObjectOf(members)
    return Constant(value)


def resolved(value: Value, scope: Scope, local: JsonObject | None = None) -> Json:
    """Give the value the server acts on; UnresolvedError where a slot has none.

    A text that is one slot becomes that slot's value, of whatever type; in a longer text null is no value either.
    `local`: names that have a meaning there only, such as {"result": ...}. ArgumentError for too long a text.

    >>> from engine.variables import outermost
    >>> resolved(read_value({"n": "{{ n + 1 }}", "t": "{{ n }} of 3"}), outermost({"n": 1}))
    {'n': 2, 't': '1 of 3'}
    >>> resolved(read_value("{{ gone.name }}"), outermost({}))
    Traceback (most recent call last):
    engine.template.UnresolvedError: {{ gone.name }} has no value: gone is undefined
    """
    return _Resolving(scope, local).value(value)


class _Resolving:
    """One value being resolved; counts the characters of the texts that are made."""

    def __init__(self, scope: Scope, local: JsonObject | None) -> None:
        self._scope = scope
        self._local = local
        self._size = 0

    def value(self, value: Value) -> Json:
        """Resolve a value or a part of it."""
        match value:
            case Constant(plain):
                return plain
            case Template(parts):
                return self._text(parts)
            case ListOf(items):
                return [self.value(item) for item in items]
            case ObjectOf(members):
                return {name: self.value(each) for name, each in members}
            case _:
                assert_never(value)

    def _text(self, parts: tuple[str | Slot, ...]) -> Json:
        if len(parts) == 1 and isinstance(slot := parts[0], Slot):
            return self._slot(slot)
        return "".join(part if isinstance(part, str) else self._within(part) for part in parts)

    def _within(self, slot: Slot) -> str:
        """Give the value of a slot as it stands in a longer text."""
        value = self._slot(slot)
        if value is None:
            raise UnresolvedError(content(slot), "it is null, and a text cannot say that")
        text = as_text(value)
        self._size += len(text)
        if self._size > MAX_RESOLVED:
            raise ArgumentError("context", _TOO_LONG.format(most=MAX_RESOLVED, slot=slot.written))
        return text

    def _slot(self, slot: Slot) -> Json:
        if slot.script is not None:
            try:
                return evaluate(slot.script, self._scope, self._local)
            except ScriptFault as fault:
                raise UnresolvedError(content(slot), fault.said()) from fault
        path = slot.path
        value: Found = MISSING if path is None else find(path, self._scope, self._local)
        if value is MISSING:
            raise UnresolvedError(content(slot), self._why(path))
        return value

    def _why(self, path: tuple[str, ...] | None) -> str:
        """Say what a dotted path comes to that is not there."""
        if path is None:
            return "expressions are read in documents with automation keys only"
        known = next((end for end in range(1, len(path)) if not self._is_there(path[:end])), len(path))
        return f"{'.'.join(path[:known])} is undefined"

    def _is_there(self, path: tuple[str, ...]) -> bool:
        return find(path, self._scope, self._local) is not MISSING


def as_text(value: Json) -> str:
    """Give a value as it stands inside a text: text as it is, everything else as compact JSON.

    >>> as_text("a"), as_text([1, True, None]), as_text(2.0)
    ('a', '[1,true,null]', '2')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
