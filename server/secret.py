"""The server's secret: 32 random bytes, made once, kept in a file only its owner can read.

Above: server.compose hands the bytes on; nobody else knows where they are. Below: the file system.
"""

import os
from pathlib import Path
from typing import Final

from engine.clock import Clock
from server.logs import get

NAME: Final = "secret"
LENGTH: Final = 32  # bytes

log = get("secret")


def read_or_make(home: Path, clock: Clock) -> bytes:
    """Give the secret of this data folder, making folder and file at the first call; two processes agree on one.

    Where the folder cannot be written the secret lives as long as the process, and a warning says what that means.
    """
    path = home / NAME
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = b""
    except OSError as error:
        return _passing(clock, error)
    if len(found) == LENGTH:
        return found
    try:
        return _made(home, path, clock)
    except OSError as error:
        return _passing(clock, error)


def _made(home: Path, path: Path, clock: Clock) -> bytes:
    """Write the secret whole, then give it its name; whoever comes second takes the first one's."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True) if path.exists() and path.stat().st_size != LENGTH else None
    draft = home / f".{NAME}-{clock.random_bytes(6).hex()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, clock.random_bytes(LENGTH))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


def _passing(clock: Clock, error: OSError) -> bytes:
    log.warning("the secret cannot be kept; sessions and open questions end with this process", reason=error.strerror)
    return clock.random_bytes(LENGTH)
