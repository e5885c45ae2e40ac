"""What real agents say first, as their documentation and issue threads show it, against every door of the server.

Each file in `exchanges/` is one conversation: messages in order, and for each what the answer must contain (null =
no answer). Sources are named in the files; the words are ours. A new case is a new file.
"""

import json
from pathlib import Path

import pytest

from schema.values import Json, JsonObject
from tests.interaction.doors import Way

FOLDER = Path(__file__).parent / "exchanges"
CASES = sorted(FOLDER.glob("*.json"))


def lacks(expected: Json, got: Json, where: str = "") -> str | None:
    """Say where `got` lacks something `expected` has; None when it has all: objects by key, lists by some member."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return f"{where}: {got!r} is no object"
        found = (
            lacks(value, got[key], f"{where}/{key}") if key in got else f"{where}/{key}: missing in {sorted(got)}"
            for key, value in expected.items()
        )
        return next((problem for problem in found if problem), None)
    if isinstance(expected, list):
        if not isinstance(got, list):
            return f"{where}: {got!r} is no list"
        unmet = [item for item in expected if all(lacks(item, other) for other in got)]
        return f"{where}: nothing like {unmet[0]!r}" if unmet else None
    return None if expected == got and isinstance(expected, bool) == isinstance(got, bool) else f"{where}: {got!r}"


def test_a_missing_key_a_wrong_value_and_an_unmet_list_member_are_seen() -> None:
    assert lacks({"a": [{"b": 1}]}, {"a": [{"c": 0}, {"b": 1, "d": 2}], "e": 3}) is None
    assert lacks({"a": 1}, {}) == "/a: missing in []"
    assert lacks({"a": {"b": 1}}, {"a": {"b": True}}) == "/a/b: True"
    assert lacks({"a": [{"b": 1}]}, {"a": [{"b": 2}]}) == "/a: nothing like {'b': 1}"
    assert lacks([1], {}) == ": {} is no list"
    assert lacks({}, []) == ": [] is no object"


def steps_of(case: Path) -> list[Json]:
    conversation: JsonObject = json.loads(case.read_text())
    steps = conversation["steps"]
    assert isinstance(steps, list)
    return steps


@pytest.mark.requirement("MCP-1")
@pytest.mark.requirement("MCP-6")
@pytest.mark.requirement("MCP-10")
@pytest.mark.parametrize("case", CASES, ids=[path.stem for path in CASES])
async def test_a_recorded_first_exchange_goes_as_its_client_needs_it(door: Way, case: Path) -> None:
    for step in steps_of(case):
        assert isinstance(step, dict)
        expected = step["expect"]
        answers = await door.send(step["send"], 0 if expected is None else 1)
        assert [problem for answer in answers if (problem := lacks(expected, answer))] == []
