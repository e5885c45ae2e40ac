"""The verbs that look: list, show, schema, sources, doctor, version; and how the command line fails."""

import os
from pathlib import Path

import orjson
import pytest

from server import cli
from server.setting_table import SETTINGS
from server.verbs.group import VERBS
from tests.unit.server.conftest import Call
from tests.unit.server.world import World

GOOD = """\
schemaVersion: 1.0.0
id: good-flow
name: Good
description: Does good.
version: 1.0.0
category: tests
tags: [one, two]
preconditions: [Be there.]
steps:
  - {id: only-step, title: Only, prompt: Do it., requireConfirmation: true}
  - id: again
    type: loop
    title: Again
    loop: {type: for, count: 2, maxIterations: 3}
    body:
      - {id: inner, title: Inner, prompt: Do more., runCondition: {var: x}}
"""


@pytest.fixture
def flows(world: World) -> Path:
    folder = world.project / "workflows"
    folder.mkdir()
    (folder / "good.yaml").write_text(GOOD)
    return folder


def test_every_verb_has_a_module_a_summary_and_a_help(call: Call) -> None:
    for name, verb in VERBS.items():
        said = call(name, "--help")
        assert said.code == 0
        assert said.out.startswith(f"Usage: workflow-lookup {name} ")
        assert verb.summary in call("--help").out


def test_without_a_verb_the_help_is_shown_as_a_usage_error(call: Call) -> None:
    said = call()
    assert said.code == 2
    assert "Verbs:" in said.err


def test_an_unknown_verb_names_the_closest(call: Call) -> None:
    said = call("valdate")
    assert said.code == 2
    assert "Did you mean validate?" in said.err
    assert "lists them" in call("zzzz").err


