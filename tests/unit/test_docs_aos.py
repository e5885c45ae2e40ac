"""The manual of aos_workflow: all 14 actions are in it, and every request it shows is answered as it says, in order."""

import re
from pathlib import Path
from typing import Final

import orjson
import pytest

from schema.values import Json, JsonObject
from tests.unit.book import SPEC, Pair, differences, fences, pairs, parsed
from tests.unit.reader import Reader
from tools.aos_arguments import INPUT_SCHEMA, NEEDS

PAGE: Final = SPEC / "tools" / "aos_workflow.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
PAIRS: Final = pairs(PAGE)
ERROR_TYPES: Final = ("ValidationError", "NotFoundError", "StateError", "PermissionError", "RuntimeError")


def section(action: str) -> str:
    """Give the text below an action's heading."""
    return TEXT.split(f"\n## {action}\n", 1)[1].split("\n## ", 1)[0]


def result_of(answer: Json, pair: Pair) -> JsonObject:
    """Give the tool's own answer out of a response."""
    assert isinstance(answer, dict), pair.request.place
    result = answer["result"]
    assert isinstance(result, dict)
    found = result["structuredContent"] if pair.over_mcp else result
    assert isinstance(found, dict)
    return found


@pytest.mark.requirement("DOC-5")
async def test_every_request_of_the_manual_is_answered_as_it_says_one_after_the_other(tmp_path: Path) -> None:
    reader = Reader(SPEC / "tools", workspace=str(tmp_path))
    ids: dict[str, str] = {}
    for pair in PAIRS:
        request, promised = pair.request.text, orjson.dumps(parsed(pair.response)).decode()
        for shown, real in ids.items():
            request, promised = request.replace(shown, real), promised.replace(shown, real)
        answer = await reader.ask(request, over_mcp=pair.over_mcp)
        if pair.name == "START":
            shown = str(result_of(parsed(pair.response), pair)["session_id"])
            ids[shown] = str(result_of(answer, pair)["session_id"])
            promised = promised.replace(shown, ids[shown])
        assert differences(orjson.loads(promised), answer) == [], pair.request.place

    assert len(PAIRS) >= 30


@pytest.mark.requirement("DOC-2")
def test_every_action_has_a_section_with_an_example_and_its_errors() -> None:
    headings = re.findall(r"^## ([a-z_]+)$", TEXT, re.MULTILINE)

    assert sorted(headings) == sorted(NEEDS)
    for action in NEEDS:
        text = section(action)
        assert "```json request" in text, action
        assert f'"action": "{action}"' in text, action
        assert "Errors: " in text, action
        assert all(f"`{name}`" in text for name in NEEDS[action]), action


@pytest.mark.requirement("DOC-2")
def test_every_argument_and_every_kind_of_error_is_explained() -> None:
    arguments = INPUT_SCHEMA["properties"]

    assert isinstance(arguments, dict)
    assert [name for name in arguments if f"`{name}`" not in TEXT.split("## Errors")[0]] == []
    assert [name for name in ERROR_TYPES if f"| `{name}` |" not in TEXT] == []


@pytest.mark.requirement("DOC-2")
def test_every_earlier_tool_and_every_action_that_does_its_work_is_in_the_chapter_on_migration() -> None:
    text = (SPEC / "migration.md").read_text(encoding="utf-8")
    earlier = {
        "start_workflow": "start",
        "get_current_phase": "get_phase",
        "get_task": "get_task",
        "complete_phase": "complete_phase",
        "get_workflow_state": "get_state",
    }

    for old, action in earlier.items():
        assert re.search(rf"^\| `{old}\(.*action={action} ", text, re.MULTILINE), old


@pytest.mark.requirement("DOC-3")
def test_the_manual_shows_each_request_under_a_name_of_its_own() -> None:
    names = [pair.name for pair in PAIRS]

    assert len(names) == len(set(names))
    assert all(fence.words[0] == "json" for fence in fences(PAGE))
