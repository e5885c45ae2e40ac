import tomllib
from copy import deepcopy
from pathlib import Path

import pytest

from engine.formats.native import MAX_ID, normalise
from engine.structure_rules import is_strict
from engine.version import SERVER_VERSION
from schema.check import check_workflow
from schema.finding import Severity
from schema.values import Json, JsonObject
from tests.unit.engine.documents import workflow


def step(step_id: str, **keys: Json) -> JsonObject:
    """Give a prompt step."""
    return {"id": step_id, "title": "T", "prompt": "P", **keys}


def loop(step_id: str, body: Json, **keys: Json) -> JsonObject:
    """Give a loop step."""
    settings: JsonObject = {"type": "for", "count": 2, "maxIterations": 3, **keys}
    return {"type": "loop", "id": step_id, "title": "L", "loop": settings, "body": body}


def body_ids(document: JsonObject, *path: int) -> list[Json]:
    """Give the ids of the body steps of the loop at `path`."""
    steps = document["steps"]
    for index in path:
        assert isinstance(steps, list)
        at = steps[index]
        assert isinstance(at, dict)
        steps = at["body"]
    assert isinstance(steps, list)
    return [each["id"] for each in steps if isinstance(each, dict)]


@pytest.mark.parametrize("version", ["0.0.1", "0.2.0", "0.10.0", "1.0.0", "1.0.0-rc.1", "2.0.0", "10.0.0"])
def test_schema_and_engine_agree_on_which_documents_are_strict(version: str) -> None:
    document = {key: value for key, value in workflow("alpha", schemaVersion=version).items() if key != "version"}
    assert is_strict(document) is any(each.rule == "required" for each in check_workflow(document))
    assert is_strict(document) is (normalise(document).document is document)


def test_a_document_of_today_is_given_back_as_it_is() -> None:
    document = workflow("alpha", schemaVersion="1.0.0", steps=[loop("loop", [step("one"), step("one")], count=1.5)])
    result = normalise(document)
    assert result.document is document
    assert result.findings == ()


def test_an_older_document_without_flaws_is_given_back_as_it_is() -> None:
    document = workflow("alpha", steps=[step("one"), loop("loop", [step("two")]), loop("loop-two", "one")])
    result = normalise(document)
    assert result.document is document
    assert result.findings == ()


def test_a_missing_version_is_0_0_1_with_a_note() -> None:
    document = workflow("alpha")
    del document["version"]
    result = normalise(document)
    assert result.document["version"] == "0.0.1"
    assert [(each.severity, each.rule, each.pointer) for each in result.findings] == [
        (Severity.MINOR, "missing-version", "")
    ]


def test_the_document_it_was_given_is_never_touched() -> None:
    document = workflow("alpha", steps=[step("one"), loop("loop", [step("one")], count=1.5)])
    del document["version"]
    before = deepcopy(document)
    assert normalise(document).document != before
    assert document == before


def test_body_steps_with_a_repeated_id_are_named_after_their_loop() -> None:
    steps: list[Json] = [step("check"), loop("first", [step("check"), step("own")]), loop("second", [step("check")])]
    result = normalise(workflow("alpha", steps=steps))
    assert body_ids(result.document, 1) == ["first-check", "own"]
    assert body_ids(result.document, 2) == ["second-check"]
    assert [(each.severity, each.pointer) for each in result.findings] == [
        (Severity.MINOR, "/steps/1/body/0/id"),
        (Severity.MINOR, "/steps/2/body/0/id"),
    ]


def test_a_new_id_that_is_taken_or_too_long_gets_a_number() -> None:
    long = "l" * MAX_ID
    steps: list[Json] = [
        step("check"),
        step("first-check"),
        loop("first", [step("check"), step("check")]),
        loop(long, [step("check"), step("check")]),
    ]
    document = normalise(workflow("alpha", steps=steps)).document
    assert body_ids(document, 2) == ["first-check-2", "first-check-3"]
    assert body_ids(document, 3) == [long, long[:-2] + "-2"] or body_ids(document, 3) == [
        long[:-2] + "-2",
        long[:-2] + "-3",
    ]


def test_nested_loops_are_looked_into() -> None:
    steps: list[Json] = [step("check"), loop("outer", [loop("inner", [step("check")], maxIterations=2.5)])]
    result = normalise(workflow("alpha", steps=steps))
    assert body_ids(result.document, 1, 0) == ["inner-check"]
    assert {each.pointer for each in result.findings} == {
        "/steps/1/body/0/loop/maxIterations",
        "/steps/1/body/0/body/0/id",
    }


def test_fractions_are_rounded_down_with_a_note() -> None:
    criteria: JsonObject = {"and": [{"type": "length", "min": 1.5, "max": 9.0, "message": "m"}], "not": 3}
    steps: list[Json] = [step("one", validationCriteria=criteria), loop("loop", "one", count=2.9, maxIterations=3.0)]
    result = normalise(workflow("alpha", steps=steps))
    assert result.document["steps"] == [
        step("one", validationCriteria={"and": [{"type": "length", "min": 1, "max": 9, "message": "m"}], "not": 3}),
        loop("loop", "one", count=2, maxIterations=3),
    ]
    assert [each.pointer for each in result.findings] == [
        "/steps/0/validationCriteria/and/0/min",
        "/steps/1/loop/count",
    ]


@pytest.mark.parametrize(("key", "rule"), [
    ("schemaVersion", "newer-schema-version"),
    ("minServerVersion", "newer-server-version"),
])  # fmt: skip
def test_a_document_for_a_newer_release_is_refused_with_advice(key: str, rule: str) -> None:
    (finding,) = normalise(workflow("alpha", **{key: "1.2.1"})).findings
    assert (finding.severity, finding.rule, finding.pointer) == (Severity.CRITICAL, rule, f"/{key}")
    assert finding.suggestion is not None
    assert normalise(workflow("alpha", **{key: "1.0.0"})).findings == ()
    assert [each.rule for each in normalise(workflow("alpha", **{key: f"1{'0' * 20}.0.0"})).findings] == [rule]


@pytest.mark.parametrize("version", ["soon", 3, None, "1.0", ""])
def test_a_version_that_is_none_is_left_to_the_schema(version: Json) -> None:
    document = workflow("alpha", schemaVersion=version, minServerVersion=version)
    result = normalise(document)
    assert result.document is document
    assert result.findings == ()


def test_a_document_that_declares_an_older_schema_version_is_treated_as_older() -> None:
    document = workflow("alpha", schemaVersion="0.1.0")
    del document["version"]
    assert normalise(document).document["version"] == "0.0.1"


@pytest.mark.parametrize("steps", [
    None, "x", {}, [1, None, "a"], [{"body": [1, {"id": 3}]}], [{"loop": 3}, {"validationCriteria": "x"}],
    [{"body": [{"id": "a"}, {"id": "a"}]}], [{"loop": {"count": True, "maxIterations": "2"}}],
])  # fmt: skip
def test_documents_of_any_shape_pass_through(steps: Json) -> None:
    result = normalise({"steps": steps})
    assert result.document["version"] == "0.0.1"
    assert isinstance(result.findings, tuple)


def test_nesting_beyond_all_reason_is_left_alone() -> None:
    body: Json = [step("one")]
    criteria: Json = {"type": "length", "min": 1.5}
    for _ in range(200):
        body = [{"id": "loop", "body": body}]
        criteria = {"not": criteria}
    result = normalise({"steps": [{"id": "top", "body": body, "validationCriteria": criteria}]})
    assert all(each.rule != "fraction" for each in result.findings)


def test_the_server_version_is_the_one_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == SERVER_VERSION
