"""The projection lists are made from: one row a session, written with every append, rebuilt from the logs.

Above: engine.runner, tools.aos_lists, the CLI. Below: engine.sessions (codec, evolve), the port, engine.pinned.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from engine.definition import Workflow
from engine.pinned import Pins
from engine.sessions.audit import MAX_TIME, iso
from engine.sessions.codec import CorruptLogError, decode
from engine.sessions.due import due_at
from engine.sessions.evolve import evolve
from engine.sessions.model import State
from engine.sessions.phase_view import is_stale, shown_status
from engine.store.port import Row, Store, StoredEvent
from schema.values import JsonObject

BATCH: Final = 500
"""Rows written at once while rebuilding: few enough to hold in memory, many enough to be quick."""


class Rebuilt(NamedTuple):
    """How many rows were written, and the sessions whose log cannot be read (they keep the row they have)."""

    rows: int
    broken: tuple[str, ...]


def row_of(state: State, workflow: Workflow) -> Row:
    """Give the row a list shows of a session."""
    due = due_at(state)
    return Row(
        session_id=state.session_id,
        workflow_id=state.workflow_id,
        target_file=state.target_file,
        status=state.status.value,
        current_phase=state.phase,
        total_phases=len(workflow.phases),
        version=state.version,
        created_at=state.created_at,
        updated_at=state.updated_at,
        completed_at=state.completed_at,
        imported_from=state.imported_from,
        due_at=None if due is None else min(max(due, 0.0), MAX_TIME),
    )


def shown_row(row: Row, now: float) -> JsonObject:
    """Give a row as lists of sessions show it; `now` in seconds since 1970."""
    return {
        "session_id": row.session_id,
        "workflow_type": row.workflow_id,
        "target_file": row.target_file,
        "status": shown_status(row.status),
        "current_phase": row.current_phase,
        "total_phases": row.total_phases,
        "created_at": iso(row.created_at),
        "last_updated": iso(row.updated_at),
        "is_stale": is_stale(row.status, row.updated_at, now),
    }


def folded(events: Sequence[StoredEvent], state: State | None = None) -> State | None:
    """Fold stored events onto a state; CorruptLogError where one cannot be read or does not follow the one before."""
    for stored in events:
        if stored.seq != (state.version if state is not None else 0) + 1:
            raise CorruptLogError("seq")
        state = evolve(state, decode(stored.type, stored.version, stored.data), stored.at)
    return state


async def rebuild(store: Store) -> Rebuilt:
    """Write the rows of all sessions anew from their logs."""
    pins = Pins(store)
    written = 0
    rows: list[Row] = []
    broken: list[str] = []
    for session_id in await store.ids():
        try:
            state = folded(await store.read(session_id))
            pin = await pins.of(state) if state is not None else None
        except CorruptLogError:
            pin = state = None
        if state is None or pin is None:
            broken.append(session_id)
            continue
        rows.append(row_of(state, pin.workflow))
        if len(rows) == BATCH:
            await store.replace_rows(rows)
            written += len(rows)
            rows.clear()
    await store.replace_rows(rows)
    return Rebuilt(written + len(rows), tuple(broken))
