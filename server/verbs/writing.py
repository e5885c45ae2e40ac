"""Writes files for the user: whole or not at all, and never over a file by accident.

Above: verbs.new, init, migrate. Below: the file system.
"""

import contextlib
import os
from pathlib import Path

import click

CANNOT_WRITE = 3


class CannotWriteError(click.ClickException):
    """A file could not be written."""

    exit_code = CANNOT_WRITE


def write_new(path: Path, text: str) -> bool:
    """Write a file that must not exist; False when it does. Raises CannotWriteError."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        with path.open("x", encoding="utf-8", newline="") as stream:
            stream.write(text)
    except FileExistsError:
        if path.exists():
            return False
        raise CannotWriteError(f"{path.parent} is not a folder") from None
    except OSError as error:
        raise CannotWriteError(f"{path} cannot be written: {error.strerror}") from None
    return True


def replace(path: Path, data: bytes) -> None:
    """Write a file whole, in one step for whoever reads it, keeping its mode. Raises CannotWriteError."""
    target = path.resolve()  # a link stays a link
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        mode = target.stat().st_mode if target.exists() else None
        with draft.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            draft.chmod(mode & 0o7777)
        draft.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise CannotWriteError(f"{path} cannot be written: {error.strerror}") from None
