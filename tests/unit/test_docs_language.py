"""The chapter on automation: its examples are valid, together they use every key, and its tables name every key."""

import re
from functools import cache
from typing import Final

import pytest

from engine.build import build
from engine.review import review
from schema.check import workflow_schema
from schema.source import Syntax, read
from schema.values import Json, JsonObject
from tests.unit.book import SPEC, Fence, fences

PAGE: Final = SPEC / "workflow-language.md"
EARLIER: Final = frozenset(("title", "type", "id", "runCondition", "skippable", "requireConfirmation"))
PROMPT: Final[JsonObject] = {"id": "only-step", "title": "Only", "prompt": "Do it."}
STEP_TYPES: Final = (
    "message",
    "input",
    "call",
    "command",
    "set",
    "if",
    "break",
    "continue",
    "parallel",
    "wait",
    "workflow",
)


def blocks(word: str) -> list[Fence]:
    return [fence for fence in fences(PAGE) if fence.words == ("yaml", word)]


def value_of(fence: Fence) -> Json:
    parsed = read(fence.text, Syntax.YAML)
    assert not parsed.findings, (fence.place, parsed.findings)
    return parsed.documents[0].value


def whole(fence: Fence) -> JsonObject:
    """Give the document that a fence of steps or of root keys is part of."""
    (header,) = (value_of(each) for each in blocks("header"))
    part = value_of(fence)
    assert isinstance(header, dict)
    base: JsonObject = {"id": "book", "name": "Book", "description": "An example.", "version": "1.0.0"}
    return {**base, **part, "steps": [PROMPT]} if isinstance(part, dict) else {**base, **header, "steps": part}


@cache
def keys_of(definition: str) -> frozenset[str]:
    definitions = workflow_schema()["definitions"]
    assert isinstance(definitions, dict)
    found = definitions[definition]
    assert isinstance(found, dict)
    properties = found["properties"]
    assert isinstance(properties, dict)
    return frozenset(properties)


def keys_used() -> dict[str, set[str]]:
    """Give the keys that the examples use, by the type of the step."""
    used: dict[str, set[str]] = {}
    waiting: list[Json] = [value_of(fence) for fence in blocks("steps")]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            used.setdefault(str(part.get("type")), set()).update(part)
            waiting.extend(part.values())
    return used


@pytest.mark.parametrize("fence", [*blocks("steps"), *blocks("root")], ids=lambda fence: fence.place)
def test_every_example_of_the_chapter_is_valid_and_can_be_built(fence: Fence) -> None:
    document = whole(fence)
    unused = [each for each in review(document).findings if each.rule != "unused-task"]
    assert unused == []
    assert build(document).automation is not None


@pytest.mark.parametrize("kind", STEP_TYPES)
def test_every_key_of_every_step_type_has_an_example(kind: str) -> None:
    shared = {"store", "update", "timeout", "onError", "irreversible"}
    assert keys_of(f"{kind}Step") - keys_used()[kind] - EARLIER - shared <= {"shellLine"}


def test_every_root_key_has_an_example() -> None:
    shown = {
        key
        for fence in (*blocks("root"), *blocks("header"))
        if isinstance(part := value_of(fence), dict)
        for key in part
    }
    assert shown == {"inputs", "state", "computed", "config", "tasks"}


@pytest.mark.parametrize("kind", STEP_TYPES)
def test_the_tables_name_every_key_of_a_step(kind: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    chapter = text[text.index("## Automation") : text.index("## Functions")]
    cells = [line.split("|")[1] for line in chapter.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)", cell)}
    assert keys_of(f"{kind}Step") - {"type"} <= named
