"""Places in PostgreSQL for one test each: a schema of its own in the shared server, or a whole server of its own."""

import os
import pwd
import secrets
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import asyncpg

from engine.clock import SystemClock
from engine.store.postgres import PostgresStore
from tests.services import postgres_programs, postgres_url
from tests.serving import free_port

PROGRAM_TIMEOUT_S: Final = 60  # seconds for initdb or pg_ctl on a loaded machine
UNPRIVILEGED: Final = "postgres"  # who runs a server where we are root, which PostgreSQL refuses


@asynccontextmanager
async def schema_of_its_own() -> AsyncIterator[str]:
    """Give the URL of an unused schema; it is dropped at the end."""
    url, schema = postgres_url(), f"test_{secrets.token_hex(8)}"
    try:
        yield with_schema(url, schema)
    finally:
        connection = await asyncpg.connect(url)
        await connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        await connection.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresStore]:
    """Give an open store."""
    store = PostgresStore(url, SystemClock())
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def with_schema(url: str, schema: str) -> str:
    """Give the URL of a schema."""
    return f"{url}{'&' if '?' in url else '?'}schema={schema}"


class Cluster:
    """A server of our own that a test may stop, kill and start again."""

    def __init__(self, folder: Path, port: int) -> None:
        self._programs = postgres_programs()
        self._folder = folder
        self._data = folder / "data"
        self._port = port
        self.url = f"postgres://tester@127.0.0.1:{port}/postgres"
        self._run("initdb", "-D", str(self._data), "-U", "tester", "-A", "trust", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it lets clients in."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """End it: `fast` tells its clients, `immediate` leaves as in a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """End all its processes with SIGKILL; gives back when the last is gone."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        watched = [os.pidfd_open(pid) for pid in (first, *map(int, children))]
        for process in watched:
            signal.pidfd_send_signal(process, signal.SIGKILL)
        for process in watched:
            assert select.select([process], [], [], PROGRAM_TIMEOUT_S)[0], "it does not end"
            os.close(process)
        (self._data / "postmaster.pid").unlink()

    def runs(self) -> bool:
        """Tell whether it was started and not stopped."""
        return (self._data / "postmaster.pid").exists()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        user = UNPRIVILEGED if os.getuid() == 0 else None
        # Output goes nowhere: the server inherits it, and a pipe would be waited for as long as the server lives.
        said = subprocess.run(
            command, user=user, cwd=self._folder, stdout=subprocess.DEVNULL, timeout=PROGRAM_TIMEOUT_S, check=False
        )
        assert said.returncode == 0, command


@contextmanager
def cluster_of_its_own() -> Iterator[Cluster]:
    """Run a whole server below a temporary folder until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="workflowlookup-postgres-"))
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
    cluster = Cluster(folder, free_port())
    try:
        cluster.start()
        yield cluster
    finally:
        if cluster.runs():
            cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
