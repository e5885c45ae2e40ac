"""Effects carried out: commands are claimed, run, and their outcomes appended; whoever waits for them may leave.

Above: engine.runner. Below: a Performer (engine.command_run), engine.sessions.effect_decisions (all rules).
Each effect is one task of this process, whoever began it; what the process cannot finish is found by its lease.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from engine.clock import Clock
from engine.errors import StoreError
from engine.runner_model import Outcome, Performed, Performer, Session
from engine.sessions.commands import Command
from engine.sessions.effect_decisions import effect_of, open_effects
from engine.sessions.effect_family import ClaimEffect, FinishEffect
from engine.sessions.effect_model import INTERRUPTED, CommandOutcome
from engine.sessions.model import Effect

BY: Final = "server"
"""Who claims and finishes effects, as logs name it."""
MAX_AT_ONCE: Final = 8
"""Commands one process runs at the same time; further ones wait their turn, unclaimed."""
MARGIN_S: Final = 60.0
"""Seconds a claim lasts beyond the command's own time limit: to end it, and to store its outcome."""
CLOSE_S: Final = 15.0
"""Seconds the end of a server waits for commands it has ended and for their outcomes."""
PAUSES_S: Final = (0.0, 0.2, 1.0, 5.0, 10.0, 20.0)
"""Seconds before each try to store an outcome, within the margin: it is not thrown away because a store restarts."""
LOST: Final = CommandOutcome(None, "", "", timed_out=False, duration=0.0, fault=INTERRUPTED)

Trouble: TypeAlias = Callable[[str, BaseException], None]
"""Hears of what went wrong in a session behind everybody's back: its id and the error."""


class Doing(NamedTuple):
    """What effects need of the runner: a session as it is now, and commands carried out on it."""

    session: Callable[[str], Awaitable[Session]]
    perform: Callable[[str, Command, str], Awaitable[Outcome]]


class Effects:
    """The effects this process sees to."""

    def __init__(self, doing: Doing, performer: Performer, clock: Clock, trouble: Trouble) -> None:
        """`trouble` hears of errors nobody waits for."""
        self.node = clock.random_bytes(8).hex()
        self._doing = doing
        self._performer = performer
        self._clock = clock
        self._trouble = trouble
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._running: dict[tuple[str, str], asyncio.Task[CommandOutcome]] = {}
        self._room = asyncio.Semaphore(MAX_AT_ONCE)
        self._is_closing = False

    async def settle(self, session: Session) -> Session:
        """Have all effects of a session carried out that are open, and those that follow; gives it after them."""
        session_id, tried = session.state.session_id, set[str]()
        while not self._is_closing:
            ready = {each.id for each in open_effects(session.state)} - tried
            if not ready:
                break
            tried |= ready
            await asyncio.wait({self._begun(session_id, effect_id) for effect_id in ready})
            session = await self._doing.session(session_id)
        return session

    def changed(self, session: Session) -> None:
        """End what runs for a session that has no use for it any more: it was cancelled, or its time is over."""
        for (session_id, effect_id), running in list(self._running.items()) if self._running else ():
            if session_id == session.state.session_id and effect_of(session.state, effect_id) is None:
                running.cancel()

    async def close(self) -> None:
        """End the commands under way and have that stored; begin no more."""
        self._is_closing = True
        for running in self._running.values():
            running.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=CLOSE_S)

    def _begun(self, session_id: str, effect_id: str) -> asyncio.Task[None]:
        """Give the task that sees to an effect; at most one in this process."""
        name = session_id, effect_id
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(self._carry_out(session_id, effect_id))
            self._tasks[name].add_done_callback(partial(self._ended, name))
        return self._tasks[name]

    def _ended(self, name: tuple[str, str], task: asyncio.Task[None]) -> None:
        del self._tasks[name]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._trouble(name[0], error)

    async def _carry_out(self, session_id: str, effect_id: str) -> None:
        """Claim an effect, run it and store its outcome; where the outcome is there already, count it."""
        async with self._room:
            session = await self._doing.session(session_id)
            effect = effect_of(session.state, effect_id)
            if effect is None or self._is_closing:
                return
            node, outcome = effect.node, effect.outcome
            if outcome is None:
                if not await self._claimed(session, effect_id, effect):
                    return
                node, outcome = self.node, await self._run(session_id, effect_id, effect)
            await self._finish(session_id, FinishEffect(effect_id, node, outcome))

    async def _claimed(self, session: Session, effect_id: str, effect: Effect) -> bool:
        """Try to be the one who runs it; of a clock that stepped back the log's time counts, as it does in the log."""
        lease_until = max(self._clock.now(), session.state.updated_at) + effect.timeout + MARGIN_S
        outcome = await self._doing.perform(
            session.state.session_id, ClaimEffect(effect_id, self.node, lease_until), BY
        )
        if not isinstance(outcome, Performed):
            return False
        claimed = effect_of(outcome.session.state, effect_id)
        return claimed is not None and claimed.node == self.node

    async def _run(self, session_id: str, effect_id: str, effect: Effect) -> CommandOutcome:
        name = session_id, effect_id
        running = self._running[name] = asyncio.create_task(self._performer.run(effect))
        try:
            if self._is_closing:
                running.cancel()
            await asyncio.wait({running})
        finally:
            del self._running[name]
        error = None if running.cancelled() else running.exception()
        if error is not None:
            self._trouble(session_id, error)
        return LOST if running.cancelled() or error is not None else running.result()

    async def _finish(self, session_id: str, command: FinishEffect) -> None:
        """Store an outcome; StoreError where the store refuses all the while."""
        for pause in PAUSES_S:
            await asyncio.sleep(pause)
            try:
                await self._doing.perform(session_id, command, BY)
            except StoreError as error:
                fault = error
            else:
                return
        raise fault
