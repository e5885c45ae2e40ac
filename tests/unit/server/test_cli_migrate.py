"""`migrate`: older documents become current ones, and nothing else about their files changes."""

import io
import os
import sys
from pathlib import Path

import orjson
import pytest

from schema.source import SourceDocument, Syntax, read
from schema.values import JsonObject
from server.verbs import migrate
from server.verbs.rewriting import Edit, same
from tests.unit.server.conftest import Call
from tests.unit.server.world import World

OLD_YAML = """\
# my flow
id: old-flow   # the id
name: Old
description: Old one.
steps:
  - id: one-step
    title: One
    prompt: Do it.  # comment
  - id: loop-it
    type: loop
    title: L
    loop: {type: for, count: 2.5, maxIterations: 3.0}
    body:
      - {id: one-step, title: Again, prompt: "Again"}
"""
NEW_YAML = """\
# my flow
schemaVersion: 1.0.0
version: 0.0.1
id: old-flow   # the id
name: Old
description: Old one.
steps:
  - id: one-step
    title: One
    prompt: Do it.  # comment
  - id: loop-it
    type: loop
    title: L
    loop: {type: for, count: 2, maxIterations: 3}
    body:
      - {id: loop-it-one-step, title: Again, prompt: "Again"}
"""
STEP = '{"id": "one-step", "title": "t", "prompt": "p"}'
OLD_JSON = (
    f'{{\n\t"schemaVersion": "0.2.0",\n\t"id": "old-json", "name": "x", "description": "d",\n\t"steps": [{STEP}]\n}}\n'
)
MINIFIED = f'{{"id":"mini-js","name":"x","description":"d","version":"1.0.0","steps":[{STEP}]}}'
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "valid"


@pytest.fixture
def old(world: World) -> Path:
    path = world.project / "old.yaml"
    path.write_text(OLD_YAML)
    return path


def test_a_file_is_changed_in_place_and_keeps_its_comments(call: Call, old: Path) -> None:
    old.chmod(0o640)
    said = call("migrate", "old.yaml")
    assert said.code == 0
    assert old.read_text() == NEW_YAML
    assert old.stat().st_mode & 0o777 == 0o640
    assert "+schemaVersion: 1.0.0\n" in said.out
    assert "count is 2.5; it is rounded down to 2" in said.err
    assert call("validate", "--strict", "old.yaml").code == 0
    assert [path.name for path in old.parent.iterdir()] == ["old.yaml"]


def test_a_current_file_is_not_touched(call: Call, old: Path) -> None:
    call("migrate", "old.yaml")
    before = old.stat()
    said = call("migrate", "old.yaml")
    assert (said.code, said.out) == (0, "")
    assert "old.yaml: current" in said.err
    assert old.stat() == before


def test_dry_run_shows_the_diff_and_writes_nothing(call: Call, old: Path) -> None:
    said = call("migrate", "--dry-run", "--backup", ".")
    assert said.code == 0
    assert "-    loop: {type: for, count: 2.5, maxIterations: 3.0}\n" in said.out
    assert old.read_text() == OLD_YAML
    assert [path.name for path in old.parent.iterdir()] == ["old.yaml"]


def test_backup_keeps_the_old_text(call: Call, old: Path) -> None:
    call("migrate", "--backup", "old.yaml")
    assert Path(f"{old}.bak").read_text() == OLD_YAML
    assert old.read_text() == NEW_YAML


def test_json_keeps_its_layout(call: Call, world: World) -> None:
    path = world.project / "old.json"
    path.write_text(OLD_JSON)
    call("migrate", path)
    expected = OLD_JSON.replace('{\n\t"s', '{\n\t"version": "0.0.1",\n\t"s').replace("0.2", "1.0")
    assert path.read_text() == expected


@pytest.mark.parametrize(
    "text",
    [
        MINIFIED,
        OLD_JSON.replace("\n", "\r\n"),
        "\ufeff" + OLD_JSON,
        OLD_YAML.replace("\n", "\r\n"),
        "---\n" + OLD_YAML + "---\n" + OLD_YAML.replace("old-flow", "two-flow") + "...\n",
        "--- # note\n" + OLD_JSON.replace("\t", "  "),
        OLD_YAML.replace("id: loop-it\n", "id: 'loop-it'\n").replace("{id: one-step", '{id: "one-step"'),
    ],
    ids=["minified", "json-crlf", "bom", "yaml-crlf", "two-documents", "json-in-yaml", "quoted"],
)
def test_other_layouts_are_kept_too(call: Call, world: World, text: str) -> None:
    path = world.project / ("x.json" if text.lstrip("\ufeff").startswith("{") else "x.yaml")
    path.write_bytes(text.encode())
    assert call("migrate", path).code == 0
    assert call("validate", "--strict", path).code == 0
    assert path.read_bytes().count(b"\r") in {0, text.count("\r"), text.count("\r") + 1, text.count("\r") + 2}


