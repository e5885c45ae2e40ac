"""Brings the records of one folder up to date: what has not moved is kept, what has is read again.

Above: engine.library. Below: engine.library_scan (the names), engine.library_read (one file). A file counts as
unmoved when inode, size, mtime and ctime are the same and were old enough when read that no later write shares them.
"""

import os
from stat import S_ISREG
from typing import NamedTuple

from engine.library_model import NO_STAMP, FileRecord, Shelf, Stamp
from engine.library_read import Place, digest_of, judge, read_bytes, refused
from engine.library_scan import Visit, is_settled, stamp_of
from schema.finding import Finding, Severity


class Stocked(NamedTuple):
    """A shelf brought up to date, and how many of its files had to be read."""

    shelf: Shelf
    read: int


def stock(visit: Visit, old: Shelf | None, now_ns: int) -> Stocked:
    """Give the shelf for a visited folder; `old` is what was known of it, `now_ns` the time before any look at it."""
    known = old.files if old is not None and (old.source, old.shown) == (visit.source, visit.shown) else {}
    files: dict[str, FileRecord] = {}
    read = 0
    base = visit.path + os.sep
    stat = os.stat
    for name in visit.folder.files:
        record = known.get(name)
        try:
            status = stat(base + name)
        except OSError:
            continue  # gone since the folder was listed
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if record is not None and record.settled and record.stamp == stamp:
            files[name] = record
        else:
            read += 1
            place = Place(visit.source, visit.shown + name, base + name)
            files[name] = _look(place, status, record, now_ns)
    for name, target in visit.linked:
        read += _follow(files, Place(visit.source, visit.shown + name, target), known.get(name), now_ns)
    for name, finding in visit.refused:
        files[name] = _refuse(Place(visit.source, visit.shown + name, ""), NO_STAMP, finding)
    return Stocked(Shelf(visit.source, visit.shown, visit.folder, files), read)


def _follow(files: dict[str, FileRecord], place: Place, record: FileRecord | None, now_ns: int) -> bool:
    """Put the record of a linked document into `files`; tell whether the document had to be read."""
    name = place.shown.rpartition("/")[2]
    try:
        status = os.stat(place.path)
    except OSError:
        return False
    if record is not None and record.settled and record.stamp == stamp_of(status):
        files[name] = record
        return False
    files[name] = _look(place, status, record, now_ns)
    return True


def _look(place: Place, status: os.stat_result, record: FileRecord | None, now_ns: int) -> FileRecord:
    """Read one file anew; where its bytes are the ones already judged, only the stamp is renewed."""
    stamp = stamp_of(status)
    if not S_ISREG(status.st_mode):
        return _refuse(place, NO_STAMP, _NOT_A_FILE)
    content = read_bytes(place, stamp)
    if isinstance(content, Finding):
        return _refuse(place, stamp, content)
    digest = digest_of(content)
    settled = len(content) == stamp[1] and is_settled(stamp, now_ns)
    if record is not None and record.digest == digest:
        return record._replace(stamp=stamp, settled=settled)
    verdict = judge(content, digest, place)
    return FileRecord(stamp, settled, verdict.kind, digest, verdict.summary)


def _refuse(place: Place, stamp: Stamp, finding: Finding) -> FileRecord:
    """Record a file that was not read; it is looked at anew each time, which costs one stat."""
    verdict = refused(place, "", finding)
    return FileRecord(stamp, settled=False, kind=verdict.kind, summary=verdict.summary)


_NOT_A_FILE = Finding(Severity.CRITICAL, "not-a-file", "this is not a regular file and is never opened; remove it")
