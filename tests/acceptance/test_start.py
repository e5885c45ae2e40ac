"""What a process loads before its first answer: light on stdio, and nothing of the other transport ever."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from schema.values import JsonObject
from tests.bench import sample
from tests.services import ROOT
from tests.serving import environment

ANSWER_S: Final = 60  # seconds for the whole run on a loaded machine
NEVER: Final = ("aiohttp", "click", "rich", "prometheus_client", "asyncpg")  # in stdio mode, on the default store
LATE: Final = (  # not before initialize
    *("jsonschema", "jsonschema_rs", "jsonrpcserver", "structlog", "yaml", "_quickjs"),
    *("tree_sitter", "tree_sitter_javascript", "engine.formats.phased"),
)
# Runs the launcher in this process. Which of the modules it was asked about are loaded, it notes twice: when the answer
# to initialize is written, and at its end (the library is looked at in between, which is what a server starts for).
WATCHED: Final = """
import atexit, json, os, runpy, sys
watched, write = json.loads(sys.argv.pop(1)), os.write
def note():
    sys.stderr.write(json.dumps([name for name in watched if name in sys.modules]) + "\\n")
def noting(descriptor, data):
    if b"protocolVersion" in bytes(data):
        note()
    return write(descriptor, data)
os.write = noting
atexit.register(note)
sys.argv[0] = sys.argv[1]
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def loaded(home: Path, workspace: Path, lines: list[JsonObject]) -> tuple[list[str], list[str]]:
    """Send lines to a stdio server; gives which watched modules were there at its first answer and at its end."""
    words = [sys.executable, "-c", WATCHED, json.dumps(NEVER + LATE), str(ROOT / "workflowlookup.py")]
    done = subprocess.run(
        [*words, "serve", "--stdio", "--workspace", str(workspace)],
        input=b"".join(map(sample.line, lines)),
        capture_output=True,
        timeout=ANSWER_S,
        check=True,
        env=environment(home),
    )
    assert len(done.stdout.splitlines()) == len(lines), done.stdout
    first, last = map(json.loads, done.stderr.splitlines())
    return first, last


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return sample.write_workspace(tmp_path / "workspace")


def test_nothing_heavy_is_loaded_before_initialize_is_answered(tmp_path: Path, workspace: Path) -> None:
    first, last = loaded(tmp_path, workspace, [sample.initialize()])
    assert first == []
    assert not set(last) & set(NEVER)


def test_a_call_on_stdio_loads_what_it_needs_and_nothing_of_http(tmp_path: Path, workspace: Path) -> None:
    _, last = loaded(tmp_path, workspace, [sample.initialize(), sample.call(1)])
    assert not set(last) & set(NEVER)
    assert "jsonrpcserver" in last


def test_writing_log_lines_does_not_load_what_draws_on_terminals(tmp_path: Path) -> None:
    script = """
import sys
from server import logs
logs.configure("info")
logs.get("test").info("line")
assert "structlog" in sys.modules
assert "rich" not in sys.modules
import rich.console
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        timeout=ANSWER_S,
        check=True,
        cwd=ROOT,
        env=environment(tmp_path),
    )
    assert b'"event":"line"' in done.stderr
