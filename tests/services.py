"""The outside programs some tests need, and what to do where one is missing: a named skip, in CI a failure.

Above: the conformance, store and acceptance tests. Below: nothing of ours.
`tests/interop/package.json` pins the programs; `npm ci --prefix tests/interop` brings them, Node 22 included.
"""

import asyncio
import os
import platform
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
INTEROP: Final = ROOT / "tests" / "interop"
MODULES: Final = INTEROP / "node_modules"
NODE_MAJOR: Final = 22  # the conformance suite's own minimum
VERSION_TIMEOUT_S: Final = 20  # seconds for `node --version` on a loaded machine
POSTGRES_VARIABLE: Final = "TEST_POSTGRES_URL"  # without our prefix: the server refuses settings it does not know
POSTGRES_LOCAL: Final = "postgres://postgres@127.0.0.1:5432/test"
POSTGRES_TIMEOUT_S: Final = 10  # seconds to connect on a loaded machine
CPU_NAMES: Final = {"x86_64": "x64", "aarch64": "arm64"}


def missing(service: str, remedy: str) -> NoReturn:
    """Skip the test, naming the service and how to get it; fail instead where REQUIRE_SERVICES=1 is set."""
    reason = f"{service} is missing: {remedy}"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def node() -> Path:
    """Give a Node of at least the suite's version: `NODE`, the pinned package, or the one on PATH."""
    found = find_node()
    if found is None:
        missing(f"Node {NODE_MAJOR}", "run `npm ci --prefix tests/interop`, or set NODE to a node binary")
    return found


@cache
def find_node() -> Path | None:
    """Look where a Node may be, in that order; an old one does not count."""
    package = f"node-linux-{CPU_NAMES.get(platform.machine(), platform.machine())}"
    places = (os.environ.get("NODE"), str(MODULES / package / "bin" / "node"), shutil.which("node"))
    return next((Path(place) for place in places if place and is_new_enough(place)), None)


def is_new_enough(binary: str) -> bool:
    """Tell whether `binary` runs and says a major version that will do."""
    if not Path(binary).is_file():
        return False
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=False)
    major = said.stdout.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= NODE_MAJOR


def postgres_url() -> str:
    """Give the URL of a PostgreSQL database the tests may make schemas in: the environment's, else the local one."""
    url = os.environ.get(POSTGRES_VARIABLE, POSTGRES_LOCAL)
    if not _postgres_answers(url):
        missing("PostgreSQL", f"start one, or name one in {POSTGRES_VARIABLE} (postgres://user@host/database)")
    return url


@cache
def _postgres_answers(url: str) -> bool:
    """Try to connect, once per run."""
    import asyncpg  # noqa: PLC0415 - an extra; where it is absent the service is missing

    async def connect() -> None:
        connection = await asyncpg.connect(url, timeout=POSTGRES_TIMEOUT_S)
        await connection.close(timeout=POSTGRES_TIMEOUT_S)

    # A loop in a thread of its own: the caller may be running in one.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, connect()).result()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
    return True


def postgres_programs() -> Path:
    """Give the folder of PostgreSQL's own programs (initdb, pg_ctl), which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    if not found and named is None:
        missing("initdb", "install the postgresql package")
    return found[-1].parent if found else Path(str(named)).resolve().parent


def node_package(name: str, file: str) -> Path:
    """Give a file of an installed npm package, e.g. its command's script."""
    path = MODULES / name / file
    if not path.is_file():
        missing(f"npm package {name}", "run `npm ci --prefix tests/interop`")
    return path
