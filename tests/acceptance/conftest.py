"""Fixtures of the acceptance tests: a server in this process over each of the stores scenarios run on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.acceptance.scripted import Restless, Server
from tests.store_contract.stores import KINDS, Kind
from tests.unit.clocks import FakeClock


class Way(NamedTuple):
    """How scenarios are run: on which store, and by what kind of server."""

    kind: Kind
    made: type[Server] = Server


WAYS: Final = {kind.name: Way(kind) for kind in KINDS if kind.name != "file"} | {
    f"{kind.name}, dying after every call": Way(kind, Restless) for kind in KINDS if kind.name == "sqlite"
}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server over an empty store, with the example workflows."""
    async with served(request.param, tmp_path) as server:
        yield server


@pytest.fixture(params=[way for way in WAYS.values() if way.made is Server], ids=lambda way: str(way.kind.name))
async def steady(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """Give the same, yet none that dies: for what takes hundreds of calls."""
    async with served(request.param, tmp_path) as server:
        yield server


@asynccontextmanager
async def served(way: Way, folder: Path) -> AsyncIterator[Server]:
    """Run a server for the length of a test."""
    async with way.kind.place(folder) as opener:
        server = way.made(opener, FakeClock())
        await server.start()
        yield server
        await server.stop()
