"""A world with a clockwork, which a test looks after by hand or lets run.

Above: the tests of the clockwork. Below: performing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from engine.clockwork import Clockwork
from engine.runner import Runner
from engine.store.memory import MemoryStore
from schema.values import JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.performing import Performing, eventually
from tests.unit.engine.sessions.clocked import document

NAP: Final[JsonObject] = {"id": "nap", "type": "wait", "for": 30}
NAPPING: Final = document([NAP, prompt("next")])


class Clocks(Performing):
    """A world with one clockwork, looked after by hand or running."""

    def __init__(self, workspace: Path, *documents: JsonObject, store: MemoryStore | None = None) -> None:
        super().__init__(workspace, *(documents or (NAPPING,)), store=store)
        self.told: list[tuple[str, BaseException]] = []
        self.work = self.another(self.runner)

    def another(self, runner: Runner) -> Clockwork:
        """Give a clockwork of another process."""
        return Clockwork(runner, self.clock, lambda session_id, error: self.told.append((session_id, error)))

    async def look(self) -> float:
        """Do all that is due; gives in how many seconds the next look is planned."""
        until = await self.work.look()
        await self.work.idle()
        return until - self.clock.now()

    async def state(self, session_id: str) -> tuple[str, str]:
        """Give status and position as another process reads them."""
        state = (await self.other().session(session_id)).state
        return state.status.value, state.position

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the clockwork while the block lasts."""
        task = asyncio.create_task(self.work.run())
        await eventually(lambda: self.work._next_at < float("inf"))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
