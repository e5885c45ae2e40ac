"""Texts with `{{ ... }}`: read once when a workflow is built, filled in at each hand-out.

Above: build, guidance, structure. Below: variables.
A slot ends at the first `}}` outside quotes and brackets; a backslash before `{{` makes it plain text. A dotted path
resolves; any other expression stays as written.
"""

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.definition import Slot, Template
from engine.errors import ArgumentError
from engine.variables import Scope, parse_path, resolve
from schema.values import Json

_TOKEN: Final = re.compile(r"""\\.|["'`(){}\[\]]""", re.DOTALL)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = frozenset("\"'`")
MAX_FILLED: Final = 256 * 1024
"""Characters of values in one filled text: as much as a whole context may hold; no agent reads more."""
_TOO_LONG: Final = "the values would make one text longer than {most} characters at {slot}; shorten what it names"
MAX_UNCLOSED: Final = 8
"""Openings without an end in one text: each costs a look at all that follows; behind the last, all is plain text."""


class Filled(NamedTuple):
    """A filled template: the text, or for a template that is one slot its value; `missing` names what had none."""

    value: Json
    missing: tuple[str, ...]


def parse(text: str) -> Template:
    r"""Cut a text into plain parts and slots; an opening that never closes is plain text, and hides no later slot.

    >>> parse("Hi {{ user.name }}, \\{{ stays }}").parts
    ('Hi ', Slot(written='{{ user.name }}', path=('user', 'name')), ', {{ stays }}')
    """
    if "{{" not in text:
        return Template((text,) if text else ())
    parts: list[str | Slot] = []
    plain: list[str] = []
    position = 0
    for opening in _openings(text):
        plain.append(text[position : opening.start])
        position = opening.end
        if opening.slot is None:
            plain.append("{{")
            continue
        if any(plain):
            parts.append("".join(plain))
        plain.clear()
        parts.append(opening.slot)
    plain.append(text[position:])
    if any(plain):
        parts.append("".join(plain))
    return Template(tuple(parts))


def join(templates: list[Template | str]) -> Template:
    """Put templates and plain texts behind each other."""
    parts: list[str | Slot] = []
    for each in templates:
        for part in (each,) if isinstance(each, str) else each.parts:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
    return Template(tuple(parts))


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
        value = None if slot.path is None else resolve(slot.path, scope)
        return Filled(slot.written, _names(slot)) if value is None else Filled(value, ())
    texts: list[str] = []
    missing: list[str] = []
    size = 0
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value = None if part.path is None else resolve(part.path, scope)
        if value is None:
            texts.append(part.written)
            missing.extend(_names(part))
        else:
            texts.append(value if isinstance(value, str) else as_text(value))
            size += len(texts[-1])
            if size > MAX_FILLED:
                raise ArgumentError("context", _TOO_LONG.format(most=MAX_FILLED, slot=part.written))
    return Filled("".join(texts), tuple(dict.fromkeys(missing)))


def _names(slot: Slot) -> tuple[str, ...]:
    """Name the variable of a slot that has no value; an expression that is no dotted path names none."""
    return () if slot.path is None else (slot.written[2:-2].strip(),)


def is_closed(text: str) -> bool:
    """Tell whether every `{{` of a text that is not escaped finds its end."""
    return all(opening.slot is not None or text[opening.start] == "\\" for opening in _openings(text))


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


class _Opening(NamedTuple):
    """A `{{` and what follows: a slot, or (slot None) an escaped or an unclosed `{{`; offsets into the text."""

    start: int
    end: int
    slot: Slot | None


class _Mark(NamedTuple):
    """A `{{` in a text: where it starts, its backslash included, and where it ends."""

    start: int
    end: int
    is_escaped: bool


def _next(text: str, position: int) -> _Mark | None:
    """Find the first `{{` from `position` on; str.find, because most texts are long and have none."""
    found = text.find("{{", position)
    if found < 0:
        return None
    is_escaped = found > position and text[found - 1] == "\\"
    return _Mark(found - is_escaped, found + 2, is_escaped)


def _openings(text: str) -> Iterator[_Opening]:
    position = unclosed = 0
    while unclosed < MAX_UNCLOSED and (mark := _next(text, position)) is not None:
        can_end = not mark.is_escaped and text.find("}}", mark.end) >= 0
        end = _slot_end(text, mark.end) if can_end else None
        if end is None:
            unclosed += not mark.is_escaped
            position = mark.end
            yield _Opening(mark.start, position, None)
            continue
        path = parse_path(text[mark.end : end - 2].strip())
        yield _Opening(mark.start, end, Slot(text[mark.start : end], path))
        position = end


def _slot_end(text: str, start: int) -> int | None:
    """Find the offset behind the `}}` that ends the slot whose content begins at `start`."""
    expected: list[str] = []
    quote = ""
    for token in _TOKEN.finditer(text, start):
        mark = token[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in _QUOTES:
            quote = mark
        elif mark in _CLOSING:
            expected.append(_CLOSING[mark])
        elif expected:
            if mark == expected[-1]:
                expected.pop()
        elif text.startswith("}}", token.start()):
            return token.start() + 2
    return None
