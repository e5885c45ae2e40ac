"""Brings the verdicts on one folder's files up to date: what has not moved is kept, what has is read again.

Above: engine.library. Below: engine.library_scan (the names), engine.library_read (one file). A file counts as
unmoved when inode, size, mtime and ctime are the same and were old enough when read that no later write shares them.
"""

# ruff: noqa: PTH116 - Path.stat costs three times os.stat, and this runs once per document and listing
import os
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from engine.library_model import NO_STAMP, Shelf, Stamp, Verdict, contents_of
from engine.library_phased import PHASED_MARK, judge_folder, read_contents
from engine.library_read import Place, digest_of, judge, read_bytes, refused
from engine.library_scan import Visit, is_settled, stamp_of
from schema.finding import Finding, Severity

STAMP_SIZE = len(NO_STAMP)


class Stocked(NamedTuple):
    """A shelf brought up to date, and how many of its files were read and need not be read again."""

    shelf: Shelf
    read: int


def stock(visit: Visit, old: Shelf | None, now_ns: int) -> Stocked:
    """Give the shelf for a visited folder; `old` is what was known of it, `now_ns` the time before any look at it."""
    if old is not None and (old.source, old.shown) != (visit.source, visit.shown):
        old = None
    stamps = _stamps(visit)
    if visit.folder.phased:
        return _stock_phased(visit, old, now_ns)
    plain = not visit.linked and not visit.refused
    if plain and old is not None and visit.folder is old.folder and stamps == old.stamps:
        return Stocked(old, 0)
    verdicts, read = _judge_files(visit, old, stamps, now_ns)
    for name, target in visit.linked:
        known = old.verdicts.get(name) if old is not None else None
        verdicts[name] = _follow(Place(visit.source, visit.shown + name, target), known, now_ns)
    for name, finding in visit.refused:
        verdicts[name] = refused(Place(visit.source, visit.shown + name, ""), finding)
    return Stocked(Shelf(visit.source, visit.shown, visit.folder, stamps, contents_of(verdicts)), read)


def _stock_phased(visit: Visit, old: Shelf | None, now_ns: int) -> Stocked:
    """Give the shelf of a phased folder: all its files, and one verdict on them together."""
    stamps, names = _stamps(visit), visit.folder.files
    if old is not None and old.folder.files == names and stamps == old.stamps and not visit.refused:
        return Stocked(old, 0)
    root = Place(visit.source, visit.shown, visit.path)
    read = read_contents(root, names, dict(zip(names, stamps[1::STAMP_SIZE], strict=True)))
    known = old.verdicts.get(PHASED_MARK) if old is not None else None
    if known is None or not known.hash or known.hash != read.digest or visit.refused:
        known = judge_folder(read, visit.refused, root)
    settled = bool(known.hash) and all(is_settled(stamp, now_ns) for stamp in _each(stamps))
    kept = stamps if settled else [0] * len(stamps)
    shelf = Shelf(visit.source, visit.shown, visit.folder, kept, contents_of({PHASED_MARK: known}))
    return Stocked(shelf, int(settled))


def _each(stamps: list[int]) -> Iterator[Stamp]:
    """Cut a flat list into stamps."""
    numbers = iter(stamps)
    return zip(numbers, numbers, numbers, numbers, strict=True)


def is_unmoved(path: str, shelf: Shelf, name: str) -> bool:
    """Tell whether a document is as it was judged: its file, or every file of its phased folder."""
    if not shelf.folder.phased:
        return stamp_of(os.stat(path)) == stamp_on(shelf, name)
    folder = path.removesuffix(name)
    return list(_each(shelf.stamps)) == [stamp_of(os.stat(folder + each)) for each in shelf.folder.files]


def stamp_on(shelf: Shelf, name: str) -> Stamp:
    """Give the stamp the file had when it was judged; NO_STAMP where that cannot be relied on or is not known."""
    names = shelf.folder.files
    position = bisect_left(names, name)
    if position == len(names) or names[position] != name:
        return NO_STAMP
    inode, size, mtime, ctime = shelf.stamps[position * STAMP_SIZE : (position + 1) * STAMP_SIZE]
    return inode, size, mtime, ctime


def _stamps(visit: Visit) -> list[int]:
    """Look at every file of the folder; zeros for one that has gone since the folder was listed."""
    stamps: list[int] = []
    add = stamps.extend
    stat = os.stat
    base = visit.path + os.sep
    for name in visit.folder.files:
        try:
            status = stat(base + name)
        except OSError:
            add(NO_STAMP)
        else:
            add((status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return stamps


def _judge_files(visit: Visit, old: Shelf | None, stamps: list[int], now_ns: int) -> tuple[dict[str, Verdict], int]:
    """Give the verdicts on the folder's own files and how many were read; unsettled stamps are blotted out."""
    verdicts: dict[str, Verdict] = {}
    read = 0
    before = old.verdicts if old is not None else {}
    for position, name in enumerate(visit.folder.files):
        start = position * STAMP_SIZE
        stamp = (stamps[start], stamps[start + 1], stamps[start + 2], stamps[start + 3])
        known = before.get(name)
        if stamp == NO_STAMP:
            continue  # gone since the folder was listed
        if old is not None and known is not None and stamp == stamp_on(old, name):
            verdicts[name] = known
            continue
        place = Place(visit.source, visit.shown + name, visit.path + os.sep + name)
        verdicts[name], settled = _look(place, stamp, known, now_ns)
        read += settled
        if not settled:
            stamps[start : start + STAMP_SIZE] = NO_STAMP
    return verdicts, read


def _look(place: Place, stamp: Stamp, known: Verdict | None, now_ns: int) -> tuple[Verdict, bool]:
    """Read one file; bytes already judged are not judged again. Give the verdict and whether its stamp is settled."""
    content = read_bytes(place, stamp[1])
    if isinstance(content, Finding):
        return refused(place, content), False
    digest = digest_of(content)
    settled = len(content) == stamp[1] and is_settled(stamp, now_ns)
    if known is not None and known.hash == digest:
        return known, settled
    return judge(content, digest, place), settled


def _follow(place: Place, known: Verdict | None, now_ns: int) -> Verdict:
    """Read a document behind a link, each time anew: links are rare, and what they lead to may have been swapped."""
    try:
        stamp = stamp_of(os.stat(place.path))
    except OSError as error:
        return refused(place, Finding(Severity.CRITICAL, "unreadable-file", f"the link is broken: {error.strerror}"))
    return _look(place, stamp, known, now_ns)[0]
