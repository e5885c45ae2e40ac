"""What the library remembers between runs: per file its stamp, its digest and the verdict, in one file below home.

Above: engine.library. Below: orjson and the file system. A cache and nothing more: a damaged, foreign or outdated
index is ignored, it names no path that is ever opened, and it is lost without harm.
"""

import os
import zlib
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from engine.library_model import NO_STAMP, FileRecord, Folder, Shelf, Stamp, Summary
from engine.sources import Source
from schema.finding import Finding, Severity
from schema.values import Json

FORMAT = "workflowlookup-index-1"  # moves when the shape of the file does
INDEX_FOLDER = "library"  # below home
MAX_INDEX_FILES = 32  # one per set of sources (per workspace); the oldest are deleted
MAX_INDEX_BYTES = 256_000_000  # a larger file is not ours
SAVE_AFTER = 32  # files read anew before the index is written again within one run
CODE_FOLDERS = ("engine", "engine/formats", "schema")  # what a verdict depends on


class Index:
    """The index file of one set of sources."""

    def __init__(self, home: Path, sources: Sequence[Source]) -> None:
        """Choose the file by the sources, so that two workspaces do not overwrite each other's."""
        name = blake2b(repr(tuple(sources)).encode(errors="surrogateescape"), digest_size=12).hexdigest()
        self._folder = home / INDEX_FOLDER
        self._path = self._folder / f"{name}.index"
        self._unsaved = 0
        self._saved = False

    def load(self) -> dict[str, Shelf]:
        """Give what was remembered; nothing where the file is absent, damaged, or from other code of ours."""
        try:
            if self._path.stat().st_size > MAX_INDEX_BYTES:
                return {}
            head, _, body = self._path.read_bytes().partition(b"\n")
            if head != _head(body):
                return {}
            shelves = _decode(orjson.loads(body))
        except (OSError, ValueError, TypeError, KeyError):
            return {}
        self._saved = True
        return shelves

    def keep(self, shelves: dict[str, Shelf], read: int) -> None:
        """Note that `read` files were read anew; write the index when that is worth it."""
        self._unsaved += read
        if self._unsaved == 0 or (self._saved and self._unsaved < SAVE_AFTER):
            return
        self._unsaved = 0
        self._saved = True
        try:
            body = orjson.dumps(_encode(shelves))
            self._write(_head(body) + b"\n" + body)
        except (OSError, TypeError):
            return  # a full or read-only disk costs speed at the next start, nothing else

    def _write(self, content: bytes) -> None:
        """Replace the file in one step, readable by its owner only."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._prune()
        scratch = self._folder / f"{self._path.name}.{os.getpid()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        descriptor = os.open(scratch, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        scratch.replace(self._path)

    def _prune(self) -> None:
        """Delete the oldest index files beyond the limit, leftovers of killed processes included."""
        files = sorted(self._folder.iterdir(), key=lambda path: path.lstat().st_mtime_ns, reverse=True)
        for path in files[MAX_INDEX_FILES - 1 :]:
            path.unlink(missing_ok=True)


def code_fingerprint() -> str:
    """Give what moves when the code or the schema that judges documents does: names, sizes and times of its files."""
    root = Path(__file__).resolve().parent.parent
    digest = blake2b(FORMAT.encode(), digest_size=16)
    for folder in CODE_FOLDERS:
        with os.scandir(root / folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.name.endswith((".py", ".json")):
                    status = entry.stat()
                    digest.update(f"{entry.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _head(body: bytes) -> bytes:
    return f"{FORMAT} {code_fingerprint()} {zlib.crc32(body):08x} {len(body)}".encode()


def _encode(shelves: dict[str, Shelf]) -> Json:
    """Give the shelves as rows; what was not settled is written with a stamp that equals nothing."""
    return [
        [
            path,
            shelf.source,
            shelf.shown,
            list(shelf.folder.stamp if shelf.folder.settled else NO_STAMP),
            [list(names) for names in shelf.folder[2:6]],
            [_file_row(name, record) for name, record in shelf.files.items() if record.digest],
        ]
        for path, shelf in shelves.items()
    ]


def _file_row(name: str, record: FileRecord) -> Json:
    stamp = record.stamp if record.settled else NO_STAMP
    row: list[Json] = [name, record.kind, record.digest, *stamp]
    if record.summary is not None:
        known = record.summary
        row += [known.id, known.name, known.description, known.category, known.version, list(known.tags)]
        row += [known.valid, known.guessed, [list(problem) for problem in known.problems]]
    return row


def _decode(value: list[Any]) -> dict[str, Shelf]:  # a checksum vouches that these are rows of ours
    shelves = {}
    for path, source, shown, stamp, names, rows in value:
        folder = Folder(tuple(stamp), True, *(tuple(each) for each in names))
        files = {row[0]: _record(source, shown, row) for row in rows}
        shelves[path] = Shelf(source, shown, folder, files)
    return shelves


def _record(source: str, shown: str, row: list[Any]) -> FileRecord:
    name, kind, digest, inode, size, mtime, ctime, *known = row
    stamp: Stamp = (inode, size, mtime, ctime)
    if not known:
        return FileRecord(stamp, True, kind, digest)
    identity, title, description, category, version, tags, valid, guessed, problems = known
    path = shown + name
    findings = tuple([Finding(Severity(each[0]), *each[1:]) for each in problems]) if problems else ()
    summary = Summary(
        identity, title, description, category, version, tuple(tags), source, valid, findings, path, digest, (), guessed
    )
    return FileRecord(stamp, True, kind, digest, summary)