@pytest.mark.parametrize("example", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_valid_example_can_be_migrated_without_changing_what_it_means(
    call: Call, world: World, example: Path
) -> None:
    path = world.project / example.name
    path.write_bytes(example.read_bytes())
    assert call("migrate", path).code == 0
    after = orjson.loads(call("validate", "--json", path).out)["files"][0]
    assert after["valid"] is True
    rules = {finding["rule"] for finding in after["findings"]}
    assert not rules & {"missing-version", "fraction", "repeated-id"}


def test_an_invalid_file_is_left_alone_with_its_findings(call: Call, world: World) -> None:
    path = world.project / "bad.yaml"
    path.write_text("id: bad\n")
    said = call("migrate", path)
    assert said.code == 1
    assert "this workflow has no 'name'" in said.err
    assert path.read_text() == "id: bad\n"


def test_what_cannot_be_read_ends_with_3(call: Call, world: World, old: Path) -> None:
    os.mkfifo(world.project / "pipe.yaml")
    said = call("migrate", "--json", "missing.yaml", "pipe.yaml", "old.yaml", "*.none")
    statuses = [each["status"] for each in orjson.loads(said.out)["files"]]
    assert said.code == 3
    assert sorted(statuses) == ["migrated", "unreadable", "unreadable", "unreadable"]


def test_a_folder_takes_its_workflows_and_leaves_the_rest(call: Call, world: World, old: Path) -> None:
    (world.project / "package.json").write_text("{}")
    assert call("migrate", ".").code == 0
    assert (world.project / "package.json").read_text() == "{}"
    assert old.read_text() == NEW_YAML


def test_output_names_a_file_or_a_folder(call: Call, world: World, old: Path) -> None:
    assert call("migrate", "old.yaml", "--output", "new.yaml").code == 0
    assert (old.read_text(), (world.project / "new.yaml").read_text()) == (OLD_YAML, NEW_YAML)
    assert call("migrate", "old.yaml", "--output", "new.json").code == 0
    left = orjson.loads((world.project / "new.json").read_bytes())
    assert same(left, read(NEW_YAML, Syntax.YAML).documents[0].value)
    (world.project / "out").mkdir()
    assert call("migrate", "old.yaml", "new.yaml", "--output", "out").code == 0
    assert sorted(path.name for path in (world.project / "out").iterdir()) == ["new.yaml", "old.yaml"]
    assert call("migrate", "old.yaml", "new.yaml", "--output", "nowhere").code == 2


def test_stdin_goes_to_stdout(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD_YAML.encode())))
    assert call("migrate", "-") == (0, NEW_YAML, "")


def test_a_link_stays_a_link(call: Call, world: World, old: Path) -> None:
    link = world.project / "link.yaml"
    link.symlink_to("old.yaml")
    call("migrate", link)
    assert link.is_symlink()
    assert old.read_text() == NEW_YAML


def no_edits(_text: str, _document: SourceDocument, _target: JsonObject) -> list[Edit] | None:
    return None


def wrong_edits(_text: str, _document: SourceDocument, _target: JsonObject) -> list[Edit] | None:
    return []


def test_a_text_that_cannot_be_changed_in_place_is_left_alone(
    call: Call, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "edits", no_edits)
    said = call("migrate", old)
    assert said.code == 1
    assert "use --output FILE.json" in said.err
    monkeypatch.setattr(migrate, "edits", wrong_edits)
    assert call("migrate", old).code == 1
    assert old.read_text() == OLD_YAML


def test_a_full_disk_leaves_the_old_file(call: Call, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said = call("migrate", old)
    assert said.code == 3
    assert "No space left on device" in said.err
    assert old.read_text() == OLD_YAML
    assert [path.name for path in old.parent.iterdir()] == ["old.yaml"]


LOOP = '{"id": "%s", "type": "loop", "title": "L", "loop": {"type": "for", "count": 1, "maxIterations": 1}, %s}'
BODY = '"body": [{"id": "%s", "title": "B", "prompt": "p"}], "functionDefinitions": [%s]'


def functions(*definitions: str) -> str:
    """Make an old document whose loops define a function each."""
    loops = ", ".join(LOOP % (f"loop-{n}", BODY % (f"body-{n}", each)) for n, each in enumerate(definitions))
    return MINIFIED.replace(STEP, loops)


def test_functions_of_loops_move_to_the_workflow(call: Call, world: World) -> None:
    path = world.project / "old.json"
    path.write_text(functions('{"name": "f", "definition": "F."}', '{"name": "g", "definition": "G."}'))
    said = call("migrate", path)
    assert said.code == 0
    assert "the function 'g' moves from its loop to the workflow" in said.err
    document = orjson.loads(path.read_bytes())
    assert [each["name"] for each in document["functionDefinitions"]] == ["f", "g"]
    assert "functionDefinitions" not in document["steps"][0]
    assert call("validate", "--strict", path).code == 0


def test_two_functions_of_one_name_are_the_authors_to_settle(call: Call, world: World) -> None:
    path = world.project / "old.json"
    text = functions('{"name": "f", "definition": "F."}', '{"name": "f", "definition": "Other."}')
    path.write_text(text)
    said = call("migrate", path)
    assert said.code == 1
    assert "by the stricter rules of the current version" in said.err
    assert path.read_text() == text


def test_yaml_that_needs_more_than_edits_is_left_to_output(call: Call, world: World) -> None:
    path = world.project / "old.yaml"
    path.write_text(functions('{"name": "f", "definition": "F."}'))
    assert call("migrate", path).code == 1
    assert call("migrate", path, "--output", "new.json").code == 0
    assert call("validate", "--strict", "new.json").code == 0
