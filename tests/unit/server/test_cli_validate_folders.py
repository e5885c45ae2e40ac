"""`validate` on phased workflow folders: one document each, findings in the file and line they stand in."""

from pathlib import Path

import orjson
import pytest

from schema.values import JsonObject
from tests.unit.engine.folders import GATE
from tests.unit.server.conftest import Call
from tests.unit.server.world import World


@pytest.fixture
def flow(world: World) -> Path:
    """Write a phased folder with a sound gate and one broken link; give its path."""
    folder = world.project / "flows" / "look_v1"
    pages = {
        "metadata.json": '{"workflow_type": "look_v1", "version": "1.0.0", "name": "L", "description": "D"}',
        "phases/1/phase.md": "# Phase 1: Look\n",
        "phases/1/task-1-read.md": "Read.\nNEXT-MANDATORY: [x](gone.md)\n",
        "phases/1/gate-definition.yaml": GATE,
        "supporting-docs/inner.json": '{"id": "inner", "steps": []}',
    }
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def answer(call: Call, *arguments: str) -> JsonObject:
    value = orjson.loads(call("validate", "--json", *arguments).out)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("named", ["flows", "flows/look_v1", "flows/look_v1/metadata.json", "flows/**/*.json"])
def test_a_phased_folder_is_one_document_however_it_is_named(call: Call, flow: Path, named: str) -> None:
    said = answer(call, named)
    files = said["files"]
    assert isinstance(files, list)
    found = [(str(each["file"]).partition("look_v1/")[2], each["valid"]) for each in files if isinstance(each, dict)]
    assert found == [("metadata.json", True), ("phases/1/task-1-read.md", True)]
    summary = said["summary"]
    assert isinstance(summary, dict)
    assert (summary["documents"], summary["invalid"], summary["minor"]) == (1, 0, 1)


def test_a_finding_stands_in_its_own_file_with_its_line_and_the_line_is_shown(call: Call, flow: Path) -> None:
    said = call("validate", "flows")
    assert said.code == 0
    assert "flows/look_v1/phases/1/task-1-read.md:2" in said.out
    assert "2 | NEXT-MANDATORY: [x](gone.md)" in said.out


def test_a_gate_that_cannot_be_honoured_fails_the_run(call: Call, flow: Path) -> None:
    (flow / "phases" / "1" / "gate-definition.yaml").write_text(GATE + "extra: 1\n")
    said = call("validate", "flows")
    assert said.code == 1
    assert "gate-definition.yaml:7" in said.out


def test_what_is_wrong_with_the_whole_document_stands_in_its_metadata(call: Call, flow: Path) -> None:
    (flow / "phases" / "1" / "gate-definition.yaml").write_text(GATE.replace("boolean", "boolean, validator: between"))
    assert call("validate", "flows").code == 1
    (flow / "phases" / "1" / "gate-definition.yaml").write_text(GATE + "rules: [{expression: '1 +', message: m}]\n")
    said = call("validate", "flows")
    assert said.code == 1
    assert "flows/look_v1/metadata.json" in said.out


def test_with_a_schema_of_the_users_every_file_is_data(call: Call, flow: Path, world: World) -> None:
    schema = world.project / "any.schema"
    schema.write_text("{}")
    said = orjson.loads(call("validate", "--json", "--schema", str(schema), "flows").out)
    assert len(said["files"]) == 3
