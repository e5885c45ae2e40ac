"""Processes on one store whose sessions wait and run commands: in this process, or (run as a program) one to be killed.

Above: test_timers. Below: the runner, the clockwork, the stores.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from engine.clock import Clock, SystemClock
from engine.clockwork import Clockwork
from engine.command_run import Commands, surroundings_of
from engine.runner import Nobody, Runner, RunnerOptions
from engine.runner_model import Performer
from engine.sessions.refusals import Policy
from engine.store.port import Store
from schema.values import Json, JsonObject
from tests.store_contract.killing import OPENERS
from tests.unit.engine.flows import prompt
from tests.unit.engine.running import Books
from tests.unit.engine.sessions.clocked import document
from tests.unit.engine.sessions.commanded import RULES, command

NAPPING: Final = document([{"id": "nap", "type": "wait", "for": 30}, prompt("next")], id="napping")
RUNNING: Final = document([command("run-it", "tool one"), prompt("next")], id="running")
ENDLESS: Final[list[Json]] = ["sh", "-c", "echo $$ > begun; exec sleep 3600"]
"""Says its process number through the named pipe `begun`, then never ends."""


def lasting(*, repeatable: bool) -> JsonObject:
    """Give a workflow of one command that never ends."""
    return document([command("run-it", ENDLESS, repeatable=repeatable), prompt("next")], id="lasting")


async def own_key() -> bytes:
    """Give what vouches for sessions, the same for all processes here."""
    return b"k" * 32


def runner(store: Store, clock: Clock, workspace: Path, performer: Performer | None, *documents: JsonObject) -> Runner:
    """Give the runner of a process; without a performer it runs real programs."""
    rules = RULES._replace(programs=frozenset(("tool", "sh")), workspace=str(workspace))
    policy = Policy(strict_gates=False, verified=False, commands=rules)
    performing = performer or Commands(surroundings_of(os.environ, workspace))
    options = RunnerOptions(policy, workspace, performer=performing, key=own_key)
    return Runner(store, clock, Books(NAPPING, RUNNING, *documents), options, Nobody())


class Waking(Clockwork):
    """A clockwork whose test waits for the time it plans to look again."""

    def __init__(self, runner: Runner, clock: Clock) -> None:
        super().__init__(runner, clock, self._tell)
        self.told: list[tuple[str, BaseException]] = []
        self.trouble: asyncio.Queue[str] = asyncio.Queue()
        self.planned: asyncio.Queue[float] = asyncio.Queue()

    def _tell(self, session_id: str, error: BaseException) -> None:
        self.told.append((session_id, error))
        self.trouble.put_nowait(session_id)

    async def look(self) -> float:
        until = await super().look()
        self.planned.put_nowait(until)
        return until


async def child(kind: str, place: str, workspace: Path, *, repeatable: bool) -> None:
    """Begin a session whose command never ends."""
    store = OPENERS[kind](place)
    await store.open()
    await runner(store, SystemClock(), workspace, None, lasting(repeatable=repeatable)).begin("lasting", "", {}, "test")


if __name__ == "__main__":
    asyncio.run(child(sys.argv[1], sys.argv[2], Path(sys.argv[3]), repeatable=sys.argv[4] == "repeatable"))
