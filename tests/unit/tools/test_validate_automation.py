"""workflow_validate takes automation YAML as text, with its own places and advice."""

import pytest

from schema.values import JsonObject
from tests.unit.engine.flows import Shelf
from tests.unit.silent_call import SilentCall
from tools.contract import Done
from tools.workflow_validate import make

TOOL = make(Shelf())
SOUND = """name: "team:deploy"
description: "Deploys."
version: "1.0.0"
steps:
  - {id: say, type: user_message, message: Hi}
"""


def verdict(text: str) -> JsonObject:
    assert TOOL.run is not None
    done = TOOL.run({"text": text}, SilentCall())
    assert isinstance(done, Done)
    assert done.value is not None
    return done.value


def test_a_sound_document_is_valid() -> None:
    assert verdict(SOUND) == {"valid": True, "issues": [], "suggestions": []}


def test_what_is_wrong_has_its_line_and_what_is_old_is_a_warning() -> None:
    wrong = verdict(SOUND.replace("user_message", "user_mesage"))
    assert wrong["valid"] is False
    assert wrong["suggestions"] == ["/steps/0/type: did you mean 'user_message'?"]
    assert '"line": 5' in str(wrong["issues"]).replace("'", '"')
    old = verdict(SOUND + "default_state: {raw: {x: 1}}\n")
    assert old["valid"] is True
    assert "old-scope" in str(old["warnings"])


@pytest.mark.parametrize("text", ['{"name": "team:deploy", "steps": []}', '{"default_state": {}}'])
def test_the_same_in_json_is_taken_for_a_native_document(text: str) -> None:
    answer = verdict(text)
    assert answer["valid"] is False
    assert "required" in str(answer["issues"])
