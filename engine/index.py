"""What the library remembers between runs: per file its stamp, its digest and the verdict, in one file below home.

Above: engine.library. Below: orjson and the file system. A cache and nothing more: a damaged, foreign or outdated
index is ignored, it names no path that is ever opened, and it is lost without harm.
"""

import os
import zlib
from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import orjson

from engine.library_model import NO_STAMP, Contents, Folder, Passed, Shelf, Summary, Verdict, Wanted, contents_of
from engine.sources import Source
from schema.finding import Finding, Severity
from schema.values import Json

FORMAT = "workflowlookup-index-3"  # moves when the shape of the file does
INDEX_FOLDER = "library"  # below home
MAX_INDEX_FILES = 32  # one per set of sources (per workspace); the oldest are deleted
MAX_INDEX_BYTES = 256_000_000  # a larger file is not ours
SAVE_AFTER = 32  # files read anew before the index is written again within one run
CODE_FOLDERS = ("engine", "engine/formats", "schema")  # what a verdict depends on


class Columns(NamedTuple):
    """What the index keeps of the sound documents of one folder: for each fact, one list over all files."""

    names: list[str]
    ids: list[str]
    titles: list[str]
    descriptions: list[str]
    categories: list[str]
    versions: list[str]
    tags: list[list[str]]
    digests: list[str]
    phases: list[int]
    durations: list[str]
    aliases: list[list[str]]
    inputs: list[list[list[Json]]]


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
            shelves = _decode(body)
        except (OSError, ValueError, TypeError, KeyError):
            return {}
        self._saved = True
        return shelves

    def keep(self, shelves: dict[str, Shelf], read: int) -> None:
        """Note that `read` files were read anew and settled; write the index when that is worth it."""
        self._unsaved += read
        if self._unsaved == 0 or (self._saved and self._unsaved < SAVE_AFTER):
            return
        self._unsaved = 0
        self._saved = True
        try:
            body = _encode(shelves)
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


def _encode(shelves: dict[str, Shelf]) -> bytes:
    """Give a directory of the shelves in one line of JSON, and behind it the packed verdicts of each.

    Files that were refused are left out: each run looks at them anew.
    """
    directory: list[Json] = []
    packed: list[bytes] = []
    offset = 0
    for path, shelf in shelves.items():
        verdicts = {name: each for name, each in shelf.verdicts.items() if each.hash}
        known = contents_of(verdicts)
        packed.append(orjson.dumps(_columns(verdicts)))
        stamp: list[Json] = list(shelf.folder.stamp if shelf.folder.settled else NO_STAMP)
        names: list[Json] = ["\0".join(each) for each in shelf.folder[2:6]]  # no name holds a zero byte
        names.append(shelf.folder.phased)
        counts: list[Json] = [known.invalid, dict(known.passed), dict(known.aliases), offset, len(packed[-1])]
        directory.append([path, shelf.source, shelf.shown, stamp, names, [*shelf.stamps], [*known.ids], *counts])
        offset += len(packed[-1])
    return b"".join([orjson.dumps(directory), b"\n", *packed])


def _decode(body: bytes) -> dict[str, Shelf]:
    """Give the shelves back; the checksum vouches that the body is ours."""
    line, _, packed = body.partition(b"\n")
    rows = orjson.loads(line)
    shelves = {}
    for path, source, shown, stamp, names, stamps, ids, invalid, passed, aliases, offset, size in rows:
        files, folders, links, odd = (tuple(each.split("\0")) if each else () for each in names[:4])
        folder = Folder((*stamp,), True, files, folders, links, odd, names[4])  # noqa: FBT003 - settled
        unpack = partial(_unpack, source, shown, packed, (offset, offset + size))
        shelves[path] = Shelf(source, shown, folder, stamps, Contents(ids, invalid, passed, unpack, aliases))
    return shelves


def _columns(verdicts: dict[str, Verdict]) -> list[Json]:
    """Give the summaries by columns, then the rows of those with findings, then the rows of files passed over."""
    found = {name: each for name, each in verdicts.items() if isinstance(each, Summary)}
    each = found.values()
    columns: list[Json] = [list(found), [one.id for one in each], [one.name for one in each]]
    columns += [[one.description for one in each], [one.category for one in each], [one.version for one in each]]
    columns += [[list(one.tags) for one in each], [one.hash for one in each], [one.phases for one in each]]
    columns += [[one.estimated_duration for one in each], [list(one.aliases) for one in each]]
    columns.append([[list(wanted) for wanted in one.inputs] for one in each])
    troubled: list[Json] = [
        [name, one.valid, one.guessed, [list(problem) for problem in one.problems]]
        for name, one in found.items()
        if one.problems or not one.valid
    ]
    passed: list[Json] = [[name, one.kind, one.hash] for name, one in verdicts.items() if isinstance(one, Passed)]
    return [columns, troubled, passed]


def _unpack(source: str, shown: str, packed: bytes, span: tuple[int, int]) -> dict[str, Verdict]:
    """Give the verdicts of one shelf."""
    columns, troubled, passed = orjson.loads(packed[span[0] : span[1]])
    summaries = _summaries(source, shown, Columns(*columns))
    for name, valid, guessed, problems in troubled:
        findings = tuple([Finding(Severity(each[0]), *each[1:]) for each in problems])
        summaries[name] = summaries[name]._replace(valid=valid, guessed=guessed, problems=findings)
    others: dict[str, Verdict] = {name: Passed(kind, digest) for name, kind, digest in passed}
    return others | summaries


def _summaries(source: str, shown: str, columns: Columns) -> dict[str, Summary]:
    """Put the columns together, in C from end to end: as ten thousand calls it would be felt."""
    names, ids, titles, descriptions, categories, versions, tags, digests, phases, durations, aliases, inputs = columns
    fields = zip(
        ids,
        titles,
        descriptions,
        categories,
        versions,
        map(tuple, tags),
        repeat(source),
        repeat(True),  # noqa: FBT003 - valid; set right below for those with findings
        repeat(()),
        [shown + name for name in names],
        digests,
        repeat(()),
        repeat(False),  # noqa: FBT003 - guessed, as above
        phases,
        durations,
        map(tuple, aliases),
        [tuple(map(Wanted._make, wanted)) if wanted else () for wanted in inputs],
        strict=False,
    )
    return dict(zip(names, map(tuple.__new__, repeat(Summary), fields), strict=False))
