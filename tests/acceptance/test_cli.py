"""The command line as a user's shell, a pipe, a hook and a terminal meet it: as a process of its own."""

import os
import pty
import re
import selectors
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.services import ROOT
from tests.serving import START_TIMEOUT_S, environment

COMMAND = (sys.executable, str(ROOT / "workflowlookup.py"))
GOOD = """\
schemaVersion: 1.0.0
id: good-flow
name: Good
description: Does good.
version: 1.0.0
steps:
  - {id: only-step, title: Only, prompt: Do it.}
"""
BAD = GOOD.replace("name: Good", "name: 7").replace("good-flow", "bad-flow")
NOT_FOR_STDIO = ("click", "rich", "structlog", "tomllib", "aiohttp", "jsonschema", "yaml", "prometheus_client")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project/workflows").mkdir(parents=True)
    (tmp_path / "project/workflows/good.yaml").write_text(GOOD)
    (tmp_path / "project/workflows/bad.yaml").write_text(BAD)
    return tmp_path / "project"


def run(project: Path, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=project,
        env=environment(project.parent),
        input=stdin,
        capture_output=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", "workflows/good.yaml"], 0),
        (["validate", "workflows"], 1),
        (["validate", "--no-such"], 2),
        (["validate", "missing.yaml"], 3),
        (["show", "no-such-flow"], 1),
        (["serve", "--http", "--host", "0.0.0.0"], 2),  # noqa: S104 - refused
        (["serve", "--stdio"], 0),
        (["version"], 0),
    ],
)
def test_exit_codes_reach_the_shell_without_a_traceback(project: Path, arguments: list[str], code: int) -> None:
    ended = run(project, *arguments)
    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr


def test_a_reader_that_leaves_early_is_no_error_to_speak_of(project: Path) -> None:
    (project / "many.jsonl").write_text('{"id": 1}\n' * 2_000)
    with subprocess.Popen(
        [*COMMAND, "validate", "many.jsonl"],
        cwd=project,
        env=environment(project.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(START_TIMEOUT_S) == 128 + signal.SIGPIPE
    assert said == b""


def test_ctrl_c_ends_with_130_and_says_nothing(project: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "next", "good-flow"],
        cwd=project,
        env=environment(project.parent),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"done: 0 of 1\n"  # it is running and about to wait for a line
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(START_TIMEOUT_S) == 130
    assert b"Traceback" not in said


def test_serve_on_a_terminal_without_a_transport_explains_itself(project: Path) -> None:
    ours, theirs = pty.openpty()
    ended = subprocess.run(
        [*COMMAND, "serve"],
        cwd=project,
        env=environment(project.parent),
        stdin=theirs,
        capture_output=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert ended.returncode == 2
    assert b"serve --http" in ended.stderr


def test_a_progress_bar_moves_on_a_terminal_and_leaves_stdout_alone(project: Path) -> None:
    for number in range(250):
        (project / f"workflows/{number}.yaml").write_text(GOOD)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "validate", "workflows"],
        cwd=project,
        env=environment(project.parent) | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        shown = drained(ours)
        assert process.stdout.read().endswith(b"252 files, 1 invalid; findings: 1 critical, 0 major, 0 minor\n")
    os.close(ours)
    assert b"Checking" in shown


def drained(terminal: int) -> bytes:
    """Read what a terminal was shown until its program is gone."""
    shown = b""
    with selectors.DefaultSelector() as ready:
        ready.register(terminal, selectors.EVENT_READ)
        while ready.select(START_TIMEOUT_S):
            try:
                chunk = os.read(terminal, 65_536)
            except OSError:  # Linux: nobody holds the other end
                break
            shown += chunk
    return shown


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_any_locale_can_carry_the_answer(project: Path, locale: str) -> None:
    (project / "odd.yaml").write_bytes("id: \u65e5\u672c\n".encode())
    ended = subprocess.run(
        [*COMMAND, "validate", "odd.yaml"],
        cwd=project,
        env=environment(project.parent) | {"LC_ALL": locale, "PYTHONIOENCODING": "ascii" if locale == "C" else "utf-8"},
        capture_output=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr


def test_an_agents_start_loads_nothing_it_does_not_need(project: Path) -> None:
    variables = environment(project.parent)  # the coverage tool, which starts with a process, has imports of its own
    unmeasured = {name: value for name, value in variables.items() if not name.startswith("COVERAGE_")}
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], "serve", "--stdio", "--workspace", "none"],
        cwd=project,
        env=unmeasured,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
    loaded = {match[1].decode() for match in re.finditer(rb"\|\s+(\S+)$", ended.stderr, re.MULTILINE)}
    assert ended.returncode == 0
    assert "server.argv" in loaded
    assert loaded.isdisjoint(NOT_FOR_STDIO)


def test_the_pre_commit_hooks_pass_file_names_and_pick_workflows() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in hooks} == {"workflow-lookup-validate", "workflow-lookup-validate-strict"}
    for hook in hooks:
        assert hook["entry"].startswith("workflow-lookup validate")
        picks = re.compile(hook["files"])
        assert all(picks.search(path) for path in ("workflows/a.yaml", "x/workflows/deep/b.json", "workflows/c.yml"))
        assert not picks.search("src/package.json")


def test_a_hook_run_judges_the_files_it_is_given(project: Path) -> None:
    assert run(project, "validate", "workflows/good.yaml", "workflows/bad.yaml").returncode == 1
    assert run(project, "validate", "--strict", "workflows/good.yaml").returncode == 0
