"""Fixtures of the acceptance tests: a server in this process over each of the stores scenarios run on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.acceptance.scripted import Server
from tests.store_contract.stores import KINDS, Kind
from tests.unit.clocks import FakeClock

SCENARIO_STORES: Final = tuple(kind for kind in KINDS if kind.name != "file")


@pytest.fixture(params=SCENARIO_STORES, ids=lambda kind: kind.name)
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server over an empty store, with the example workflows."""
    kind: Kind = request.param
    async with kind.place(tmp_path) as opener:
        server = Server(opener, FakeClock())
        await server.start()
        yield server
        await server.stop()
