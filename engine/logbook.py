"""Sessions as the store has them: logs read and folded, events appended. A cancelled call stores all or nothing.

Above: engine.runner. Below: engine.sessions (codec, evolve), engine.store.port, engine.held, engine.pinned.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from engine.errors import ArgumentError, SessionStateError, StoreError
from engine.held import Held, HeldSessions
from engine.pinned import Pin, Pins
from engine.projection import folded, row_of
from engine.runner_model import Observer, Recorded, Session
from engine.sessions.codec import CorruptLogError, decode, encode
from engine.sessions.draft import Drafted
from engine.sessions.events import Event
from engine.sessions.evolve import fold
from engine.sessions.ids import is_session_id
from engine.sessions.model import State
from engine.sessions.restoring import is_at_rest
from engine.store.port import Append, Deletion, Document, NewEvent, Store, StoredEvent

MAX_LOG_BYTES: Final = 128_000_000
"""Bytes of one session's events as JSON: a dozen pieces of evidence of the largest size, or 100,000 ordinary events."""


class Batch(NamedTuple):
    """Events to store, when and by whom, and the document a new session brings."""

    events: tuple[Event, ...]
    at: float
    by: str
    documents: tuple[Document, ...] = ()


class Logbook:
    """The sessions of one store."""

    def __init__(self, store: Store, observer: Observer, changed: Callable[[Session, float | None], None]) -> None:
        """`observer` hears of every batch that was stored, `changed` of the session after it and when it is due."""
        self.pins = Pins(store)
        self._store = store
        self._observer = observer
        self._changed = changed
        self._held = HeldSessions()
        self._left: set[asyncio.Future[int]] = set()

    def held(self, session_id: str) -> Held | None:
        """Give what memory has of a session; the store may have more."""
        return self._held.get(session_id)

    async def fresh(self, session_id: str) -> Held:
        """Give a session as it is now, by its id or by the id it was imported from.

        Of a session that is held only what is new is read. SessionStateError ("not_found") where there is none.
        """
        held = self._held.get(session_id)
        if held is None:
            return await self._read(session_id)
        last_and_new = await self._store.read(session_id, held.session.state.version - 1)
        if last_and_new:
            return self._grown(held, last_and_new[1:])
        self._held.drop(session_id)  # deleted meanwhile
        return await self._read(session_id)

    async def delete(self, session_id: str, at: float, by: str, reason: str) -> bool:
        """Delete a session, by its id or the id it was imported from; False where there is none."""
        if not is_session_id(session_id):
            return False
        row = await self._store.row(session_id)
        if row is None:
            return False
        self._held.drop(row.session_id)
        return await self._store.delete(Deletion(row.session_id, row.workflow_id, at, by, reason))

    async def back_at(self, session: Session, version: int) -> Session:
        """Give a session as it was at a version of its log."""
        if version == session.state.version:
            return session
        if not 0 < version < session.state.version:
            raise ArgumentError("version", f"the log of this session has the versions 1 to {session.state.version}")
        state = _folded((await self._store.read(session.state.session_id))[:version])
        return session if state is None else session._replace(state=state)

    async def rested_at(self, session: Session, version: int) -> Session:
        """Give a session where it rested last, at a version of its log or before; where it never had, as it began."""
        state: State | None = None
        rested: State | None = None
        for stored in (await self._store.read(session.state.session_id))[:version]:
            state = _folded((stored,), state)
            if rested is None or (state is not None and is_at_rest(state)):
                rested = state
        return session if rested is None else session._replace(state=rested)

    async def log(self, session_id: str) -> tuple[Recorded, ...]:
        """Give everything that happened in a session, in order."""
        session = (await self.fresh(session_id)).session
        events = await self._store.read(session.state.session_id)
        try:
            return tuple(
                Recorded(each.seq, each.at, each.by, decode(each.type, each.version, each.data)) for each in events
            )
        except CorruptLogError:
            raise _damaged() from None

    async def append(self, held: Held | None, pin: Pin, batch: Batch) -> Session:
        """Store events behind what is held (None: a new session) and give the session after them.

        ConflictError where the log has moved. A cancellation waits until they are stored or refused.
        """
        grown, asked = _after(held, pin, batch)
        writing = asyncio.ensure_future(self._store.append(asked))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            self._left.add(writing)
            writing.add_done_callback(partial(self._settled, grown, batch, asked.row.due_at))
            await asyncio.wait({writing})
            raise
        return self._stored(grown, batch, asked.row.due_at)

    def _settled(self, grown: Held, batch: Batch, due_at: float | None, writing: asyncio.Future[int]) -> None:
        """Keep what was stored for somebody who is gone; where it was not, the error is looked at."""
        self._left.discard(writing)
        if not writing.cancelled() and writing.exception() is None:
            self._stored(grown, batch, due_at)

    def _stored(self, grown: Held, batch: Batch, due_at: float | None) -> Session:
        """Hold a session with what was just stored of it."""
        self._observer.recorded(grown.session.state.workflow_id, batch.events)
        self._changed(grown.session, due_at)
        return self._held.put(grown).session

    async def _read(self, session_id: str) -> Held:
        """Read a whole log."""
        events = await self._store.read(session_id) if is_session_id(session_id) else ()
        state = _folded(events)
        if state is not None:
            pin = await self.pins.of(state)
            session = Session(state, pin.workflow, pin.document)
            return self._held.put(Held(session, sum(len(each.data) for each in events)))
        row = await self._store.row(session_id) if is_session_id(session_id) else None
        if row is None or row.session_id == session_id:
            raise SessionStateError("not_found", session_id, f"There is no session '{session_id[:64]}'", _FIND)
        return await self.fresh(row.session_id)

    def _grown(self, held: Held, new: tuple[StoredEvent, ...]) -> Held:
        """Give what is held with the events others have added."""
        if not new:
            return held
        state = _folded(new, held.session.state)
        session = held.session if state is None else held.session._replace(state=state)
        return self._held.put(Held(session, held.weight + sum(len(each.data) for each in new)))