def test_a_wrong_setting_is_a_usage_error_of_every_verb(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFLOWLOOKUP_PROT", "1")
    for verb in ("list", "doctor", "sources", "init"):
        said = call(verb)
        assert said.code == 2
        assert "did you mean WORKFLOWLOOKUP_PORT" in said.err


def test_list_shows_ids_and_filters(call: Call, flows: Path) -> None:
    assert "good-flow" in call("list").out
    answer = orjson.loads(call("list", "--json", "--category", "tests", "--tag", "one", "--query", "good").out)
    assert [each["id"] for each in answer["workflows"]] == ["good-flow"]
    assert call("list", "--tag", "three").out == ""


def test_list_gives_all_pages(call: Call, flows: Path) -> None:
    for number in range(120):
        (flows / f"{number}.yaml").write_text(GOOD.replace("good-flow", f"flow-{number}"))
    answer = orjson.loads(call("list", "--json", "--category", "tests").out)
    assert len(answer["workflows"]) == answer["total"] == 121


def test_list_says_what_is_wrong_with_invalid_ones(call: Call, flows: Path) -> None:
    (flows / "bad.yaml").write_text(GOOD.replace("good-flow", "bad-flow").replace("name: Good", "name: 7"))
    said = call("list")
    assert "bad-flow" not in said.out
    assert "1 invalid (--invalid shows why)" in said.err
    every = call("list", "--invalid")
    assert "critical: workflows/bad.yaml:3:7: 'name' must be a string" in every.out
    assert every.err.endswith(" workflows, 1 invalid\n")


def test_list_shows_the_version_a_broken_document_has(call: Call, flows: Path) -> None:
    (flows / "number.yaml").write_text(
        GOOD.replace("good-flow", "number").replace("version: 1.0.0\nc", "version: 1.5\nc")
    )
    (flows / "torn.yaml").write_text("id: [")
    lines = [line.split() for line in call("list", "--invalid").out.splitlines()]
    assert ["number", "1.5", "Good"] in lines
    assert ["torn", "-", "torn"] in lines


def test_list_counts_one_workflow_as_one_and_says_why_none_is_there(call: Call, flows: Path) -> None:
    assert call("list", "--category", "tests").err == "1 workflow\n"
    near = call("list", "--category", "test")
    assert (near.code, near.out) == (0, "")
    assert near.err == "0 workflows\nno workflow has the category 'test'; did you mean 'tests' or 'testing'?\n"
    assert "; the categories are " in call("list", "--category", "zebra").err
    for arguments in (["--query", "zzzz"], ["--tag", "zzzz"], ["--category", "tests", "--query", "zzzz"]):
        assert "no workflow fits; ask for fewer words or tags" in call("list", *arguments).err


PHASED = """\
id: phased-flow
name: Phased
description: In phases.
version: 1.0.0
phases:
  - number: 0
    title: Plan
    tasks:
      - {id: only-task, title: Only, prompt: Plan it., evidence: {evidence: {done: {type: boolean}}}}
    gate: {evidence: {plan: {type: string}, pages: {type: integer}}}
  - {number: 1, title: Rest, tasks: [], gate: {strict: false, evidence: {a: {type: string}}}}
  - {number: 2, title: End, tasks: [{id: last-task, title: Last, prompt: End it.}]}
"""


def test_show_gives_phases_with_their_tasks_and_gates(call: Call, flows: Path) -> None:
    (flows / "phased.yaml").write_text(PHASED)
    said = call("show", "phased-flow")
    assert said.code == 0
    assert said.out.endswith(
        """
phases:
  0: Plan
    only-task: Only  [asks for evidence]
    (gate: plan, pages)
  1: Rest
    (gate: a; what is wrong is only noted)
  2: End
    last-task: Last
"""
    )
    assert "phased-flow" in call("list").out


def test_show_gives_an_outline_or_the_document(call: Call, flows: Path) -> None:
    said = call("show", "good-flow")
    assert said.code == 0
    for line in (
        "Good (good-flow 1.0.0)",
        "  - Be there.",
        "  only-step: Only  [asks for confirmation]",
        "  again: Again  [loop for, at most 3 passes]",
        "    inner: Inner  [only if]",
    ):
        assert line in said.out
    assert orjson.loads(call("show", "good-flow", "--json").out)["id"] == "good-flow"


def test_what_is_not_there_ends_with_1_and_the_closest_id(call: Call, flows: Path) -> None:
    said = call("show", "good-flwo")
    assert said.code == 1
    assert "did you mean 'good-flow'?" in said.err


def test_schema_prints_the_published_schema(call: Call) -> None:
    assert orjson.loads(call("schema").out)["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_sources_counts_and_names_what_is_hidden(call: Call, world: World, flows: Path) -> None:
    user = world.home / ".workflowlookup/workflows"
    user.mkdir(parents=True)
    (user / "mine.yaml").write_text(GOOD.replace("name: Good", "name: Mine"))
    (flows / "package.json").write_text("{}")
    said = call("sources")
    assert "hidden: good-flow 1.0.0 (user mine.yaml) by project 1.0.0 workflows/good.yaml" in said.out
    answer = orjson.loads(call("sources", "--json").out)
    counts = {each["source"]: (each["valid"], each["invalid"], each["shadowed"]) for each in answer["sources"]}
    assert counts["user"] == (0, 0, 1)
    assert counts["project"] == (1, 0, 0)
    assert counts["bundled"][0] >= 8
    assert answer["passedOver"] == {"no-workflow": 1}


def test_doctor_shows_every_setting_with_its_origin_and_no_token(
    call: Call, flows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKFLOWLOOKUP_TOKEN", "very-secret-token")
    said = call("doctor", "--port", "81")
    assert said.code == 0
    assert "very-secret-token" not in said.out
    assert "token = (hidden)   (environment WORKFLOWLOOKUP_TOKEN)" in said.out
    assert "port = 81   (command line --port)" in said.out
    answer = orjson.loads(call("doctor", "--json").out)
    assert {each["name"] for each in answer["settings"]} == set(SETTINGS) - {"token_file"}
    assert answer["ok"] is True
    assert all(answer["dependencies"].values())


def test_doctor_ends_with_1_and_says_what_is_wrong(call: Call, world: World, flows: Path) -> None:
    (flows / "bad.yaml").write_text("id: [")
    home = world.home / "data"
    home.mkdir()
    (home / "sessions.db").write_text("this is no database, whatever it is called\n" * 100)
    said = call("doctor", "--home", home, "--path", "missing-folder")
    assert said.code == 1
    assert "WRONG store: " in said.out
    assert "WRONG workflows: " in said.out
    assert f"WRONG sources: path-1 {world.project}/missing-folder: this source's folder does not exist" in said.out
    assert f"path-1 {world.project}/missing-folder: this source" in call("sources", "--path", "missing-folder").out


def test_doctor_sees_a_home_that_cannot_be_written(call: Call, world: World) -> None:
    (world.home / "file").write_text("")
    assert "WRONG home: " in call("doctor", "--home", world.home / "file").out
    assert "WRONG home: " in call("doctor", "--home", "/proc/nohome").out


def test_doctor_leaves_nothing_where_it_tries_to_write(call: Call, world: World) -> None:
    made = world.home / "made"
    made.mkdir()
    assert f"ok    home: {made} can be written" in call("doctor", "--home", made).out
    assert [path.name for path in made.iterdir()] == ["library"]
    assert f"ok    home: {world.home}/other can be made" in call("doctor", "--home", world.home / "other").out


def test_doctor_shows_defaults_as_they_hold_and_switches_as_toml_has_them(call: Call) -> None:
    said = call("doctor")
    assert "  log_level = warning on stdio, info on HTTP   (default)\n" in said.out
    assert "  log_file = stderr   (default)\n" in said.out
    assert "  sessions = false   (default)\n" in said.out
    assert "  sessions = true   (command line --sessions)\n" in call("doctor", "--sessions").out


@pytest.mark.parametrize("arguments", [["list"], ["show", "release"], ["doctor"], ["sources"], ["schema"]])
def test_looking_makes_no_home_folder(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(world.home / "nobody"))
    assert call(*arguments).code == 0
    assert list(world.home.iterdir()) == []


def test_version_is_said_for_people_and_programs(call: Call) -> None:
    assert call("version").out.startswith("workflow-lookup 1.")
    assert call("--version").out == call("version").out
    assert set(orjson.loads(call("version", "--json").out)) == {"name", "version", "python"}


def test_ctrl_c_ends_with_130_and_nothing_else(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", interrupted)
    assert call("list") == (130, "", "")


def test_settings_flags_reach_the_library(call: Call, world: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "workflows").mkdir(parents=True)
    (other / "workflows/x.yaml").write_text(GOOD)
    assert call("show", "good-flow").code == 1
    assert call("show", "good-flow", "--workspace", other).code == 0
    assert call("show", "good-flow", "--path", other / "workflows").code == 0
    assert call("list", "--workspace", "none").code == 0
    assert os.listdir(world.project) == []  # noqa: PTH208 - names only


def test_help_promises_what_this_release_does(call: Call) -> None:
    said = call("--help").out
    assert "has its output checked" in " ".join(said.split())
    assert "remember" not in said


def test_help_of_serve_shows_the_choices(call: Call) -> None:
    said = call("serve", "--help").out
    assert "--log-level [debug|info|warning|error]" in said
    assert "--reveal [steps|nothing]" in said
