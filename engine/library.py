"""The library: sources in, workflows out; an edit on disk shows on the next call.

Above: tools, server.compose, the CLI. Below: library_scan (names), library_shelf and library_phased (records),
library_view (who wins), index (what is remembered between runs). Holds summaries only; definitions are built when asked
for. One thread uses it.
"""

# ruff: noqa: PTH120 - Path costs three times os.path, and this runs at every call
import gc
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from engine.build import build
from engine.clock import Clock
from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.index import Index
from engine.library_model import Entry, Listing, Shelf, SourceFinding, Stamp, Summary
from engine.library_phased import load_folder, read_contents
from engine.library_read import Place, digest_of, read_bytes, reread
from engine.library_scan import Scan, is_settled
from engine.library_shelf import is_unmoved, stamp_on, stock
from engine.library_view import Extra, View, arrange
from engine.sources import Source
from schema.finding import Finding, Severity
from schema.suggest import closest

__all__ = ["Entry", "Library", "Listing", "SourceFinding", "Summary"]

MAX_KEPT = 256  # definitions kept, least recently used dropped first
MAX_KEPT_BYTES = 4_000_000  # source text of the definitions kept; built they take about ten times that
MAX_TRIES = 3  # looks at a file that is being written just now
LOOK_AGAIN_SECONDS = 0.1  # an entry is given without looking at unrelated files for at most this long ...
LOOK_AGAIN_COST = 50  # ... or this many times what looking at all of them took, whichever is longer
GC_THRESHOLD = 50_000  # objects between two garbage collections while documents are read; each leaves hundreds behind
NANO = 1_000_000_000  # nanoseconds in a second


