"""Fixtures for settings and the command line: a world of their own, and a way to call a verb.

Above: the tests of this folder. Below: world, durable, server.cli.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from server import cli
from tests.unit.server.durable import Durable
from tests.unit.server.world import World


class Said(NamedTuple):
    """What a command gave: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give an empty home and an empty project."""
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    return World(tmp_path / "home", tmp_path / "project")


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Give a function that runs `workflow-lookup ARGUMENTS` in the project of `world`."""
    monkeypatch.chdir(world.project)
    monkeypatch.setenv("HOME", str(world.home))

    def run(*arguments: str | Path) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def durable(world: World) -> Durable:
    """Give the sessions of the world, with a workflow to run."""
    return Durable(world)
