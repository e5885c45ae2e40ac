"""A runner whose commands a test lets end when it wants, on any store; `other` runners are other processes.

Above: tests of effects, timers and children over the runner. Below: running.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.runner import Runner, RunnerOptions
from engine.runner_model import NoPerformer, Performer, Session
from engine.sessions.effect_model import CommandOutcome
from engine.sessions.model import Effect
from engine.sessions.refusals import Policy
from engine.store.port import Store
from schema.values import JsonObject
from tests.unit.engine.running import Running
from tests.unit.engine.sessions.commanded import RULES, ended

KEY: Final = b"k" * 32
TURNS: Final = 100_000
"""Turns of the event loop a test waits for something at most."""


async def eventually(holds: Callable[[], bool]) -> None:
    """Let others work until something holds."""
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it does not come to be")


class Scripted(Performer):
    """Ends commands as the test says: `outcomes` by program, all well where it says nothing; `gate` holds them up."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.cancelled: list[str] = []
        self.outcomes: dict[str, CommandOutcome | Exception] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = 0
        self.most = 0

    async def run(self, effect: Effect) -> CommandOutcome:
        self.ran.append(" ".join(effect.words))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(" ".join(effect.words))
            raise
        finally:
            self.under_way -= 1
        outcome = self.outcomes.get(effect.words[-1], ended(stdout=effect.words[-1]))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Performing(Running):
    """A world in which commands are run by `scripted`; `trouble` is what nobody waited for."""

    def __init__(self, workspace: Path, *documents: JsonObject, store: Store | None = None) -> None:
        self.scripted = Scripted()
        self.trouble: list[tuple[str, BaseException]] = []
        self.workspace = workspace
        super().__init__(workspace, *documents, store=store)

    def other(self, store: Store | None = None, workspace: Path | None = None, *, allowed: bool = True) -> Runner:
        """Give a runner as another process has it; one that is not `allowed` runs no commands."""
        place = workspace or self.workspace
        policy = Policy(strict_gates=False, verified=False)
        if allowed:
            policy = policy._replace(commands=RULES._replace(workspace=str(place)))
        options = RunnerOptions(
            policy=policy,
            workspace=place,
            performer=self.scripted if allowed else NoPerformer(),
            key=self._key,
            trouble=lambda session_id, error: self.trouble.append((session_id, error)),
        )
        return Runner(store or self.store, self.clock, self.books, options, self._observer)

    async def asked_for(self, workflow_id: str = "flow") -> Session:
        """Begin a session in a process that ends before it takes the session's first command."""
        ending = self.other()
        await ending.close()
        return await ending.begin(workflow_id, "", {}, "test")

    async def _key(self) -> bytes:
        return KEY
