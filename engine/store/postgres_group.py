"""Group commit: appends that arrive while one transaction is under way share the next, on one connection.

Above: engine.store.postgres. Below: postgres_link, postgres_statements. An append is answered after COMMIT and not
before. Where a connection ends before the answer came, the group is sent again over a new one: what was committed does
not fit a second time, and a log that holds exactly these events says so.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.errors import ConflictError, StoreError
from engine.store import postgres_link as link
from engine.store import postgres_statements as statements
from engine.store.port import Append

if TYPE_CHECKING:
    from asyncpg import Connection

MAX_GROUP: Final = 256
"""Appends that share a transaction: as many as a burst brings, few enough to stay below a tenth of a second."""
MAX_GROUP_BYTES: Final = 32_000_000
"""Bytes of events and documents in a transaction of more than one append."""
MAX_WAITING: Final = 10_000
"""Appends that wait their turn; beyond it they are refused at once."""
PAUSES_SECONDS: Final = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each try to learn what became of a group whose answer was lost: a restart takes a few seconds."""
COLLISIONS: Final = frozenset(("23505", "40001", "40P01"))
"""SQLSTATEs that say another node was in the way: nothing was written, and the same again may succeed."""
UNKNOWN: Final = "It is not known whether it was stored: send the same again, what was stored is not stored twice"


class Pending(NamedTuple):
    """An append that waits for its transaction, and the future its caller waits for."""

    batch: Append
    answer: "asyncio.Future[int]"


class GroupCommit:
    """The one writer of a store: no task and no thread while there is nothing to write."""

    def __init__(self, place: link.Link) -> None:
        """Nothing is connected before the first append."""
        self._link = place
        self._connection: Connection | None = None
        self._waiting: list[Pending] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, batch: Append) -> int:
        """Append when its turn comes; gives the new version. ConflictError or StoreError."""
        if len(self._waiting) >= MAX_WAITING:
            raise StoreError("append", f"{MAX_WAITING} appends wait already")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(Pending(batch, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await answer

    async def close(self) -> None:
        """Finish what waits, then give the connection back."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        if self._connection is not None and not self._connection.is_closed():
            await _end(self._connection)
        self._connection = None

    async def _write_all(self) -> None:
        """Write group after group until nothing waits. Should it end early, nobody is left waiting."""
        group: list[Pending] = []
        try:
            while self._waiting:
                group = self._take()
                if group:
                    await self._settle(group)
                await asyncio.sleep(0)  # let those who were answered join the next group
        finally:
            self._writing = None
            for each in (*group, *self._waiting):
                _answer(each.answer, StoreError("append", "its writer ended", advice=UNKNOWN))
            self._waiting = []

    def _take(self) -> list[Pending]:
        """Take the next group: each session at most once, within the bounds; callers who gave up are left out."""
        group: dict[str, Pending] = {}
        left: list[Pending] = []
        weight = 0
        for each in self._waiting:
            weight += _weight(each.batch)
            room = not group or (len(group) < MAX_GROUP and weight <= MAX_GROUP_BYTES)
            if each.answer.done():
                continue
            if room and each.batch.session_id not in group:
                group[each.batch.session_id] = each
            else:
                left.append(each)
        self._waiting = left
        return [group[session_id] for session_id in sorted(group)]

    async def _settle(self, group: Sequence[Pending]) -> None:
        """Write a group and answer each of its members; one that the server refuses is told apart from the others."""
        batches = [each.batch for each in group]
        try:
            answers = await self._write(batches)
        except StoreError as error:
            if len(group) > 1 and error.details != link.UNREACHABLE:
                for each in group:
                    await self._settle([each])
                return
            answers = [error] * len(group)
        for each, answer in zip(group, answers, strict=True):
            _answer(each.answer, answer)

    async def _write(self, batches: Sequence[Append]) -> list[int | ConflictError | StoreError]:
        """Write a group, over a new connection where the old one ended; StoreError where it cannot be done."""
        unknown = False
        for pause in PAUSES_SECONDS:
            if pause:
                await asyncio.sleep(pause)
            try:
                connection = await self._connected()
            except link.faults() as error:
                fault: Exception = error
                if not unknown:
                    break
                continue
            try:
                won = await _transaction(connection, batches)
                return await _answers(connection, batches, won, unknown=unknown)
            except link.faults() as error:
                fault = error
                self._drop()
                unknown = unknown or link.is_lost(error)
                if not link.is_lost(error) and link.state_of(error) not in COLLISIONS:
                    break
        raise link.told("append", fault, UNKNOWN if unknown else "") from None

    async def _connected(self) -> "Connection":
        """Give the connection, a new one where there is none or it ended."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._link.writer()
        return self._connection

    def _drop(self) -> None:
        """End the connection at once: a transaction that hangs in it is rolled back by the server."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _transaction(connection: "Connection", batches: Sequence[Append]) -> frozenset[str]:
    """Append a group and commit; gives the sessions whose append fitted. Without documents it is one statement."""
    arguments = statements.append_arguments(batches)
    pinning = any(each.documents for each in batches)
    if pinning:
        await connection.execute(statements.BEGIN_PINNING)
    won = frozenset(record[0] for record in await connection.fetch(statements.APPEND, *arguments))
    if pinning:
        pinned = [each for each in batches if each.documents and each.session_id in won]
        if pinned:
            await connection.execute(statements.PIN, *statements.pin_arguments(pinned))
        await connection.execute("COMMIT")
    return won


async def _answers(
    connection: "Connection", batches: Sequence[Append], won: frozenset[str], *, unknown: bool
) -> list[int | ConflictError | StoreError]:
    """Give each member's new version or conflict; `unknown`: one that does not fit may have been committed before."""
    lost = [each for each in batches if each.session_id not in won]
    stored = {each.session_id for each in lost if unknown and await _is_stored(connection, each)}
    heads = dict(await connection.fetch(statements.HEADS, [each.session_id for each in lost])) if lost else {}
    return [
        statements.version_after(each)
        if each.session_id in won or each.session_id in stored
        else ConflictError(heads.get(each.session_id, 0))
        for each in batches
    ]


async def _is_stored(connection: "Connection", batch: Append) -> bool:
    """Tell whether the log holds exactly these events at exactly their places."""
    span = (batch.session_id, batch.expected_version, statements.version_after(batch))
    found = [tuple(record) for record in await connection.fetch(statements.SPAN, *span)]
    return found == [tuple(event) for event in batch.events]


async def _end(connection: "Connection") -> None:
    """Say goodbye, but do not wait long for a server that does not listen."""
    try:
        await connection.close(timeout=link.CONNECT_SECONDS)
    except link.faults():
        connection.terminate()


def _weight(batch: Append) -> int:
    return sum(len(each.data) for each in batch.events) + sum(len(each.text) for each in batch.documents)


def _answer(future: "asyncio.Future[int]", answer: int | ConflictError | StoreError) -> None:
    """Tell a caller, unless it gave up. An error is raised in several tasks, so each gets its own."""
    if future.done():
        return
    if isinstance(answer, int):
        future.set_result(answer)
    elif isinstance(answer, ConflictError):
        future.set_exception(answer)
    else:
        one = StoreError(answer.operation, answer.details, retryable=answer.retryable, advice=answer.advice)
        future.set_exception(one)
