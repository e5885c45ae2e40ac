"""Shell lines with values: each slot becomes an environment variable of its own, so that no value is ever read as code.

Above: effect_requests. Below: engine.definition. The line stays as its author wrote it but for the slots; a variable
stands in the quotes its slot needs there.
"""

from typing import Final, NamedTuple

from engine.definition import Slot, Template

PREFIX: Final = "WF_"
"""What the names of the variables begin with; numbers from 1 follow."""


class Bound(NamedTuple):
    """A line as the shell gets it, and by name the slots its variables stand for."""

    text: str
    slots: tuple[tuple[str, Template], ...]


def bound(line: Template) -> Bound:
    r"""Put variables in the place of slots.

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


class Quotes:
    """Where in the quoting of a line one has come to."""

    def __init__(self) -> None:
        """Begin outside of quotes."""
        self._open = ""
        self._is_escaped = False

    def read(self, text: str) -> None:
        """Go on behind a part of the line."""
        for character in text:
            if self._is_escaped:
                self._is_escaped = False
            elif character == "\\" and self._open != "'":
                self._is_escaped = True
            elif character in ("'", '"') and self._open in ("", character):
                self._open = "" if self._open else character

    def around(self, variable: str) -> str:
        """Give a variable so that the shell takes its value as one text here."""
        self._is_escaped = False
        if self._open == '"':
            return variable
        quoted = f'"{variable}"'
        return f"'{quoted}'" if self._open else quoted
