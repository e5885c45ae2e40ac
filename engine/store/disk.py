"""Files that are there whole or not at all, and what a disk's errors mean in our words.

Above: engine.store.file_folder, engine.archive_file. Below: the operating system. All of it blocks.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.errors import StoreError

FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
CLOSED: Final = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))
MISSING: Final = frozenset((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP))
DISK_ERRORS: Final = (OSError, ValueError, TypeError, MemoryError)
"""What the disk, and text that is not Unicode, may raise."""


def failure(operation: str, error: BaseException) -> StoreError:
    """Say in our words what went wrong."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, ValueError | TypeError):
        return StoreError(operation, "a value cannot be stored", retryable=False, advice="Nothing was changed")
    number = getattr(error, "errno", None)
    if number in FULL:
        return StoreError(operation, "the disk is full")
    if number in CLOSED:
        return StoreError(operation, "the folder cannot be written to")
    if number in MISSING:
        return StoreError(operation, "there is no such file or folder", retryable=False, advice="Name another")
    return StoreError(operation, "the disk reports an error")


def replace(path: Path, text: bytes, allowed: Callable[[], None] | None = None) -> None:
    """Replace a file in one step that survives a power cut; readable by its owner only.

    `allowed` is called when only that step is left, and may raise to stop it.
    """
    scratch = scratch_of(path)
    try:
        descriptor = create(scratch)
        try:
            write_all(descriptor, text)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if allowed is not None:
            allowed()
        scratch.replace(path)
    except OSError:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def scratch_of(path: Path) -> Path:
    """Give the name under which a file is written before it takes its own."""
    return path.with_name(f".{path.name}.tmp")


def create(path: Path) -> int:
    """Open a new or emptied file, readable by its owner only; a link in its place is not followed."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def write_all(descriptor: int, text: bytes) -> None:
    """Write everything; a full disk may take a part first."""
    left = memoryview(text)
    while left:
        left = left[os.write(descriptor, left) :]


def sync_folder(folder: Path) -> None:
    """Have the folder itself on disk: the names in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
