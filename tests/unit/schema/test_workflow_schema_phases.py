"""The workflow schema on documents in phases: what is accepted, and where what is wrong is said to be."""

import copy
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.check import check_workflow
from schema.values import Json, JsonObject, pointer
from tests.unit.schema.documents import phased, values
from tests.unit.schema.test_workflow_schema import PROPERTY, Path, agreed, places, workflow

CLOSED = ("phases", "tasks", "gate", "evidence", "rules", "validators", "loop", "body")
NEEDED = ("id", "title", "number", "tasks", "phases", "version", "type", "evidence", "expression", "message", "name")


def objects(value: Json, path: Path = ()) -> Iterator[tuple[Path, JsonObject]]:
    """Walk over the objects of a document in phases that the schema closes."""
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from objects(part, (*path, index))
    elif isinstance(value, dict):
        yield path, value
        for key in CLOSED:
            inner = value.get(key)
            if key == "evidence" and path[-1:] in (("gate",), ("evidence",)) and isinstance(inner, dict):
                for name, field in inner.items():
                    yield from objects(field, (*path, key, name))
            elif inner is not None:
                yield from objects(inner, (*path, key))


def one(**keys: Json) -> JsonObject:
    """Give a document of one phase with these keys on top."""
    task: JsonObject = {"id": "one", "title": "One", "prompt": "Do it."}
    document: JsonObject = {"phases": [{"number": 1, "title": "One", "tasks": [task], **keys}]}
    return document | {key: value for key, value in workflow().items() if key != "steps"}


@PROPERTY
@given(phased())
def test_documents_in_phases_are_accepted(document: JsonObject) -> None:
    assert agreed(document)


@PROPERTY
@given(phased(), st.data())
def test_unknown_key_is_refused_where_it_stands(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    path, target = data.draw(st.sampled_from(list(objects(mutant))))
    target["unknown_key"] = 1
    assert not agreed(mutant)
    assert (pointer((*path, "unknown_key")), "additional-properties") in places(check_workflow(mutant))


@PROPERTY
@given(phased(), st.data())
def test_missing_key_is_refused_at_the_object_that_lacks_it(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    needed = [
        (path, target, key)
        for path, target in objects(mutant)
        for key in NEEDED
        if key in target
        and not (key == "evidence" and "prompt" in target)
        and (key, target.get(key)) != ("type", "loop")
    ]
    path, target, key = data.draw(st.sampled_from(needed))
    del target[key]
    assert not agreed(mutant)
    assert (pointer(path), "required") in places(check_workflow(mutant))


@PROPERTY
@given(phased(), st.data())
def test_both_validators_agree_on_documents_with_any_value_anywhere(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    _, target = data.draw(st.sampled_from(list(objects(mutant))))
    target[data.draw(st.sampled_from([*target, "gate", "evidence", "steps"]))] = data.draw(values())
    assert agreed(mutant) in (True, False)


def test_a_page_is_a_prompt_in_phases_only() -> None:
    step: JsonObject = {"id": "one", "title": "One", "prompt": "p" * 65_536}
    assert agreed(one(tasks=[step]))
    assert not agreed(one(tasks=[{**step, "prompt": "p" * 65_537}]))
    assert places(check_workflow(workflow(steps=[step]))) == {("/steps/0/prompt", "max-length")}


@pytest.mark.parametrize("key", ["artifacts", "estimatedDuration"])
def test_what_a_task_leaves_and_takes_is_no_key_of_a_step(key: str) -> None:
    step: JsonObject = {"id": "one", "title": "One", "prompt": "p", key: "x"}
    assert (f"/steps/0/{key}", "additional-properties") in places(check_workflow(workflow(steps=[step])))


def test_phases_are_checked_strictly_without_a_schema_version_and_need_a_version() -> None:
    task: JsonObject = {"id": "one", "title": "One", "prompt": "p", "runCondition": {"gt": 1}}
    assert places(check_workflow(one(tasks=[task]))) == {("/phases/0/tasks/0/runCondition", "dependencies")}
    document = {key: value for key, value in one().items() if key != "version"}
    assert places(check_workflow(document)) == {("", "required")}


def test_steps_and_phases_together_are_one_finding_that_says_why() -> None:
    (violation,) = check_workflow({**workflow(), **one()})
    assert (violation.pointer, violation.message) == ("/steps", "'steps' does not belong here")
    assert "not both" in str(violation.suggestion)


def test_a_document_with_neither_is_told_of_both() -> None:
    (violation,) = check_workflow({key: value for key, value in workflow().items() if key != "steps"})
    assert violation.message == "this workflow has no 'steps'"
    assert "phases instead" in str(violation.suggestion)


@pytest.mark.parametrize(
    ("keys", "place", "hint"),
    [
        ({"gaet": {}}, "/phases/0/gaet", "did you mean 'gate'?"),
        ({"gate": {"evidense": {}, "evidence": {}}}, "/phases/0/gate/evidense", "did you mean 'evidence'?"),
        ({"tasks": [{"id": "one", "title": "One", "promt": "p", "prompt": "p"}]}, "/phases/0/tasks/0/promt", "prompt"),
    ],
)
def test_a_slip_names_the_key_that_was_meant(keys: JsonObject, place: str, hint: str) -> None:
    found = {violation.pointer: violation.suggestion for violation in check_workflow(one(**keys))}
    assert hint in str(found[place])


def test_a_slip_of_phases_itself_names_it() -> None:
    document = {("phasse" if key == "phases" else key): value for key, value in one().items()}
    assert ("/phasse", "did you mean 'phases'?") in {
        (violation.pointer, violation.suggestion) for violation in check_workflow(document)
    }
