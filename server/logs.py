"""Structured logs: one JSON object a line on stderr or in a rotated file, secrets masked.

Above: everything in server asks `get(...)` for a logger and says what happened; cli calls `configure` once.
Below: structlog, imported with the first line that is written (it takes 20 ms), redaction, log_stream.
"""

import json
import sys
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from engine.clock import SystemClock
from server.log_stream import BYTES_A_MB, Descriptor, RotatedFile

if TYPE_CHECKING:
    from structlog import BytesLogger
    from structlog.typing import Processor

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
STDERR = 2
NOW = SystemClock().now


class Stream(Protocol):
    """What lines are written to."""

    def write(self, line: bytes, /) -> int:
        """Write one whole line."""
        ...

    def flush(self) -> None:
        """Push out what was written."""
        ...


class _State:
    """The process's one log configuration."""

    threshold: int = LEVELS["warning"]
    stream: Stream | None = None
    generation: int = 0  # moves with every configure
    applied: int = -1  # the generation structlog was configured for
    processors: "tuple[Processor, ...]" = ()
    target: "BytesLogger"


_state = _State()


class Log:
    """A logger with a name; `log.info("request", method=..., tool=..., ms=..., outcome=..., correlation_id=...)`.

    The same calls and lines as structlog's own logger. A line below the level costs one comparison; one above goes
    straight to structlog's processors and BytesLogger, because a bound logger in between doubles its price.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        """Take the name, shown in each line as `logger`."""
        self._name = name

    def debug(self, event: str, **fields: object) -> None:
        """Say what only a developer wants to know."""
        if _state.threshold <= 10:  # noqa: PLR2004 - the level's number, as in LEVELS; a look-up costs more than the test
            self._emit("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Say what happened as it should."""
        if _state.threshold <= 20:  # noqa: PLR2004 - as above
            self._emit("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Say what an operator should look at."""
        if _state.threshold <= 30:  # noqa: PLR2004 - as above
            self._emit("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Say what failed; `exc_info=error` adds the traceback as `exception`."""
        self._emit("error", event, fields)

    def _emit(self, level: str, event: str, fields: dict[str, object]) -> None:
        if _state.applied != _state.generation:
            _apply()
        line: Any = {"logger": self._name, **fields, "event": event}
        for process in _state.processors:
            line = process(None, level, line)
        _state.target.msg(line)


def get(name: str) -> Log:
    """Give a logger of that name; costs nothing until its first line."""
    return Log(name)


def configure(level: str = "warning", file: Path | None = None, max_mb: int = 10, max_days: int = 14) -> None:
    """Set level (debug, info, warning, error) and target (`file`, else stderr) for the whole process.

    At info and below, and where structlog is already imported, structlog itself is configured now, so that
    `structlog.get_logger()` does the same; else with the first line. Raises OSError when the file cannot be opened.
    """
    stream = RotatedFile(file, max_mb * BYTES_A_MB, max_days) if file else Descriptor(STDERR)
    configure_stream(level, stream)


def configure_stream(level: str, stream: Stream) -> None:
    """As `configure`, for a stream that is already there."""
    _state.threshold = LEVELS[level]
    _state.stream = stream
    _state.generation += 1
    if _state.threshold <= LEVELS["info"] or "structlog" in sys.modules:
        _apply()


def _apply() -> None:
    """Configure structlog itself, once for each `configure`."""
    if _state.applied == _state.generation:
        return
    _load()
    import structlog  # noqa: PLC0415 - 20 ms, at the first line

    from server.redaction import redact  # noqa: PLC0415 - with structlog

    stream = _state.stream or Descriptor(STDERR)
    _state.processors = (Stamp(), redact, structlog.processors.JSONRenderer(serializer=_dump))
    _state.target = structlog.BytesLogger(stream)  # type: ignore[arg-type]  # it only calls write and flush
    structlog.configure(
        processors=list(_state.processors),
        wrapper_class=structlog.make_filtering_bound_logger(_state.threshold),
        logger_factory=lambda *_: _state.target,
        cache_logger_on_first_use=True,
    )
    _state.applied = _state.generation


def _load() -> None:
    """Import structlog without rich, which it would draw tracebacks with on a terminal: 80 ms and 4 MB unused.

    None in sys.modules is Python's own way of saying that a module cannot be imported.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # see above
    try:
        import structlog  # noqa: F401, PLC0415 - loaded here, used where it is imported again
    finally:
        del sys.modules["rich"]


class Stamp:
    """Adds `level` and `timestamp` (UTC, milliseconds), and the traceback where there is `exc_info`.

    The text of a second is kept, so that a stamp costs 1 us, not 6.
    """

    def __init__(self, now: Callable[[], float] = NOW) -> None:
        """Take the clock: seconds since 1970."""
        self._now = now
        self._second = -1
        self._text = ""

    def __call__(self, logger: object, method: str, line: MutableMapping[str, object]) -> MutableMapping[str, object]:
        """Complete the line in place (structlog's processor shape)."""
        milliseconds = int(self._now() * 1000)
        second = milliseconds // 1000
        if second != self._second:
            self._second, self._text = second, time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
        line["level"] = method
        line["timestamp"] = f"{self._text}{milliseconds % 1000:03}Z"
        if "exc_info" in line:
            from structlog.processors import format_exc_info  # noqa: PLC0415 - structlog is there by now

            format_exc_info(logger, method, line)
        return line


def _dump(line: dict[str, object], **_options: object) -> bytes:
    """Give the line as JSON; what orjson refuses (a lone surrogate, an integer beyond 64 bit) goes through json."""
    try:
        return orjson.dumps(line, default=str)
    except TypeError:
        return json.dumps(line, default=str).encode()
