"""Paths a caller names in the workspace: confined to it, whatever they are spelled like, wherever links lead.

Above: engine.beginning. Below: the file system. Refusals never repeat a machine's path.
"""

import os
import stat
from pathlib import Path
from typing import Final

from engine.errors import ArgumentError, RefusedError

MAX_PATH: Final = 1024
"""Characters of a path a caller names: longer ones name nothing anybody made."""
MAX_FILE: Final = 1_000_000
"""Bytes of a file a session reads from the workspace."""
_DRIVE: Final = 2
"""Characters of a Windows drive ("C:"): absolute there, and nobody means such a name here."""


def confined(workspace: Path | None, named: str, argument: str) -> Path:
    """Give the path `named` means in the workspace, links resolved; nothing need exist there.

    RefusedError ("path") where it is absolute, climbs with "..", leads outside through a link, or there is no
    workspace; ArgumentError where it is empty, too long or no text for a path.
    """
    _check_text(named, argument)
    parts = named.replace("\\", "/").split("/")
    if not parts[0] or parts[0].startswith("~") or parts[0][1:_DRIVE] == ":" or ".." in parts:
        raise _traversal(argument)
    if workspace is None:
        raise RefusedError("path", f"{argument} is a path in the workspace, and this server has none")
    try:
        root = workspace.resolve(strict=True)
        path = (root / named).resolve()
    except (OSError, RuntimeError):
        raise _traversal(argument) from None
    if not path.is_relative_to(root):
        raise _traversal(argument)
    return path


def read_file(workspace: Path | None, named: str, argument: str, file_name: str) -> str:
    """Give the text of the file `named` in the workspace, or of `file_name` in the folder it names.

    Refusals as `confined`; ArgumentError where there is no such file or it is no UTF-8; RefusedError ("size") above
    MAX_FILE bytes.
    """
    path = confined(workspace, named, argument)
    if path.is_dir():
        path = confined(workspace, f"{named.rstrip('/')}/{file_name}", argument)
    try:
        content = _content(path)
    except OSError:
        raise ArgumentError(argument, f"there is no file there, nor a folder with {file_name}") from None
    if len(content) > MAX_FILE:
        raise RefusedError("size", f"{argument} names a file of more than {MAX_FILE} bytes; name a shorter one")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ArgumentError(argument, "the file is no UTF-8 text") from None


def _content(path: Path) -> bytes:
    """Read one byte more than is allowed; only a plain file, and no link put there after its path was resolved."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError
        return file.read(MAX_FILE + 1)


def _check_text(named: str, argument: str) -> None:
    if not named.strip():
        raise ArgumentError(argument, "it is empty; name a path in the workspace")
    if len(named) > MAX_PATH:
        raise ArgumentError(argument, f"it has {len(named)} characters; a path has at most {MAX_PATH}")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in named):
        raise ArgumentError(argument, "it holds control characters, which no path needs")


def _traversal(argument: str) -> RefusedError:
    return RefusedError("path", f"directory traversal: {argument} must be a relative path inside the workspace")
