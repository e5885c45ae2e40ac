"""The store that forgets: sessions live in this process, for tests and for a try-out without a disk.

Above: server.compose. Below: engine.store.listing. Finished sessions are dropped after a day; the whole is bounded in
bytes, and sessions under way are never dropped to make room.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from engine.clock import Clock
from engine.errors import ConflictError, StoreError
from engine.sessions.model import FINISHED
from engine.store.listing import count, due_of, notes_size, page_of
from engine.store.port import Append, Deletion, Due, Page, Query, Row, StoredEvent

FINISHED_TTL_S: Final = 86_400.0
"""Seconds (24 h) a finished session is kept: as long as somebody may want to read how it ended."""
MAX_BYTES: Final = 256_000_000
"""Bytes of events and documents held at most; beyond it the oldest finished sessions go, then appends are refused."""
EVENT_BYTES: Final = 400
"""Bytes counted for an event besides its JSON text: the tuple, its times and names."""
MAX_DELETIONS: Final = 10_000
"""Lines of the audit log that are kept."""
SECRET_BYTES: Final = 32


class MemoryStore:
    """Sessions in dictionaries."""

    name = "memory"
    schema = (1, 1)

    def __init__(self, clock: Clock, max_bytes: int = MAX_BYTES) -> None:
        """`clock` says when a finished session has rested long enough, and gives the secret."""
        self._clock = clock
        self._max_bytes = max_bytes
        self._bytes = 0
        self._logs: dict[str, list[StoredEvent]] = {}
        self._rows: dict[str, Row] = {}
        self._finished: dict[str, float] = {}
        self._documents: dict[str, bytes] = {}
        self._pins: dict[str, set[str]] = {}
        self._deletions: list[Deletion] = []
        self._secret = b""

    async def open(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Keep everything: the same object may be opened again."""

    async def append(self, batch: Append) -> int:
        """Append events atomically; ConflictError(actual), StoreError where the bound is reached."""
        self._make_room(_weight(batch))
        log = self._logs.get(batch.session_id, [])
        if len(log) != batch.expected_version:
            raise ConflictError(len(log))
        events = [StoredEvent(seq, *event) for seq, event in enumerate(batch.events, len(log) + 1)]
        self._logs.setdefault(batch.session_id, log).extend(events)
        self._bytes += sum(len(event.data) + EVENT_BYTES for event in events)
        for document in batch.documents:
            self._pin(batch.session_id, document.hash, document.text)
        self._keep_row(batch.row)
        return len(log)

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the events with seq > `after`."""
        return tuple(self._logs.get(session_id, ())[max(after, 0) :])

    async def row(self, session_id: str) -> Row | None:
        """Give the row of a session by its id, or the newest by the id it was imported from."""
        self._drop_old()
        if session_id in self._rows:
            return self._rows[session_id]
        imported = [row for row in self._rows.values() if row.imported_from == session_id]
        return max(imported, key=lambda row: (row.created_at, row.session_id), default=None)

    async def sessions(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """List sessions, newest first."""
        self._drop_old()
        return page_of(self._rows.values(), query, cursor, limit)

    async def counts(self, query: Query) -> Mapping[str, int]:
        """Count the sessions that fit, by stored status."""
        self._drop_old()
        return count(self._rows.values(), query)

    async def due(self, now: float, limit: int) -> Due:
        """Give the sessions that are due."""
        return due_of(self._rows.values(), now, limit)

    def watch(self) -> None:
        """Give nothing: nobody else changes what is in this process."""

    async def delete(self, deletion: Deletion, version: int | None = None) -> bool:
        """Delete a session and note it."""
        actual = len(self._logs.get(deletion.session_id, ()))
        if not actual or version not in (None, actual):
            return False
        self._drop(deletion.session_id)
        self._deletions.append(deletion)
        del self._deletions[:-MAX_DELETIONS]
        return True

    async def deletions(self, session_id: str | None = None, limit: int = 100) -> tuple[Deletion, ...]:
        """Give the audit log of deletions, newest first."""
        found = (each for each in reversed(self._deletions) if session_id in (None, each.session_id))
        return tuple(each for each, _ in zip(found, range(notes_size(limit)), strict=False))

    async def note(self, deletions: Sequence[Deletion]) -> None:
        """Add to the audit log."""
        self._deletions.extend(deletions)
        del self._deletions[:-MAX_DELETIONS]

    async def document(self, digest: str) -> bytes | None:
        """Give a pinned document by its hash."""
        return self._documents.get(digest)

    async def replace_rows(self, rows: Sequence[Row]) -> None:
        """Write rows anew; those that are not of the log's version are passed over."""
        for row in rows:
            if len(self._logs.get(row.session_id, ())) == row.version > 0:
                self._keep_row(row)

    async def ids(self) -> tuple[str, ...]:
        """Give the ids of all sessions."""
        return tuple(self._logs)

    async def check(self) -> tuple[str, ...]:
        """Memory is sound, and logs here cannot have gaps: nothing is ever wrong."""
        return ()

    async def secret(self) -> bytes:
        """Give the secret of this store, made at the first call."""
        self._secret = self._secret or self._clock.random_bytes(SECRET_BYTES)
        return self._secret

    def _keep_row(self, row: Row) -> None:
        """Store a row and note when a session came to its end; one that goes on is not dropped by age."""
        self._rows[row.session_id] = row
        self._finished.pop(row.session_id, None)
        if row.status in FINISHED:
            self._finished[row.session_id] = self._clock.monotonic()

    def _pin(self, session_id: str, digest: str, text: bytes) -> None:
        """Keep a document once, for as long as a session that brought it is here."""
        if digest not in self._documents:
            self._documents[digest] = text
            self._bytes += len(text)
        self._pins.setdefault(digest, set()).add(session_id)

    def _make_room(self, weight: int) -> None:
        """Drop what may be dropped until `weight` bytes fit; StoreError where sessions under way fill everything."""
        self._drop_old()
        while self._bytes + weight > self._max_bytes and self._finished:
            self._drop(next(iter(self._finished)))
        if self._bytes + weight > self._max_bytes:
            full = f"sessions under way fill the {self._max_bytes} bytes this store may hold"
            raise StoreError("append", full, advice="Delete sessions, or serve with a store on disk")

    def _drop_old(self) -> None:
        """Drop the finished sessions that have rested long enough; they stand in the order they finished in."""
        latest = self._clock.monotonic() - FINISHED_TTL_S
        while self._finished:
            session_id, finished_at = next(iter(self._finished.items()))
            if finished_at > latest:
                return
            self._drop(session_id)

    def _drop(self, session_id: str) -> None:
        """Forget a session, and the documents that only it pinned."""
        self._bytes -= sum(len(event.data) + EVENT_BYTES for event in self._logs.pop(session_id))
        self._rows.pop(session_id, None)
        self._finished.pop(session_id, None)
        for digest in [digest for digest, sessions in self._pins.items() if session_id in sessions]:
            self._pins[digest].discard(session_id)
            if not self._pins[digest]:
                del self._pins[digest]
                self._bytes -= len(self._documents.pop(digest))


def _weight(batch: Append) -> int:
    """Count the bytes a batch adds at most."""
    events = sum(len(event.data) + EVENT_BYTES for event in batch.events)
    return events + sum(len(document.text) for document in batch.documents)
