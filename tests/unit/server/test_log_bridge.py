"""What libraries log comes out as lines of ours, without a byte a client sent."""

import json
import logging
from collections.abc import Iterator

import pytest
from aiohttp.http_exceptions import BadStatusLine

from server import logs
from server.log_bridge import Bridge, bridge


class Lines:
    """A log stream in memory."""

    def __init__(self) -> None:
        self.found: list[dict[str, object]] = []

    def write(self, line: bytes) -> int:
        if line.strip():
            self.found.append(json.loads(line))
        return len(line)

    def flush(self) -> None:
        """Nothing is kept back."""


@pytest.fixture
def lines() -> Iterator[Lines]:
    made = Lines()
    logs.configure_stream("warning", made)
    yield made
    logs.configure()


def record(level: int, text: str, error: Exception | None = None) -> logging.LogRecord:
    info = (type(error), error, None) if error is not None else None
    return logging.LogRecord("aiohttp.server", level, "x.py", 1, text, (), info)


def test_a_warning_and_an_error_are_one_line_each(lines: Lines) -> None:
    Bridge().emit(record(logging.WARNING, "slow"))
    Bridge().emit(record(logging.ERROR, "no more descriptors"))
    Bridge().emit(record(logging.ERROR, "Error handling request", ValueError("why")))
    assert [(one["level"], one["logger"], one["text"]) for one in lines.found] == [
        ("warning", "aiohttp.server", "slow"),
        ("error", "aiohttp.server", "no more descriptors"),
        ("error", "aiohttp.server", "Error handling request"),
    ]
    assert "why" in str(lines.found[2]["exception"])


def test_a_clients_malformed_request_is_named_without_its_bytes(lines: Lines) -> None:
    wrong = BadStatusLine("Authorization: Bearer abc")
    wrapped = ValueError("abc")
    wrapped.__cause__ = wrong
    for error in (wrong, wrapped):
        Bridge().emit(record(logging.ERROR, "Error handling request from x", error))
    kept = [(line["event"], line["level"], line["reason"]) for line in lines.found]
    assert kept == [("bad request", "warning", "BadStatusLine")] * 2
    assert "abc" not in str(lines.found)


def test_it_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    bridge()
    bridge()
    assert [type(one) for one in root.handlers] == [Bridge]
