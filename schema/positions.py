"""Where each value of a JSON text stands, and what is wrong with a text that is no JSON: an iterative scanner.

Above: schema.source, which runs it only when there is a finding to place (orjson reads the values).
Below: schema.values, schema.finding.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

import orjson

from schema.values import pointer

DEPTH_LIMIT = 64  # levels of nesting; real documents stay below 20, and every reader behind us may recurse

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_NOT_JSON = re.compile(r"-?(?:NaN|Infinity)\b|undefined\b|None\b|True\b|False\b")
_STRING_SLIP = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')


class Fault(NamedTuple):
    """Something wrong at `offset` (characters from the start).

    `rule` is kebab-case; `pointer` says where in the document, "" when reading had to stop. `opened` is where that
    begins which is not closed; its place is to be said behind the suggestion.
    """

    rule: str
    message: str
    offset: int
    pointer: str = ""
    suggestion: str | None = None
    opened: int | None = None


class Scan(NamedTuple):
    """`offsets`: pointer -> where the value starts; `faults` in order, the last one where reading had to stop."""

    offsets: dict[str, int]
    faults: tuple[Fault, ...]


class Lines:
    """Turns character offsets of one text into 1-based (line, column)."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        """`first_line` is the number of the text's first line in its file."""
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
        self._first = first_line

    def at(self, offset: int) -> tuple[int, int]:
        r"""Give (line, column) of an offset.

        >>> Lines("ab\ncd").at(4)
        (2, 2)
        """
        line = bisect_right(self._starts, offset) - 1
        return line + self._first, offset - self._starts[line] + 1


def scan(text: str) -> Scan:
    r"""Read one JSON text without recursion: places, repeated keys, and the first syntax error.

    >>> scan('{"a": [1, 2]}').offsets
    {'': 0, '/a': 6, '/a/0': 7, '/a/1': 10}
    >>> scan('{"a": 1 2}').faults[0].message
    "expected ',' or '}' here, found '2}'"
    """
    return _Scanner(text).run()


class _StopError(Exception):
    """Reading cannot go on; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Level(NamedTuple):
    """One open container: the keys seen (of an object), and the offset of its bracket."""

    is_object: bool
    keys: set[str]
    start: int


class _Scanner:
    """State of one scan: the text, the place reached, and the open containers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.open: list[_Level] = []
        self.path: list[str | int] = []
        self.offsets: dict[str, int] = {}
        self.faults: list[Fault] = []

    def run(self) -> Scan:
        try:
            self._value()
            while self.open:
                self._member() if self.open[-1].is_object else self._element()
            self._space()
            if self.at < len(self.text):
                raise self._stop("syntax", f"expected the end of the document, found {self._found()}")
        except _StopError as stop:
            self.faults.append(stop.fault)
        return Scan(self.offsets, tuple(self.faults))

    def _stop(self, rule: str, message: str, suggestion: str | None = None, opened: int | None = None) -> _StopError:
        return _StopError(Fault(rule, message, self.at, "", suggestion, opened))

    def _found(self) -> str:
        rest = self.text[self.at : self.at + 20].split("\n", 1)[0].rstrip()
        if self.at >= len(self.text):
            return "the end of the text"
        return f"'{rest}'" if rest else "the end of the line"

    def _space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _value(self) -> None:
        """Read a scalar whole, or open a container."""
        self._space()
        self.offsets.setdefault(pointer(self.path), self.at)
        head = self.text[self.at : self.at + 1]
        if head in ("{", "["):
            if len(self.open) >= DEPTH_LIMIT:
                raise self._stop("depth", f"nested deeper than {DEPTH_LIMIT} levels", "flatten the document")
            self.open.append(_Level(head == "{", set(), self.at))
            self.path.append("" if head == "{" else -1)
            self.at += 1
        elif head == '"':
            self._string()
        else:
            self._scalar()

    def _scalar(self) -> None:
        match = _WORD.match(self.text, self.at) or _NUMBER.match(self.text, self.at)
        if match is None:
            foreign = _NOT_JSON.match(self.text, self.at)
            if foreign:
                raise self._stop("syntax", f"{foreign.group()} is not JSON", "use a number, true, false or null")
            raise self._stop("syntax", f"expected a value, found {self._found()}")
        if match.re is _NUMBER and abs(float(match.group())) == float("inf"):
            raise self._stop("number", "this number is too large", "write it as a string")
        self.at = match.end()

    def _string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            start = self.at
            slip = _STRING_SLIP.match(self.text, start)
            self.at = slip.end() if slip else start
            message = self._string_fault()
            is_open = "not closed" in message
            raise self._stop("syntax", message, 'close the "' if is_open else None, start if is_open else None)
        try:
            text: str = orjson.loads(match.group())
        except orjson.JSONDecodeError:
            raise self._stop(
                "syntax", "a string holds half of a surrogate pair", "write the character itself"
            ) from None
        self.at = match.end()
        return text

    def _string_fault(self) -> str:
        head = self.text[self.at : self.at + 2]
        if not head:
            return "a string is not closed"
        if head.startswith("\\"):
            return f"a string holds the unknown escape {head}"
        if head[0] in "\r\n":
            return "a string is not closed on its line; a line break in a string is written \\n"
        return f"a string holds the control character U+{ord(head[0]):04X}; write it as an escape"

    def _close(self) -> None:
        self.at += 1
        self.open.pop()
        self.path.pop()

    def _separator(self, end: str) -> bool:
        """Go past the comma before the next part; False when the container closes here."""
        self._space()
        head = self.text[self.at : self.at + 1]
        first = self.path[-1] == -1 or (end == "}" and not self.open[-1].keys)
        if head == end:
            self._close()
            return False
        if first:
            return True
        if head != ",":
            message = f"expected ',' or '{end}' here, found {self._found()}"
            start = self.open[-1].start
            raise self._stop("syntax", message, f"put a comma here, or close the {self.text[start]}", start)
        self.at += 1
        self._space()
        if self.text[self.at : self.at + 1] == end:
            raise self._stop("syntax", f"a comma stands before '{end}'", "remove the comma")
        return True

    def _element(self) -> None:
        if self._separator("]"):
            index = self.path[-1]
            self.path[-1] = index + 1 if isinstance(index, int) else 0
            self._value()

    def _member(self) -> None:
        if not self._separator("}"):
            return
        if self.text[self.at : self.at + 1] != '"':
            raise self._stop("syntax", f"expected a key in double quotes, found {self._found()}")
        start = self.at
        key = self._string()
        self.path[-1] = key
        if key in self.open[-1].keys:
            self.faults.append(
                Fault("duplicate-key", f"the key '{key}' stands here twice", start, pointer(self.path), "remove one")
            )
        self.open[-1].keys.add(key)
        self._space()
        if self.text[self.at : self.at + 1] != ":":
            raise self._stop("syntax", f"expected ':' after the key '{key}', found {self._found()}")
        self.at += 1
        self._value()
