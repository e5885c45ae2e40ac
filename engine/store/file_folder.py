"""The folder of the file store: <session>.json, documents/<hash>.json, deletions.jsonl; blocking, for one thread.

Above: engine.store.file. Below: file_session, disk, lock. Whatever changes happens under one lock
between processes and replaces whole files: written aside, synced, renamed, the folder synced. Reading needs no lock.
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from engine.errors import ConflictError, StoreError
from engine.sessions.ids import is_session_id
from engine.store.disk import replace, scratch_of, sync_folder, write_all
from engine.store.file_session import Kept, grown, parse, render
from engine.store.lock import Held, locked
from engine.store.port import Append, Deletion, Row, StoredEvent

DOCUMENTS: Final = "documents"
DELETIONS: Final = "deletions.jsonl"
LOCK: Final = ".lock"
SECRET: Final = ".secret"  # noqa: S105 - the name of a file
SUFFIX: Final = ".json"
SCRATCHES: Final = ".*.tmp"
"""What a writer that was killed leaves: names as disk.scratch_of gives them."""
MAX_FILE_BYTES: Final = 64_000_000
"""Bytes of one session's file: every append writes it anew, which takes seconds for larger ones."""
TOO_LARGE: Final = f"the session would grow beyond the {MAX_FILE_BYTES} bytes a file may have here"
ELSEWHERE: Final = "Take the session to another store: sessions export, then sessions import with --store sqlite"
UNREADABLE: Final = frozenset((errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP))
"""What speaks against one file, a link among them, and not against the disk."""
IGNORED: Final = ".gitignore"
IGNORES: Final = b".lock\n.secret\n*.tmp\n"
"""What git shall not see: the sessions are for keeping, the secret is not."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Seen(NamedTuple):
    """What is remembered of a session's file while its stamp stays: enough for lists."""

    stamp: tuple[int, int, int]
    row: Row
    documents: tuple[str, ...]


