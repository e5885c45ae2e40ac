"""What the SQLite store writes and reads: each function one piece of work on an open connection.

Above: engine.store.sqlite (hands them to its writer and readers). Below: sqlite3, engine.store.listing.
Writing functions run within a transaction of the writer. The version of a session is that of its log, never its row's.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from engine.errors import ConflictError
from engine.store.listing import cut_due, cut_page, notes_size, page_size, place_of
from engine.store.port import Append, Deletion, Due, NewEvent, Page, Query, Row, StoredEvent

Value: TypeAlias = str | int | float | bytes | None

EVENTS_PER_INSERT: Final = 64
"""Events of one INSERT; SQLite takes 32,766 parameters, and few texts of statements stay prepared."""
MAX_DAMAGES: Final = 100
"""Lines of what is wrong; more do not help anybody."""

VERSION: Final = "SELECT max(seq) FROM events WHERE session_id = ?"
KEEP_ROW: Final = (
    "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id) DO UPDATE SET"
    " workflow_id = excluded.workflow_id, target_file = excluded.target_file, status = excluded.status,"
    " current_phase = excluded.current_phase, total_phases = excluded.total_phases, version = excluded.version,"
    " created_at = excluded.created_at, updated_at = excluded.updated_at, completed_at = excluded.completed_at,"
    " imported_from = excluded.imported_from, due_at = excluded.due_at"
)
DROP_DOCUMENTS: Final = (
    "DELETE FROM documents WHERE hash IN (SELECT hash FROM pins WHERE session_id = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM pins WHERE pins.hash = documents.hash AND session_id <> ?1)"
)
GAPS: Final = (
    "SELECT 'the log of ' || session_id || ' has gaps' FROM events GROUP BY session_id"
    " HAVING min(seq) <> 1 OR max(seq) <> count(*) LIMIT ?"
)
LOST_DOCUMENTS: Final = (
    "SELECT 'the document of ' || session_id || ' is missing' FROM pins"
    " WHERE NOT EXISTS (SELECT 1 FROM documents WHERE documents.hash = pins.hash) LIMIT ?"
)
STALE_ROWS: Final = (
    "SELECT 'the row of ' || session_id || ' does not stand at the end of its log' FROM (SELECT session_id,"
    " max(seq) AS version FROM events GROUP BY session_id) AS logs LEFT JOIN sessions USING (session_id)"
    " WHERE sessions.version IS NOT logs.version LIMIT ?"
)


class Where(NamedTuple):
    """A WHERE clause and its values; an empty one has no text."""

    text: str
    values: tuple[Value, ...]


@cache
def insert_events(count: int) -> str:
    """Give the statement that inserts `count` events."""
    return "INSERT INTO events VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * count)  # noqa: S608 - only marks


def append(connection: sqlite3.Connection, batch: Append) -> int:
    """Append to one session; raises ConflictError before anything is written."""
    session_id = batch.session_id
    actual = version_of(connection, session_id)
    if actual != batch.expected_version:
        raise ConflictError(actual)
    for start in range(0, len(batch.events), EVENTS_PER_INSERT):
        _insert(connection, session_id, actual + start, batch.events[start : start + EVENTS_PER_INSERT])
    for digest, text in batch.documents:
        connection.execute("INSERT OR IGNORE INTO documents VALUES (?, ?)", (digest, text))
        connection.execute("INSERT OR IGNORE INTO pins VALUES (?, ?)", (session_id, digest))
    connection.execute(KEEP_ROW, batch.row)
    return actual + len(batch.events)


def version_of(connection: sqlite3.Connection, session_id: str) -> int:
    """Give the version of a session's log, 0 where there is none."""
    ((version,),) = connection.execute(VERSION, (session_id,))
    return int(version or 0)


def delete(connection: sqlite3.Connection, deletion: Deletion, version: int | None) -> bool:
    """Delete a session and what only it needed, and note it; False where it is not there, or not at the version."""
    actual = version_of(connection, deletion.session_id)
    if not actual or version not in (None, actual):
        return False
    only = (deletion.session_id,)
    connection.execute(DROP_DOCUMENTS, only)
    for table in ("pins", "sessions", "events"):
        connection.execute(f"DELETE FROM {table} WHERE session_id = ?", only)  # noqa: S608 - names of our own
    note(connection, (deletion,))
    return True


def note(connection: sqlite3.Connection, noted: Sequence[Deletion]) -> None:
    """Add to the audit log, in the order given."""
    connection.executemany(
        "INSERT INTO deletions (session_id, workflow_id, at, by, reason) VALUES (?, ?, ?, ?, ?)", noted
    )