def _after(held: Held | None, pin: Pin, batch: Batch) -> tuple[Held, Append]:
    """Give the session after a batch, and what is to be stored for that."""
    before = held.session.state if held is not None else None
    state = batch.events.after if isinstance(batch.events, Drafted) else None
    state = fold(((event, batch.at) for event in batch.events), before) if state is None else state
    new = tuple([_new(event, batch) for event in batch.events])
    weight = sum([len(each.data) for each in new]) + (held.weight if held is not None else 0)
    if weight > MAX_LOG_BYTES:
        raise SessionStateError("limit", state.session_id, _FULL.format(most=MAX_LOG_BYTES), _DELETE)
    expected = before.version if before is not None else 0
    asked = Append(state.session_id, expected, new, row_of(state, pin.workflow), batch.documents)
    return Held(Session(state, pin.workflow, pin.document), weight), asked


def _new(event: Event, batch: Batch) -> NewEvent:
    kind, version, data = encode(event)
    return NewEvent(kind, version, batch.at, batch.by, data)


def _folded(events: tuple[StoredEvent, ...], state: State | None = None) -> State | None:
    try:
        return folded(events, state)
    except CorruptLogError:
        raise _damaged() from None


def _damaged() -> StoreError:
    return StoreError("read", "the log of this session is damaged", retryable=False, advice=_RESTORE)


_FIND: Final = "Check the id: workflow_session with action list gives those there are, action start begins one"
_FULL: Final = "The log of this session would have more than {most} bytes, so it cannot go on"
_DELETE: Final = "It can still be read and deleted; begin a new one for what is left to do"
_RESTORE: Final = "Restore the store from a backup; workflow-lookup sessions verify names what is damaged"
