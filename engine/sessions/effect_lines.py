"""Shell lines with values: each slot becomes an environment variable of its own, so that no value is ever read as code.

Above: effect_requests. Below: engine.template. The line stays as its author wrote it but for the slots; a variable
stands in the quotes its slot needs there. Where nobody can tell what those are, the line is refused.
"""

from typing import Final, NamedTuple

from engine.definition import Slot, Template
from engine.template import read_value

PREFIX: Final = "WF_"
"""What the names of the variables begin with; numbers from 1 follow."""
_END: Final = {"'": "'", '"': '"', "#": "\n", "(": ")", "((": ")", "{": "}", "`": "`"}
"""What ends a part of a line, by what it is: quotes, a comment, a command, arithmetic, a parameter."""
_TEXTS: Final = ("'", "#")
"""Parts in which nothing begins another one."""
_UNTOLD: Final = frozenset(("((", "{", "`"))
"""Parts in which a value may be read as code, or in no one way by all shells."""
_BEFORE_COMMENTS: Final = " \t\n;&|()"


class Bound(NamedTuple):
    """A line as the shell gets it, and by name the slots its variables stand for."""

    text: str
    slots: tuple[tuple[str, Template], ...]


class UnquotableError(Exception):
    """A slot where nobody can tell what a shell would make of its value."""


def bound(line: Template) -> Bound:
    r"""Put variables in the place of slots; UnquotableError where that cannot be.

    >>> from engine.template import parse
    >>> bound(parse("grep {{ what }} '{{ file }}' | mail \"{{ who }}\"")).text
    'grep "${WF_1}" \'\'"${WF_2}"\'\' | mail "${WF_3}"'
    """
    texts: list[str] = []
    slots: list[tuple[str, Template]] = []
    quotes = Quotes()
    for part in line.parts:
        if isinstance(part, Slot):
            name = f"{PREFIX}{len(slots) + 1}"
            slots.append((name, Template((part,))))
            texts.append(quotes.around(f"${{{name}}}"))
        else:
            texts.append(part)
            quotes.read(part)
    return Bound("".join(texts), tuple(slots))


def line_of(text: str) -> Bound:
    """Give the line of a step as the shell gets it; UnquotableError where a value cannot be given to it."""
    value = read_value(text, scripted=True)
    return bound(value) if isinstance(value, Template) else Bound(text, ())


class Quotes:
    """Where in the quoting of a line one has come to."""

    def __init__(self) -> None:
        """Begin outside of everything."""
        self._open: list[str] = []
        self._last = " "  # the last two characters; escaped ones and values stand there as x
        self._is_escaped = False
        self._has_case = False
        self._is_lost = False

    def read(self, text: str) -> None:
        """Go on behind a part of the line."""
        self._has_case |= "case" in text
        for character in text:
            was_escaped = self._is_escaped
            self._read(character)
            self._last = self._last[-1] + ("x" if was_escaped else character)

    def around(self, variable: str) -> str:
        """Give a variable so that the shell takes its value as one text here."""
        if self._is_lost or self._is_escaped or not _UNTOLD.isdisjoint(self._open):
            raise UnquotableError
        self._last = "xx"
        if self._inner == '"':
            return variable
        quoted = f'"{variable}"'
        return f"'{quoted}'" if self._inner == "'" else quoted

    @property
    def _inner(self) -> str:
        return self._open[-1] if self._open else ""

    def _read(self, character: str) -> None:
        inner = self._inner
        if self._is_escaped:
            self._is_escaped = False
        elif character == "\\" and inner not in _TEXTS:
            self._is_escaped = True
        elif inner and character == _END[inner]:
            self._is_lost |= character == ")" and self._has_case  # the end of a pattern looks like that of a command
            self._open.pop()
        elif inner not in _TEXTS:
            self._begin(character, is_quoted=inner == '"')

    def _begin(self, character: str, *, is_quoted: bool) -> None:
        """Take note of what begins with a character outside of quotes, or in double ones."""
        if character == "`":
            self._is_lost |= "`" in self._open
            self._open.append(character)
        elif character in "({" and self._last[-1] == "$":
            self._open.append(character)
        elif not is_quoted:
            self._begin_outside(character)

    def _begin_outside(self, character: str) -> None:
        if character in ("'", '"'):
            self._is_lost |= character == "'" and (self._last[-1] == "$" or self._inner == "{")
            self._open.append(character)
        elif character == "(":
            if self._last == "$(":
                self._open[-1] = "(("
            self._open.append(character)
        elif character == "#" and self._last[-1] in _BEFORE_COMMENTS:
            self._open.append(character)
        elif character == "<" and self._last[-1] == "<" and "((" not in self._open:
            self._is_lost = True  # a here-document has quoting of its own
