r"""What the importers read in markdown: lines outside fences, headings, checkboxes, bold labels, links.

Above: the readers of phased folders. Below: nothing. Pure, line by line, linear in the text's length.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

MARKS: Final = "✅❌✓✗✔✘☑☒🔴🟢🟡\ufe0f \t"
"""What stands at the ends of checkbox items besides text: check and cross marks, their variant selector, blanks."""
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_CHECKBOX: Final = re.compile(r"([ \t]*)[-*+][ \t]+\[[ xX]\][ \t]*(\S.*)")
_LABEL: Final = re.compile(r"[ \t]*(?:[-*+][ \t]+)?\*\*([^*\n]{1,120})\*\*(:?)[ \t]*(.*)")
_LINK: Final = re.compile(r"\[[^\[\]\n]{0,1000}\]\(<?([^()<>\s]{1,1000})>?\)")
_RULE: Final = re.compile(r" {0,3}(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}")


class Line(NamedTuple):
    """A line of a text: its 1-based number, its text, and whether it stands in a fenced block (fences included)."""

    number: int
    text: str
    is_code: bool


class Heading(NamedTuple):
    """A heading: 1 to 6, and its words without marks of emphasis."""

    level: int
    title: str


class Label(NamedTuple):
    """A line that begins with `**name:**`; `rest` is what follows on it."""

    name: str
    rest: str


def lines(text: str) -> Iterator[Line]:
    r"""Cut a text into lines and tell which belong to fenced blocks; a fence that never closes ends with the text.

    >>> [line.is_code for line in lines("a\n```\n# b\n```\nc")]
    [False, True, True, True, False]
    """
    fence = ""
    for number, each in enumerate(text.split("\n"), 1):
        line = each.removesuffix("\r")
        found = _FENCE.match(line)
        if fence:
            yield Line(number, line, is_code=True)
            if found and found[1].startswith(fence) and not line.strip(" \t" + fence[0]):
                fence = ""
            continue
        if found:
            fence = found[1]
        yield Line(number, line, is_code=bool(found))


def heading(line: Line) -> Heading | None:
    """Give the heading a line is.

    >>> heading(Line(1, "## **Phase 1**: Set up ##", False))
    Heading(level=2, title='Phase 1: Set up')
    """
    found = None if line.is_code else _HEADING.match(line.text)
    return Heading(len(found[1]), found[2].rstrip("# \t").replace("**", "").strip()) if found else None


def checkbox(line: Line) -> str | None:
    """Give the text of a checkbox item without the check or cross marks around it; None where the line is none.

    >>> checkbox(Line(1, "- [x] All tests pass ✅", False)), checkbox(Line(1, "- [X](a.md)", False))
    ('All tests pass', None)
    """
    found = None if line.is_code else _CHECKBOX.fullmatch(line.text)
    if found is None or found[2].startswith("("):
        return None
    return found[2].strip(MARKS) or None


def label(line: Line) -> Label | None:
    """Give the bold label a line begins with; the colon may stand inside or behind the stars.

    >>> label(Line(1, "**File:** `a.md`", False)), label(Line(1, "- **Goal**: all", False))
    (Label(name='File', rest='`a.md`'), Label(name='Goal', rest='all'))
    >>> label(Line(1, "**bold** word", False))
    """
    found = None if line.is_code else _LABEL.fullmatch(line.text)
    if found is None or not (found[2] or found[1].rstrip().endswith(":")):
        return None
    return Label(found[1].rstrip(": \t").strip(), found[3].strip())


def links(text: str) -> tuple[str, ...]:
    """Give the targets of all links in a line.

    >>> links("see [a](b.md) and [c](../d.md#e)")
    ('b.md', '../d.md#e')
    """
    return tuple(found[1] for found in _LINK.finditer(text))


def is_rule(line: Line) -> bool:
    """Tell whether a line is a horizontal rule.

    >>> is_rule(Line(1, "---", False)), is_rule(Line(1, "- [ ] a", False))
    (True, False)
    """
    return not line.is_code and _RULE.fullmatch(line.text.rstrip()) is not None
