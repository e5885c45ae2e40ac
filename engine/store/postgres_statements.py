"""What the PostgreSQL store says: the statements, and values in the form they take.

Above: engine.store.postgres, postgres_group. Below: engine.store.port. Names are found through the search_path.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from engine.store.listing import After
from engine.store.port import Append, Deletion, Query, Row

Value = str | int | float | bytes | None
Argument = Value | list[str]
Columns = tuple[tuple[Value, ...], ...]
NO_EVENTS: Final[Columns] = ((),) * 7
"""The columns of no event at all."""

_ROW: Final = (
    "session_id, workflow_id, target_file, status, current_phase, total_phases, version, "
    "created_at, updated_at, completed_at, imported_from, due_at"
)
_ROW_TYPES: Final = (
    "$1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bigint[], "
    "$8::float8[], $9::float8[], $10::float8[], $11::text[], $12::float8[]"
)
CHANNEL: Final = "workflowlookup"
"""Where due times are told; a channel belongs to a database, so its messages name the schema they are about."""
_KEEP_ROW: Final = """
    ON CONFLICT (session_id) DO UPDATE SET
        workflow_id = EXCLUDED.workflow_id, target_file = EXCLUDED.target_file, status = EXCLUDED.status,
        current_phase = EXCLUDED.current_phase, total_phases = EXCLUDED.total_phases, version = EXCLUDED.version,
        created_at = EXCLUDED.created_at, updated_at = EXCLUDED.updated_at, completed_at = EXCLUDED.completed_at,
        imported_from = EXCLUDED.imported_from, due_at = EXCLUDED.due_at"""

APPEND: Final = f"""
WITH member AS (
    SELECT * FROM unnest({_ROW_TYPES}, $13::bigint[]) AS m({_ROW}, expected)
), moved AS (
    UPDATE heads SET version = m.version FROM member m
    WHERE heads.session_id = m.session_id AND heads.version = m.expected
    RETURNING heads.session_id
), begun AS (
    INSERT INTO heads (session_id, version) SELECT session_id, version FROM member WHERE expected = 0
    ON CONFLICT (session_id) DO NOTHING
    RETURNING session_id
), won AS (
    SELECT session_id FROM moved UNION ALL SELECT session_id FROM begun
), added AS (
    INSERT INTO events (session_id, seq, type, version, at, by, data)
    SELECT e.* FROM unnest(
        $14::text[], $15::bigint[], $16::text[], $17::int[], $18::float8[], $19::text[], $20::bytea[]
    ) AS e(session_id, seq, type, version, at, by, data)
    JOIN won ON won.session_id = e.session_id
), shown AS (
    INSERT INTO sessions ({_ROW})
    SELECT {", ".join(f"m.{name}" for name in _ROW.split(", "))}
    FROM member m JOIN won ON won.session_id = m.session_id
    {_KEEP_ROW}
), told AS (
    SELECT pg_notify('{CHANNEL}', current_schema() || ' ' || min(m.due_at))
    FROM member m JOIN won ON won.session_id = m.session_id
    LEFT JOIN sessions s ON s.session_id = m.session_id
    WHERE m.due_at IS DISTINCT FROM s.due_at AND m.due_at IS NOT NULL
    HAVING count(*) > 0
)
SELECT session_id FROM won CROSS JOIN (SELECT count(*) FROM told) AS heard"""
"""Append a group: members (a session at most once) whose head is where they expect it win; gives their sessions.

