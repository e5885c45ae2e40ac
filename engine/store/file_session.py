"""One session as a file: what it is now on top, its log below, one event a line; text in and out, no disk.

Above: engine.store.file_folder. Below: orjson, engine.store.plain. Made to be read by people and compared by git.
"""

from typing import Final, NamedTuple

import orjson

from engine.store.plain import checked, event_of, row_of, shown_event
from engine.store.port import NewEvent, Row, StoredEvent
from schema.values import Json

FORMAT: Final = "workflowlookup-session-1"
"""Moves when the shape of the file does; a file of another format is refused, not guessed at."""


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
    lines = b",\n".join(b"    " + orjson.dumps(shown_event(event)) for event in kept.events)
    return head + b',\n  "events": [\n' + lines + b"\n  ]\n}\n"


def parse(text: bytes, session_id: str) -> Kept:
    """Read the text of a session's file; ValueError for anything `render` did not write, or wrote for another."""
    said: Json = orjson.loads(text)
    match said:
        case {"format": str(found), "session": dict(row), "documents": list(documents), "events": list(events)} if (
            found == FORMAT
        ):
            digests = tuple(str(digest) for digest in checked(documents, (str,) * len(documents)))
            kept = Kept(row_of(row), digests, tuple(map(event_of, events)))
        case _:
            raise ValueError("no session file")
    if not kept.events or [event.seq for event in kept.events] != list(range(1, len(kept.events) + 1)):
        raise ValueError("gaps")
    if kept.row.session_id != session_id:
        raise ValueError("the session of another file")
    return kept
