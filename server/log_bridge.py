"""What libraries say through Python's own logging module, as lines of our log: one JSON object each, nothing else.

Above: server.compose opens it before it serves. Below: server.logs.
Without it aiohttp and asyncio would write plain text and whole tracebacks to stderr, one for each malformed request.
"""

import logging

from server.logs import get

CLIENTS_FAULT = "aiohttp.http_exceptions"  # module of the exceptions that tell of bytes which are no HTTP


class Bridge(logging.Handler):
    """Takes every record of a library from warning on."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; of what a client sent wrongly the kind only, because the text repeats its bytes."""
        log, error = get(record.name), record.exc_info[1] if record.exc_info else None
        fault = _clients_fault(error)
        if fault is not None:
            log.warning("bad request", reason=type(fault).__name__)
        elif record.levelno < logging.ERROR:
            log.warning("library", text=record.getMessage())
        elif error is None:
            log.error("library", text=record.getMessage())
        else:
            log.error("library", text=record.getMessage(), exc_info=error)


def _clients_fault(error: BaseException | None) -> BaseException | None:
    """Give the exception that says what is wrong with a client's bytes: the error itself, or its cause."""
    causes = (error, error.__cause__) if error is not None else ()
    return next((one for one in causes if any(kind.__module__ == CLIENTS_FAULT for kind in type(one).__mro__)), None)


def bridge() -> None:
    """Take over what libraries log, for the whole process; safe to call again."""
    root = logging.getLogger()
    if not any(isinstance(handler, Bridge) for handler in root.handlers):
        root.addHandler(Bridge(logging.WARNING))
