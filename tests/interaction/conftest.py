"""The fixture `door`: every test that asks for it runs over in-process, stdio and HTTP."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.compose import catalogue, dispatcher, open_library
from server.dispatch import Dispatcher
from server.settings import Settings, load
from tests.interaction.doors import Http, InProcess, Stdio, Way
from tests.interaction.fixture_server import fixture_dispatcher

SAMPLE = {
    "schemaVersion": "1.0.0",
    "id": "sample",
    "name": "Sample",
    "description": "Two steps and a branch.",
    "version": "1.2.3",
    "category": "testing",
    "tags": ["sample"],
    "steps": [
        {"id": "look", "title": "Look", "prompt": "Look at {{target}}."},
        {"id": "mend", "title": "Mend", "prompt": "Mend it.", "runCondition": {"var": "broken", "equals": True}},
        {
            "id": "report",
            "title": "Report",
            "prompt": "Report.",
            "validationCriteria": [{"type": "contains", "value": "done", "message": "Say done."}],
        },
    ],
}


def settings_for(home: Path, workspace: Path) -> Settings:
    """Give settings that touch nothing outside the two folders."""
    return load({"home": str(home), "workspace": str(workspace)}, {"HOME": str(home)}, workspace).settings


def product(settings: Settings) -> Dispatcher:
    """Make the product's own dispatcher."""
    return dispatcher(catalogue(open_library(settings), settings), settings)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an empty data folder, which is the HOME as well."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Give a project folder with two documents of its own: a valid one and a broken one."""
    folder = tmp_path / "project"
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "sample.json").write_text(json.dumps(SAMPLE))
    broken = {**SAMPLE, "id": "broken", "steps": [{"id": "only", "title": "No prompt"}]}
    (folder / "workflows" / "broken.json").write_text(json.dumps(broken))
    return folder


@pytest.fixture(params=["in-process", "stdio", "http"])
async def door(request: pytest.FixtureRequest, home: Path, workspace: Path) -> AsyncIterator[Way]:
    """Give one way into the product; the test runs over each."""
    settings = settings_for(home, workspace)
    way: Way
    if request.param == "stdio":
        way = await Stdio.start(home, workspace)
    elif request.param == "http":
        way = await Http.start(product(settings), settings)
    else:
        way = InProcess(product(settings))
    yield way
    await way.close()


@pytest.fixture(params=["in-process", "stdio", "http"])
async def fixtures(request: pytest.FixtureRequest, home: Path, workspace: Path) -> AsyncIterator[Way]:
    """Give one way into the fixture server: the specification's example methods, and tools that wait, ask and fail."""
    way: Way
    if request.param == "stdio":
        way = await Stdio.start(home, workspace, "tests.interaction.fixture_server")
    elif request.param == "http":
        way = await Http.start(fixture_dispatcher(), settings_for(home, workspace))
    else:
        way = InProcess(fixture_dispatcher())
    yield way
    await way.close()
