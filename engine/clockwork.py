"""The clockwork of a serving process: one loop that does what is due in sessions nobody calls about.

Above: server.timers. Below: engine.runner (tick), the store's port (due, watch). A session at rest holds nothing here.
Of several processes on one store each looks; the log lets one of them win. A session that makes trouble is left alone
for a while, longer each time, and keeps none of the others waiting.
"""

import asyncio
import math
from collections.abc import Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Final, NamedTuple, Protocol

from engine.clock import Clock
from engine.errors import SessionStateError, StoreError
from engine.runner_model import Session
from engine.sessions.due import due_at
from engine.store.port import Row, Store

LOOK_S: Final = 30.0
"""Seconds between two looks at most: how late a timer is whose process died, where the store cannot tell of others."""
BATCH: Final = 100
"""Sessions looked for at once, besides those left alone."""
MAX_AT_ONCE: Final = 16
"""Sessions seen to at the same time; further ones wait, the earliest first. Those whose commands run do not count."""
MAX_COMMANDING: Final = 100
"""Sessions whose commands run or wait their turn; those of further ones are looked at again after the first pause."""
PAUSE_S: Final = 5.0
"""Seconds a session is left alone after the first trouble with it, or the store after its own."""
MAX_PAUSE_S: Final = 600.0
"""Seconds of the longest pause; each is twice the one before."""
MAX_LEFT_ALONE: Final = 800
"""Sessions left alone that are remembered; of more, some are tried again after the first pause, whatever theirs is."""


class Ticking(Protocol):
    """What the clockwork needs of a runner."""

    store: Store

    async def tick(self, session_id: str, may_wait: Callable[[], bool]) -> Session:
        """Do what is due in a session; `may_wait` is asked before its commands are run and waited for."""
        ...

    def listen(self, alarm: Callable[[float], None] | None) -> None:
        """Have the clockwork told of due times this process sets."""
        ...


class Trouble(Protocol):
    """Who is told of what went wrong: the session's id ("" = the store), and the error."""

    def __call__(self, session_id: str, error: BaseException) -> None:
        """Take note of it."""
        ...


class Pause(NamedTuple):
    """How long a session is left alone: until when (seconds since 1970), and how long the next pause is."""

    until: float
    next_s: float


class Patience:
    """Pauses after one failure upon the other, each twice as long as the one before."""

    def __init__(self) -> None:
        """Begin with the shortest."""
        self._next_s = PAUSE_S

    def reset(self) -> None:
        """Begin anew: it went well."""
        self._next_s = PAUSE_S

    def next(self) -> float:
        """Give the seconds of the next pause."""
        seconds, self._next_s = self._next_s, min(2 * self._next_s, MAX_PAUSE_S)
        return seconds


