"""The sources' own latency targets, held against our server: list < 100 ms, any call < 200 ms, both p95.

Above: tests.bench.__main__, tests.bench.smoke. Below: processes. These are absolute numbers of this machine and moment;
only the smoke run judges them, and only far beyond (10x).
"""

import json
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Final

from schema.values import JsonObject
from tests.bench import sample
from tests.bench.processes import http_process, stdio_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch

CALLS: Final = 200  # of each tool
LIST_MS: Final = 100.0  # the sources' limit for a list
CALL_MS: Final = 200.0  # the sources' limit for anything
TIMEOUT_S: Final = 60  # seconds for one answer
TOOLS: Final[dict[str, JsonObject]] = {
    "workflow_list": {},
    "workflow_get": {"id": sample.WORKFLOW_ID},
    "workflow_next": {"workflowId": sample.WORKFLOW_ID, "completedSteps": list(sample.DONE)},
    "workflow_validate": {"workflowId": sample.WORKFLOW_ID, "stepId": sample.STEPS[0], "output": "Read it all."},
}


def rows(scratch: Scratch, _rounds: int) -> Iterator[Row]:
    """Give the p95 of every tool on both transports, in milliseconds."""
    with stdio_process(scratch.ours("--stdio"), scratch.home("limits")) as server:
        server.greet()
        yield from _tools("stdio", server.ask)
    with http_process(scratch.ours("--http", "--port", "PORT"), scratch.home("limits-http")) as listening:
        connection = HTTPConnection("127.0.0.1", listening.port, timeout=TIMEOUT_S)

        def post(line: bytes) -> bytes:
            connection.request("POST", "/mcp", line, dict(sample.HEADERS))
            return connection.getresponse().read()

        yield from _tools("HTTP", post)
        connection.close()


def _tools(transport: str, ask: Callable[[bytes], bytes]) -> Iterator[Row]:
    for name, arguments in TOOLS.items():
        limit = LIST_MS if name == "workflow_list" else CALL_MS
        value = p95([_timed(ask, name, arguments) for _ in range(CALLS)])
        yield Row(f"{name} over {transport}, p95", "the sources' limit", value, " ms", limit, None)


def _timed(ask: Callable[[bytes], bytes], name: str, arguments: JsonObject) -> float:
    """Give the milliseconds of one call; AssertionError when it is refused."""
    params: JsonObject = {"name": name, "arguments": arguments}
    line = sample.line({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    started = time.perf_counter()
    answer = ask(line)
    spent = (time.perf_counter() - started) * 1000
    result = json.loads(answer).get("result", {})
    assert "structuredContent" in result, answer
    assert not result.get("isError"), answer
    return spent


def p95(values: list[float]) -> float:
    """Give the 95th percentile.

    >>> p95([float(n) for n in range(1, 101)])
    96.0
    """
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]
