"""`validate`: what it reads, what it says, how it ends."""

import io
import os
import sys
from pathlib import Path

import orjson
import pytest

from server.verbs import inputs, progress, verdicts
from tests.unit.server.conftest import Call
from tests.unit.server.world import World

GOOD = """\
schemaVersion: 1.0.0
id: good-flow
name: Good
description: Does good.
version: 1.0.0
steps:
  - {id: only-step, title: Only, prompt: Do it.}
"""
BAD = GOOD.replace("name: Good", "name: 7").replace("prompt:", "promt:")
MINOR = GOOD.replace("schemaVersion: 1.0.0\n", "").replace("version: 1.0.0\n", "")


@pytest.fixture
def project(world: World) -> Path:
    return world.project


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_valid_file_ends_with_0_and_a_line_of_totals(call: Call, project: Path) -> None:
    put(project / "good.yaml", GOOD)
    assert call("validate", "good.yaml") == (0, "1 file, 0 invalid; findings: 0 critical, 0 major, 0 minor\n", "")


def test_every_error_is_shown_with_the_position_of_the_value_and_its_line(call: Call, project: Path) -> None:
    put(project / "bad.yaml", BAD)
    said = call("validate", "bad.yaml")
    assert said.code == 1
    assert "bad.yaml:3:7: critical: 'name' must be a string, not 7 [type] at /name\n" in said.out
    assert "  3 | name: 7\n    |       ^\n" in said.out
    assert "bad.yaml:7:" in said.out
    assert "did you mean 'prompt'?" in said.out
    assert said.out.endswith("1 file, 1 invalid; findings: 3 critical, 0 major, 0 minor\n")


def test_strict_turns_any_finding_into_exit_code_1(call: Call, project: Path) -> None:
    put(project / "minor.yaml", MINOR)
    assert call("validate", "minor.yaml").code == 0
    assert call("validate", "--strict", "minor.yaml").code == 1


def test_without_files_it_is_a_usage_error(call: Call) -> None:
    said = call("validate")
    assert said.code == 2
    assert "Missing argument" in said.err


@pytest.mark.parametrize("flag", ["--format=xml", "--syntax=toml", "--no-such"])
def test_a_wrong_flag_is_a_usage_error(call: Call, flag: str) -> None:
    assert call("validate", flag, "x").code == 2


def test_folders_are_searched_and_what_is_no_workflow_is_passed_over(call: Call, project: Path) -> None:
    put(project / "flows/a.yaml", GOOD)
    put(project / "flows/deep/b.yml", GOOD)
    put(project / "flows/package.json", '{"scripts": {}}')
    put(project / "flows/README.md", "# no")
    put(project / "flows/.hidden/c.yaml", BAD)
    put(project / "flows/.hidden.yaml", BAD)
    said = call("validate", "--json", "flows")
    answer = orjson.loads(said.out)
    assert said.code == 0
    assert [each["file"] for each in answer["files"]] == ["flows/a.yaml", "flows/deep/b.yml"]
    assert answer["summary"]["passedOver"] == 1


def test_a_named_file_that_is_no_workflow_is_judged_all_the_same(call: Call, project: Path) -> None:
    put(project / "package.json", '{"scripts": {}}')
    assert call("validate", "package.json").code == 1


def test_globs_the_shell_left_alone_are_expanded(call: Call, project: Path) -> None:
    put(project / "a/x.yaml", GOOD)
    put(project / "b/c/y.yaml", BAD)
    put(project / "b/c/y.txt", BAD)
    assert call("validate", "a/*.yaml").code == 0
    said = call("validate", "**/*.yaml", str(project / "*/*.yaml"))
    assert said.code == 1
    assert said.out.endswith("3 files, 1 invalid; findings: 3 critical, 0 major, 0 minor\n")


def test_a_file_named_like_a_glob_is_that_file(call: Call, project: Path) -> None:
    put(project / "x[1].yaml", GOOD)
    assert call("validate", "x[1].yaml").code == 0


def test_the_same_file_named_twice_is_read_once(call: Call, project: Path) -> None:
    put(project / "f/a.yaml", GOOD)
    assert call("validate", "f", "f", "f/a.yaml").out.startswith("1 file, ")


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1), ('{"id": "x"}', 1), ("", 1), ("\ufeff" + GOOD, 0)])
def test_a_dash_reads_stdin_and_guesses_its_syntax(
    call: Call, monkeypatch: pytest.MonkeyPatch, text: str, code: int
) -> None:
    stdin(monkeypatch, text.encode())
    assert call("validate", "-").code == code


def test_all_documents_of_a_yaml_stream_are_judged(call: Call, project: Path) -> None:
    put(project / "many.yaml", GOOD + "---\n" + BAD)
    said = call("validate", "--json", "many.yaml")
    (file,) = orjson.loads(said.out)["files"]
    assert said.code == 1
    assert file["documents"] == 2
    assert {finding["document"] for finding in file["findings"]} == {1}
    assert file["findings"][0]["line"] == 11
    assert "(document 2)" in call("validate", "many.yaml").out


def test_jsonl_is_judged_line_by_line_and_a_broken_line_costs_no_other(call: Call, project: Path) -> None:
    put(project / "s.json", '{"properties": {"n": {"type": "integer"}}}')
    put(project / "d.jsonl", '{"n": 1}\n\n{"n": "x"}\n{bad\n')
    said = call("validate", "--schema", "s.json", "--json", "d.jsonl")
    findings = orjson.loads(said.out)["files"][0]["findings"]
    assert [(each["line"], each["column"], each["rule"]) for each in findings] == [(3, 7, "type"), (4, 2, "syntax")]