class Clockwork:
    """Looks for what is due, and sees to it."""

    def __init__(self, runner: Ticking, clock: Clock, trouble: Trouble) -> None:
        """Nothing happens before `run`."""
        self._runner = runner
        self._clock = clock
        self._trouble = trouble
        self._working: dict[str, asyncio.Task[None]] = {}
        self._commanding: set[str] = set()
        self._left_alone: dict[str, Pause] = {}
        self._next_at = math.inf
        self._patience = Patience()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Do what is due, until cancelled; what is under way then is stored or not begun."""
        self._runner.listen(self.wake)
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                self._news.clear()
                await self._wait(await self._looked())
        finally:
            self._runner.listen(None)
            ending = [watching, *self._working.values()]
            for task in ending:
                task.cancel()
            await asyncio.wait(ending)

    def wake(self, due_at: float = 0.0) -> None:
        """Have a look sooner than planned, where something is due before that (seconds since 1970)."""
        if due_at < self._next_at:
            self._news.set()

    async def look(self) -> float:
        """Begin to see to all that is due; gives when to look again, in seconds since 1970. Raises StoreError."""
        now = self._clock.now()
        self._forget(now)
        passed_over = {*self._working, *(name for name, pause in self._left_alone.items() if pause.until > now)}
        due = await self._runner.store.due(now, BATCH + len(passed_over))
        ready = [row for row in due.rows if row.session_id not in passed_over]
        room = max(0, MAX_AT_ONCE + len(self._commanding) - len(self._working))
        for row in ready[:room]:
            self._begin(row)
        points = [now + LOOK_S, *(pause.until for pause in self._left_alone.values() if pause.until > now)]
        if due.next_at is not None and due.next_at > now:
            points.append(due.next_at)
        return max(min(points), now + PAUSE_S) if self._is_crowded else min(points)

    async def idle(self) -> None:
        """Wait until everything that was begun is done."""
        while self._working:
            await asyncio.wait(self._working.values())

    def _begin(self, row: Row) -> None:
        task = asyncio.create_task(self._see_to(row))
        self._working[row.session_id] = task
        task.add_done_callback(partial(self._ended, row.session_id))

    async def _see_to(self, row: Row) -> None:
        """Do what is due in a session; where it still is, somebody else has to do it, and it is left alone."""
        try:
            session = await self._runner.tick(row.session_id, partial(self._may_command, row.session_id))
        except SessionStateError as error:
            if error.reason == "not_found":  # deleted meanwhile
                return
            raise
        still = due_at(session.state)
        if session.state.version == row.version and still is not None and still <= self._clock.now():
            self._leave_alone(row.session_id)
        else:
            self._left_alone.pop(row.session_id, None)

    def _may_command(self, session_id: str) -> bool:
        """Let a session wait for its commands where not too many do, which makes room for others meanwhile."""
        has_room = len(self._commanding) < MAX_COMMANDING
        if has_room:
            self._commanding.add(session_id)
            self.wake()
        else:
            self._left_alone.pop(session_id, None)  # it made no trouble, so its pause does not grow
        return has_room

    def _ended(self, session_id: str, task: asyncio.Task[None]) -> None:
        """Make room; what went wrong is told."""
        del self._working[session_id]
        self._commanding.discard(session_id)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._trouble(session_id, error)
            self._leave_alone(session_id)
        if session_id not in self._left_alone or not self._is_crowded:
            self.wake()

    @property
    def _is_crowded(self) -> bool:
        """True where more are left alone than are remembered: they come back too soon to be looked for at once."""
        return len(self._left_alone) >= MAX_LEFT_ALONE

    def _leave_alone(self, session_id: str) -> None:
        """Pass a session over for a while, twice as long as the last time."""
        before = self._left_alone.get(session_id)
        seconds = PAUSE_S if before is None else before.next_s
        self._left_alone[session_id] = Pause(self._clock.now() + seconds, min(2 * seconds, MAX_PAUSE_S))

    def _forget(self, now: float) -> None:
        """Forget pauses that are long over, those of a clock that stepped back, and the first ones of too many."""
        left = sorted(self._left_alone.items(), key=lambda each: each[1].until)
        kept = [each for each in left if abs(each[1].until - now) <= MAX_PAUSE_S]
        self._left_alone = dict(kept[-MAX_LEFT_ALONE:])

    async def _looked(self) -> float:
        """Look; where the store fails, look again after a pause."""
        self._next_at = math.inf  # whatever is told meanwhile is news
        try:
            self._next_at = await self.look()
            self._patience.reset()
        except StoreError as error:
            self._trouble("", error)
            self._next_at = self._clock.now() + self._patience.next()
        return self._next_at

    async def _wait(self, until: float) -> None:
        """Wait for a time, or for news."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(0.0, until - self._clock.now()), LOOK_S)):
                await self._news.wait()

    async def _watch(self) -> None:
        """Listen for due times that other processes set; what was missed while nobody heard is looked for."""
        patience = Patience()
        while (watching := self._runner.store.watch()) is not None:
            try:
                async with aclosing(watching):
                    async for at in watching:
                        patience.reset()
                        self.wake(at)
            except StoreError as error:
                self._trouble("", error)
            await asyncio.sleep(patience.next())
