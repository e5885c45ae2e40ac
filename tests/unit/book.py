"""Reads the book (spec/, README.md) for the tests: fenced examples, tables, and requests run against the real server.

Above: tests/unit/test_docs*.py. Below: server.dispatch with the product's own catalogue, in this process.
A request is a fence `json request [mcp] ID`, its answer the next fence, `json response`. In an answer the text "..."
stands for any value, as the last item of a list for any further items, and as a key for any further members.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from schema.values import Json, JsonObject
from tests.services import ROOT

SPEC: Final = ROOT / "spec"
EXAMPLES: Final = SPEC / "examples"
PAGES: Final = (*sorted(SPEC.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
ANY: Final = "..."
_FENCE: Final = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """A fenced block: the page's name, the words after the backticks, the text, the line it begins in."""

    page: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def place(self) -> str:
        """Name the page and the line."""
        return f"{self.page}:{self.line}"


class Pair(NamedTuple):
    """A request of the book and the answer it promises."""

    name: str
    over_mcp: bool
    request: Fence
    response: Fence


def fences(page: Path) -> Iterator[Fence]:
    """Give every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Fence(str(page.relative_to(ROOT)), tuple(match[1].split()), match[2], line)


def all_fences(*words: str) -> list[Fence]:
    """Give the blocks of all pages whose first words are these."""
    return [fence for page in PAGES for fence in fences(page) if fence.words[: len(words)] == words]


def pairs(page: Path) -> list[Pair]:
    """Give the requests of a page, each with its answer; a request without one is a mistake of the page."""
    found = []
    waiting: Fence | None = None
    for fence in fences(page):
        if fence.words[:2] == ("json", "request"):
            assert waiting is None, f"{waiting.place} has no response"
            waiting = fence
        elif fence.words[:2] == ("json", "response"):
            assert waiting is not None, f"{fence.place} answers nothing"
            found.append(Pair(waiting.words[-1], "mcp" in waiting.words, waiting, fence))
            waiting = None
    assert waiting is None, f"{waiting.place} has no response"
    return found


def differences(promised: Json, real: Json, where: str = "") -> list[str]:
    """Say where an answer is not what the book promises; empty when it is."""
    if promised == ANY:
        return []
    if isinstance(promised, dict) and isinstance(real, dict):
        return _members(promised, real, where)
    if isinstance(promised, list) and isinstance(real, list):
        return _items(promised, real, where)
    same = promised == real and isinstance(promised, bool) == isinstance(real, bool)
    return [] if same else [f"{where or '/'}: the book says {promised!r}, the server {real!r}"]


def _members(promised: JsonObject, real: JsonObject, where: str) -> list[str]:
    found = [f"{where}/{key}: the server does not give it" for key in promised if key not in real and key != ANY]
    if ANY not in promised:
        found += [f"{where}/{key}: the book does not show it" for key in real if key not in promised]
    for key in promised.keys() & real.keys():
        found += differences(promised[key], real[key], f"{where}/{key}")
    return found


def _items(promised: list[Json], real: list[Json], where: str) -> list[str]:
    shown = promised[:-1] if promised and promised[-1] == ANY else promised
    if len(shown) > len(real) or (shown is promised and len(shown) != len(real)):
        return [f"{where}: the book shows {len(shown)} items, the server {len(real)}"]
    return [text for number, one in enumerate(shown) for text in differences(one, real[number], f"{where}/{number}")]


def rows(page: Path, heading: str) -> list[str]:
    """Give the first cells of every table row below a heading that begins with `heading` ("" = whole page)."""
    text = page.read_text(encoding="utf-8")
    start = text.index(heading) if heading else 0
    return [line.split("|")[1].strip() for line in text[start:].splitlines() if line.startswith("| ")]


def parsed(fence: Fence) -> Json:
    """Parse a JSON block; a block that does not parse is a mistake of the page."""
    try:
        value: Json = orjson.loads(fence.text)
    except orjson.JSONDecodeError as error:
        raise AssertionError(f"{fence.place} is not JSON: {error}") from None
    return value
