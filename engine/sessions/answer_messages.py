"""Messages of an answer: texts for the user, in order - whole, cut short, or in numbered parts.

Above: answer. Below: model. A markdown text whose code fence is left open would swallow what is shown after it: its
fence is closed, in every part, and a warning says so.
"""

import re
from typing import Final, NamedTuple

from engine.sessions.model import Message
from schema.values import Json, JsonObject

MAX_SHORT: Final = 2_000
"""Characters of a message that is cut short."""
PAGE: Final = 4_000
"""Characters of one part of a message in parts, the fences that are added aside."""
MAX_OPENING: Final = 80
"""Characters of the line that opens a fence which are repeated in the next part."""
MARKDOWN: Final = "markdown"
_FENCE: Final = re.compile(r" {0,3}(`{3,20}|~{3,20})(.*)")
_UNCLOSED: Final = "message {id}: a code fence of its markdown is not closed; it is closed at the end"
_CUT: Final = "\n… (the first {shown:,} of {total:,} characters)"


class Shown(NamedTuple):
    """The messages as an answer has them, and what is to be said about their form."""

    messages: list[Json]
    warnings: tuple[str, ...]


def messages_shown(messages: tuple[Message, ...]) -> Shown:
    """Give messages as an answer has them.

    >>> messages_shown((Message("hi", "Hello", "info", "text"),)).messages
    [{'id': 'hi', 'text': 'Hello', 'level': 'info', 'format': 'text'}]
    """
    shown: list[Json] = []
    warnings: list[str] = []
    for message in messages:
        if message.format == MARKDOWN and open_fence(message.text):
            warnings.append(_UNCLOSED.format(id=message.id))
        parts = _parts(message)
        for number, text in enumerate(parts, 1):
            part: JsonObject = {"id": message.id, "text": text, "level": message.level, "format": message.format}
            if len(parts) > 1:
                part.update(page=number, pages=len(parts))
            shown.append(part)
    return Shown(shown, tuple(warnings))


def _parts(message: Message) -> list[str]:
    text = message.text
    is_cut = message.long == "truncate" and len(text) > MAX_SHORT
    texts = [text[:MAX_SHORT] if is_cut else text]
    if message.long == "page":
        texts = _pages(text)
    if message.format == MARKDOWN:
        texts = _closed(texts)
    return [texts[0] + _CUT.format(shown=MAX_SHORT, total=len(text))] if is_cut else texts


def _pages(text: str) -> list[str]:
    """Cut a text into parts, at the ends of lines where there are any."""
    pages: list[str] = []
    while len(text) > PAGE:
        end = text.rfind("\n", 1, PAGE) + 1 or PAGE
        pages.append(text[:end])
        text = text[end:]
    return [*pages, text]


def _closed(texts: list[str]) -> list[str]:
    """Close the fence that is open at the end of a part, and open it again in the next one."""
    closed: list[str] = []
    opening = ""
    for each in texts:
        text = f"{opening}\n{each}" if opening else each
        opening = open_fence(text)
        fence = _FENCE.match(opening)
        ending = "" if text.endswith("\n") else "\n"
        closed.append(text if fence is None else f"{text}{ending}{fence[1]}")
    return closed


def open_fence(text: str) -> str:
    r"""Give the line that opens the code fence a markdown text ends in, "" where it ends in none.

    >>> open_fence("a\n```python\nx = 1"), open_fence("```\nx\n```\n")
    ('```python', '')
    """
    opening, mark = "", ""
    for line in text.splitlines():
        found = _FENCE.fullmatch(line)
        if found is None:
            continue
        if not mark:
            opening, mark = line[:MAX_OPENING], found[1]
        elif found[1].startswith(mark) and not found[2].strip():
            opening, mark = "", ""
    return opening
