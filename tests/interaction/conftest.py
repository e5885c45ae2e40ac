"""The fixture `door`: every test that asks for it runs over in-process, stdio and HTTP."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.store.memory import MemoryStore
from engine.store.port import Query
from server.compose import catalogue, open_library, runner_of, serving
from server.dispatch import Dispatcher
from server.metrics import Metrics
from server.service import Service
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


def secret_of(home: Path) -> bytes:
    """Give the same secret to every server of one data folder, as a shared store does."""
    return sha256(str(home).encode()).digest()


def product(settings: Settings) -> Dispatcher:
    """Make the product's own dispatcher over sessions in memory, which need no opening."""
    clock, metrics, store = SystemClock(), Metrics(), MemoryStore(SystemClock())
    library = open_library(settings)
    metrics.watch(lambda: store.counts(Query()))
    offered = catalogue(library, settings, runner_of(store, library, settings, metrics))
    return Dispatcher(Service(offered, clock, secret_of(settings.home), metrics))


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
    way: Way
    if request.param == "stdio":
        way = await Stdio.start(home, workspace)
        yield way
        await way.close()
        return
    settings = settings_for(home, workspace)
    async with serving(settings) as product:
        way = await Http.start(product, settings) if request.param == "http" else InProcess(product)
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