def replace_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write the rows that stand at the end of their logs."""
    for row in rows:
        if version_of(connection, row.session_id) == row.version > 0:
            connection.execute(KEEP_ROW, row)


def secret(connection: sqlite3.Connection, fresh: bytes) -> bytes:
    """Give the secret; `fresh` becomes it where there is none yet."""
    connection.execute("INSERT OR IGNORE INTO facts VALUES ('secret', ?)", (fresh,))
    ((value,),) = connection.execute("SELECT value FROM facts WHERE name = 'secret'")
    return bytes(value)


def read(connection: sqlite3.Connection, session_id: str, after: int) -> tuple[StoredEvent, ...]:
    """Give the events behind `after`, in order."""
    found = connection.execute(
        "SELECT seq, type, version, at, by, data FROM events WHERE session_id = ? AND seq > ? ORDER BY seq",
        (session_id, after),
    )
    return tuple(map(StoredEvent._make, found))


def row(connection: sqlite3.Connection, session_id: str) -> Row | None:
    """Give the row of an id, or else the newest that was imported from it."""
    own = connection.execute("SELECT * FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    imported = (
        own
        or connection.execute(
            "SELECT * FROM sessions WHERE imported_from = ? ORDER BY created_at DESC, session_id DESC LIMIT 1",
            (session_id,),
        ).fetchone()
    )
    return Row._make(imported) if imported else None


def sessions(connection: sqlite3.Connection, query: Query, cursor: str | None, limit: int) -> Page:
    """Give a page of rows, newest first."""
    where = where_of(query, cursor)
    wanted = page_size(limit)
    found = connection.execute(
        f"SELECT * FROM sessions {where.text} ORDER BY created_at DESC, session_id DESC LIMIT ?",  # noqa: S608 - values are bound
        (*where.values, wanted + 1),
    )
    return cut_page([Row._make(each) for each in found], wanted)


def due(connection: sqlite3.Connection, now: float, limit: int) -> Due:
    """Give the rows that are due, and when the next one is."""
    wanted = page_size(limit)
    found = connection.execute(
        "SELECT * FROM sessions WHERE due_at IS NOT NULL ORDER BY due_at, session_id LIMIT ?", (wanted + 1,)
    )
    return cut_due([Row._make(each) for each in found], now, wanted)


def counts(connection: sqlite3.Connection, query: Query) -> Mapping[str, int]:
    """Count the rows that fit, by status."""
    where = where_of(query, None)
    return dict(
        connection.execute(f"SELECT status, count(*) FROM sessions {where.text} GROUP BY status", where.values)  # noqa: S608 - values are bound
    )


def deletions(connection: sqlite3.Connection, session_id: str | None, limit: int) -> tuple[Deletion, ...]:
    """Give the audit log of deletions, newest first."""
    found = connection.execute(
        "SELECT session_id, workflow_id, at, by, reason FROM deletions"
        " WHERE ?1 IS NULL OR session_id = ?1 ORDER BY number DESC LIMIT ?2",
        (session_id, notes_size(limit)),
    )
    return tuple(map(Deletion._make, found))


def document(connection: sqlite3.Connection, digest: str) -> bytes | None:
    """Give a document by its hash."""
    found = connection.execute("SELECT text FROM documents WHERE hash = ?", (digest,)).fetchone()
    return bytes(found[0]) if found else None


def ids(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Give the ids of all logs."""
    return tuple(session_id for (session_id,) in connection.execute("SELECT DISTINCT session_id FROM events"))


def damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Say what is wrong with the file, the logs, the documents and the rows."""
    found = [text for (text,) in connection.execute(f"PRAGMA integrity_check({MAX_DAMAGES})") if text != "ok"]
    for question in (GAPS, LOST_DOCUMENTS, STALE_ROWS):
        found += [text for (text,) in connection.execute(question, (MAX_DAMAGES,))]
    return tuple(found)


def where_of(query: Query, cursor: str | None) -> Where:
    """Give the clause for what is asked; statuses and the place behind a cursor included."""
    parts: list[tuple[str, tuple[Value, ...]]] = []
    if query.statuses:
        parts.append((f"status IN ({', '.join('?' * len(query.statuses))})", query.statuses))
    for text, value in (
        ("workflow_id = ?", query.workflow_id),
        ("target_file = ?", query.target_file),
        ("updated_at < ?", query.updated_before),
        ("updated_at > ?", query.updated_after),
    ):
        if value is not None:
            parts.append((text, (value,)))
    if cursor is not None:
        parts.append(("(created_at, session_id) < (?, ?)", place_of(cursor)))
    text = " AND ".join(text for text, _ in parts)
    return Where(f"WHERE {text}" if text else "", tuple(value for _, values in parts for value in values))


def _insert(connection: sqlite3.Connection, session_id: str, last: int, events: Sequence[NewEvent]) -> None:
    """Insert up to EVENTS_PER_INSERT events behind the seq `last` in one statement."""
    values: list[Value] = []
    for seq, event in enumerate(events, last + 1):
        values += (session_id, seq, *event)
    connection.execute(insert_events(len(events)), values)
