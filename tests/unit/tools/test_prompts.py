"""Every workflow as a prompt: what an agent is told when its user picks one."""

from pathlib import Path

import orjson

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source
from tests.unit.engine.flows import document, prompt
from tests.unit.silent_call import SilentCall
from tools.contract import Done
from tools.prompts import WorkflowPrompts


def test_a_prompt_tells_which_calls_to_make_and_what_to_send(tmp_path: Path) -> None:
    flow = document(prompt("one"), metaGuidance=["Be kind."])
    (tmp_path / "flow.json").write_bytes(orjson.dumps(flow))
    prompts = WorkflowPrompts(Library((Source("project", str(tmp_path)),), None, SystemClock()))

    (offered,) = prompts.all()
    answer = offered.get({}, SilentCall())

    assert isinstance(answer, Done)
    said = orjson.dumps(answer.value).decode()
    for needed in ("workflow_get", "metaGuidance", "clarificationPrompts", "stepKey", "context", "isComplete"):
        assert needed in said
    assert prompts.find("nothing") is None