class Library:
    """All workflow documents of the sources.

    `listing` looks at every file. `entry` looks at the folders and at the files that hold the id, so any edit of that
    document and any document that comes, goes or is renamed shows at once; a file edited in place so that it *takes*
    the id of another shows within LOOK_AGAIN_SECONDS, in a large library LOOK_AGAIN_COST times what one look takes.
    """

    def __init__(self, sources: Sequence[Source], home: Path | None, clock: Clock) -> None:
        """Take the sources, weakest first, and the folder for the index (None: remember nothing)."""
        self._sources = tuple(sources)
        self._clock = clock
        self._index = Index(home, self._sources) if home is not None else None
        self._shelves: dict[str, Shelf] = {}
        self._view: View | None = None
        self._watched: _Watched = ()
        self._inside: dict[str, _Watched] = {}  # of each phased folder
        self._settled = False
        self._extra = Extra(())
        self._folders: dict[tuple[str, str], str] = {}  # where the shelf of a source and shown prefix is
        self._look_again_at = 0.0
        self._kept: OrderedDict[str, tuple[str, int, Entry]] = OrderedDict()
        self._kept_bytes = 0

    @property
    def generation(self) -> int:
        """A number that moves when the listing changes; it is brought up to date by `listing` and `entry`."""
        return self._view.listing.generation if self._view is not None else 0

    def listing(self) -> Listing:
        """Look at every file and give all documents, sorted by id."""
        return self._refresh().listing

    def entry(self, workflow_id: str) -> Entry:
        """Give one valid workflow as it is on disk now.

        Raises WorkflowNotFoundError with the closest ids, WorkflowInvalidError with every finding.
        """
        view = self._view
        if view is None or not self._is_fresh(view, workflow_id):
            view = self._refresh()
        for _ in range(MAX_TRIES):
            summary = view.find(workflow_id)
            if summary is None:
                raise WorkflowNotFoundError(workflow_id, closest(workflow_id, view.listing.summaries.ids))
            if not summary.valid:
                raise WorkflowInvalidError(workflow_id, summary.problems)
            entry = self._kept_entry(summary) or self._load(summary)
            if entry is not None:
                return entry
            view = self._refresh()
        raise WorkflowInvalidError(workflow_id, (_RESTLESS,))

    def _refresh(self) -> View:
        """Look at everything; the view stays the same object when nothing changed."""
        started = self._clock.monotonic()
        now_ns = int(self._clock.now() * NANO)
        if self._view is None and self._index is not None:
            self._shelves = self._index.load()
        scan = Scan(self._sources, self._shelves, now_ns)
        shelves: dict[str, Shelf] = {}
        read = 0
        thresholds = gc.get_threshold()
        gc.set_threshold(GC_THRESHOLD)
        try:
            for visit in scan.visits():
                stocked = stock(visit, self._shelves.get(visit.path), now_ns)
                shelves[visit.path] = stocked.shelf
                read += stocked.read
        finally:
            gc.set_threshold(*thresholds)
        self._watch(scan, now_ns)
        view = self._arrange(scan, shelves)
        if self._index is not None:
            self._index.keep(shelves, read)
        taken = self._clock.monotonic() - started
        self._look_again_at = started + taken + max(LOOK_AGAIN_SECONDS, taken * LOOK_AGAIN_COST)
        return view

    def _arrange(self, scan: Scan, shelves: dict[str, Shelf]) -> View:
        """Give the old view where what callers see is the same, else a new one with the next generation."""
        old, self._shelves = self._shelves, shelves
        extra = Extra(tuple(scan.findings))
        if self._view is not None and extra == self._extra and _same(old, shelves):
            return self._view
        self._extra = extra
        self._folders = {(shelf.source, shelf.shown): path for path, shelf in shelves.items()}
        names = [source.name for source in self._sources]
        self._view = arrange(names, shelves.values(), extra, self.generation + 1)
        return self._view

    def _watch(self, scan: Scan, now_ns: int) -> None:
        """Remember the folders' stamps for `_is_fresh`, and whether all that was seen can be relied on."""
        self._watched = _stamped(scan.watched)
        self._inside = {path: _stamped(folders) for path, folders in scan.inside.items()}
        stamps = chain(scan.watched.values(), *(folders.values() for folders in scan.inside.values()))
        self._settled = all(is_settled(stamp, now_ns) for stamp in stamps)

    def _is_fresh(self, view: View, workflow_id: str) -> bool:
        """Tell without listing a folder whether what is known of this id still holds: one stat per folder and file."""
        summary = view.find(workflow_id)
        if summary is None or not self._settled or self._clock.monotonic() >= self._look_again_at:
            return False
        try:
            rivals = view.rivals.get(summary.id, (summary,))
            return _stand(self._watched) and all(self._is_unmoved(each) for each in rivals)
        except OSError:
            return False

    def _is_unmoved(self, summary: Summary) -> bool:
        path, shelf, name = self._located(summary)
        return is_unmoved(path, shelf, name) and (
            not shelf.folder.phased or _stand(self._inside[os.path.dirname(path)])
        )

    def _located(self, summary: Summary) -> tuple[str, Shelf, str]:
        """Give the path of a document's file, its shelf and its name there."""
        shown, slash, name = summary.path.rpartition("/")
        folder = self._folders[summary.source, shown + slash]
        return folder + os.sep + name, self._shelves[folder], name

    def _kept_entry(self, summary: Summary) -> Entry | None:
        """Give the entry from memory, with its summary as it is now."""
        kept = self._kept.get(summary.id)
        if kept is None or kept[0] != summary.hash:
            return None
        self._kept.move_to_end(summary.id)
        entry = kept[2]
        return entry if entry.summary is summary else entry._replace(summary=summary)

    def _load(self, summary: Summary) -> Entry | None:
        """Read and build one entry; None when the file is no longer the one that was judged."""
        path, shelf, name = self._located(summary)
        if shelf.folder.phased:
            return self._load_folder(summary, path, shelf)
        place = Place(summary.source, summary.path, os.path.realpath(path))
        content = read_bytes(place, stamp_on(shelf, name)[1])
        if isinstance(content, Finding) or digest_of(content) != summary.hash:
            return None
        native = reread(content, place)
        if native is None:
            return None
        entry = Entry(summary, native, build(native))
        self._keep(entry, len(content))
        return entry

    def _load_folder(self, summary: Summary, path: str, shelf: Shelf) -> Entry | None:
        """Read and build the entry of a phased folder, as `_load` does."""
        root = Place(shelf.source, shelf.shown, os.path.dirname(path))
        read = read_contents(root, shelf.folder.files, dict(zip(shelf.folder.files, shelf.stamps[1::4], strict=True)))
        found = load_folder(read, root) if read.digest == summary.hash else None
        if found is None:
            return None
        entry = Entry(summary, found[0], build(found[0]), found[1])
        self._keep(entry, sum(len(content) for content in read.contents.values() if content is not None))
        return entry

    def _keep(self, entry: Entry, size: int) -> None:
        before = self._kept.pop(entry.summary.id, None)
        self._kept_bytes += size - (before[1] if before is not None else 0)
        self._kept[entry.summary.id] = (entry.summary.hash, size, entry)
        while len(self._kept) > MAX_KEPT or self._kept_bytes > MAX_KEPT_BYTES:
            _, (_, dropped, _) = self._kept.popitem(last=False)
            self._kept_bytes -= dropped


_Watched = tuple[tuple[str, int, int, int], ...]
"""Folders with their inode, mtime and ctime."""


def _stamped(folders: Mapping[str, Stamp]) -> _Watched:
    return tuple((path, stamp[0], stamp[2], stamp[3]) for path, stamp in folders.items())


def _stand(folders: _Watched) -> bool:
    """Tell whether no name has come or gone in these folders; OSError where one is gone itself."""
    stat = os.stat
    for path, inode, mtime, ctime in folders:
        status = stat(path)
        if status.st_mtime_ns != mtime or status.st_ino != inode or status.st_ctime_ns != ctime:
            return False
    return True


def _same(old: dict[str, Shelf], new: dict[str, Shelf]) -> bool:
    """Tell whether two walks came to the same verdicts; stamps may differ where bytes do not."""
    if old.keys() != new.keys():
        return False
    return all(shelf is old[path] or shelf.verdicts == old[path].verdicts for path, shelf in new.items())


_RESTLESS = Finding(
    Severity.CRITICAL, "still-changing", "the file changes while it is read", suggestion="ask again when it is saved"
)
