import pytest

from engine.build import build
from engine.sessions.step_lookup import is_irreversible, step_of
from schema.values import JsonObject


def document(name: str, steps: list[JsonObject], tasks: JsonObject | None = None) -> JsonObject:
    whole: JsonObject = {
        "id": name,
        "name": name,
        "description": "For looking up.",
        "version": "1.0.0",
        "schemaVersion": "1.2.0",
        "steps": [*steps],
    }
    return {**whole, "tasks": tasks} if tasks else whole


PROMPT: JsonObject = {"id": "drop", "title": "Drop", "prompt": "Drop it.", "irreversible": True}
SUB: JsonObject = {"id": "sub2", "type": "workflow", "workflowId": "child"}
NOWHERE = ["gate:1", "nobody", "lost#0::drop", "wait#0::drop", "nowhere#0::drop", "sub#0::nobody"]
CHILD = build(document("child", [PROMPT, {"id": "keep", "title": "Keep", "prompt": "Keep it."}]))
MAIN = build(
    document(
        "main",
        [
            {"id": "sub", "type": "workflow", "workflowId": "child"},
            {"id": "lost", "type": "workflow", "workflowId": "gone"},
            {"id": "each", "type": "parallel", "items": [1, 2], "task": "wipe"},
            {"id": "both", "type": "parallel", "branches": [{"task": "look"}, {"task": "wipe"}]},
            {"id": "wait", "type": "wait"},
            {"id": "burn", "type": "command", "run": ["rm", "x"], "irreversible": True},
            {"id": "send", "type": "call", "tool": "mail", "irreversible": True},
        ],
        {
            "wipe": {
                "description": "Wipes.",
                "steps": [PROMPT, {"id": "sub2", "type": "workflow", "workflowId": "child"}],
            },
            "look": {"description": "Looks.", "steps": [{"id": "see", "title": "See", "prompt": "See."}]},
        },
    )
)._replace(children={"child": CHILD})


@pytest.mark.parametrize(
    ("key", "step_id"),
    [
        ("burn", "burn"),
        ("sub#0::drop", "drop"),
        ("each#1::drop+1~2", "drop"),
        ("both#0::see", "see"),
        ("both#1::drop", "drop"),
        ("each#0/sub2#0::keep", "keep"),
    ],
)
def test_a_step_is_found_by_its_key_wherever_it_lies(key: str, step_id: str) -> None:
    step = step_of(key, MAIN)
    assert step is not None
    assert step.id == step_id


@pytest.mark.parametrize(
    "key", ["gate:1", "nobody", "lost#0::drop", "wait#0::drop", "nowhere#0::drop", "sub#0::nobody"]
)
def test_a_key_that_is_no_steps_gives_none(key: str) -> None:
    assert step_of(key, MAIN) is None
    assert not is_irreversible(key, MAIN)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("burn", True), ("send", True), ("sub#0::drop", True), ("sub#0::keep", False), ("wait", False)],
)
def test_a_step_is_irreversible_where_its_document_says_so(key: str, *, expected: bool) -> None:
    assert is_irreversible(key, MAIN) is expected