The head's row is locked by its update: of two appends, on whatever node, the second waits and then does not fit.
A due time that is new is told to whoever listens: the schema and the earliest one, when this is committed.
"""

PIN: Final = """
WITH added AS (
    INSERT INTO documents (hash, text) SELECT * FROM unnest($2::text[], $3::bytea[]) ON CONFLICT (hash) DO NOTHING
)
INSERT INTO pins (session_id, hash) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING"""
DOCUMENTS_KEY: Final = "hashtextextended('workflowlookup documents ' || current_schema(), 0)"
BEGIN_PINNING: Final = f"BEGIN; SELECT pg_advisory_xact_lock_shared({DOCUMENTS_KEY})"
LOCK_DOCUMENTS: Final = f"SELECT pg_advisory_xact_lock({DOCUMENTS_KEY})"
"""A document is dropped with the last session that pins it; nobody may be pinning it meanwhile."""

HEADS: Final = "SELECT session_id, version FROM heads WHERE session_id = ANY($1::text[])"
SPAN: Final = """
SELECT type, version, at, by, data FROM events WHERE session_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq"""
READ: Final = """
SELECT seq, type, version, at, by, data FROM events WHERE session_id = $1 AND seq > $2 ORDER BY seq"""
ROW: Final = f"""
SELECT {_ROW} FROM sessions WHERE session_id = $1 OR imported_from = $1
ORDER BY session_id = $1 DESC, created_at DESC, session_id DESC LIMIT 1"""
REPLACE_ROWS: Final = f"""
INSERT INTO sessions ({_ROW})
SELECT {", ".join(f"m.{name}" for name in _ROW.split(", "))} FROM unnest({_ROW_TYPES}) AS m({_ROW})
JOIN heads ON heads.session_id = m.session_id AND heads.version = m.version
FOR SHARE OF heads
{_KEEP_ROW}"""
"""Write rows anew; those that are not of their log's version are passed over, and no append comes in between."""
IDS: Final = "SELECT session_id FROM heads ORDER BY session_id"
DUE: Final = f"SELECT {_ROW} FROM sessions WHERE due_at IS NOT NULL ORDER BY due_at, session_id LIMIT $1"
DOCUMENT: Final = "SELECT text FROM documents WHERE hash = $1"

DELETE_HEAD: Final = (
    "DELETE FROM heads WHERE session_id = $1 AND ($2::bigint IS NULL OR version = $2) RETURNING version"
)
DELETE_REST: Final = (
    "DELETE FROM events WHERE session_id = $1",
    "DELETE FROM sessions WHERE session_id = $1",
    """WITH unpinned AS (DELETE FROM pins WHERE session_id = $1 RETURNING hash)
    DELETE FROM documents USING unpinned WHERE documents.hash = unpinned.hash
    AND NOT EXISTS (SELECT FROM pins WHERE pins.hash = unpinned.hash AND pins.session_id <> $1)""",
)
NOTE: Final = """
INSERT INTO deletions (session_id, workflow_id, at, by, reason)
SELECT session_id, workflow_id, at, by, reason
FROM unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::text[])
WITH ORDINALITY AS n(session_id, workflow_id, at, by, reason, place) ORDER BY place"""
DELETIONS: Final = """
SELECT session_id, workflow_id, at, by, reason FROM deletions
WHERE $1::text IS NULL OR session_id = $1 ORDER BY number DESC LIMIT $2"""

PUT_SHARED: Final = "INSERT INTO facts (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING"
SHARED: Final = "SELECT value FROM facts WHERE name = 'secret'"

CHECKS: Final = (
    (
        "the log has gaps",
        "SELECT session_id FROM events GROUP BY session_id HAVING min(seq) <> 1 OR max(seq) <> count(*)",
    ),
    (
        "the log does not end where its head says",
        """SELECT coalesce(h.session_id, e.session_id) AS session_id FROM heads h FULL JOIN
        (SELECT session_id, max(seq) AS latest FROM events GROUP BY session_id) e ON e.session_id = h.session_id
        WHERE e.latest IS DISTINCT FROM h.version""",
    ),
    (
        "the row is not of the log's version",
        """SELECT coalesce(h.session_id, s.session_id) AS session_id FROM heads h FULL JOIN sessions s
        ON s.session_id = h.session_id WHERE s.version IS DISTINCT FROM h.version""",
    ),
    (
        "its pinned document is gone",
        "SELECT session_id FROM pins WHERE NOT EXISTS (SELECT FROM documents d WHERE d.hash = pins.hash)",
    ),
)
"""What can be wrong with a session, in words, and the statement that finds those it is wrong with."""


