"""The clockwork of a server: it runs while the server serves, and what goes wrong is in the log, not in answers."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from engine.errors import StoreError
from server import logs
from server.timers import Told, running
from tests.unit.clocks import FakeClock
from tests.unit.engine.clocks_running import NAPPING, Clocks
from tests.unit.engine.performing import eventually


async def test_timers_fire_while_the_block_lasts_and_not_after(tmp_path: Path) -> None:
    world = Clocks(tmp_path, NAPPING)
    first = await world.begun()
    world.clock.time += 30
    async with running(world.runner, world.clock):
        await eventually(lambda: world.store._rows[first].due_at is None)  # type: ignore[attr-defined] # in memory
    second = await world.begun()
    world.clock.time += 30
    assert [await world.state(each) for each in (first, second)] == [("running", "next"), ("waiting", "nap")]


@pytest.fixture
def lines() -> Iterator[BytesIO]:
    kept = BytesIO()
    logs.configure_stream("warning", kept)
    yield kept
    logs.configure("warning")


def test_what_went_wrong_is_logged_with_a_number_to_find_it_by(lines: BytesIO) -> None:
    told = Told(FakeClock())
    told("wf_a", StoreError("append", "the disk is full"))
    told("", ValueError("a bug"))
    first, second = map(json.loads, lines.getvalue().splitlines())
    assert (first["level"], first["session"]) == ("warning", "wf_a")
    assert "the disk is full" in first["details"]
    assert second["level"] == "error"
    assert "a bug" in json.dumps(second)
    assert first["correlation_id"] != second["correlation_id"]
