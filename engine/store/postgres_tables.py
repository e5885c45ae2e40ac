"""The tables in PostgreSQL: made and brought up to date by numbered files, one process at a time.

Above: engine.store.postgres. Below: engine/store/sql/postgres/NNNN_name.sql. Each file is applied once, in order, all
in one transaction under an advisory lock; a database that is further than these files is left alone.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.errors import StoreError

if TYPE_CHECKING:
    from asyncpg import Connection

FOLDER: Final = Path(__file__).resolve().parent / "sql" / "postgres"
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('workflowlookup migrations ' || $1, 0))"
KNOWN: Final = "SELECT to_regclass(quote_ident($1) || '.migrations') IS NOT NULL"
LATEST: Final = "SELECT coalesce(max(number), 0) FROM migrations"
LEDGER: Final = (
    "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL, at float8 NOT NULL)"
)
APPLIED: Final = "INSERT INTO migrations (number, name, at) VALUES ($1, $2, $3)"


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    name: str
    text: str


@cache
def migrations() -> tuple[Migration, ...]:
    """Read the files, in order."""
    files = sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return tuple(Migration(int(file.name[:4]), file.stem, file.read_text(encoding="utf-8")) for file in files)


async def prepare(connection: "Connection", schema: str, now: float) -> tuple[int, int]:
    """Bring the tables in `schema` up to date; gives the number of their last migration before and after.

    StoreError where the tables are newer than this server; raises what the driver raises.
    """
    newest = migrations()[-1].number
    if await connection.fetchval(KNOWN, schema) and _is_current(await connection.fetchval(LATEST)):
        return newest, newest
    async with connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0")  # a migration may take its time
        await connection.fetchval(LOCK, schema)
        if not await connection.fetchval("SELECT to_regnamespace(quote_ident($1)) IS NOT NULL", schema):
            await connection.execute(f'CREATE SCHEMA "{schema}"')  # checked: a-z, 0-9 and _
        await connection.execute(LEDGER)
        latest = await connection.fetchval(LATEST)
        _is_current(latest)
        for each in migrations():
            if each.number > latest:
                await connection.execute(each.text)
                await connection.execute(APPLIED, each.number, each.name, now)
    return int(latest), newest


def _is_current(latest: int) -> bool:
    """Tell whether nothing is to be applied; StoreError where the tables are newer."""
    ours = migrations()[-1].number
    if latest > ours:
        newer = f"its tables are of version {latest}, this server knows versions up to {ours}"
        raise StoreError("open", newer, retryable=False, advice="Start a server at least as new as the one before")
    return latest == ours
