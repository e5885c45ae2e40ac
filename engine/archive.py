"""Export, backup, restore and verification of any store, through its port alone.

Above: the CLI, server.retention. Below: engine.archive_lines (the format), engine.archive_file, engine.projection.
One session at a time is in memory. A backup of a store in use holds each session as it was at one of its versions.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from engine.archive_file import read_file, write_file
from engine.archive_lines import Block, Counts, Head, blocks, broken, header, line_of
from engine.errors import SessionStateError, StoreError
from engine.pinned import Pins
from engine.projection import folded, row_of
from engine.sessions.codec import CorruptLogError, decode, encode
from engine.sessions.session_family import SessionStarted
from engine.store.port import Append, Deletion, Document, NewEvent, Row, Store, StoredEvent

MAX_DELETIONS: Final = 100_000
"""Deletions a backup takes: all that a store gives."""
TRIES: Final = 10
"""Times a session is read again because it was appended to between its log and its row."""
MAX_PROBLEMS: Final = 100
"""Problems a verification names."""


class Verified(NamedTuple):
    """How many sessions were looked at, and what is wrong, in words; () when sound."""

    sessions: int
    problems: tuple[str, ...]


async def write_session(store: Store, session_id: str, path: Path) -> None:
    """Export one session, found by its id, into a file readable by its owner only.

    SessionStateError ("not_found") where there is none, StoreError("archive") where the disk refuses.
    """
    if not await store.read(session_id):
        raise SessionStateError("not_found", session_id, f"There is no session '{session_id}'", "List the sessions")
    await write_file(path, _lines(store, (session_id,), ()))


async def write_store(store: Store, path: Path) -> None:
    """Back up everything: sessions, documents, the audit log of deletions."""
    deletions = await store.deletions(limit=MAX_DELETIONS)
    await write_file(path, _lines(store, sorted(await store.ids()), deletions[::-1]))


async def counted(path: Path) -> Counts:
    """Read a whole archive and give what it holds; StoreError("restore") where it is damaged."""
    counts = Counts()
    async for found in blocks(read_file(path)):
        if isinstance(found, Counts):
            counts = found
    return counts


async def restore(store: Store, path: Path, *, again: bool = False) -> Counts:
    """Restore an export or a backup; the file is looked at as a whole before anything is written.

    StoreError("restore") where it is damaged or holds a session the store has; then nothing was changed.
    `again`: sessions the store has event for event are passed over, so that a restore that was cut off is taken up.
    """
    counts, there = await _examine(store, path, again=again)
    async for found in blocks(read_file(path)):
        match found:
            case Block() if found.head.row.session_id not in there:
                await store.append(await _append_of(store, found))
            case Deletion():
                if found not in await store.deletions(found.session_id, MAX_DELETIONS):
                    await store.note((found,))
            case Counts():
                return found
    return counts


async def verify(store: Store, only: Sequence[str] | None = None) -> Verified:
    """Look at everything: the store's own checks, every log, every document, every row against its log.

    `only`: the ids of the sessions to look at, and nothing else.
    """
    problems = list(await store.check()) if only is None else []
    pins = Pins(store)
    there = await store.ids()
    session_ids = there if only is None else tuple(only)
    problems += [f"session {each}: it is not in the store" for each in sorted(set(session_ids).difference(there))]
    for session_id in session_ids:
        try:
            problem = await _problem_of(store, pins, session_id)
        except StoreError as error:
            problem = error.details
        if problem:
            problems.append(f"session {session_id}: {problem}")
    hidden = len(problems) - MAX_PROBLEMS
    shown = [*problems[:MAX_PROBLEMS], f"and {hidden} more"] if hidden > 0 else problems
    return Verified(len(session_ids), tuple(shown))


async def _problem_of(store: Store, pins: Pins, session_id: str) -> str:
    """Say what is wrong with one session; "" where nothing is, or where it is gone meanwhile."""
    row, events = await _consistent(store, session_id)
    if not events:
        return ""
    try:
        state = folded(events)
    except (CorruptLogError, LookupError):
        return "its log cannot be read"
    if state is None:
        return "its log is empty"
    pin = await pins.of(state)
    return "" if row == row_of(state, pin.workflow) else "its row is not what its log gives; rebuild the rows"


async def _lines(store: Store, session_ids: Iterable[str], deletions: Iterable[Deletion]) -> AsyncIterator[bytes]:
    """Give the lines of an archive; a session that is deleted meanwhile is left out."""
    counts = Counts()
    written: set[str] = set()
    yield header()
    for session_id in session_ids:
        row, events = await _consistent(store, session_id)
        if not events:
            continue
        documents = await _documents_of(store, events)
        for document in documents:
            if document.hash not in written:
                written.add(document.hash)
                yield line_of(document)
        head = Head(row or await _rebuilt(store, events), tuple(each.hash for each in documents), len(events))
        yield line_of(head)
        for event in events:
            yield line_of(event)
        counts = counts._replace(sessions=counts.sessions + 1, events=counts.events + len(events))
    for deletion in deletions:
        yield line_of(deletion)
        counts = counts._replace(deletions=counts.deletions + 1)
    yield line_of(counts._replace(documents=len(written)))


async def _consistent(store: Store, session_id: str) -> tuple[Row | None, tuple[StoredEvent, ...]]:
    """Give the row and the events of one version, whatever is appended meanwhile.

    No row where it was lost or stands elsewhere than its log: the log is the truth, and all of it is given.
    """
    events: tuple[StoredEvent, ...] = ()
    for _ in range(TRIES):
        events = await store.read(session_id)
        row = await store.row(session_id)
        if row is not None and row.session_id == session_id and row.version == len(events):
            return row, events
    return None, events


async def _documents_of(store: Store, events: tuple[StoredEvent, ...]) -> tuple[Document, ...]:
    """Give the documents a session pins; StoreError where one is lost, so that no backup is silently useless."""
    first = events[0]
    try:
        started = decode(first.type, first.version, first.data)
    except CorruptLogError as error:
        raise StoreError("archive", "the log of a session cannot be read", retryable=False, advice=_VERIFY) from error
    if not isinstance(started, SessionStarted):
        raise StoreError("archive", "a log does not begin with a start", retryable=False, advice=_VERIFY)
    documents = []
    for digest in dict.fromkeys((started.document, *started.children.values())):
        text = await store.document(digest)
        if text is None or sha256(text).hexdigest() != digest:
            raise StoreError("archive", "a pinned document is missing or damaged", retryable=False, advice=_VERIFY)
        documents.append(Document(digest, text))
    return tuple(documents)


async def _rebuilt(store: Store, events: tuple[StoredEvent, ...]) -> Row:
    """Give the row of a log whose row is lost."""
    try:
        state = folded(events)
    except (CorruptLogError, LookupError):
        state = None
    if state is None:
        raise StoreError("archive", "the log of a session cannot be read", retryable=False, advice=_VERIFY)
    return row_of(state, (await Pins(store).of(state)).workflow)


async def _examine(store: Store, path: Path, *, again: bool) -> tuple[Counts, frozenset[str]]:
    """Read a whole archive without changing anything; gives what it holds, and the sessions that are there already."""
    known = frozenset(await store.ids())
    seen: set[str] = set()
    counts = Counts()
    async for found in blocks(read_file(path)):
        match found:
            case Block():
                session_id = found.head.row.session_id
                _demand_own_log(found)
                if session_id in seen:
                    raise broken(f"session {session_id} is twice in the file")
                if session_id in known and not (again and await store.read(session_id) == unsealed(found.events)):
                    raise broken(f"session {session_id} is in the store already", _PRESENT)
                seen.add(session_id)
            case Counts():
                counts = found
            case Deletion():
                pass
    return counts, known & seen


def _demand_own_log(block: Block) -> None:
    """Raise StoreError unless the log is that of the session it is filed under, pinned to a document that is there."""
    first, session_id = block.events[0], block.head.row.session_id
    try:
        started = decode(first.type, first.version, first.data)
    except CorruptLogError as error:
        raise broken(f"the log of session {session_id} cannot be read") from error
    if not isinstance(started, SessionStarted) or started.session_id != session_id:
        raise broken(f"the log of session {session_id} is not its own")
    if not {started.document, *started.children.values()} <= set(block.head.documents):
        raise broken(f"a document of session {session_id} is not in the file")


async def _append_of(store: Store, block: Block) -> Append:
    """Make one append of a whole session; documents of earlier sessions are in the store by now."""
    head = block.head
    near = {document.hash: document.text for document in block.documents}
    documents = []
    for digest in head.documents:
        text = near.get(digest) or await store.document(digest)
        if text is None:
            raise StoreError("restore", "a document vanished while restoring")
        documents.append(Document(digest, text))
    events = tuple(NewEvent(*event[1:]) for event in unsealed(block.events))
    return Append(head.row.session_id, 0, events, head.row, tuple(documents))


def unsealed(events: tuple[StoredEvent, ...]) -> tuple[StoredEvent, ...]:
    """Give a log without the word of the server that began it: what is restored runs no commands, whoever wrote it."""
    first = events[0]
    started = decode(first.type, first.version, first.data)
    if not isinstance(started, SessionStarted) or not started.seal:
        return events
    kind, version, data = encode(started._replace(seal=""))
    return (first._replace(type=kind, version=version, data=data), *events[1:])


_PRESENT: Final = "delete it there first, or name another store with --store"
_VERIFY: Final = "Run `workflow-lookup sessions verify` to see which"
