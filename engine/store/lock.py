"""A lock between processes: a file held with flock, waited for with a bound.

Above: the file store, the SQLite store's migrations. Below: fcntl. A process that dies gives its lock back.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Final

from engine.errors import StoreError

PAUSES_S: Final = (*(0.0005,) * 20, *(0.005,) * 98, *(0.02,) * 475)
"""Seconds between two tries: soon at first; 10 seconds together, then the other process is taken to be stuck."""


@contextmanager
def locked(path: Path, operation: str) -> Iterator[None]:
    """Hold the lock file `path` (made where it is missing); StoreError when another process will not let go."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _wait(descriptor, operation)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, operation: str) -> None:
    """Try until the lock is ours or the pauses are used up."""
    pause = threading.Event()
    for seconds in chain(PAUSES_S, repeat(0.0, 1)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pause.wait(seconds)
        else:
            return
    raise StoreError(operation, "another process keeps the store locked")
