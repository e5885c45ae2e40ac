"""Runs the clockwork while the server serves: timers fire and commands are taken without anybody's call.

Above: server.compose. Below: engine.clockwork, server.logs. What goes wrong is logged with a correlation id.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.clock import Clock
from engine.clockwork import Clockwork
from engine.errors import DomainError
from engine.runner import Runner
from server.logs import get

log = get("timers")


class Told:
    """Logs what went wrong in sessions behind everybody's back."""

    def __init__(self, clock: Clock) -> None:
        """`clock` gives the correlation ids."""
        self._clock = clock

    def __call__(self, session_id: str, error: BaseException) -> None:
        """Log an error; a session id of "" stands for the store."""
        correlation_id = self._clock.random_bytes(8).hex()
        if isinstance(error, DomainError):
            log.warning("failed", session=session_id, details=error.message(), correlation_id=correlation_id)
        else:
            log.error("bug", session=session_id, correlation_id=correlation_id, exc_info=error)


@asynccontextmanager
async def running(runner: Runner, clock: Clock) -> AsyncIterator[None]:
    """Have timers fire while the block lasts; at its end nothing of ours runs any more."""
    task = asyncio.create_task(Clockwork(runner, clock, Told(clock)).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        await runner.close()
