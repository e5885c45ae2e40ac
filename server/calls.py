"""The calls under way: which may be cancelled, which wait for a client's reply. Keyed by client, bounded, no history.

Above: server.dispatch (cancel, replies), server.ask (questions). Below: asyncio.
A client is named by its scope: "stdio", or its HTTP session id; "" is a caller nobody can name, and is not kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from schema.values import JsonObject
from server.envelope import INVALID, RequestId

MAX_LEVELS: Final = 1000  # clients whose log level is remembered; the least recently used one is forgotten first
MAX_PENDING: Final = 1000  # questions to clients open at once, over all calls
MAX_RUNNING: Final = 4096  # calls that wait at once, over all clients: each holds a task and its message
TOO_MANY: Final = INVALID._replace(
    data={"details": f"{MAX_RUNNING} calls are waiting already; cancel some or let them end, then call again"}
)


class Calls:
    """Running calls, open questions and log levels of all clients of one process."""

    def __init__(self) -> None:
        """Start empty."""
        self._running: dict[tuple[str, RequestId], asyncio.Task[object]] = {}
        self._count = 0
        self._cancelled: set[asyncio.Task[object]] = set()
        self._pending: dict[tuple[str, str], asyncio.Future[JsonObject]] = {}
        self._levels: OrderedDict[str, str] = OrderedDict()

    @property
    def full(self) -> bool:
        """True while no further call may wait: replies and cancellations are still taken, so that some can end."""
        return self._count >= MAX_RUNNING

    @contextmanager
    def running(self, scope: str, request_id: RequestId) -> Iterator[None]:
        """Register the current task as the call `request_id` of the client `scope` while the block runs."""
        task = asyncio.current_task()
        key = (scope, request_id)
        named = bool(scope) and task is not None and self._running.setdefault(key, task) is task
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            if named:
                del self._running[key]
                self._cancelled.discard(task)

    def cancel(self, scope: str, request_id: RequestId) -> bool:
        """Cancel a running call; False when there is none of that id (it may have finished: not an error)."""
        task = self._running.get((scope, request_id))
        if task is None:
            return False
        if task not in self._cancelled:  # a second cancellation would cut short what the first one cleans up
            self._cancelled.add(task)
            task.cancel()
        return True

    def cancel_all(self, scope: str) -> None:
        """Cancel every running call of a client whose session ended."""
        for running_scope, request_id in list(self._running):
            if running_scope == scope:
                self.cancel(scope, request_id)

    def cancel_soon(self, scope: str, request_id: RequestId) -> None:
        """Cancel behind the calls that came before: one that was read in the same chunk has not begun yet."""
        asyncio.get_running_loop().call_soon(self.cancel, scope, request_id)

    def was_cancelled(self) -> bool:
        """Tell whether the current task was cancelled by its client, not by a shutdown or a lost connection."""
        return asyncio.current_task() in self._cancelled

    @contextmanager
    def question(self, scope: str, question_id: str) -> Iterator["asyncio.Future[JsonObject]"]:
        """Open a question to the client; the future gets the whole reply message. Raises OverflowError when full."""
        if len(self._pending) >= MAX_PENDING:
            raise OverflowError
        future: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._pending[scope, question_id] = future
        try:
            yield future
        finally:
            del self._pending[scope, question_id]

    def reply(self, scope: str, message: JsonObject) -> bool:
        """Hand a client's reply to whoever asked; False when nobody did (late, foreign or made up)."""
        future = self._pending.get((scope, str(message.get("id"))))
        if future is None or future.done():
            return False
        future.set_result(message)
        return True

    def set_level(self, scope: str, level: str) -> None:
        """Remember a client's log level; nothing is kept for a caller nobody can name."""
        if not scope:
            return
        self._levels[scope] = level
        self._levels.move_to_end(scope)
        while len(self._levels) > MAX_LEVELS:
            self._levels.popitem(last=False)

    def level(self, scope: str) -> str | None:
        """Give a client's log level, None when it never set one."""
        return self._levels.get(scope)
