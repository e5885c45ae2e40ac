"""Walks the sources: which folders and files there are, and which of them must never be opened.

Above: engine.library. Below: os.scandir and os.stat; no file is opened here. Every path stays inside its own source
after resolving links, each folder is read once, and a folder whose stamp has not moved is not listed again.
"""

# ruff: noqa: PTH112, PTH116, PTH118, PTH120 - Path costs three times os.path, and this runs once per folder and call
import os
from collections.abc import Iterator, Mapping, Sequence
from stat import S_ISREG
from typing import NamedTuple

from engine.library_model import Folder, Shelf, SourceFinding, Stamp
from engine.library_phased import PHASED_MARK, list_names
from engine.sources import Source
from schema.finding import Finding, Severity

DOCUMENT_ENDINGS = (".json", ".yaml", ".yml")
MAX_ENTRIES = 200_000  # names looked at per scan, about a second; a source pointed at "/" must not hang the server
MAX_DEPTH = 32  # folders below a source's root; people nest three or four
FINE_TICK_NS = 50_000_000  # two writes closer than this may carry one time stamp: kernels tick at 100 Hz or faster
COARSE_TICK_NS = 2_500_000_000  # the same where stamps are whole seconds (FAT counts in twos)
FAR_FUTURE_NS = 3_600_000_000_000  # an hour: no two machines that share files have clocks further apart
SECOND_NS = 1_000_000_000


class Visit(NamedTuple):
    """One folder met on the walk.

    `linked`: (name, real path) of documents reached by links that stay inside. `refused`: (name, why) of documents
    that are not opened.
    """

    source: str
    path: str
    shown: str
    folder: Folder
    linked: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, Finding], ...]


class _Stop(NamedTuple):
    """A folder still to visit: where it is, what callers see before its files, how deep it lies."""

    path: str
    shown: str
    depth: int


