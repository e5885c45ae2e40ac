"""Load over HTTP: wrk, the Debian package, pinned to the core the server does not use.

Above: http_rows, peer_rows. Below: wrk. Its script posts one call again and again and prints one line of numbers.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Final

from schema.values import JsonObject
from tests.bench.processes import CLIENT_CORE, HttpProcess, pinned
from tests.bench.slices import Slice

SCRIPT: Final = """\
wrk.method = "POST"
wrk.body = [==[%s]==]
%s
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("NUMBERS %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), bad))
end
"""
NUMBERS: Final = re.compile(r"NUMBERS (\d+) (\d+) (\d+) (\d+) (\d+)")
SLACK_S: Final = 30  # seconds wrk may take beyond its time
MICRO: Final = 1e6  # wrk counts in microseconds


def write_script(file: Path, message: JsonObject, headers: dict[str, str]) -> Path:
    """Write the script that posts `message`; gives the file."""
    lines = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items())
    file.write_text(SCRIPT % (json.dumps(message), lines))
    return file


def load(server: HttpProcess, script: Path, connections: int, seconds: int) -> Slice:
    """Load a server for a while; AssertionError where any answer was not HTTP 200."""
    before = server.cpu()
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), server.url]
    done = subprocess.run(
        pinned(words, CLIENT_CORE), capture_output=True, text=True, check=True, timeout=seconds + SLACK_S
    )
    found = NUMBERS.search(done.stdout)
    assert found is not None, done.stdout
    calls, duration, p50, p99, bad = map(int, found.groups())
    assert calls, done.stdout
    assert not bad, f"{bad} of {calls} calls failed"
    spent = server.cpu() - before
    return Slice(duration / MICRO / calls, spent / calls, p50 / MICRO, p99 / MICRO)
