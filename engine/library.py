"""The library: sources in, workflows out; an edit on disk shows on the next call.

Above: tools, server.compose, the CLI. Below: library_scan (names), library_shelf (records), library_view (who wins),
index (what is remembered between runs). Holds summaries only; definitions are built when asked for. One thread uses it.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from engine.build import build
from engine.clock import Clock
from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.index import Index
from engine.library_model import Entry, Listing, Shelf, SourceFinding, Stamp, Summary
from engine.library_read import Place, digest_of, judge, read_bytes
from engine.library_scan import Scan, is_settled, stamp_of
from engine.library_shelf import stock
from engine.library_view import Held, View, arrange
from engine.sources import Source
from schema.finding import Finding, Severity
from schema.suggest import closest

__all__ = ["Entry", "Library", "Listing", "SourceFinding", "Summary"]

MAX_KEPT = 256  # definitions kept, least recently used dropped first
MAX_KEPT_BYTES = 4_000_000  # source text of the definitions kept; built they take about ten times that
MAX_TRIES = 3  # looks at a file that is being written just now
LOOK_AGAIN_SECONDS = 0.1  # an entry is given without looking at unrelated files for at most this long ...
LOOK_AGAIN_COST = 50  # ... or this many times what looking at all of them took, whichever is longer
NANO = 1_000_000_000  # nanoseconds in a second


class Library:
    """All workflow documents of the sources.

    `listing` looks at every file. `entry` looks at the folders and at the files that hold the id, so any edit of that
    document and any document that comes, goes or is renamed shows at once; a file edited in place so that it *takes*
    the id of another shows within LOOK_AGAIN_SECONDS.
    """

    def __init__(self, sources: Sequence[Source], home: Path | None, clock: Clock) -> None:
        """Take the sources, weakest first, and the folder for the index (None: remember nothing)."""
        self._sources = tuple(sources)
        self._clock = clock
        self._index = Index(home, self._sources) if home is not None else None
        self._shelves: dict[str, Shelf] = {}
        self._view: View | None = None
        self._watched: tuple[tuple[str, int, int, int], ...] = ()
        self._settled = False
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
            held = view.winners.get(workflow_id)
            if held is None:
                raise WorkflowNotFoundError(workflow_id, closest(workflow_id, tuple(view.winners)))
            if not held.summary.valid:
                raise WorkflowInvalidError(workflow_id, held.summary.problems)
            entry = self._kept_entry(held) or self._load(held)
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
        for visit in scan.visits():
            stocked = stock(visit, self._shelves.get(visit.path), now_ns)
            shelves[visit.path] = stocked.shelf
            read += stocked.read
        self._watch(scan, shelves, now_ns)
        view = self._arrange(scan, shelves)
        if self._index is not None:
            self._index.keep(shelves, read)
        taken = self._clock.monotonic() - started
        self._look_again_at = started + taken + max(LOOK_AGAIN_SECONDS, taken * LOOK_AGAIN_COST)
        return view

    def _arrange(self, scan: Scan, shelves: dict[str, Shelf]) -> View:
        """Give the old view where what callers see is the same, else a new one with the next generation."""
        findings = tuple(scan.findings)
        old, view = self._shelves, self._view
        self._shelves = shelves
        if view is not None and findings == view.listing.findings and _same(old, shelves):
            return view
        names = [source.name for source in self._sources]
        self._view = arrange(names, shelves, scan.phased, findings, self.generation + 1)
        return self._view

    def _watch(self, scan: Scan, shelves: dict[str, Shelf], now_ns: int) -> None:
        """Remember the folders' stamps for `_is_fresh`, and whether all that was seen can be relied on."""
        self._watched = tuple((path, stamp[0], stamp[2], stamp[3]) for path, stamp in scan.watched.items())
        self._settled = all(is_settled(stamp, now_ns) for stamp in scan.watched.values())

    def _is_fresh(self, view: View, workflow_id: str) -> bool:
        """Tell without listing a folder whether what is known of this id still holds: one stat per folder and file."""
        held = view.winners.get(workflow_id)
        if held is None or not self._settled or self._clock.monotonic() >= self._look_again_at:
            return False
        stat = os.stat
        try:
            for path, inode, mtime, ctime in self._watched:
                status = stat(path)
                if status.st_mtime_ns != mtime or status.st_ino != inode or status.st_ctime_ns != ctime:
                    return False
            return all(self._is_unmoved(each) for each in view.rivals.get(workflow_id, (held,)))
        except OSError:
            return False

    def _is_unmoved(self, held: Held) -> bool:
        record = self._shelves[held.shelf].files[held.name]
        return record.settled and stamp_of(os.stat(os.path.join(held.shelf, held.name))) == record.stamp

    def _kept_entry(self, held: Held) -> Entry | None:
        """Give the entry from memory, with its summary as it is now."""
        kept = self._kept.get(held.summary.id)
        if kept is None or kept[0] != held.summary.hash:
            return None
        self._kept.move_to_end(held.summary.id)
        entry = kept[2]
        return entry if entry.summary is held.summary else entry._replace(summary=held.summary)

    def _load(self, held: Held) -> Entry | None:
        """Read and build one entry; None when the file is no longer the one that was judged."""
        summary = held.summary
        path = os.path.realpath(os.path.join(held.shelf, held.name))
        stamp: Stamp = self._shelves[held.shelf].files[held.name].stamp
        content = read_bytes(Place(summary.source, summary.path, path), stamp)
        if isinstance(content, Finding) or digest_of(content) != summary.hash:
            return None
        native = judge(content, summary.hash, Place(summary.source, summary.path, path)).native
        if native is None:
            return None
        entry = Entry(summary, native, build(native))
        self._keep(entry, len(content))
        return entry

    def _keep(self, entry: Entry, size: int) -> None:
        before = self._kept.pop(entry.summary.id, None)
        self._kept_bytes += size - (before[1] if before is not None else 0)
        self._kept[entry.summary.id] = (entry.summary.hash, size, entry)
        while len(self._kept) > MAX_KEPT or self._kept_bytes > MAX_KEPT_BYTES:
            _, (_, dropped, _) = self._kept.popitem(last=False)
            self._kept_bytes -= dropped


def _same(old: dict[str, Shelf], new: dict[str, Shelf]) -> bool:
    """Tell whether two walks saw the same documents; stamps may differ where bytes do not."""
    if old.keys() != new.keys():
        return False
    return all(_same_files(old[path], shelf) for path, shelf in new.items())


def _same_files(old: Shelf, new: Shelf) -> bool:
    if old.files == new.files:
        return True
    if old.files.keys() != new.files.keys():
        return False
    return all(old.files[name].summary == record.summary for name, record in new.files.items())


_RESTLESS = Finding(
    Severity.CRITICAL, "still-changing", "the file changes while it is read", suggestion="ask again when it is saved"
)