class SessionFolder:
    """The files of one store."""

    def __init__(self, root: Path) -> None:
        """Take the folder; `prepare` makes it."""
        self._root = root
        self._seen: dict[str, Seen] = {}

    def prepare(self) -> None:
        """Make the folder and what belongs in it."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._root / DOCUMENTS).mkdir(mode=0o700, exist_ok=True)
        with self._locked("open"):
            self._sweep()
            if not (self._root / IGNORED).exists():
                replace(self._root / IGNORED, IGNORES)

    def append(self, batch: Append) -> int:
        """Append to one session's file."""
        path = self._path(batch.session_id)
        if path is None:
            raise StoreError("append", "the session's id is no id", retryable=False, advice="Nothing was changed")
        with self._locked("append") as held:
            kept = self._kept(path)
            actual = len(kept.events) if kept else 0
            if actual != batch.expected_version:
                raise ConflictError(actual)
            text = render(grown(kept, batch.row, tuple(each.hash for each in batch.documents), batch.events))
            if len(text) > MAX_FILE_BYTES:
                raise StoreError("append", TOO_LARGE, retryable=False, advice=ELSEWHERE)
            for document in batch.documents:
                self._keep_document(document.hash, document.text)
            replace(path, text, held.still)
        return actual + len(batch.events)

    def read(self, session_id: str, after: int) -> tuple[StoredEvent, ...]:
        """Give the events behind `after`."""
        path = self._path(session_id)
        kept = self._kept(path) if path else None
        return kept.events[max(after, 0) :] if kept else ()

    def row(self, session_id: str) -> Row | None:
        """Give the row of an id, or else the newest that was imported from it."""
        path = self._path(session_id)
        kept = self._kept(path) if path else None
        if kept:
            return kept.row
        imported = [row for row in self.rows() if row.imported_from == session_id]
        return max(imported, key=lambda row: (row.created_at, row.session_id), default=None)

    def rows(self) -> list[Row]:
        """Give all rows; damaged files are left out here, `damages` names them."""
        return [seen.row for seen in self._look()]

    def delete(self, deletion: Deletion, version: int | None) -> bool:
        """Delete a session's file, noted first, and the documents nobody else pins; a damaged file goes too."""
        path = self._path(deletion.session_id)
        with self._locked("delete") as held:
            if path is None or not os.path.lexists(path):
                return False
            if version is not None and version != len(self.read(deletion.session_id, 0)):
                return False
            mine = self._pinned(path)
            held.still()
            self._note(line_of(deletion))
            path.unlink()
            scratch_of(path).unlink(missing_ok=True)
            sync_folder(self._root)
            others = {digest for seen in self._look() for digest in seen.documents}
            for digest in mine - others:
                (self._root / DOCUMENTS / f"{digest}.json").unlink(missing_ok=True)
        return True

    def deletions(self) -> Iterator[Deletion]:
        """Give the audit log, newest first; a line that was cut off by a crash was never acknowledged."""
        try:
            lines = (self._root / DELETIONS).read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in reversed(lines):
            with suppress(ValueError, TypeError):
                yield Deletion(**orjson.loads(line))

    def note(self, deletions: Sequence[Deletion]) -> None:
        """Add to the audit log, in the order given."""
        with self._locked("append"):
            self._note(b"".join(map(line_of, deletions)))

    def document(self, digest: str) -> bytes | None:
        """Give a document by its hash."""
        if not _HASH.fullmatch(digest):
            return None
        try:
            return (self._root / DOCUMENTS / f"{digest}.json").read_bytes()
        except FileNotFoundError:
            return None

    def replace_rows(self, rows: Sequence[Row]) -> None:
        """Write the rows that stand at the end of their logs."""
        with self._locked("append") as held:
            for row in rows:
                path = self._path(row.session_id)
                kept = self._kept(path) if path else None
                if path and kept and len(kept.events) == row.version and kept.row != row:
                    replace(path, render(kept._replace(row=row)), held.still)

    def ids(self) -> tuple[str, ...]:
        """Give the ids of all files, damaged ones included."""
        return tuple(map(_id_of, self._files()))

    def damages(self) -> tuple[str, ...]:
        """Say which files are damaged and which documents are missing."""
        found: list[str] = []
        for entry in self._files():
            try:
                kept = self._kept(Path(entry.path))
            except StoreError as error:
                found.append(error.details)
                continue
            found += self._flaws(kept) if kept else []
        return tuple(found)

    def _flaws(self, kept: Kept) -> Iterator[str]:
        """Say what is wrong with a session whose file can be read."""
        if kept.row.version != len(kept.events):
            yield f"the row of {kept.row.session_id} does not stand at the end of its log"
        if any(self.document(digest) is None for digest in kept.documents):
            yield f"a document of session {kept.row.session_id} is missing"

    def secret(self, fresh: Callable[[], bytes]) -> bytes:
        """Give the secret; a fresh one where there is none yet."""
        path = self._root / SECRET
        with self._locked("read"):
            if not path.exists():
                replace(path, fresh())
            return path.read_bytes()

    def _locked(self, operation: str) -> AbstractContextManager[Held]:
        return locked(self._root / LOCK, operation)

    def _path(self, session_id: str) -> Path | None:
        """Give the file of an id; None for a text that is no id and so must not become a path."""
        return self._root / f"{session_id}.json" if is_session_id(session_id) else None

    def _files(self) -> list[os.DirEntry[str]]:
        """Give the files that may be sessions, by name."""
        with os.scandir(self._root) as entries:
            found = [each for each in entries if each.name.endswith(SUFFIX) and is_session_id(_id_of(each))]
        return sorted(found, key=_id_of)

    def _sweep(self) -> None:
        """Remove what writers that were killed left half-written; the lock is held, so nobody else writes."""
        for folder in (self._root, self._root / DOCUMENTS):
            for path in folder.glob(SCRATCHES):
                path.unlink(missing_ok=True)

    def _kept(self, path: Path) -> Kept | None:
        """Read a session's file; None where there is none, StoreError where it is damaged."""
        try:
            text = _read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in UNREADABLE:
                raise _unusable(path, "cannot be read") from error
            raise
        try:
            return parse(text, path.stem)
        except (ValueError, TypeError) as error:
            raise _unusable(path, "is damaged") from error

    def _look(self) -> list[Seen]:
        """Look at all files, reading those that changed since the last look."""
        fresh: dict[str, Seen] = {}
        for entry in self._files():
            with suppress(StoreError, FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                known = self._seen.get(_id_of(entry))
                if known is None or known.stamp != stamp:
                    kept = self._kept(Path(entry.path))
                    known = Seen(stamp, kept.row, kept.documents) if kept else None
                if known:
                    fresh[_id_of(entry)] = known
        self._seen = fresh
        return list(fresh.values())

    def _pinned(self, path: Path) -> set[str]:
        """Give the hashes a session pins; none that can be read in a damaged file."""
        try:
            kept = self._kept(path)
        except StoreError:
            return set()
        return set(kept.documents) if kept else set()

    def _keep_document(self, digest: str, text: bytes) -> None:
        """Store a document once; one that was damaged is made good."""
        if not _HASH.fullmatch(digest):
            raise StoreError("append", "a document's hash is no hash", retryable=False, advice="Nothing was changed")
        path = self._root / DOCUMENTS / f"{digest}.json"
        if self.document(digest) != text:
            replace(path, text)

    def _note(self, lines: bytes) -> None:
        """Add lines to the audit log, on a line of their own even behind one that was cut off."""
        descriptor = os.open(self._root / DELETIONS, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                lines = b"\n" + lines
            write_all(descriptor, lines)
            os.fsync(descriptor)


def _id_of(entry: os.DirEntry[str]) -> str:
    """Give the id a file is named by."""
    return entry.name.removesuffix(SUFFIX)


def _read(path: Path) -> bytes:
    """Read a file; StoreError for one that is too large or no plain file, which may never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _unusable(path, "is no plain file")
        if status.st_size > MAX_FILE_BYTES:
            raise _unusable(path, f"has more than {MAX_FILE_BYTES} bytes")
        return file.read()


def _unusable(path: Path, why: str) -> StoreError:
    details = f"the file of session {path.stem} {why}"
    return StoreError("read", details, retryable=False, advice="Restore it from a backup")


def line_of(deletion: Deletion) -> bytes:
    """Give a deletion as a line of the audit log."""
    return orjson.dumps(deletion._asdict()) + b"\n"