def stamp_of(status: os.stat_result) -> Stamp:
    """Give what tells one state of a file from another."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_settled(stamp: Stamp, now_ns: int) -> bool:
    """Tell whether a write after `now_ns` (nanoseconds since 1970) would surely leave another stamp.

    A stamp in the far future is settled too: a write would carry the time of now.

    >>> is_settled((1, 1, 5, 5), 10), is_settled((1, 1, 5, 5), 60_000_000), is_settled((1, 1, 5, 10**18), 0)
    (False, True, True)
    """
    newest = max(stamp[2], stamp[3])
    tick = FINE_TICK_NS if newest % SECOND_NS else COARSE_TICK_NS
    return newest + tick < now_ns or newest > now_ns + FAR_FUTURE_NS


class Scan:
    """One walk over all sources, the strongest first, so that a folder two of them reach belongs to the stronger."""

    def __init__(self, sources: Sequence[Source], shelves: Mapping[str, Shelf], now_ns: int) -> None:
        """Take the sources (weakest first) and what the walk before this one knew."""
        self.findings: list[SourceFinding] = []
        self.watched: dict[str, Stamp] = {}  # folders whose stamp moves when a document comes or goes
        self.inside: dict[str, dict[str, Stamp]] = {}  # of each phased folder, those in it: only its document is there
        self._sources = sources
        self._shelves = shelves
        self._now_ns = now_ns
        self._seen: set[tuple[int, int]] = set()
        self._left = MAX_ENTRIES

    def visits(self) -> Iterator[Visit]:
        """Give every folder once; a phased folder is one visit with all files below it."""
        for source in reversed(self._sources):
            yield from self._walk(source)

    def _walk(self, source: Source) -> Iterator[Visit]:
        if not self._may_enter(source):
            return
        stack = [_Stop(source.root, source.prefix, 0)]
        while stack:
            stop = stack.pop()
            folder = self._folder(source, stop)
            if folder is None:
                continue
            if folder.phased:
                yield self._phased(source, stop, folder)
                continue
            below = [_Stop(os.path.join(stop.path, name), f"{stop.shown}{name}/", 0) for name in folder.folders]
            linked, refused = self._links(source, stop, folder, below)
            if below and stop.depth >= MAX_DEPTH:
                self._note(source, stop.shown, "too-deep", f"folders nested deeper than {MAX_DEPTH} are not read")
                below = []
            stack.extend(each._replace(depth=stop.depth + 1) for each in reversed(below))
            refused.extend((name, _finding("not-a-file", _ODD)) for name in folder.odd)
            yield Visit(source.name, stop.path, stop.shown, folder, tuple(linked), tuple(refused))

    def _phased(self, source: Source, stop: _Stop, folder: Folder) -> Visit:
        """List a whole phased folder, each time anew; it is watched like others, what is in it with its document."""
        names = list_names(stop.path)
        self._left -= len(names.files) + len(names.folders)
        self.inside[stop.path] = {path: stamp_of(status) for path, status in names.folders.items()}
        whole = folder._replace(settled=False, files=names.files)
        return Visit(source.name, stop.path, stop.shown, whole, (), names.refused)

    def _may_enter(self, source: Source) -> bool:
        """Tell whether the root exists and lies where it must; note it and watch for its coming where not."""
        if not os.path.isdir(source.root):
            path = source.root
            while not self._watch(path):
                path = os.path.dirname(path)
            if source.expected:
                self._note(source, "", "missing-folder", "this source's folder does not exist; create it or unset it")
            return False
        if source.within and not _inside(os.path.realpath(source.root), os.path.realpath(source.within)):
            self._watch(source.root)
            self._note(source, source.prefix, "path-escape", "the folder leads out of the workspace and is not read")
            return False
        return True

    def _watch(self, path: str) -> bool:
        try:
            self.watched[path] = stamp_of(os.stat(path))
        except OSError:
            return False
        return True

    def _folder(self, source: Source, stop: _Stop) -> Folder | None:
        """Give what the folder holds, from memory where its stamp has not moved; None = seen before or unreadable."""
        try:
            status = os.stat(stop.path)
            identity = (status.st_dev, status.st_ino)
            if identity in self._seen:
                return None
            self._seen.add(identity)
            stamp = stamp_of(status)
            self.watched[stop.path] = stamp
            shelf = self._shelves.get(stop.path)
            if shelf is not None and shelf.folder.settled and shelf.folder.stamp == stamp:
                self._left -= len(shelf.folder.files) + len(shelf.folder.folders)
                return shelf.folder
            return self._read(source, stop, stamp)
        except OSError as error:
            self._note(source, stop.shown, "unreadable-folder", f"the folder cannot be read: {error.strerror}")
            return None

    def _read(self, source: Source, stop: _Stop, stamp: Stamp) -> Folder:
        """List the folder's names, sorted; hidden names and files of other kinds are left out."""
        names: dict[str, list[str]] = {"file": [], "folder": [], "link": [], "odd": []}
        with os.scandir(stop.path) as entries:
            for entry in entries:
                self._left -= 1
                if self._left < 0:
                    self._note(source, stop.shown, "too-many-files", f"only {MAX_ENTRIES} names are looked at in all")
                    break
                if entry.name == PHASED_MARK:
                    return Folder(stamp, is_settled(stamp, self._now_ns), phased=True)
                kind = _kind(entry)
                if kind:
                    names[kind].append(entry.name)
        settled = self._left >= 0 and is_settled(stamp, self._now_ns)
        odd = [name.encode(errors="backslashreplace").decode() for name in names["odd"]]
        files, folders, links = (tuple(sorted(names[kind])) for kind in ("file", "folder", "link"))
        return Folder(stamp, settled, files, folders, links, tuple(sorted(odd)))

    def _links(
        self, source: Source, stop: _Stop, folder: Folder, below: list[_Stop]
    ) -> tuple[list[tuple[str, str]], list[tuple[str, Finding]]]:
        """Resolve the folder's links: documents are given back, folders go to `below`, what leads out is refused."""
        linked: list[tuple[str, str]] = []
        refused: list[tuple[str, Finding]] = []
        for name in folder.links:
            target = os.path.realpath(os.path.join(stop.path, name))
            if not _inside(target, os.path.realpath(source.root)):
                self._refuse_link(source, stop, name, refused)
            elif os.path.isdir(target):
                below.append(_Stop(target, f"{stop.shown}{name}/", 0))
            elif name.endswith(DOCUMENT_ENDINGS):
                if _is_regular(target):
                    linked.append((name, target))
                else:
                    refused.append((name, _finding("broken-link", "the link leads to no regular file; mend it")))
        return linked, refused

    def _refuse_link(self, source: Source, stop: _Stop, name: str, refused: list[tuple[str, Finding]]) -> None:
        if name.endswith(DOCUMENT_ENDINGS):
            refused.append((name, _finding("path-escape", _ESCAPE)))
        else:
            self._note(source, stop.shown + name, "path-escape", _ESCAPE)

    def _note(self, source: Source, path: str, rule: str, message: str) -> None:
        self.findings.append(SourceFinding(source.name, path, Finding(Severity.MAJOR, rule, message)))


_ESCAPE = "the link leads out of its source and is not followed; copy the document into the source instead"
_ODD = "this is not a regular file with a readable name and is never opened; remove or rename it"


def _finding(rule: str, message: str) -> Finding:
    return Finding(Severity.CRITICAL, rule, message)


def _kind(entry: "os.DirEntry[str]") -> str:
    """Give file, folder, link, odd, or "" for what does not concern us."""
    name = entry.name
    if name.startswith("."):
        return ""
    if not name.isascii() and not _is_utf8(name):
        return "odd"
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if not name.endswith(DOCUMENT_ENDINGS):
        return ""
    return "file" if entry.is_file(follow_symlinks=False) else "odd"


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_regular(path: str) -> bool:
    try:
        return S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def _inside(path: str, root: str) -> bool:
    """Tell whether a resolved path is `root` or lies below it."""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
