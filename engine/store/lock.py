"""A lock between processes: a file held with flock, waited for with a bound.

Above: the file store, the SQLite store's migrations. Below: fcntl. A process that dies gives its lock back. A lock
file that is removed guards nothing: who waited for it begins anew, who holds it is told before anything is replaced.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Final, NamedTuple

from engine.errors import StoreError

PAUSES_S: Final = (*(0.0005,) * 20, *(0.005,) * 98, *(0.02,) * 475)
"""Seconds between two tries: soon at first; 10 seconds together, then the other process is taken to be stuck."""


class Held(NamedTuple):
    """A lock that is held."""

    path: Path
    descriptor: int
    operation: str

    def still(self) -> None:
        """Raise StoreError where the lock file was removed or replaced, so that another process may hold it too."""
        if not _stands(self.path, self.descriptor):
            raise StoreError(self.operation, "the store's lock file was removed by another program")


@contextmanager
def locked(path: Path, operation: str) -> Iterator[Held]:
    """Hold the lock file `path` (made where it is missing); StoreError when another process will not let go."""
    descriptor = _wait(path, operation)
    try:
        yield Held(path, descriptor, operation)
    finally:
        os.close(descriptor)


def _wait(path: Path, operation: str) -> int:
    """Try until the lock is ours or the pauses are used up; gives the open file."""
    pause = threading.Event()
    for seconds in chain(PAUSES_S, repeat(0.0, 1)):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if _is_ours(path, descriptor):
            return descriptor
        os.close(descriptor)
        pause.wait(seconds)
    raise StoreError(operation, "another process keeps the store locked")


def _is_ours(path: Path, descriptor: int) -> bool:
    """Tell whether the lock could be taken, and on the file that stands at the path."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return _stands(path, descriptor)


def _stands(path: Path, descriptor: int) -> bool:
    """Tell whether the open file is the one at the path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
