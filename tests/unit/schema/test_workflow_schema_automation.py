"""The schema of the automation language, held against one document that has every key of it."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.check import check_workflow, workflow_schema
from schema.source import Syntax, read
from schema.values import Json, JsonObject, pointer
from tests.unit.schema.test_workflow_schema import agreed, loop, places, step, workflow

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "valid" / "automation.yaml"
OPEN = {"state", "context", "parameters", "expect", "extra", "value", "default", "fallbackValue", "env", "outputs"}
MAPS = {"inputs", "computed", "tasks"}  # closed objects by a name of the author's
Path_ = tuple[str | int, ...]


def example() -> JsonObject:
    document = read(EXAMPLE.read_bytes(), Syntax.YAML).documents[0].value
    assert isinstance(document, dict)
    return document


def closed(value: Json, path: Path_ = ()) -> Iterator[Path_]:
    """Name the objects of the example that take no other keys."""
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from closed(part, (*path, index))
    elif isinstance(value, dict):
        is_map = bool(path) and path[-1] in MAPS and (len(path) == 1 or path[-2] != "steps")
        if not is_map:
            yield path
        for key, part in value.items():
            is_given = key == "inputs" and "type" in value and isinstance(value["type"], str)
            if key not in OPEN and not (is_given or (key == "inputs" and "task" in value)):
                yield from closed(part, (*path, key))


def at(document: Json, path: Path_) -> JsonObject:
    for part in path:
        document = document[part]  # type: ignore[index]  # the path leads through lists and objects
    assert isinstance(document, dict)
    return document


def test_the_document_with_every_key_is_accepted_with_and_without_a_schema_version() -> None:
    document = example()
    assert agreed(document)
    del document["schemaVersion"]
    assert agreed(document)


def test_every_key_of_every_step_type_stands_in_the_document() -> None:
    definitions = workflow_schema()["definitions"]
    assert isinstance(definitions, dict)
    used: dict[str, set[str]] = {}
    waiting: list[Json] = [example()]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(kind := part.get("type"), str) and "id" in part:
                used.setdefault(kind, set()).update(part)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    common = {"title", "runCondition", "requireConfirmation", "irreversible", "skippable", "timeout", "onError"}
    for kind in ("message", "input", "call", "command", "set", "if", "parallel", "wait", "workflow"):
        keys = set(at(definitions, (f"{kind}Step", "properties")))
        assert keys - used[kind] - common <= {"shellLine", "update", "required", "validation", "store"}, kind


@pytest.mark.parametrize(("seconds", "is_sound"), [(0, True), ("{{ state.n }}", True), ("5", False), ("5m", False)])
def test_a_wait_is_so_many_seconds_or_a_template_that_gives_them(seconds: Json, *, is_sound: bool) -> None:
    document = workflow(steps=[{"id": "rest", "type": "wait", "for": seconds}])
    assert agreed(document) is is_sound
    assert places(check_workflow(document)) == (set() if is_sound else {("/steps/0/for", "pattern")})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("context", {"a": 1}),
        ("expect", {"type": "object"}),
        ("store", "a"),
        ("update", [{"path": "a", "value": 1}]),
        ("onError", {"strategy": "continue"}),
        ("timeout", 300),
        ("skippable", True),
    ],
)
def test_a_prompt_beside_a_key_of_automation_may_be_a_whole_page(key: str, value: Json) -> None:
    page: JsonObject = {"id": "page", "title": "Page", "prompt": "p" * 65_536}
    assert agreed(workflow(steps=[{**page, key: value}]))
    assert not agreed(workflow(steps=[{**page, key: value, "prompt": "p" * 65_537}]))
    assert places(check_workflow(workflow(steps=[page]))) == {("/steps/0/prompt", "max-length")}


@pytest.mark.parametrize("path", list(closed(example())), ids=pointer)
def test_an_unknown_key_is_refused_where_it_stands(path: Path_) -> None:
    document = example()
    at(document, path)["unknown_key"] = 1
    assert not agreed(document)
    assert (pointer((*path, "unknown_key")), "additional-properties") in places(check_workflow(document))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("message", "message"),
        ("input", "prompt"),
        ("call", "tool"),
        ("command", "run"),
        ("set", "update"),
        ("if", "condition"),
        ("if", "then"),
        ("parallel", "items"),
        ("parallel", "task"),
        ("workflow", "workflowId"),
    ],
)
def test_a_step_needs_its_keys(kind: str, key: str) -> None:
    update: Json = [{"path": "a", "value": 1}]
    whole: JsonObject = {
        "message": {"message": "m"},
        "input": {"prompt": "p"},
        "call": {"tool": "t"},
        "command": {"run": "r"},
        "set": {"update": update},
        "if": {"condition": "a", "then": []},
        "parallel": {"items": "a", "task": "t"},
        "workflow": {"workflowId": "abc"},
    }
    keys = at(whole, (kind,))
    assert agreed(workflow(steps=[{"id": "one", "type": kind, **keys}]))
    lacking = workflow(
        steps=[{"id": "one", "type": kind, **{name: each for name, each in keys.items() if name != key}}]
    )
    assert places(check_workflow(lacking)) == {("/steps/0", "required")}
    assert not agreed(lacking)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"type": "input", "prompt": "p", "fields": [{"name": "a"}], "default": 1}, "/steps/0/default"),
        ({"type": "input", "prompt": "p", "choices": [1]}, "/steps/0/choices"),
        ({"type": "command", "run": "a", "shellLine": "a"}, "/steps/0/run"),
        ({"type": "if", "cases": [{"when": "a", "then": []}], "condition": "a"}, "/steps/0/condition"),
        ({"type": "parallel", "branches": [{"task": "t"}], "items": "a"}, "/steps/0/items"),
        ({"type": "set", "update": [{"path": "a", "operation": "remove", "value": 1}]}, "/steps/0/update/0/value"),
        ({"type": "call", "tool": "t", "onError": {"fallbackValue": 1}}, "/steps/0/onError/fallbackValue"),
    ],
)
def test_keys_that_exclude_each_other_are_told_with_the_reason(keys: JsonObject, place: str) -> None:
    document = workflow(steps=[{"id": "one", **keys}])
    (violation,) = check_workflow(document)
    assert (violation.pointer, violation.rule) == (place, "not")
    assert violation.suggestion is not None
    assert not agreed(document)


def test_documents_of_automation_are_strict_whatever_they_declare() -> None:
    for document in (workflow(state={}), step(store="a"), workflow(schemaVersion="0.2.0", tasks={})):
        assert agreed(document)
        del document["version"]
        assert ("", "required") in places(check_workflow(document))
    bare: JsonObject = {"gte": 1}
    whole = workflow(steps=[{"id": "one", "type": "if", "condition": "a", "then": [{"id": "two", "type": "break"}]}])
    inner = copy.deepcopy(whole)
    at(inner, ("steps", 0, "then", 0))["runCondition"] = bare
    assert agreed(whole)
    assert places(check_workflow(inner)) == {("/steps/0/then/0/runCondition", "dependencies")}
    task = workflow(tasks={"t": {"steps": [{"id": "two", "type": "break", "runCondition": bare}]}})
    assert places(check_workflow(task)) == {("/tasks/t/steps/0/runCondition", "dependencies")}


def test_older_documents_stay_older() -> None:
    fraction = loop(count=1.5)
    assert agreed(fraction)
    assert not agreed({**fraction, "state": {}})
    assert agreed(step(runCondition={"gte": 1}))


def test_a_condition_may_be_an_expression_wherever_it_may_be_structured() -> None:
    conditions: list[Json] = ["state.a > 1", {"var": "state.a", "gt": 1}]
    for condition in conditions:
        steps: list[Json] = [
            {"id": "one", "title": "t", "prompt": "p", "runCondition": condition, "requireConfirmation": condition},
            {"id": "two", "type": "if", "cases": [{"when": condition, "then": []}]},
            {"id": "rep", "type": "loop", "title": "t", "body": "one", "runCondition": condition,
             "loop": {"type": "until", "condition": condition, "maxIterations": 2}},
        ]  # fmt: skip
        assert agreed(workflow(steps=steps))
    refused: list[Json] = ["", 3, True, None]
    for wrong in refused:
        assert not agreed(workflow(steps=[{"id": "two", "type": "if", "condition": wrong, "then": []}]))
