"""SQLite stores of a test and their files, looked at and changed behind the store's back.

Above: test_sqlite, test_sqlite_hands. Below: engine.store.sqlite.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from engine.store.sqlite import SqliteStore
from tests.unit.clocks import FakeClock


def new_store(path: Path, synchronous: str = "FULL") -> SqliteStore:
    return SqliteStore(path, FakeClock(), synchronous)


def run(path: Path, *texts: str) -> None:
    """Change a file behind the store's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for text in texts:
            connection.execute(text)


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()
