"""A disk of two megabytes for tests that fill it: a tmpfs, mounted where we may.

Above: test_full_disk. Below: tests.services (the named skip). `fill` takes all that is left, `free` gives it back.
"""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.services import missing

SIZE: Final = "2m"
CHUNK: Final = bytes(4096)


class SmallDisk:
    """A mounted folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Write until nothing more fits."""
        with self._ballast.open("ab", buffering=0) as file:
            while True:
                try:
                    file.write(CHUNK)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    return

    def free(self) -> None:
        """Give back what `fill` took."""
        self._ballast.unlink()

    def seal(self, *, sealed: bool) -> None:
        """Make it read-only, or writable again."""
        mode = "ro" if sealed else "rw"
        subprocess.run(["mount", "-o", f"remount,{mode}", str(self.folder)], check=True, capture_output=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mount it at `folder`; a named skip where we may not."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        missing("a disk that may be filled", "run as root, where mount is allowed")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
