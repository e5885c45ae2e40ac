r"""A source frame: the line a finding stands in, with a caret under its column.

Above: reports.text. Below: nothing.
"""

from unicodedata import east_asian_width

from server.reports.model import plain

WINDOW = 100  # characters of a line that are shown: longer ones (minified JSON) are cut around the column
BEFORE = 40  # characters kept in front of the column when a line is cut


def frame(lines: list[str], line: int, column: int) -> list[str]:
    r"""Give the lines to print; [] when the position is outside the text. `line` and `column` count from 1.

    >>> print("\n".join(frame(["id: 7"], 1, 5)))
      1 | id: 7
        |     ^
    """
    if not 1 <= line <= len(lines):
        return []
    source = lines[line - 1]
    start = max(0, column - 1 - BEFORE) if len(source) > WINDOW else 0
    shown = source[start : start + WINDOW].replace("\t", " ")
    before = "..." if start else ""
    after = "..." if start + WINDOW < len(source) else ""
    gutter = f"  {line}"
    caret = " " * _width(before + shown[: max(0, column - 1 - start)])
    return [f"{gutter} | {plain(before + shown + after)}", f"{' ' * len(gutter)} | {caret}^"]


def split_lines(text: str) -> list[str]:
    r"""Split where JSON and YAML see a line end: \n, \r\n, \r (Python's splitlines sees more).

    >>> split_lines("a\r\nb\rc\x0cd\n")
    ['a', 'b', 'c\x0cd', '']
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
