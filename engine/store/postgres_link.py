"""How PostgreSQL is reached: the URL, connections with bounded waits, and every fault of the driver as a StoreError.

Above: engine.store.postgres and its parts. Below: asyncpg, imported when a store is opened and never before.
No word of the driver or the server reaches a caller: their texts may hold names, hosts and values.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from engine.errors import StoreError

if TYPE_CHECKING:
    from asyncpg import Connection
    from asyncpg.pool import Pool

DEFAULT_SCHEMA: Final = "workflowlookup"
SCHEMES: Final = ("postgres", "postgresql")
SCHEMA_FORM: Final = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
CONNECT_SECONDS: Final = 5.0
"""Seconds to reach the server and to be let in: a caller waits for it."""
STATEMENT_SECONDS: Final = 10.0
"""Seconds after which the server gives a statement up, waits for locks included."""
ANSWER_SECONDS: Final = 15.0
"""Seconds without an answer after which a connection counts as lost; more than the server's own limit."""
IDLE_TRANSACTION_SECONDS: Final = 30.0
"""Seconds after which the server frees the locks of a process that stopped in the middle of a transaction."""
READERS: Final = 8
"""Connections that read at the same time, per process; a server has 100 by default."""

WORDS: Final = {
    "22": ("a value does not fit PostgreSQL's types", False, "Leave out characters like NUL; nothing was changed"),
    "28": ("PostgreSQL does not let this user in", False, "Mend user, password or pg_hba.conf"),
    "3D000": ("there is no such database in PostgreSQL", False, "Create it, or mend the URL"),
    "3F000": ("the tables' schema is gone", False, "Restore it, or run `workflow-lookup store migrate`"),
    "42P01": ("a table is gone", False, "Restore it from a backup"),
    "42501": ("PostgreSQL denies this user what is needed", False, "Grant the user CREATE and use of the schema"),
    "25006": ("PostgreSQL is read-only", True, "Connect to the primary; nothing was changed"),
    "53100": ("the disk of PostgreSQL is full", True, "Make room; nothing was changed"),
    "53300": ("PostgreSQL has no connection left", True, "Nothing was changed; call again later"),
    "57014": ("PostgreSQL took too long", True, "Nothing was changed; call again later"),
}
"""What a SQLSTATE (or its class) means to a caller: details, whether to call again, advice."""
DATA_STATE: Final = "22000"
"""The SQLSTATE of a value that the driver itself refuses to send."""
UNREACHABLE: Final = "PostgreSQL cannot be reached"
LOST_STATES: Final = ("08", "57P")
"""SQLSTATE beginnings of a connection that ended: what was under way may or may not have been committed."""


class Place(NamedTuple):
    """Where the tables are: a URL as the driver takes it (with its password: never shown), and the schema."""

    url: str
    schema: str

    def __repr__(self) -> str:
        return f"Place(schema={self.schema!r})"


def place_of(url: str) -> Place:
    """Split our own parameter `schema` off a URL; StoreError, without a word of it, where it cannot be one.

    >>> place_of("postgres://localhost/test?schema=flows&sslmode=require")[:]
    ('postgres://localhost/test?sslmode=require', 'flows')
    """
    try:
        parts = urlsplit(url)
        said = parse_qsl(parts.query, keep_blank_values=True)
        whole = parts.scheme in SCHEMES and (parts.port is None or parts.port > 0)
    except ValueError:
        raise _bad_url() from None
    schema = next((value for name, value in said if name == "schema"), DEFAULT_SCHEMA)
    if not whole or not SCHEMA_FORM.fullmatch(schema):
        raise _bad_url()
    kept = urlencode([(name, value) for name, value in said if name != "schema"])
    return Place(urlunsplit(parts._replace(query=kept)), schema)


def _bad_url() -> StoreError:
    form = "postgres://user@host:5432/database?schema=name, the schema of a-z, 0-9 and _"
    return StoreError("open", "the URL of PostgreSQL is not well formed", retryable=False, advice=f"Write it as {form}")


class Link:
    """Makes connections to one place."""

    def __init__(self, place: Place) -> None:
        """Nothing is connected yet."""
        self.place = place

    async def writer(self) -> "Connection":
        """Connect for appends; raises what the driver raises, after CONNECT_SECONDS at the latest.

        Scans of whole tables are switched off: a plan made while they were empty would be kept when they are full.
        """
        import asyncpg  # noqa: PLC0415 - only where this store is used

        settings = {**self._settings(), "enable_seqscan": "off"}
        return await asyncpg.connect(
            self.place.url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=settings
        )

    async def readers(self) -> "Pool":
        """Make the pool for everything that reads; it connects when it is first needed."""
        import asyncpg  # noqa: PLC0415 - as above

        return await asyncpg.create_pool(
            self.place.url,
            min_size=0,
            max_size=READERS,
            timeout=CONNECT_SECONDS,
            command_timeout=ANSWER_SECONDS,
            server_settings=self._settings(),
        )

    def _settings(self) -> dict[str, str]:
        return {
            "application_name": "workflowlookup",
            "search_path": self.place.schema,
            "statement_timeout": _milliseconds(STATEMENT_SECONDS),
            "idle_in_transaction_session_timeout": _milliseconds(IDLE_TRANSACTION_SECONDS),
            "default_transaction_isolation": "read committed",
        }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def faults() -> tuple[type[Exception], ...]:
    """Give every type of exception that a call of the driver may raise."""
    import asyncpg  # noqa: PLC0415 - as above

    return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, ValueError)


def state_of(error: Exception) -> str:
    """Give the SQLSTATE of a fault; "" where the server said nothing."""
    return str(getattr(error, "sqlstate", None) or "")


def is_lost(error: Exception) -> bool:
    """Tell whether the connection ended, so that nobody knows what became of the statement under way."""
    state = state_of(error)
    return state.startswith(LOST_STATES) if state else not isinstance(error, ValueError)


def told(operation: str, error: Exception, advice: str = "") -> StoreError:
    """Give the StoreError for a fault of the driver."""
    state = state_of(error) or (DATA_STATE if isinstance(error, ValueError) else "")
    known = WORDS.get(state) or WORDS.get(state[:2])
    if known:
        return StoreError(operation, known[0], retryable=known[1], advice=advice or known[2])
    if is_lost(error):
        return StoreError(operation, UNREACHABLE, advice=advice)
    return StoreError(operation, f"PostgreSQL refused it (SQLSTATE {state})", advice=advice)


@contextmanager
def telling(operation: str) -> Iterator[None]:
    """Turn whatever the driver raises in the block into a StoreError."""
    try:
        yield
    except ImportError:
        raise no_driver() from None
    except faults() as error:
        raise told(operation, error) from None


def no_driver() -> StoreError:
    """Say how to install what this store needs."""
    advice = (
        "Install it beside workflow-lookup: `.venv/bin/python -m pip install 'asyncpg>=0.30'` in a checkout, "
        "`pipx inject workflowlookup asyncpg` under pipx"
    )
    return StoreError("open", "the Python package asyncpg is not installed", retryable=False, advice=advice)
