"""A server that ends after every call, and the specification it finds in its workspace.

Above: test_phased_walks. Below: the tools over engine.store.sqlite, opened anew for each call.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from engine.sources import BUNDLED_FOLDER
from engine.store.sqlite import SqliteStore
from schema.values import Json, JsonObject
from tests.unit.clocks import FakeClock
from tests.unit.silent_call import SilentCall
from tests.unit.tools.aos_world import World
from tools import workflow_next
from tools.contract import Done

SPEC: Final = """# Tasks: Undo a refund

## Phase 1: Data (half a day)
**Objective:** Refunds can be marked as undone.

### Task 1.1: Add the column
**Estimated Time:** 1 hour
**Dependencies:** None

Add `undone_at`, null by default.

**Acceptance Criteria:**
- [ ] the migration runs
- [ ] rolling it back leaves the old schema

**Phase 1 Validation Gate:**
- [ ] all tests pass
- [ ] the migration was run forwards and backwards

## Phase 2: Behaviour

### Task 2.1: Undo within a day
**Acceptance Criteria:**
- [ ] a refund can be undone once

### Task 2.2: Refuse the rest
**Acceptance Criteria:**
- [ ] later ones are refused with REFUND_TOO_OLD

**Phase 2 Validation Gate:**
- [ ] both ways are tested
"""


class Restarting:
    """A server that ends after every call; what it must know stands in its store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = FakeClock()
        specs = folder / "project" / "specs" / "undo"
        specs.mkdir(parents=True)
        (specs / "tasks.md").write_text(SPEC)

    async def call(self, action: str, **arguments: Json) -> JsonObject:
        """Call one action of aos_workflow on a server of its own."""
        async with self._server() as world:
            return await world.call(action, **arguments)

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[World]:
        """Start a server, lend it for one call, end it; the clock goes on by a minute."""
        store = SqliteStore(self._folder / "sessions.db", self._clock)
        await store.open()
        try:
            yield World(self._folder, store=store, clock=self._clock, documents=BUNDLED_FOLDER)
        finally:
            await store.close()
            self._clock.time += 60

    async def good(self, action: str, **arguments: Json) -> JsonObject:
        """Call what must succeed."""
        answer = await self.call(action, **arguments)
        assert answer["status"] == "success", answer
        return answer

    async def step(self, **arguments: Json) -> JsonObject:
        """Call workflow_next on a server of its own."""
        async with self._server() as world:
            tool = workflow_next.make(world.library, world.runner)
            assert tool.run_waiting is not None
            answer = await tool.run_waiting(arguments, SilentCall())
            assert isinstance(answer, Done)
            assert answer.value is not None
            return answer.value
