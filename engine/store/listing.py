"""What the stores that hold their rows in memory share, and the cursors of all: filters, order, pages.

Above: the stores. Below: engine.store.port. A cursor says after which row to go on, so pages stand still while
sessions are added; its form is nobody's business but ours.
"""

import base64
import binascii
import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from engine.errors import ArgumentError
from engine.sessions.ids import is_session_id
from engine.store.port import Due, Page, Query, Row

MAX_PAGE: Final = 1_000
"""Rows of one page, whatever was asked for."""
MAX_NOTES: Final = 100_000
"""Lines of the audit log of deletions given at once: it has no pages, and a backup takes all."""
MAX_CURSOR: Final = 256
"""Characters; ours have fewer than 200."""


class After(NamedTuple):
    """The place of the last row of a page in the order of all rows."""

    created_at: float
    session_id: str


def cursor_after(row: Row) -> str:
    """Give the cursor that goes on behind `row`."""
    return base64.urlsafe_b64encode(orjson.dumps([row.created_at, row.session_id])).decode("ascii").rstrip("=")


def place_of(cursor: str) -> After:
    """Read a cursor; ArgumentError("cursor") for anything a store did not give."""
    if len(cursor) > MAX_CURSOR:
        raise _refused()
    try:
        said = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise _refused() from None
    match said:
        case [int() | float() as created_at, str(session_id)] if math.isfinite(created_at) and is_session_id(
            session_id
        ):
            return After(float(created_at), session_id)
        case _:
            raise _refused()


def fits(row: Row, query: Query) -> bool:
    """Tell whether a row fits every field of the query that is set."""
    return (
        (not query.statuses or row.status in query.statuses)
        and query.workflow_id in (None, row.workflow_id)
        and query.target_file in (None, row.target_file)
        and (query.updated_before is None or row.updated_at < query.updated_before)
        and (query.updated_after is None or row.updated_at > query.updated_after)
    )


def page_of(rows: Iterable[Row], query: Query, cursor: str | None, limit: int) -> Page:
    """Give the page behind `cursor`, newest first, of the rows that fit."""
    wanted = page_size(limit)
    behind = None if cursor is None else place_of(cursor)
    left = (row for row in rows if fits(row, query) and (behind is None or _order(row) < behind))
    return cut_page(heapq.nlargest(wanted + 1, left, key=_order), wanted)


def cut_page(found: list[Row], wanted: int) -> Page:
    """Make a page of up to `wanted` + 1 rows that were found: the one too many tells that there are more."""
    shown = tuple(found[:wanted])
    return Page(shown, cursor_after(shown[-1]) if len(found) > wanted else None)


def due_of(rows: Iterable[Row], now: float, limit: int) -> Due:
    """Give the rows that are due of all there are."""
    wanted = page_size(limit)
    timed = ((row.due_at, row.session_id, row) for row in rows if row.due_at is not None)
    return cut_due([row for *_, row in heapq.nsmallest(wanted + 1, timed)], now, wanted)


def cut_due(found: Sequence[Row], now: float, wanted: int) -> Due:
    """Make what is due of up to `wanted` + 1 rows, the earliest first: the one too many tells when to look again."""
    times = [row.due_at for row in found if row.due_at is not None]
    ready = sum(at <= now for at in times[:wanted])
    return Due(tuple(found[:ready]), times[ready] if ready < len(times) else None)


def page_size(limit: int) -> int:
    """Give how many rows a page has: what was asked for, within 1 and MAX_PAGE."""
    return max(1, min(limit, MAX_PAGE))


def notes_size(limit: int) -> int:
    """Give how many deletions are given: what was asked for, within 1 and MAX_NOTES."""
    return max(1, min(limit, MAX_NOTES))


def count(rows: Iterable[Row], query: Query) -> Mapping[str, int]:
    """Count the rows that fit, by status."""
    return Counter(row.status for row in rows if fits(row, query))


def _order(row: Row) -> After:
    return After(row.created_at, row.session_id)


def _refused() -> ArgumentError:
    return ArgumentError("cursor", "send the cursor of the page before, unchanged, or none to begin anew")
