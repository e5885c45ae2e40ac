"""Starts servers as processes of their own for the tests that look at them from outside.

Above: the conformance and acceptance tests. Below: the product's command line, tests.conformance.everything.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.services import ROOT

START_TIMEOUT_S: Final = 30.0  # seconds until a server must listen, on a loaded machine
STOP_TIMEOUT_S: Final = 10.0  # seconds until it must be gone after SIGTERM
POLL_S: Final = 0.05  # seconds between two tries to connect

FIXTURES: Final = (sys.executable, "-m", "tests.conformance.everything")
PRODUCT: Final = (sys.executable, str(ROOT / "workflowlookup.py"), "serve")


def environment(home: Path, *, measured: bool = False) -> dict[str, str]:
    """Give the environment of a process of ours under test: the tester's, with a data and a user folder of its own.

    `measured`: coverage looks into it. That doubles its start, so only tests of what no other process shows ask for it.
    """
    hidden = ("WORKFLOWLOOKUP_",) if measured else ("WORKFLOWLOOKUP_", "COVERAGE_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    return {
        **kept,
        "WORKFLOWLOOKUP_HOME": str(home / "data"),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
    }


def free_port() -> int:
    """Give a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def http_server(command: Sequence[str], home: Path) -> Iterator[str]:
    """Run `command --port N` until the block ends; gives the server's base URL without a slash at its end.

    Raises AssertionError, with what the server wrote, when it does not listen in time.
    """
    port = free_port()
    log = home / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            cwd=ROOT,
            env=environment(home),
        )
        try:
            assert listens(process, port), f"the server did not start: {log.read_text()[-2000:]}"
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait, bounded, until something accepts connections on `port`; False when time is up or the process ends first."""
    pidfd = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as ended:
            ended.register(pidfd, selectors.EVENT_READ)
            for _ in range(int(START_TIMEOUT_S / POLL_S)):
                if accepts(port):
                    return True
                if ended.select(POLL_S):
                    return False
    finally:
        os.close(pidfd)
    return False


def accepts(port: int) -> bool:
    """Tell whether something accepts connections on `port` of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server with SIGTERM; kill it where that does not help."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT_S)
        raise
