import copy
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft7Validator

from schema.check import check_workflow, workflow_checker, workflow_schema
from schema.explain import Question, explain
from schema.messages import Violation
from schema.values import Json, JsonObject, pointer
from tests.unit.schema.documents import originals, values

PROPERTY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
PLAIN = Draft7Validator(workflow_schema())
Path = tuple[str | int, ...]


def workflow(**keys: Json) -> JsonObject:
    steps: list[Json] = [{"id": "one", "title": "One", "prompt": "Do it."}]
    return {"id": "abc", "name": "n", "description": "d", "version": "1.0.0", "steps": steps, **keys}


def step(**keys: Json) -> JsonObject:
    return workflow(steps=[{"id": "one", "title": "One", "prompt": "Do it.", **keys}])


def loop(**keys: Json) -> JsonObject:
    rounds: JsonObject = {"type": "for", "count": 2, "maxIterations": 3, **keys}
    body: Json = [{"id": "two", "title": "Two", "prompt": "Again."}]
    return workflow(steps=[{"id": "one", "type": "loop", "title": "One", "loop": rounds, "body": body}])


def strict(document: JsonObject) -> JsonObject:
    return {**document, "schemaVersion": "1.0.0"}


def places(violations: tuple[Violation, ...]) -> set[tuple[str, str]]:
    return {(violation.pointer, violation.rule) for violation in violations}


def agreed(document: Json) -> bool:
    """Give the verdict of jsonschema-rs after comparing it with plain jsonschema and with our words for it."""
    verdict = workflow_checker().accepts(document)
    assert PLAIN.is_valid(document) is verdict
    assert (check_workflow(document) == ()) is verdict
    return verdict


