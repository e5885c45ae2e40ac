"""The manual of workflow_session: all its actions are in it, and every request it shows is answered as it says."""

import re
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.unit.book import SPEC, differences, pairs, parsed
from tests.unit.reader import Reader
from tools.workflow_session import ACTIONS, INPUT_SCHEMA

PAGE: Final = SPEC / "tools" / "workflow_session.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")


@pytest.mark.requirement("DOC-5")
async def test_every_request_of_the_manual_is_answered_as_it_says_one_after_the_other(tmp_path: Path) -> None:
    reader = Reader(SPEC / "examples" / "sessions", workspace=str(tmp_path))
    shown, real = "", ""
    for pair in pairs(PAGE):
        answer = await reader.ask(pair.request.text.replace(shown, real) if shown else pair.request.text)
        promised = parsed(pair.response)
        if pair.name == "START":
            assert isinstance(promised, dict)
            assert isinstance(answer, dict)
            shown, real = (str(orjson.loads(orjson.dumps(each["result"]))["sessionId"]) for each in (promised, answer))
        told = orjson.loads(orjson.dumps(promised).decode().replace(shown, real) if shown else orjson.dumps(promised))
        assert differences(told, answer) == [], pair.request.place


@pytest.mark.requirement("DOC-2")
def test_every_action_has_a_section_with_an_example_its_arguments_and_its_errors() -> None:
    headings = re.findall(r"^## ([a-z]+)$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(ACTIONS)
    for name, action in ACTIONS.items():
        text = TEXT.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
        assert f'"action": "{name}"' in text, name
        assert "Errors: " in text, name
        assert [each for each in (*action.needs, *action.takes) if f"`{each}`" not in text] == [], name


@pytest.mark.requirement("DOC-2")
def test_every_argument_is_explained() -> None:
    arguments = INPUT_SCHEMA["properties"]
    assert isinstance(arguments, dict)
    assert [name for name in arguments if f"`{name}`" not in TEXT.split("\n## start\n")[0]] == []
