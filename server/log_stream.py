"""Where log lines go: a descriptor that may stop being read, or a file that is begun anew by size and age.

Above: server.logs hands one of these to structlog's BytesLogger. Below: the operating system. A log never stops the
server: a line that cannot be written is counted, and the count is written when there is room again.
"""

import os
import select
import stat
from collections.abc import Callable
from pathlib import Path

from engine.clock import SystemClock

WAIT_MS = 50  # a reader that is only slow gets this long before the first line is dropped
ATOMIC = select.PIPE_BUF  # bytes a pipe that polls as writable takes without waiting
NOW = SystemClock().now  # seconds since 1970
SECONDS_A_DAY = 86_400
KEPT_FILES = 32  # older files beside the current one, whatever their age
BYTES_A_MB = 1_000_000


class Descriptor:
    """Writes lines to an open descriptor (stderr); drops and counts them while nobody reads."""

    def __init__(self, number: int) -> None:
        """Take the descriptor; it stays the caller's to close."""
        self._number = number
        self._dropped = 0
        self._is_file = _is_file(number)
        self._poll = select.poll()
        self._poll.register(number, select.POLLOUT)

    def write(self, line: bytes) -> int:
        """Write one line; gives its length, 0 when it was dropped."""
        if self._dropped:
            line = b'\n{"event":"log lines dropped","level":"warning","count":%d}\n%s' % (self._dropped, line)
        wait = 0 if self._dropped else WAIT_MS
        try:
            for start in range(0, len(line), ATOMIC):
                if not self._is_file and not self._poll.poll(wait):
                    self._dropped += 1
                    return 0
                os.write(self._number, line[start : start + ATOMIC])
        except OSError:  # closed, or its reader is gone: there is nobody left to tell
            self._dropped += 1
            return 0
        self._dropped = 0
        return len(line)

    def flush(self) -> None:
        """Do nothing: every line is written at once."""


class RotatedFile:
    """Appends lines to a file only its owner can read; at `max_bytes` or after a day the next file is begun.

    Older files are NAME.1 (newest), NAME.2, ...; those older than `max_days`, and all beyond 32, are removed.
    Several processes may share one file: each notices when another has begun the next.
    """

    def __init__(self, path: Path, max_bytes: int, max_days: int, now: Callable[[], float] = NOW) -> None:
        """Open or make the file and its folder; raises OSError when that cannot be."""
        self._path = path
        self._max_bytes = max_bytes
        self._max_seconds = max_days * SECONDS_A_DAY
        self._now = now
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._number = self._open()
        self._remove_old()

    def write(self, line: bytes) -> int:
        """Write one line; gives its length, 0 when the disk refused it."""
        try:
            if self._size + len(line) > self._max_bytes or self._now() >= self._next_day:
                self._begin_next()
            self._size += os.write(self._number, line)
        except OSError:
            return 0
        return len(line)

    def flush(self) -> None:
        """Do nothing: every line is written at once."""

    def close(self) -> None:
        """Close the file."""
        os.close(self._number)

    def _open(self) -> int:
        number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(number, 0o600)
        self._size = os.fstat(number).st_size
        self._next_day = self._now() + SECONDS_A_DAY
        return number

    def _begin_next(self) -> None:
        if self._is_current() and self._size:
            for index in range(KEPT_FILES - 1, 0, -1):
                _rename(self._older(index), self._older(index + 1))
            _rename(self._path, self._older(1))
        os.close(self._number)
        self._number = self._open()
        self._remove_old()

    def _is_current(self) -> bool:
        """Say whether the path still names our open file (another process may have moved it on)."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._number))
        except OSError:
            return False

    def _older(self, index: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{index}")

    def _remove_old(self) -> None:
        limit = self._now() - self._max_seconds
        for index in range(1, KEPT_FILES + 1):
            older = self._older(index)
            try:
                if older.stat().st_mtime < limit:
                    older.unlink()
            except OSError:
                continue


def _is_file(number: int) -> bool:
    """Tell whether writing never waits for a reader; a closed descriptor is no file."""
    try:
        return stat.S_ISREG(os.fstat(number).st_mode)
    except OSError:
        return False


def _rename(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError:
        return
