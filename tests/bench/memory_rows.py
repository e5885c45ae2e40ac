"""Resident memory after 1,000 calls, on stdio and over HTTP.

Above: tests.bench.__main__. Below: processes, wrk's neighbour http.client (counted calls, which wrk does not offer).
"""

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Final

from tests.bench import sample
from tests.bench.processes import HttpProcess, http_process, stdio_process
from tests.bench.rows import Row
from tests.bench.scratch import Scratch

CALLS: Final = 1000
TIMEOUT_S: Final = 30  # seconds for one answer


def rows(scratch: Scratch, _rounds: int) -> Iterator[Row]:
    """Give megabytes (10^6 bytes) resident."""
    with stdio_process(scratch.ours("--stdio"), scratch.home("memory")) as server:
        server.greet()
        for number in range(CALLS):
            server.ask(sample.line(sample.call(number)))
        yield Row("resident after 1,000 calls, stdio", "-", server.resident(), " MB", 46, 40)
    with http_process(scratch.ours("--http", "--port", "PORT"), scratch.home("memory-http")) as listening:
        call_often(listening, CALLS)
        yield Row("resident after 1,000 calls, HTTP", "-", listening.resident(), " MB", 60, 52)


def call_often(server: HttpProcess, calls: int) -> None:
    """Make that many calls on one connection; AssertionError for any that fails."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT_S)
    for number in range(calls):
        connection.request("POST", "/mcp", sample.line(sample.call(number)), dict(sample.HEADERS))
        response = connection.getresponse()
        text = response.read()
        assert response.status == 200, text
    connection.close()
