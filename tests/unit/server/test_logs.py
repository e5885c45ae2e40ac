import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import structlog

from server import logs
from server.redaction import MASK, MAX_ITEMS, MAX_TEXT, MAX_TRACE, redact

ROOT = Path(__file__).resolve().parents[3]


class Kept:
    """A stream that keeps its lines."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, line: bytes) -> int:
        self.data += line
        return len(line)

    def flush(self) -> None:
        pass

    @property
    def lines(self) -> list[dict[str, object]]:
        return [orjson.loads(line) for line in self.data.splitlines()]


@pytest.fixture
def kept() -> Iterator[Kept]:
    stream = Kept()
    logs.configure_stream("info", stream)
    yield stream
    logs.configure("warning")


def test_a_line_is_one_json_object_with_level_time_and_logger(kept: Kept) -> None:
    logs.get("http").info(
        "request", method="tools/call", tool="workflow_next", ms=0.5, outcome="ok", correlation_id="c1"
    )
    (line,) = kept.lines
    stamp = str(line.pop("timestamp"))
    assert line == {
        "logger": "http",
        "method": "tools/call",
        "tool": "workflow_next",
        "ms": 0.5,
        "outcome": "ok",
        "correlation_id": "c1",
        "event": "request",
        "level": "info",
    }
    assert len(stamp) == len("2026-01-01T00:00:00.000Z")
    assert stamp.endswith("Z")
    assert kept.data.endswith(b"}\n")


def test_structlogs_own_logger_writes_the_same(kept: Kept) -> None:
    structlog.get_logger().info("request", method="ping", token="abc")  # noqa: S106 - no secret
    assert kept.lines[0]["method"] == "ping"
    assert kept.lines[0]["token"] == MASK


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_lines_below_the_level_are_left_out(level: str, expected: list[str], kept: Kept) -> None:
    logs.configure_stream(level, kept)
    log = logs.get("x")
    for name in logs.LEVELS:
        getattr(log, name)("said")
    assert [line["level"] for line in kept.lines] == expected


def test_a_logger_follows_a_new_configuration(kept: Kept) -> None:
    log = logs.get("x")
    log.info("one")
    other = Kept()
    logs.configure_stream("info", other)
    log.info("two")
    assert [line["event"] for line in kept.lines] == ["one"]
    assert [line["event"] for line in other.lines] == ["two"]


def test_the_second_of_the_stamp_is_made_anew_when_it_is_over() -> None:
    times = iter([0.25, 0.999, 1.0, 86_400.001])
    stamp = logs.Stamp(lambda: next(times))
    seen = [str(stamp(None, "info", {})["timestamp"]) for _ in range(4)]
    assert seen == [
        "1970-01-01T00:00:00.250Z",
        "1970-01-01T00:00:00.999Z",
        "1970-01-01T00:00:01.000Z",
        "1970-01-02T00:00:00.001Z",
    ]


def test_an_exception_becomes_a_traceback(kept: Kept) -> None:
    error = ValueError("boom")
    logs.get("x").error("failed", exc_info=error)
    assert "ValueError: boom" in str(kept.lines[0]["exception"])
    assert "exc_info" not in kept.lines[0]


def test_a_value_json_cannot_carry_does_not_break_the_line(kept: Kept) -> None:
    logs.get("x").info("odd", surrogate="\ud800", big=2**70, path=Path("/x"), nothing=None)
    line = json.loads(kept.data)
    assert line["big"] == 2**70
    assert line["path"] == "/x"
    assert line["nothing"] is None


def cleaned(**fields: object) -> dict[str, object]:
    return dict(redact(None, "info", dict(fields)))


@pytest.mark.parametrize(
    "name",
    ["token", "Authorization", "client_secret", "X-Api-Key", "password", "cookie", "token_count", "refreshToken"],
)
def test_secrets_are_masked_by_their_name(name: str) -> None:
    assert cleaned(**{name: "value"}) == {name: MASK}
    assert cleaned(**{name: 7}) == {name: MASK}
    assert cleaned(**{name: None}) == {name: None}
    assert cleaned(params={"inner": [{name: {"deep": "value"}}]}) == {"params": {"inner": [{name: MASK}]}}


def test_a_code_is_masked_as_text_and_shown_as_a_number() -> None:
    assert cleaned(code="ABCD1234") == {"code": MASK}
    assert cleaned(code=-32602) == {"code": -32602}
    assert cleaned(approval={"decision": "approve", "code": "ABCD1234"}) == {
        "approval": {"decision": "approve", "code": MASK}
    }


def test_a_bearer_token_inside_a_text_is_masked() -> None:
    assert cleaned(reason="sent Bearer abc.def to us") == {"reason": f"sent Bearer {MASK} to us"}
    assert "abc" not in str(cleaned(reason="Authorization: bearer abc"))


def test_request_fields_of_another_shape_are_cleaned_too() -> None:
    assert cleaned(method={"token": "x"}) == {"method": {"token": MASK}}
    assert len(str(cleaned(method="m" * 100_000)["method"])) < MAX_TEXT + 50


def test_large_values_are_shortened() -> None:
    assert str(cleaned(text="x" * 100_000)["text"]).endswith("... (100000 characters)")
    assert str(cleaned(exception="x" * 100_000)["exception"]).startswith("x" * MAX_TRACE)
    assert cleaned(body=b"12345") == {"body": "(5 bytes)"}
    many = cleaned(items=list(range(1000)))["items"]
    assert isinstance(many, list)
    assert many[-1] == f"... {1000 - MAX_ITEMS} more"
    wide = cleaned(params={f"k{i}": i for i in range(100)})["params"]
    assert isinstance(wide, dict)
    assert wide["..."] == f"{100 - MAX_ITEMS} more"


def test_deep_values_end() -> None:
    deep: object = 1
    for _ in range(100):
        deep = {"a": deep}
    assert "(1 members)" in str(cleaned(value=deep))
    for _ in range(100):
        deep = [deep]
    assert "(1 items)" in str(cleaned(value=deep))


def test_configure_writes_to_the_file_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    logs.configure("info", path, max_mb=1, max_days=1)
    logs.get("x").info("hello")
    logs.configure("warning")
    assert orjson.loads(path.read_bytes())["event"] == "hello"


def test_structlog_is_imported_with_the_first_line_only() -> None:
    program = """
import sys
from server import logs
logs.configure("warning")
log = logs.get("x")
log.debug("no"); log.info("no")
assert "structlog" not in sys.modules
log.warning("yes", token="t")
assert "structlog" in sys.modules
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stderr
    assert orjson.loads(ended.stderr)["token"] == MASK
    assert ended.stdout == b""