def objects(value: Json, path: Path = ()) -> Iterator[tuple[Path, JsonObject]]:
    """Walk over the objects of a document that the schema closes."""
    if isinstance(value, dict):
        yield path, value
        for key in ("steps", "loop", "body", "runCondition"):
            if key in value:
                yield from objects(value[key], (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from objects(part, (*path, index))


def test_schema_is_sound_draft_7_and_describes_every_definition() -> None:
    schema = workflow_schema()
    Draft7Validator.check_schema(schema)
    definitions = schema["definitions"]
    assert isinstance(definitions, dict)
    for name, part in definitions.items():
        assert isinstance(part, dict), name
        assert {"title", "description"} <= set(part), name


def test_schema_uses_no_alternatives_so_that_an_error_names_the_right_place() -> None:
    def keywords(part: Json) -> Iterator[str]:
        if isinstance(part, dict):
            yield from part
            for keyword, inner in part.items():
                for each in inner.values() if keyword == "properties" and isinstance(inner, dict) else [inner]:
                    yield from keywords(each)
        elif isinstance(part, list):
            for inner in part:
                yield from keywords(inner)

    assert not {"oneOf", "anyOf"} & set(keywords(workflow_schema()))


@PROPERTY
@given(originals())
def test_whatever_the_original_accepted_is_accepted(document: JsonObject) -> None:
    assert agreed(document)


@PROPERTY
@given(originals(), st.data())
def test_unknown_key_is_refused_where_it_stands(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    path, target = data.draw(st.sampled_from(list(objects(mutant))))
    target["unknown_key"] = 1
    assert not agreed(mutant)
    assert (pointer((*path, "unknown_key")), "additional-properties") in places(check_workflow(mutant))


@PROPERTY
@given(originals(), st.data())
def test_missing_key_is_refused_at_the_object_that_lacks_it(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    needed = [
        (path, target, key)
        for path, target in objects(mutant)
        for key in ("id", "title", "maxIterations", "name", "steps", "body")
        if key in target
    ]
    path, target, key = data.draw(st.sampled_from(needed))
    del target[key]
    assert not agreed(mutant)
    assert (pointer(path), "required") in places(check_workflow(mutant))


@PROPERTY
@given(originals(), st.data())
def test_value_of_a_wrong_type_is_refused_where_it_stands(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    typed = [(path, target, key) for path, target in objects(mutant) for key in target if key not in ("type", "equals")]
    typed = [each for each in typed if each[2] != "not_equals"]
    path, target, key = data.draw(st.sampled_from(typed))
    target[key] = None
    assert not agreed(mutant)
    assert (pointer((*path, key)), "type") in places(check_workflow(mutant))


@PROPERTY
@given(originals(), st.data())
def test_both_validators_agree_on_documents_with_any_value_anywhere(document: JsonObject, data: st.DataObject) -> None:
    mutant = copy.deepcopy(document)
    _, target = data.draw(st.sampled_from(list(objects(mutant))))
    target[data.draw(st.sampled_from([*target, "validationCriteria", "extra", "tags"]))] = data.draw(values())
    if data.draw(st.booleans()):
        mutant["schemaVersion"] = "1.0.0"
    assert agreed(mutant) in (True, False)


@pytest.mark.parametrize("key", ["id", "version", "schemaVersion", "minServerVersion"])
def test_no_validator_tolerates_a_newline_at_the_end_of_a_root_key(key: str) -> None:
    good = workflow(schemaVersion="1.0.0", minServerVersion="1.0.0")
    assert agreed(good)
    assert not agreed({**good, key: f"{good[key]}\n"})


@pytest.mark.parametrize(
    "keys",
    [
        {"id": "one\n"},
        {"functionReferences": ["f()\n"]},
        {"functionCalls": [{"name": "f\n"}]},
        {"produces": {"a\n": "string"}},
        {"id": "öne"},
        {"id": "oné"},
        {"produces": {"a\u0660": "string"}},
    ],
)
def test_patterns_take_ascii_only_and_no_newline(keys: JsonObject) -> None:
    assert not agreed(step(**keys))


@pytest.mark.parametrize("name", ["abc", "a.b", "a.b.c", "team:review", "A-b_9.X", "a.b:c.d", "x" * 64])
def test_workflow_ids_with_namespaces_are_accepted(name: str) -> None:
    assert agreed(workflow(id=name))


@pytest.mark.parametrize("name", ["ab", ".ab", "ab.", "a..b", "a::b", "a:b:c", "a/b", "a b", "x" * 65, "../../etc"])
def test_other_workflow_ids_are_refused(name: str) -> None:
    assert not agreed(workflow(id=name))


@pytest.mark.parametrize("key", ["evidence", "observe", "needs"])
def test_keys_of_other_schema_versions_are_refused_by_name(key: str) -> None:
    assert (f"/{key}", "additional-properties") in places(check_workflow(workflow(**{key: {}})))


def test_unknown_step_type_gives_one_violation_at_the_type() -> None:
    assert places(check_workflow(step(type="observe"))) == {("/steps/0/type", "enum")}


def test_new_keys_are_accepted_with_and_without_a_schema_version() -> None:
    document = step(
        type="prompt", irreversible=True, modelHint="heavy", produces={"a": "integer"}, requires={"b": "array"}
    )
    document |= {"extra": {"any": [1]}, "category": "c", "tags": ["t"], "author": "a", "license": "MIT"}
    assert agreed(document)
    assert agreed(strict(document))


def test_loops_nest_and_bodies_name_siblings() -> None:
    inner: JsonObject = {
        "id": "inner", "type": "loop", "title": "t", "body": "one",
        "loop": {"type": "forEach", "items": "xs", "maxIterations": 5},
    }  # fmt: skip
    outer: JsonObject = {**inner, "id": "outer", "body": [inner]}
    assert agreed(strict(workflow(steps=[outer])))


@pytest.mark.parametrize(
    ("document", "place", "rule"),
    [
        (loop(maxIterations=2.5), "/steps/0/loop/maxIterations", "type"),
        (loop(count=1.5), "/steps/0/loop/count", "type"),
        (loop(count=""), "/steps/0/loop/count", "min-length"),
        (step(validationCriteria=[{"type": "contains", "message": "m"}]), "/steps/0/validationCriteria/0", "required"),
        (step(validationCriteria=[{"type": "length", "message": "m"}]), "/steps/0/validationCriteria/0", "required"),
        (
            step(validationCriteria={"not": {"type": "regex", "message": "m", "pattern": "a", "min": 1}}),
            "/steps/0/validationCriteria/not/min",
            "not-allowed",
        ),
        (
            step(validationCriteria={"and": [{"or": [{"type": "schema", "message": "m"}]}]}),
            "/steps/0/validationCriteria/and/0/or/0",
            "required",
        ),
        (step(runCondition={"gt": 1}), "/steps/0/runCondition", "dependencies"),
        (step(runCondition={"and": [{"var": ""}]}), "/steps/0/runCondition/and/0/var", "min-length"),
        (step(requireConfirmation={"matches": "x"}), "/steps/0/requireConfirmation", "dependencies"),
    ],
)
def test_schema_version_1_0_0_is_strict_where_older_documents_are_not(
    document: JsonObject, place: str, rule: str
) -> None:
    assert agreed(document)
    assert not agreed(strict(document))
    assert (place, rule) in places(check_workflow(strict(document)))


def test_schema_version_1_0_0_requires_a_version() -> None:
    document = {key: value for key, value in workflow().items() if key != "version"}
    assert agreed(document)
    assert agreed({**document, "schemaVersion": "0.2.0"})
    assert places(check_workflow(strict(document))) == {("", "required")}


def test_loop_definitions_are_for_older_documents_only() -> None:
    document = loop()
    steps = document["steps"]
    assert isinstance(steps, list)
    assert isinstance(steps[0], dict)
    steps[0]["functionDefinitions"] = [{"name": "f", "definition": "d"}]
    assert agreed(document)
    assert places(check_workflow(strict(document))) == {("/steps/0/functionDefinitions", "not-allowed")}


@pytest.mark.parametrize("kind", ["while", "until", "for", "forEach"])
def test_loop_type_decides_which_key_is_needed(kind: str) -> None:
    document = workflow(
        steps=[{"id": "one", "type": "loop", "title": "t", "loop": {"type": kind, "maxIterations": 1}, "body": "two"}]
    )
    needed = {"while": "condition", "until": "condition", "for": "count", "forEach": "items"}[kind]
    (violation,) = check_workflow(document)
    assert (violation.pointer, violation.rule) == ("/steps/0/loop", "required")
    assert f"'{needed}'" in violation.message


def test_large_documents_of_the_original_stay_accepted() -> None:
    many: list[Json] = [
        {"id": f"step-{number}", "title": "t", "prompt": "p", "guidance": ["g"] * 200} for number in range(900)
    ]
    assert workflow_checker().accepts(workflow(steps=many, metaGuidance=[f"rule {number}" for number in range(500)]))


def test_every_error_is_reported_and_not_only_the_first() -> None:
    document = workflow(
        id="A b", nam="x", steps=[{"id": "one", "title": "", "prompt": 3, "promt": "p"}, {"type": "loop"}]
    )
    assert places(check_workflow(document)) >= {
        ("/id", "pattern"),
        ("/nam", "additional-properties"),
        ("/steps/0/title", "min-length"),
        ("/steps/0/prompt", "type"),
        ("/steps/0/promt", "additional-properties"),
        ("/steps/1", "required"),
    }


def test_plain_jsonschema_explains_every_refusal_of_the_fast_validator() -> None:
    refused: list[Json] = [step(type="lop"), loop(count=-1), workflow(tags=["a", "a"]), 3, None, []]
    for document in refused:
        assert not workflow_checker().accepts(document)
        assert explain(Question(workflow_schema(), document, {}, lambda _pattern, _text: True, None))
