"""Messages of an answer: whole, cut short, in parts; markdown that would swallow what follows is closed."""

import pytest

from engine.sessions.answer_messages import MAX_OPENING, MAX_SHORT, PAGE, messages_shown, open_fence
from engine.sessions.model import Message
from schema.values import JsonObject

LINES = "".join(f"line {number}\n" for number in range(2_000))


def shown(text: str, long: str = "full", form: str = "text") -> list[JsonObject]:
    """Give the parts one message comes in."""
    parts = messages_shown((Message("note", text, "warning", form, long),)).messages
    return [part for part in parts if isinstance(part, dict)]


def test_messages_keep_their_order_their_level_and_their_format() -> None:
    messages = (Message("one", "First", "info", "text"), Message("two", "x = 1", "success", "code"))
    assert messages_shown(messages).messages == [
        {"id": "one", "text": "First", "level": "info", "format": "text"},
        {"id": "two", "text": "x = 1", "level": "success", "format": "code"},
    ]


def test_a_long_message_is_shown_in_full_unless_its_document_says_otherwise() -> None:
    assert shown(LINES)[0]["text"] == LINES


def test_a_message_cut_short_says_so_and_how_long_it_was() -> None:
    (part,) = shown(LINES, "truncate")
    assert part["text"] == LINES[:MAX_SHORT] + f"\n… (the first 2,000 of {len(LINES):,} characters)"
    assert shown("short", "truncate")[0]["text"] == "short"


def test_a_message_in_parts_loses_nothing_and_numbers_them() -> None:
    parts = shown(LINES, "page")
    assert "".join(str(part["text"]) for part in parts) == LINES
    assert all(len(str(part["text"])) <= PAGE and str(part["text"]).endswith("\n") for part in parts)
    assert [(part["page"], part["pages"]) for part in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    assert "page" not in shown("short", "page")[0]


def test_a_line_longer_than_a_part_is_cut_where_the_part_ends() -> None:
    assert [len(str(part["text"])) for part in shown("x" * (2 * PAGE + 1), "page")] == [PAGE, PAGE, 1]


class TestMarkdown:
    """Code fences, which may be open where a part or a text ends."""

    def test_an_open_fence_is_closed_and_told(self) -> None:
        found = messages_shown((Message("note", "See:\n```python\nx = 1", "info", "markdown"),))
        assert found.messages[0] == {
            "id": "note",
            "text": "See:\n```python\nx = 1\n```",
            "level": "info",
            "format": "markdown",
        }
        assert found.warnings == ("message note: a code fence of its markdown is not closed; it is closed at the end",)

    def test_a_fence_that_goes_on_in_the_next_part_is_closed_and_opened_again(self) -> None:
        parts = shown(f"```text\n{LINES}```\nDone.\n", "page", "markdown")
        texts = [str(part["text"]) for part in parts]
        assert len(texts) > 2
        assert all(text.startswith("```text\n") for text in texts)
        assert texts[0].endswith("\n```")
        assert texts[-1].endswith("```\nDone.\n")
        assert messages_shown((Message("note", f"```\n{LINES}```\n", "info", "markdown", "page"),)).warnings == ()

    def test_a_text_cut_short_in_a_fence_closes_it_before_it_says_so(self) -> None:
        (part,) = shown(f"~~~\n{LINES}~~~\n", "truncate", "markdown")
        assert "\n~~~\n… (the first" in str(part["text"])

    @pytest.mark.parametrize(
        ("text", "opening"),
        [
            ("plain", ""),
            ("````\n```\nstill", "````"),
            ("```\nx\n``` no end\n", "```"),
            ("```\nx\n```", ""),
            ("    ```\nan indented block", ""),
            ("```" + "x" * 200, "```" + "x" * (MAX_OPENING - 3)),
        ],
    )
    def test_a_fence_ends_with_as_many_marks_and_nothing_else(self, text: str, opening: str) -> None:
        assert open_fence(text) == opening
