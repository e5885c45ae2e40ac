"""The actions of workflow_session that only look: get, list, tasks, explain.

Above: tools.workflow_session. Below: engine.runner, engine.sessions (the views), the store's port.
"""

from itertools import islice
from typing import Final

from engine.errors import ArgumentError
from engine.sessions.answer import answer
from engine.sessions.audit import Entry, iso
from engine.sessions.explaining import decisions
from engine.sessions.model import Status
from engine.sessions.task_reading import Listed, listed
from engine.store.port import Query, Row
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject
from tools.contract import Answer, Done
from tools.session_arguments import MAX_PAGE, SessionCall

STANDING: Final = ("stepKey", "progress", "isComplete", "waitingFor", "remainingSeconds", "warnings", "error")
"""What `get` tells as durable workflow_next does."""
MAX_DIGITS: Final = 9
"""Decimal digits of a cursor of tasks."""
STATUSES: Final = tuple(each.value for each in Status)


async def get(given: SessionCall) -> Answer:
    """Give what a session has: inputs, state, computed fields, how far it is, what it waits for, why it failed."""
    session = await given.runner.session(given.session_id)
    state = session.state
    shown: JsonObject = {
        "sessionId": state.session_id,
        "action": given.action,
        "status": state.status.value,
        "workflowId": state.workflow_id,
        "workflowVersion": state.workflow_version,
        "version": state.version,
        "inputs": state.inputs,
        "state": state.variables,
        "computed": state.computed,
        "createdAt": iso(state.created_at),
        "updatedAt": iso(state.updated_at),
    }
    told = answer(state, session.workflow, verified=given.runner.verified)
    shown.update((name, told[name]) for name in STANDING if name in told)
    if state.error_count:
        shown["errorCount"] = state.error_count
    checkpoints: list[Json] = [{"label": each.label, "version": each.version} for each in state.checkpoints]
    if checkpoints:
        shown["checkpoints"] = checkpoints
    return Done(shown)


async def tasks(given: SessionCall) -> Answer:
    """Give what became of every task, a page at a time."""
    session = await given.runner.session(given.session_id)
    limit, first = limit_of(given), _first(given)
    found = [*islice(listed(session.state), first, first + limit + 1)]
    shown: list[Json] = [_task(each) for each in found[:limit]]
    page: JsonObject = {"sessionId": session.state.session_id, "action": given.action, "tasks": shown}
    if len(found) > limit:
        page["nextCursor"] = str(first + limit)
    return Done(page)


def _first(given: SessionCall) -> int:
    """Read the cursor of a page of tasks: how many came before it."""
    cursor = given.text("cursor") or "0"
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > MAX_DIGITS:
        raise ArgumentError("cursor", "send nextCursor of the page before, or nothing")
    return int(cursor)


def _task(task: Listed) -> JsonObject:
    shown: JsonObject = {
        "taskId": task.task_id,
        "status": task.status.value,
        "item": task.item,
        "attempts": task.attempts,
    }
    if task.lease_expires is not None:
        shown["leaseExpires"] = iso(task.lease_expires)
    if task.error is not None:
        shown["error"] = {"type": task.error.error_type, "message": task.error.message, "stepKey": task.error.key}
    return shown


async def list_sessions(given: SessionCall) -> Answer:
    """List sessions, newest first, a page at a time."""
    status = given.text("status")
    if status and status not in STATUSES:
        near = did_you_mean(status, STATUSES)
        raise ArgumentError("status", f"it is one of {', '.join(STATUSES)}" + (f"; {near}" if near else ""))
    query = Query(statuses=(status,) if status else (), workflow_id=given.text("workflowId") or None)
    page = await given.runner.store.sessions(query, given.text("cursor") or None, limit_of(given))
    rows: list[Json] = [_row(row) for row in page.rows]
    shown: JsonObject = {"action": given.action, "sessions": rows}
    if page.cursor is not None:
        shown["nextCursor"] = page.cursor
    return Done(shown)


def limit_of(given: SessionCall) -> int:
    """Give how many are wanted; ArgumentError outside 1 to MAX_PAGE."""
    limit = given.number("limit")
    if limit is not None and not 1 <= limit <= MAX_PAGE:
        raise ArgumentError("limit", f"it is 1 to {MAX_PAGE}")
    return MAX_PAGE if limit is None else limit


def _row(row: Row) -> JsonObject:
    return {
        "sessionId": row.session_id,
        "workflowId": row.workflow_id,
        "status": row.status,
        "version": row.version,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
    }


async def explain(given: SessionCall) -> Answer:
    """Give what was decided and on which grounds, newest first."""
    limit = limit_of(given)
    session = await given.runner.session(given.session_id)
    log = await given.runner.log(given.session_id)
    found = decisions(tuple(Entry(each.seq, each.at, each.by, each.event) for each in log))
    return Done({"sessionId": session.state.session_id, "action": given.action, "decisions": found[:limit]})
