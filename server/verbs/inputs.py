"""The files a verb was asked to read: names, folders, globs and `-` -> inputs; an input -> its text, within bounds.

Above: verbs.validate, verbs.migrate. Below: the file system, schema.source (which endings are documents).
Nothing here waits on a pipe or follows a link to a folder.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from schema.source import syntax_of
from server.reports.model import Unreadable

STDIN = "-"
METADATA, PHASES = "metadata.json", "phases"  # a folder that holds both is a phased workflow
MAX_FILES = 100_000  # files of one run; a glob that hits a whole disk ends here
GLOB_CHARACTERS = frozenset("*?[")


class Input(NamedTuple):
    """One thing to read: its name as shown, its path (None: stdin), found by search or named by the user."""

    name: str
    path: Path | None
    found: bool = False

    @property
    def is_phased(self) -> bool:
        """True where the input is the metadata.json of a phased workflow folder."""
        return self.path is not None and self.path.name == METADATA and _is_phased(self.path.parent)

    @property
    def is_inside(self) -> bool:
        """True where a search found the input within a phased folder, whose metadata.json stands for all of it."""
        if not self.found or self.path is None:
            return False
        around = self.path.parent.parents if self.path.name == METADATA else self.path.parents
        return any(map(_is_phased, around))


def _is_phased(folder: Path) -> bool:
    return _holds_phases(str(folder.absolute()))


@cache
def _holds_phases(folder: str) -> bool:
    return Path(folder, METADATA).is_file() and Path(folder, PHASES).is_dir()


class TooLarge(NamedTuple):
    """A file beyond the limit, with its first bytes unread."""

    most: int


def expand(arguments: tuple[str, ...]) -> tuple[list[Input], list[Unreadable]]:
    """Give every input once, in order, and what led nowhere."""
    inputs: dict[str, Input] = {}
    unreadable: list[Unreadable] = []
    for argument in arguments:
        failures = len(unreadable)
        found = list(islice(_expand(argument, unreadable), MAX_FILES + 1))
        for each in found:
            inputs.setdefault(each.name, each)
        if len(inputs) > MAX_FILES:
            unreadable.append(Unreadable(argument, f"more than {MAX_FILES} files; name fewer at a time"))
            break
        if not found and len(unreadable) == failures:
            unreadable.append(Unreadable(argument, "no JSON, YAML or JSONL file is there"))
    return list(inputs.values()), unreadable


def read(entry: Input, most: int) -> bytes | TooLarge | Unreadable:
    """Read an input of at most `most` bytes."""
    try:
        data = sys.stdin.buffer.read(most + 1) if entry.path is None else _read_file(entry.path, most + 1)
    except (OSError, ValueError) as error:  # ValueError: a name the system cannot have
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Unreadable(entry.name, reason)
    return TooLarge(most) if len(data) > most else data


def _expand(argument: str, unreadable: list[Unreadable]) -> Iterator[Input]:
    if argument == STDIN:
        yield Input(STDIN, None)
        return
    path = Path(argument)
    if path.is_dir():
        yield from _walk(path, unreadable)
    elif GLOB_CHARACTERS & set(argument) and not os.path.lexists(path):
        yield from _glob(argument)
    else:
        yield Input(argument, path)


def _walk(folder: Path, unreadable: list[Unreadable]) -> Iterator[Input]:
    def note(error: OSError) -> None:
        unreadable.append(Unreadable(str(error.filename), error.strerror or "cannot be read"))

    for root, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and syntax_of(name) is not None:
                path = Path(root, name)
                yield Input(str(path), path, found=True)


def _glob(pattern: str) -> Iterator[Input]:
    import glob  # noqa: PLC0415 - only for patterns the shell left alone

    for name in sorted(glob.iglob(pattern, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute pattern
        path = Path(name)
        if not path.is_dir() and syntax_of(name) is not None:
            yield Input(name, path, found=True)


def _read_file(path: Path, most: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file; pipe its text to `-`")
        return stream.read(most)
