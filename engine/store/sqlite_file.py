"""The SQLite file: connections to it, its migrations, and what its errors mean in our words.

Above: engine.store.sqlite. Below: sqlite3, engine/store/sql/sqlite/NNNN_name.sql, engine.store.lock.
The number of the last migration is the file's user_version; a file of another program or of a newer server is refused.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeAlias

from engine.errors import StoreError
from engine.store.disk import CLOSED, FULL, sync_folder
from engine.store.lock import locked

MIGRATIONS: Final = Path(__file__).resolve().parent / "sql" / "sqlite"
APPLICATION_ID: Final = 0x776B666C
"""`wkfl`: marks the file as ours."""
BUSY_TIMEOUT_MS: Final = 10_000
"""How long a statement waits for another process that writes; a group commits within milliseconds."""
WAL_BYTES: Final = 64_000_000
"""The write-ahead log is cut back to this when it has been taken over into the file."""
STATEMENTS: Final = 256
"""Prepared statements a connection keeps."""
LOCK_SUFFIX: Final = ".lock"
LOG_SUFFIX: Final = "-wal"
"""SQLite keeps its write-ahead log beside the file, under the file's name and this."""
PRIMARY_CODE: Final = 0xFF
"""SQLite's extended result codes carry the primary one in their low byte."""

Stamp: TypeAlias = tuple[int, int]
"""Device and number of a file."""

WORDS: Final = {
    sqlite3.SQLITE_FULL: ("the disk is full", True),
    sqlite3.SQLITE_READONLY: ("the file cannot be written to", True),
    sqlite3.SQLITE_IOERR: ("the disk reports an error", True),
    sqlite3.SQLITE_BUSY: ("another process keeps the file locked", True),
    sqlite3.SQLITE_LOCKED: ("another process keeps the file locked", True),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", True),
    sqlite3.SQLITE_NOMEM: ("memory is used up", True),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", False),
    sqlite3.SQLITE_NOTADB: ("the file is no SQLite database", False),
    sqlite3.SQLITE_TOOBIG: ("a text is larger than SQLite can hold", False),
}
"""Result code -> what is wrong, whether trying again may help."""

DRIVER_ERRORS: Final = (sqlite3.Error, OSError, ValueError, OverflowError, MemoryError)
"""What SQLite and the binding of values may raise."""


def failure(operation: str, error: BaseException) -> StoreError:
    """Say in our words what went wrong; the driver's own text stays behind."""
    if isinstance(error, StoreError):
        return error
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        details, retryable = WORDS.get(code & PRIMARY_CODE, ("SQLite refused", False))
    elif isinstance(error, ValueError | OverflowError):
        details, retryable = "a value cannot be stored", False
    elif isinstance(error, OSError) and error.errno in FULL | CLOSED:
        details, retryable = ("the disk is full" if error.errno in FULL else "the file cannot be written to"), True
    else:
        details, retryable = "the file cannot be reached", True
    return StoreError(operation, details, retryable=retryable, advice="" if retryable else "Nothing was changed")


def prepare(path: Path, synchronous: str) -> tuple[int, int]:
    """Create or migrate the file, one process at a time; gives its migration before and after.

    StoreError where that cannot be.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(path.with_name(path.name + LOCK_SUFFIX), "open"):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            with closing(connect(path, synchronous)) as connection:
                schema = migrate(connection, path)
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                return schema
    except DRIVER_ERRORS as error:
        raise failure("open", error) from error


def connect(path: Path, synchronous: str, *, reading: bool = False) -> sqlite3.Connection:
    """Open a connection that begins no transaction of its own accord; a reading one cannot write."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS,
        uri=True,
    )
    try:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}").fetchone()
        connection.execute(f"PRAGMA query_only = {int(reading)}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class Watched:
    """Which file stands at the path: one that was replaced is opened anew, a removed one not written to unseen."""

    def __init__(self, path: Path) -> None:
        """Take the path."""
        self._path = path
        self._lock = threading.Lock()
        self._known: Stamp | None = None

    def begin(self) -> None:
        """Take the file that stands there, and its log, for ours: what a crash left in it counts."""
        with suppress(OSError):
            self._known = _stamp_of(self._path)

    def stamp(self) -> Stamp:
        """Give what tells the file from another; OSError where it is gone, StoreError beside the log of another."""
        with self._lock:
            try:
                found = _stamp_of(self._path)
            except OSError:
                self._known = None
                raise
            if found != self._known:
                _refuse_alien_log(self._path)
                self._known = found
            return found


def _stamp_of(path: Path) -> Stamp:
    status = os.stat(path)  # noqa: PTH116 - before every group of appends; a Path's own stat takes twice as long
    return status.st_dev, status.st_ino


def _refuse_alien_log(path: Path) -> None:
    """Raise StoreError where a log stands beside a file that has just taken another's place.

    SQLite cannot tell whose log it is; read as the new file's, the old file's log would destroy it.
    """
    log = path.with_name(path.name + LOG_SUFFIX)
    if log.exists() and log.stat().st_size:
        details = "the file was replaced while serving, and beside it stands a log that may be the old file's"
        advice = "End every server of it, move its -wal and -shm files away, put the file in place anew and start"
        raise StoreError("open", details, retryable=False, advice=advice)


def migrate(connection: sqlite3.Connection, path: Path) -> tuple[int, int]:
    """Apply the migrations the file has not seen, all or none, after a copy of a file that has seen some.

    Gives the last migration it had seen, and the last one now.
    """
    scripts = sorted(MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    newest = number_of(scripts[-1])
    if _seen(connection, newest) == newest:
        return newest, newest
    connection.execute("BEGIN IMMEDIATE")
    seen = _seen(connection, newest)
    if seen:
        back_up(path, path.with_name(f"{path.name}.before-{newest:04}.bak"))
    for script in scripts:
        if number_of(script) > seen:
            for statement in statements(script.read_text("utf-8")):
                connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {newest}")
    connection.execute("COMMIT")
    return seen, newest


def back_up(path: Path, target: Path) -> None:
    """Copy what is committed into a new file, readable by its owner only; an older copy of that name is replaced."""
    scratch = target.with_name(target.name + ".tmp")
    os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
    with closing(connect(path, "FULL", reading=True)) as source, closing(sqlite3.connect(scratch)) as copy:
        source.backup(copy)
    scratch.replace(target)
    sync_folder(target.parent)


def statements(script: str) -> Iterator[str]:
    r"""Split a script into its statements; sqlite3's own executescript would end our transaction.

    >>> list(statements("CREATE TABLE a (b);\n-- c\nDROP TABLE a;\n"))
    ['CREATE TABLE a (b);', '-- c\nDROP TABLE a;']
    """
    pending: list[str] = []
    for line in script.splitlines():
        pending.append(line)
        if sqlite3.complete_statement("\n".join(pending)):
            yield "\n".join(pending)
            pending.clear()


def number_of(script: Path) -> int:
    """Give the number a migration's name begins with."""
    return int(script.name[:4])


def _seen(connection: sqlite3.Connection, newest: int) -> int:
    """Give the last migration the file has seen; StoreError for a file that is not ours or of a newer server."""
    ((seen,),) = connection.execute("PRAGMA user_version")
    ((application,),) = connection.execute("PRAGMA application_id")
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    if tables and application != APPLICATION_ID:
        raise StoreError("open", "the file belongs to another program", retryable=False, advice="Name another file")
    if seen > newest:
        details = f"its sessions were written by a newer version (schema {seen}, this one knows {newest})"
        raise StoreError("open", details, retryable=False, advice="Upgrade this server, or name another store")
    return int(seen)
