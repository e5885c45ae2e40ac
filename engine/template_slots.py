"""Texts with `{{ ... }}` as they are read: where a slot begins and ends, what stands in it.

Above: template, which hands it on. Below: scripts, variables.
A slot ends at the first `}}` outside quotes and brackets; a backslash before `{{` makes it plain text. What stands in a
slot is a dotted path; in documents that use automation keys also any other expression.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.definition import Slot, Template
from engine.expression_words import BUILT_IN, CLOCK
from engine.scripts import read_script
from engine.variables import parse_path

_TOKEN: Final = re.compile(r"""\\.|["'`(){}\[\]]""", re.DOTALL)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = frozenset("\"'`")
MAX_UNCLOSED: Final = 8
"""Openings without an end in one text: each costs a look at all that follows; behind the last, all is plain text."""
_JAVASCRIPT: Final = BUILT_IN | {CLOCK, "true", "false", "null"}
"""What looks like a variable and is none, where a slot may be an expression."""


def parse(text: str, *, scripted: bool = False) -> Template:
    r"""Cut a text into plain parts and slots; an opening that never closes is plain text, and hides no later slot.

    `scripted`: slots may be expressions, as in documents that use automation keys; ScriptFault for one that is none.

    >>> parse("Hi {{ user.name }}, \\{{ stays }}").parts
    ('Hi ', Slot(written='{{ user.name }}', path=('user', 'name'), script=None), ', {{ stays }}')
    >>> parse("{{ n + 1 }}", scripted=True).parts[0].script.chains
    (('n',),)
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
        parts.append(_scripted(opening.slot) if scripted else opening.slot)
    plain.append(text[position:])
    if any(plain):
        parts.append("".join(plain))
    return Template(tuple(parts))


def written_parts(text: str) -> Iterator[str | Slot]:
    r"""Yield the slots of a text and what stands before, between and behind them, as it is written.

    >>> [part if isinstance(part, str) else part.path for part in written_parts("a {{ b }}\\{{ c {{ d")]
    ['a ', ('b',), '\\{{ c {{ d']
    """
    position = 0
    for opening in _openings(text):
        if opening.slot is not None:
            yield text[position : opening.start]
            yield opening.slot
            position = opening.end
    yield text[position:]


def content(slot: Slot) -> str:
    """Give what stands between the braces of a slot."""
    return slot.written[2:-2].strip()


def _scripted(slot: Slot) -> Slot:
    """Give a slot of a document in which slots may be expressions."""
    if slot.path is not None and slot.path[0] not in _JAVASCRIPT:
        return slot
    script = read_script(content(slot))
    return Slot(slot.written, script.path, None if script.path is not None else script)


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


def is_closed(text: str) -> bool:
    """Tell whether every `{{` of a text that is not escaped finds its end."""
    return all(opening.slot is not None or text[opening.start] == "\\" for opening in _openings(text))


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
