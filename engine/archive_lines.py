"""The archive's format, JSON Lines: a header, sessions with their documents and events, deletions, an end that counts.

Above: engine.archive. Below: orjson, engine.store.plain. No disk, no store. Whatever does not follow is refused with
the number of its line; a file without its end was cut off.
"""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final, NamedTuple

import orjson

from engine.errors import StoreError
from engine.sessions.ids import is_session_id
from engine.store.plain import checked, event_of, row_of, shown_event
from engine.store.port import Deletion, Document, Row, StoredEvent
from schema.values import Json, JsonObject

FAMILY: Final = "workflowlookup-archive-"
FORMAT: Final = f"{FAMILY}1"
MAX_FORMAT: Final = 40
"""Characters shown of a format nobody knows."""
MAX_SESSION_BYTES: Final = 1_000_000_000
"""Bytes of the lines of one session; it is held in memory while it is read."""


class Counts(NamedTuple):
    """What an archive holds."""

    sessions: int = 0
    events: int = 0
    documents: int = 0
    deletions: int = 0


class Head(NamedTuple):
    """The line a session begins with: its row, the hashes it pins, how many events follow."""

    row: Row
    documents: tuple[str, ...]
    events: int


class Block(NamedTuple):
    """A session of an archive; `documents` are those that stand before it for the first time."""

    head: Head
    documents: tuple[Document, ...]
    events: tuple[StoredEvent, ...]


Line = Head | Document | StoredEvent | Deletion | Counts


def header() -> bytes:
    """Give the first line."""
    return _line({"format": FORMAT})


def line_of(item: Line) -> bytes:
    """Give any other line."""
    match item:
        case Head():
            more: JsonObject = {"documents": [*item.documents], "events": item.events}
            return _line({"kind": "session", "row": item.row._asdict(), **more})
        case Document():
            return _line({"kind": "document", "hash": item.hash, "text": item.text.decode("utf-8")})
        case StoredEvent():
            return _line({"kind": "event", **shown_event(item)})
        case Deletion():
            return _line({"kind": "deletion", **item._asdict()})
        case Counts():
            return _line({"kind": "end", **item._asdict()})


def item_of(line: bytes) -> Line:
    """Read a line; ValueError where it is none."""
    said: Json = orjson.loads(line)
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - one error for everything that is no line
    match said:
        case {"kind": "session", "row": dict(row), "documents": list(documents), "events": int(events)}:
            digests = checked(documents, (str,) * len(documents))
            return Head(row_of(row), tuple(map(str, digests)), events)
        case {"kind": "document", "hash": str(digest), "text": str(text)}:
            return Document(digest, text.encode())
        case {"kind": "event"}:
            return event_of(said)
        case {"kind": "deletion"}:
            facts = [said.get(name) for name in Deletion._fields]
            return Deletion._make(checked(facts, (str, str, float, str, str)))
        case {"kind": "end"}:
            return Counts._make(checked([said.get(name) for name in Counts._fields], (int,) * len(Counts._fields)))
        case _:
            raise ValueError("no line of an archive")


async def blocks(lines: AsyncIterator[bytes]) -> AsyncIterator[Block | Deletion | Counts]:
    """Give what an archive holds, one session at a time, its end last; StoreError at the first line that is wrong."""
    number = 0
    reader = _Reader()
    async for line in lines:
        number += 1
        try:
            found = reader.take(line)
        except (ValueError, TypeError) as error:
            raise broken(f"line {number} is no line of an archive, or not in its place") from error
        if found is not None:
            yield found
    if not reader.has_ended:
        raise broken("it was cut off: its last line is missing")


def broken(details: str, advice: str = "take another copy of the file") -> StoreError:
    """Give the error of an archive that cannot be restored."""
    return StoreError("restore", details, retryable=False, advice=f"Nothing was changed; {advice}")


class _Reader:
    """Where in an archive the lines have come to."""

    def __init__(self) -> None:
        self.has_ended = False
        self._has_begun = False
        self._head: Head | None = None
        self._documents: list[Document] = []
        self._events: list[StoredEvent] = []
        self._bytes = 0
        self._known: set[str] = set()
        self._counts = Counts()

    def take(self, line: bytes) -> Block | Deletion | Counts | None:
        """Take the next line; gives what it completes. ValueError where it is not in its place."""
        _demand(not self.has_ended)
        if not self._has_begun:
            _demand_format(orjson.loads(line))
            self._has_begun = True
            return None
        item = item_of(line)
        self._bytes += len(line)
        _demand(self._bytes <= MAX_SESSION_BYTES)
        _demand(isinstance(item, StoredEvent) == (self._head is not None))
        match item:
            case StoredEvent():
                return self._event(item)
            case Head():
                self._begin(item)
            case Document():
                self._document(item)
            case Deletion():
                self._counts = self._counts._replace(deletions=self._counts.deletions + 1)
                return item
            case Counts():
                _demand(item == self._counts and not self._documents)
                self.has_ended = True
                return item
        return None

    def _begin(self, head: Head) -> None:
        _demand(is_session_id(head.row.session_id) and head.row.version == head.events > 0)
        _demand(self._known.issuperset(head.documents))
        _demand({document.hash for document in self._documents} <= set(head.documents))
        self._head = head

    def _document(self, document: Document) -> None:
        _demand(sha256(document.text).hexdigest() == document.hash and document.hash not in self._known)
        self._known.add(document.hash)
        self._documents.append(document)
        self._counts = self._counts._replace(documents=self._counts.documents + 1)

    def _event(self, event: StoredEvent) -> Block | None:
        """Take an event; the last one completes its session."""
        self._events.append(event)
        _demand(event.seq == len(self._events))
        head = self._head
        if head is None or event.seq < head.events:
            return None
        block = Block(head, tuple(self._documents), tuple(self._events))
        self._counts = self._counts._replace(
            sessions=self._counts.sessions + 1, events=self._counts.events + head.events
        )
        self._head = None
        self._documents, self._events, self._bytes = [], [], 0
        return block


def _demand_format(said: Json) -> None:
    match said:
        case {"format": str(found)} if found != FORMAT and found.startswith(FAMILY):
            raise broken(f"it has the format {found[:MAX_FORMAT]}, and this version reads {FORMAT}")
        case _:
            _demand(said == {"format": FORMAT})


def _demand(holds: bool) -> None:  # noqa: FBT001 - it is the condition itself
    if not holds:
        raise ValueError("not in its place")


def _line(said: JsonObject) -> bytes:
    return orjson.dumps(said) + b"\n"
