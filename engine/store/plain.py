"""Rows and events as plain JSON objects, and back: what the file store and archives write.

Above: engine.store.file_session, engine.archive_lines. Below: orjson, engine.store.port. Nothing is lost: an event's
data stands as JSON where writing it again gives the very same bytes, else as a text, else as base64.
"""

import base64
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Final

import orjson

from engine.sessions.audit import MAX_TIME
from engine.store.port import Row, StoredEvent
from schema.values import Json, JsonObject

DEEPER: Final = 4
"""How much deeper an event's JSON may lie in what is written than by itself; orjson reads 1,024 levels."""

ROW_TYPES: Final = (str, str, str, str, int, int, int, float, float, float | None, str | None, float | None)
EVENT_TYPES: Final = (int, str, int, float, str)


def shown_event(event: StoredEvent) -> JsonObject:
    """Give an event as a JSON object."""
    facts: JsonObject = {"seq": event.seq, "type": event.type, "version": event.version, "at": event.at, "by": event.by}
    try:
        data: Json = orjson.loads(b"[" * DEEPER + event.data + b"]" * DEEPER)[0][0][0][0]
        if orjson.dumps(data) == event.data:
            return {**facts, "data": data}
    except (ValueError, TypeError, LookupError):
        pass
    try:
        return {**facts, "text": event.data.decode("utf-8")}
    except UnicodeDecodeError:
        return {**facts, "base64": base64.b64encode(event.data).decode("ascii")}


def event_of(said: Json) -> StoredEvent:
    """Read an event; ValueError where it is none."""
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - one error for everything that is no event
    facts = checked([said.get(name) for name in StoredEvent._fields[:-1]], EVENT_TYPES)
    checked_times([said.get("at")])
    if "data" in said:
        return StoredEvent._make((*facts, orjson.dumps(said["data"])))
    if "base64" in said:
        return StoredEvent._make((*facts, base64.b64decode(str(said["base64"]), validate=True)))
    (text,) = checked([said.get("text")], (str,))
    return StoredEvent._make((*facts, str(text).encode()))


def row_of(said: Mapping[str, Json]) -> Row:
    """Read a row; ValueError where it is none."""
    row = Row._make(checked([said.get(name) for name in Row._fields], ROW_TYPES))
    checked_times((row.created_at, row.updated_at, row.completed_at, row.due_at))
    return row


def checked_times(times: Sequence[Json]) -> None:
    """Raise ValueError for a time that no list could show; None is no time."""
    if not all(at is None or (isinstance(at, int | float) and 0 <= at <= MAX_TIME) for at in times):
        raise ValueError("a time out of range")


def checked(values: Sequence[object], types: Sequence[type | UnionType]) -> Sequence[object]:
    """Give the values back; ValueError where one has not its type."""
    if not all(map(isinstance, values, types)):
        raise ValueError("a value of another type")
    return values