def append_arguments(batches: Sequence[Append]) -> Columns:
    """Give the arguments of APPEND, column by column."""
    rows = [(*_row_values(each.row, version_after(each)), each.expected_version) for each in batches]
    events = [
        (each.session_id, seq, event.type, event.version, event.at, event.by, event.data)
        for each in batches
        for seq, event in enumerate(each.events, each.expected_version + 1)
    ]
    return (*zip(*rows, strict=True), *(zip(*events, strict=True) if events else NO_EVENTS))


def row_arguments(rows: Iterable[Row]) -> Columns:
    """Give the arguments of REPLACE_ROWS."""
    return tuple(zip(*(_row_values(row, row.version) for row in rows), strict=True))


def pin_arguments(batches: Iterable[Append]) -> Columns:
    """Give the arguments of PIN, in one order everywhere, so that two groups do not wait for each other."""
    pins = sorted((each.session_id, one.hash, one.text) for each in batches for one in each.documents)
    return tuple(zip(*pins, strict=True))


def note_arguments(noted: Iterable[Deletion]) -> Columns:
    """Give the arguments of NOTE; what this database cannot hold of a reason must not keep anybody from deleting."""
    lines = ((each.session_id, plain(each.workflow_id), each.at, plain(each.by), plain(each.reason)) for each in noted)
    return tuple(zip(*lines, strict=True))


def version_after(batch: Append) -> int:
    """Give the version of the log once `batch` is appended."""
    return batch.expected_version + len(batch.events)


def plain(text: str) -> str:
    r"""Replace the one character that PostgreSQL's text cannot hold.

    >>> plain("a\x00b")
    'a\ufffdb'
    """
    return text.replace("\0", "\ufffd")


def where(query: Query, behind: After | None = None) -> tuple[str, list[Argument]]:
    """Give the WHERE clause for the fields that are set, with its arguments.

    >>> where(Query(("failed",), target_file="a.py"))
    (' WHERE status = ANY($1) AND target_file = $2', [['failed'], 'a.py'])
    """
    wanted: list[tuple[str, tuple[Argument, ...]]] = [
        ("status = ANY({})", (list(query.statuses) or None,)),
        ("workflow_id = {}", (_plain_or_none(query.workflow_id),)),
        ("target_file = {}", (_plain_or_none(query.target_file),)),
        ("updated_at < {}", (query.updated_before,)),
        ("updated_at > {}", (query.updated_after,)),
        ("(created_at, session_id) < ({}, {})", behind or (None,)),
    ]
    clauses: list[str] = []
    values: list[Argument] = []
    for form, given in wanted:
        if None not in given:
            clauses.append(form.format(*(f"${len(values) + number}" for number in range(1, len(given) + 1))))
            values += given
    return " WHERE " + " AND ".join(clauses) if clauses else "", values


def page(query: Query, behind: After | None, limit: int) -> tuple[str, list[Argument]]:
    """Give the statement that finds a page, with its arguments."""
    clause, values = where(query, behind)
    order = f"ORDER BY created_at DESC, session_id DESC LIMIT ${len(values) + 1}"
    return f"SELECT {_ROW} FROM sessions{clause} {order}", [*values, limit]


def totals(query: Query) -> tuple[str, list[Argument]]:
    """Give the statement that counts by status, with its arguments."""
    clause, values = where(query)
    return f"SELECT status, count(*) FROM sessions{clause} GROUP BY status", values


def _row_values(row: Row, version: int) -> tuple[Value, ...]:
    named = (row.session_id, row.workflow_id, row.target_file, row.status)
    times = (row.created_at, row.updated_at, row.completed_at)
    return (*named, row.current_phase, row.total_phases, version, *times, row.imported_from, row.due_at)


def _plain_or_none(text: str | None) -> str | None:
    return None if text is None else plain(text)
