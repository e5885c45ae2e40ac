"""One session as a file: what it is now on top, its log below, one event a line; text in and out, no disk.

Above: engine.store.file_folder. Below: orjson, engine.store.port. Made to be read by people and compared by git.
"""

from collections.abc import Sequence
from types import UnionType
from typing import Final, NamedTuple

import orjson

from engine.store.port import NewEvent, Row, StoredEvent
from schema.values import Json, JsonObject

FORMAT: Final = "workflowlookup-session-1"
"""Moves when the shape of the file does; a file of another format is refused, not guessed at."""
DEEPER: Final = 4
"""How much deeper an event's JSON lies in the file than by itself; orjson reads 1,024 levels."""

ROW_TYPES: Final = (str, str, str, str, int, int, int, float, float, float | None, str | None)
EVENT_TYPES: Final = (int, str, int, float, str)


class Kept(NamedTuple):
    """A session as its file has it; `documents` are the hashes it pins."""

    row: Row
    documents: tuple[str, ...]
    events: tuple[StoredEvent, ...]


def grown(kept: Kept | None, row: Row, documents: tuple[str, ...], events: tuple[NewEvent, ...]) -> Kept:
    """Give a session (None: a new one) with more events, its row after them."""
    before = kept or Kept(row, (), ())
    added = (StoredEvent(seq, *event) for seq, event in enumerate(events, len(before.events) + 1))
    pinned = dict.fromkeys((*before.documents, *documents))
    return Kept(row, tuple(pinned), (*before.events, *added))


def render(kept: Kept) -> bytes:
    """Give the file's text; TypeError for text that is not Unicode."""
    top = {"format": FORMAT, "session": kept.row._asdict(), "documents": list(kept.documents)}
    head = orjson.dumps(top, option=orjson.OPT_INDENT_2).removesuffix(b"\n}")
    lines = b",\n".join(b"    " + orjson.dumps(_shown(event)) for event in kept.events)
    return head + b',\n  "events": [\n' + lines + b"\n  ]\n}\n"


def parse(text: bytes) -> Kept:
    """Read a file's text; ValueError for anything `render` did not write."""
    said = orjson.loads(text)
    match said:
        case {"format": str(found), "session": {**row}, "documents": [*documents], "events": [*events]}:
            if found != FORMAT:
                raise ValueError(found)
        case _:
            raise ValueError("no session file")
    kept = Kept(
        Row._make(_checked([row.get(name) for name in Row._fields], ROW_TYPES)),
        tuple(str(digest) for digest in _checked(documents, (str,) * len(documents))),
        tuple(map(_event, events)),
    )
    if [event.seq for event in kept.events] != list(range(1, len(kept.events) + 1)):
        raise ValueError("gaps")
    return kept


def _shown(event: StoredEvent) -> JsonObject:
    """Give an event for its line: its data as JSON where that loses nothing, else as text."""
    facts: JsonObject = {"seq": event.seq, "type": event.type, "version": event.version, "at": event.at, "by": event.by}
    try:
        data: Json = orjson.loads(b"[" * DEEPER + event.data + b"]" * DEEPER)[0][0][0][0]
        if orjson.dumps(data) == event.data:
            return {**facts, "data": data}
    except (ValueError, TypeError, LookupError):
        pass
    return {**facts, "text": event.data.decode("utf-8")}


def _event(said: JsonObject) -> StoredEvent:
    """Read one event."""
    facts = _checked([said.get(name) for name in StoredEvent._fields[:-1]], EVENT_TYPES)
    if "data" in said:
        return StoredEvent._make((*facts, orjson.dumps(said["data"])))
    (text,) = _checked([said.get("text")], (str,))
    return StoredEvent._make((*facts, str(text).encode()))


def _checked(values: Sequence[object], types: Sequence[type | UnionType]) -> Sequence[object]:
    """Give the values back; ValueError where one has not its type."""
    if not all(map(isinstance, values, types)):
        raise ValueError("a value of another type")
    return values
