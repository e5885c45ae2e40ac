"""`validate --schema`: any Draft 7 schema, with the local files it refers to."""

from pathlib import Path

import orjson
import pytest

from server.verbs import schema_file
from tests.unit.server.conftest import Call
from tests.unit.server.world import World


@pytest.fixture
def project(world: World) -> Path:
    return world.project


def put(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(value))


def test_data_is_held_against_the_schema(call: Call, project: Path) -> None:
    put(project / "s.json", {"type": "object", "required": ["a"], "properties": {"b": {"type": "string"}}})
    put(project / "good.json", {"a": 1})
    put(project / "bad.json", {"b": 2})
    assert call("validate", "--schema", "s.json", "good.json").code == 0
    said = call("validate", "--schema", "s.json", "bad.json", "--json")
    findings = orjson.loads(said.out)["files"][0]["findings"]
    assert said.code == 1
    assert [finding["rule"] for finding in findings] == ["required", "type"]


def test_searched_files_are_all_data(call: Call, project: Path) -> None:
    put(project / "s.json", {"type": "object"})
    put(project / "d/a.json", {"no": "workflow"})
    put(project / "d/b.json", [])
    said = call("validate", "--schema", "s.json", "d")
    assert said.code == 1
    assert said.out.endswith("2 files, 1 invalid; findings: 1 critical, 0 major, 0 minor\n")


def test_a_schema_may_be_yaml_and_may_be_true_or_false(call: Call, project: Path) -> None:
    (project / "s.yaml").write_text("type: integer\n")
    (project / "never.json").write_text("false")
    put(project / "d.json", 1)
    assert call("validate", "--schema", "s.yaml", "d.json").code == 0
    assert call("validate", "--schema", "never.json", "d.json").code == 1


@pytest.mark.parametrize("identity", [None, "https://example.org/schemas/main.json", "main.json"])
def test_references_lead_to_local_files_and_on_from_there(call: Call, project: Path, identity: str | None) -> None:
    main = {"properties": {"a": {"$ref": "parts/a.json#/definitions/inner"}, "b": {"$ref": "#/definitions/b"}}}
    named = main | ({"$id": identity} if identity else {}) | {"definitions": {"b": {"type": "string"}}}
    put(project / "schemas/main.json", named)
    put(project / "schemas/parts/a.json", {"definitions": {"inner": {"$ref": "b%20c.json"}}})
    put(project / "schemas/parts/b c.json", {"type": "integer"})
    put(project / "good.json", {"a": 1, "b": "x"})
    put(project / "bad.json", {"a": "1", "b": 2})
    assert call("validate", "--schema", "schemas/main.json", "good.json").code == 0
    said = call("validate", "--schema", "schemas/main.json", "bad.json", "--json")
    findings = orjson.loads(said.out)["files"][0]["findings"]
    assert {finding["pointer"] for finding in findings} == {"/a", "/b"}


def test_references_in_a_circle_end(call: Call, project: Path) -> None:
    put(project / "a.json", {"properties": {"next": {"$ref": "b.json"}}})
    put(project / "b.json", {"type": "object", "properties": {"next": {"$ref": "a.json"}}})
    put(project / "d.json", {"next": {"next": {"next": 3}}})
    assert call("validate", "--schema", "a.json", "d.json").code == 1


def test_format_is_asserted_on_wish(call: Call, project: Path) -> None:
    put(project / "s.json", {"format": "date"})
    put(project / "d.json", "tomorrow")
    assert call("validate", "--schema", "s.json", "d.json").code == 0
    assert call("validate", "--schema", "s.json", "--check-formats", "d.json").code == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"type": "objec"}', "s.json:1:10: critical: "),
        ("{", "the schema cannot be used"),
        ("", "the schema"),
        ("[]", "a schema must be an object"),
        ('{"$schema": "https://json-schema.org/draft/2020-12/schema"}', "only Draft 7"),
        ('{"$ref": "missing.json"}', "the schema cannot be used"),
        ('{"$ref": "https://example.org/x.json"}', "the schema cannot be used"),
        (" " * 100, "the schema"),
    ],
)
def test_a_schema_that_cannot_be_used_ends_with_3_and_its_findings(
    call: Call, project: Path, text: str, says: str
) -> None:
    (project / "s.json").write_text(text)
    put(project / "d.json", 1)
    said = call("validate", "--schema", "s.json", "d.json")
    assert said.code == 3
    assert says in said.err
    assert said.out == ""


def test_a_schema_that_cannot_be_read_ends_with_3(call: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project / "d.json", 1)
    assert call("validate", "--schema", "missing.json", "d.json").code == 3
    monkeypatch.setattr(schema_file, "MAX_DATA_BYTES", 10)
    (project / "s.json").write_text('{"type": "integer"}')
    assert "larger than 10 bytes" in call("validate", "--schema", "s.json", "d.json").err


def test_several_documents_are_no_schema(call: Call, project: Path) -> None:
    (project / "s.yaml").write_text("{}\n---\n{}\n")
    assert "one document, not 2" in call("validate", "--schema", "s.yaml", "s.yaml").err


def test_a_family_of_too_many_files_is_refused(call: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_file, "MAX_DOCUMENTS", 1)
    put(project / "s.json", {"allOf": [{"$ref": "a.json"}, {"$ref": "b.json"}]})
    put(project / "a.json", {})
    put(project / "b.json", {})
    assert "more than 1 files" in call("validate", "--schema", "s.json", "a.json").err