def test_syntax_may_be_told(call: Call, project: Path) -> None:
    put(project / "flow.txt", GOOD)
    assert call("validate", "flow.txt").code == 0
    assert call("validate", "--syntax", "json", "flow.txt").code == 1


@pytest.mark.parametrize(
    "name", ["missing.yaml", "dangling.yaml", "pipe.yaml", "empty-folder", "*.nothing", "/dev/zero", "a\0b"]
)
def test_what_cannot_be_read_ends_with_3_whatever_else_was_found(call: Call, project: Path, name: str) -> None:
    put(project / "bad.yaml", BAD)
    (project / "dangling.yaml").symlink_to("nowhere.yaml")
    os.mkfifo(project / "pipe.yaml")
    (project / "empty-folder").mkdir()
    said = call("validate", "bad.yaml", name)
    assert said.code == 3
    assert "bad.yaml:3:7: critical" in said.out
    assert "cannot read: " in said.out
    assert "1 not readable" in said.out


def test_a_folder_inside_that_cannot_be_read_ends_with_3(
    call: Call, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project / "flows/a.yaml", GOOD)
    (project / "flows/locked").mkdir()
    real = os.scandir

    def scandir(path: str) -> "os._ScandirIterator[str]":
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    said = call("validate", "flows")
    assert said.code == 3
    assert "flows/locked: cannot read: Permission denied" in said.out


def test_a_run_over_too_many_files_says_so(call: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MAX_FILES", 2)
    for number in range(4):
        put(project / f"f/{number}.yaml", GOOD)
    said = call("validate", "f")
    assert said.code == 3
    assert "more than 2 files" in said.out


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("binary.json", bytes(range(256)) * 40, "encoding"),
        ("utf16.json", '{"id": "x"}'.encode("utf-16"), "encoding"),
        ("deep.json", b"[" * 400_000, "depth"),
        ("deep.yaml", b"[" * 400_000, "depth"),
        ("objects.json", b'{"a":' * 150_000, "depth"),
        ("huge.json", b" " * 1_000_001, "size"),
        ("empty.yaml", b"", "empty"),
        ("alias.yaml", b"a: &x [1]\nb: *x\n", "anchor"),
        ("nan.json", b'{"id": NaN}', "syntax"),
        ("number.json", b"1" * 100_000, None),
        ("text.yaml", b"just words", "type"),
    ],
)
def test_hostile_files_are_findings(call: Call, project: Path, name: str, data: bytes, rule: str | None) -> None:
    (project / name).write_bytes(data)
    said = call("validate", "--json", name)
    assert said.code == 1
    findings = orjson.loads(said.out)["files"][0]["findings"]
    assert rule in {None, *(finding["rule"] for finding in findings)}


def test_control_characters_of_a_file_do_not_reach_the_terminal(call: Call, project: Path) -> None:
    (project / "x.json").write_text('{"id": "\\u001b[31m", "\\u202e": 1, "a\x1b": 2}')
    for form in ("text", "github"):
        said = call("validate", "--format", form, "x.json")
        assert "\x1b" not in said.out
        assert "\u202e" not in said.out


def test_a_name_that_is_no_utf8_can_be_reported_in_every_format(call: Call, project: Path) -> None:
    name = os.fsdecode(b"odd-\xff.yaml")
    put(project / name, BAD)
    for form in ("text", "json", "sarif", "github"):
        assert call("validate", "--format", form, project / name).code == 1
        assert call("validate", "--format", form, project / (name + "x")).code == 3


def test_findings_beyond_the_limit_are_counted(call: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "MAX_NOTES", 2)
    put(project / "bad.yaml", BAD)
    said = call("validate", "bad.yaml")
    assert said.code == 1
    assert "1 more findings in this file are not shown" in said.out


def test_a_progress_bar_is_shown_for_long_work_on_a_terminal_only(
    call: Call, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project / "a.yaml", GOOD)
    monkeypatch.setattr(progress, "WORTH_A_BAR", 1)
    assert call("validate", "a.yaml").err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    said = call("validate", "a.yaml")
    assert "Checking" in said.err
    assert said.out == "1 file, 0 invalid; findings: 0 critical, 0 major, 0 minor\n"


def test_the_exit_codes_stand_in_the_help(call: Call) -> None:
    said = call("validate", "--help")
    assert said.code == 0
    for line in ("0  nothing critical", "1  a critical finding", "2  wrong usage", "3  something could not be read"):
        assert line in said.out


def test_a_version_that_is_a_number_is_shown_as_it_should_be(call: Call, project: Path) -> None:
    put(project / "number.yaml", GOOD.replace("\nversion: 1.0.0", "\nversion: 1.0"))
    assert '-> write "1.0.0", in quotes' in call("validate", "number.yaml").out


def test_an_object_of_another_kind_is_one_finding(call: Call, project: Path) -> None:
    put(project / "any.yaml", "name: me\nversion: 3\n")
    said = call("validate", "any.yaml")
    assert said.code == 1
    assert "any.yaml:1:1: critical: this is no workflow: it has neither id, steps nor phases [no-workflow]" in said.out
    assert said.out.endswith("findings: 1 critical, 0 major, 0 minor\n")
