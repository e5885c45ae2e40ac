"""The verbs that write: init, new."""

import sys
import tomllib
from pathlib import Path

import orjson
import pytest

from server.setting_table import SETTINGS
from server.verbs.templates import TEMPLATES
from tests.unit.server.conftest import Call
from tests.unit.server.world import World


def test_init_makes_a_project_that_validates_and_says_how_clients_start_it(call: Call, world: World) -> None:
    said = call("init", "--json")
    answer = orjson.loads(said.out)
    assert said.code == 0
    assert [Path(path).name for path in answer["made"]] == ["config.toml", "first-steps.yaml"]
    assert call("validate", "--strict", "workflows").code == 0
    assert [client["name"] for client in answer["clients"]] == ["Claude Code", "VS Code", "Cursor"]
    entry = answer["clients"][1]["content"]["servers"]["workflow-lookup"]
    assert entry["type"] == "stdio"
    assert entry["args"][-4:] == ["serve", "--stdio", "--workspace", str(world.project)]
    assert Path(entry["command"]).exists()


def test_the_settings_file_of_init_sets_nothing_and_names_what_a_project_may_set(call: Call, world: World) -> None:
    call("init")
    text = (world.project / ".workflowlookup/config.toml").read_text()
    assert tomllib.loads(text) == {}
    named = tomllib.loads("\n".join(line[2:] for line in text.splitlines() if line.startswith("# ") and " = " in line))
    assert set(named) == {name for name, setting in SETTINGS.items() if setting.in_project}
    (world.project / ".workflowlookup/config.toml").write_text(
        "\n".join(line[2:] for line in text.splitlines() if line.startswith("# ") and " = " in line)
    )
    settings = world.load().settings
    assert settings.port == 8000
    assert settings.log_level == "warning"
    assert '# log_level = "warning"  # default: warning on stdio, info on HTTP\n' in text
    assert {name: getattr(settings, name) for name in named if name != "log_level"} == {
        name: SETTINGS[name].default for name in named if name != "log_level"
    }


def test_init_keeps_what_is_there(call: Call, world: World) -> None:
    call("init")
    example = world.project / "workflows/first-steps.yaml"
    example.write_text("mine")
    said = call("init")
    assert example.read_text() == "mine"
    assert said.out.count("kept ") == 2


def test_init_and_new_need_a_workspace(call: Call) -> None:
    assert call("init", "--workspace", "none").code == 2
    assert call("new", "abc", "--workspace", "none").code == 2


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_template_makes_a_workflow_without_a_finding(call: Call, world: World, template: str) -> None:
    made = call("new", "my-flow", "--template", template, "--json")
    path = Path(orjson.loads(made.out)["path"])
    assert path == world.project / "workflows/my-flow.yaml"
    assert call("validate", "--strict", path).code == 0
    assert orjson.loads(call("show", "my-flow", "--json").out)["name"] == "My flow"


def test_new_takes_odd_texts_as_they_are(call: Call) -> None:
    name = 'He said: "# no" $id \\ \u65e5'
    call("new", "odd-flow", "--name", name, "--description", "a: b")
    document = orjson.loads(call("show", "odd-flow", "--json").out)
    assert (document["name"], document["description"]) == (name, "a: b")


@pytest.mark.parametrize("arguments", [["B A"], ["x"], ["../up"], ["ok-id", "--name", "x" * 200]])
def test_new_refuses_what_would_be_no_workflow(call: Call, world: World, arguments: list[str]) -> None:
    said = call("new", *arguments)
    assert said.code == 2
    assert "that would make no valid workflow" in said.err
    assert list(world.project.iterdir()) == []


def test_new_never_writes_over_a_file(call: Call, world: World) -> None:
    call("new", "my-flow")
    (world.project / "workflows/my-flow.yaml").write_text("mine")
    said = call("new", "my-flow")
    assert said.code == 3
    assert "already there" in said.err
    assert (world.project / "workflows/my-flow.yaml").read_text() == "mine"


def test_new_says_when_it_cannot_write(call: Call, world: World) -> None:
    (world.project / "workflows").write_text("a file")
    said = call("new", "my-flow")
    assert said.code == 3
    assert "is not a folder" in said.err
    assert "cannot be written" in call("new", "my-flow", "--output", "/dev/null/x/y.yaml").err


def test_new_prints_to_stdout_on_wish(call: Call, world: World) -> None:
    said = call("new", "team:flow", "--output", "-")
    assert '\nid: "team:flow"\n' in said.out
    assert list(world.project.iterdir()) == []
    call("new", "team:flow")
    assert (world.project / "workflows/team.flow.yaml").exists()


def test_a_name_that_is_no_text_is_a_usage_error(call: Call) -> None:
    assert call("new", "abc", "--name", "\udcff").code == 2


def test_stdout_without_unicode_gets_replacement_signs(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.project / "x.yaml").write_text("id: \u65e5\n")
    monkeypatch.setattr(type(sys.stdout), "encoding", "ascii")
    said = call("validate", "x.yaml")
    assert said.code == 1
    assert said.out.isascii()


def test_new_says_which_shipped_workflow_it_replaces(call: Call) -> None:
    said = call("new", "release")
    assert said.code == 0
    assert said.err == "it replaces the bundled workflow release in this workspace\n"
    assert call("new", "my-own-flow").err == ""
    assert call("new", "code-review", "--output", "-").err == ""
