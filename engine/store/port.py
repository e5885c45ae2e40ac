"""The port of session stores: what the runner asks of any of them.

Above: engine.runner, engine.archive, server.compose. Below: nothing; memory, file, sqlite and postgres are behind it.
A session is its log of events; a Row is the projection a list needs, written with every append, rebuilt from the log.
"""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from typing import NamedTuple, Protocol


class NewEvent(NamedTuple):
    """An event to append: its type's name and version, when (seconds since 1970), by whom, and its JSON text."""

    type: str
    version: int
    at: float
    by: str
    data: bytes


class StoredEvent(NamedTuple):
    """An event as stored; `seq` counts from 1 within the session."""

    seq: int
    type: str
    version: int
    at: float
    by: str
    data: bytes


class Row(NamedTuple):
    """What a list shows of a session; `version` is the seq of its last event, `status` as stored.

    `due_at`: when there is something to do in it without anybody's call, in seconds since 1970; None = nothing.
    """

    session_id: str
    workflow_id: str
    target_file: str
    status: str
    current_phase: int
    total_phases: int
    version: int
    created_at: float
    updated_at: float
    completed_at: float | None
    imported_from: str | None
    due_at: float | None = None


class Document(NamedTuple):
    """A pinned workflow document: SHA-256 (hex) of its canonical JSON, and that JSON."""

    hash: str
    text: bytes


class Append(NamedTuple):
    """Events to add to one session at the version the caller knows (0: a new session), with its row after them.

    `documents` are stored with them, once per hash.
    """

    session_id: str
    expected_version: int
    events: tuple[NewEvent, ...]
    row: Row
    documents: tuple[Document, ...] = ()


class Query(NamedTuple):
    """Which sessions: those that fit every field that is set. Times in seconds since 1970, compared with updated_at."""

    statuses: tuple[str, ...] = ()
    workflow_id: str | None = None
    target_file: str | None = None
    updated_before: float | None = None
    updated_after: float | None = None


class Page(NamedTuple):
    """Rows, newest first (created_at, then session_id, descending); `cursor` gives the next page, None at the end."""

    rows: tuple[Row, ...]
    cursor: str | None


class Due(NamedTuple):
    """Rows of sessions that are due, the earliest first; `next_at`: when the first one after them is, None: none is."""

    rows: tuple[Row, ...]
    next_at: float | None


class Deletion(NamedTuple):
    """A line of the audit log: a session was deleted or pruned; what it was and why."""

    session_id: str
    workflow_id: str
    at: float
    by: str
    reason: str


class Store(Protocol):
    """Where sessions live. Every method may raise StoreError; an append is answered only after it is durable.

    `open` prepares (creates, migrates under a lock after a backup) and `close` gives everything back.
    """

    name: str
    """memory, file, sqlite or postgres: what answers and logs call it."""

    schema: tuple[int, int]
    """Number of its last migration as it was found and as it is now, (0, n) for a new store; known once it is open."""

    async def open(self) -> None:
        """Make it ready. StoreError where it cannot be reached or is newer than this server."""
        ...

    async def close(self) -> None:
        """End it; appends under way are finished first."""
        ...

    def append(self, batch: Append) -> Awaitable[int]:
        """Append events atomically; gives the new version. ConflictError(actual) when expected_version is not it."""
        ...

    async def read(self, session_id: str, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give the events with seq > `after`, in order; () for an unknown session."""
        ...

    async def row(self, session_id: str) -> Row | None:
        """Give the row of a session by its id, or by the id it was imported from; None where there is none."""
        ...

    async def sessions(self, query: Query, cursor: str | None = None, limit: int = 100) -> Page:
        """List sessions. ArgumentError("cursor", ...) for a cursor this store did not give."""
        ...

    async def counts(self, query: Query) -> Mapping[str, int]:
        """Count the sessions that fit, by stored status; statuses without sessions are left out."""
        ...

    async def due(self, now: float, limit: int) -> Due:
        """Give the sessions with due_at <= `now` (seconds since 1970), at most `limit` of them."""
        ...

    def watch(self) -> AsyncGenerator[float, None] | None:
        """Give the due times that processes sharing this store set, as they set them; None where it cannot tell.

        The first is 0.0, given when it has begun: what is set from then on is not missed, the earliest may stand for
        several. StoreError when it loses sight of them: what was set meanwhile is to be looked for with `due`.
        """
        ...

    async def delete(self, deletion: Deletion, version: int | None = None) -> bool:
        """Delete a session with its events and row, and note it in the audit log; False (nothing noted): not there.

        `version`: delete it only where its log ends there; it has moved on where that is False.
        Documents no session pins any more may be dropped.
        """
        ...

    async def deletions(self, session_id: str | None = None, limit: int = 100) -> tuple[Deletion, ...]:
        """Give the audit log of deletions, newest first; of one session where an id is given.

        `limit`: at most 100,000; there are no pages.
        """
        ...

    async def note(self, deletions: Sequence[Deletion]) -> None:
        """Add lines to the audit log of deletions, oldest first: restoring a backup."""
        ...

    async def document(self, digest: str) -> bytes | None:
        """Give a pinned document by its hash."""
        ...

    async def replace_rows(self, rows: Sequence[Row]) -> None:
        """Write rows anew (rebuilding the projection). Rows of versions older than the log are refused silently."""
        ...

    async def ids(self) -> tuple[str, ...]:
        """Give the ids of all sessions that have events, whatever the rows say; for checks and rebuilding."""
        ...

    async def check(self) -> tuple[str, ...]:
        """Look for damage (integrity of files, gaps in logs); gives what is wrong, in words, () when sound."""
        ...

    async def secret(self) -> bytes:
        """Give the 32 secret bytes of this store, made at the first call; equal for everyone who shares it."""
        ...
