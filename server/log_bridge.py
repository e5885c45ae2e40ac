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
        if error is not None and any(kind.__module__ == CLIENTS_FAULT for kind in type(error).__mro__):
            log.warning("bad request", reason=type(error).__name__)
        elif record.levelno < logging.ERROR:
            log.warning("library", text=record.getMessage())
        elif error is None:
            log.error("library", text=record.getMessage())
        else:
            log.error("library", text=record.getMessage(), exc_info=error)


def bridge() -> None:
    """Take over what libraries log, for the whole process; safe to call again."""
    root = logging.getLogger()
    if not any(isinstance(handler, Bridge) for handler in root.handlers):
        root.addHandler(Bridge(logging.WARNING))
