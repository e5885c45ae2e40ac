"""Automation YAML on the command line: checked with its lines, shown natively, written anew on wish."""

from pathlib import Path

import orjson
import pytest

from schema.check import check_workflow
from tests.unit.server.conftest import Call
from tests.unit.server.world import World

DEPLOY = """name: "team:deploy"
description: "Deploys."
version: "1.2.0"
steps:
  - id: "say"
    type: "user_message"
    message: "Hi"
"""


@pytest.fixture
def file(world: World) -> Path:
    path = world.project / ".aromcp" / "workflows" / "team:deploy.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(DEPLOY, encoding="utf-8")
    return path


def test_a_sound_file_is_valid(call: Call, file: Path) -> None:
    assert call("validate", file).code == 0


def test_every_finding_has_its_line(call: Call, file: Path) -> None:
    file.write_text(DEPLOY.replace("user_message", "user_mesage"), encoding="utf-8")
    said = call("validate", "--json", file)
    assert said.code == 1
    assert '"line": 6' in said.out
    assert "did you mean 'user_message'?" in said.out


def test_a_folder_s_automation_files_are_checked_too(call: Call, file: Path) -> None:
    assert "1 file" in call("validate", file.parent).out


def test_it_is_listed_and_shown(call: Call, file: Path) -> None:
    assert "team:deploy" in call("list").out
    assert '"message"' in call("show", "team:deploy", "--json").out


def test_migrate_leaves_it_as_it_is(call: Call, file: Path) -> None:
    said = call("migrate", file)
    assert said.code == 0
    assert "keeps its form" in said.err
    assert file.read_text(encoding="utf-8") == DEPLOY


def test_migrate_writes_it_natively_into_a_file_of_its_own(call: Call, file: Path, tmp_path: Path) -> None:
    target = tmp_path / "deploy.json"
    assert call("migrate", file, "--output", target).code == 0
    native = orjson.loads(target.read_bytes())
    assert native["id"] == "team:deploy"
    assert check_workflow(native) == ()
