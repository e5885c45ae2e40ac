"""What is kept of every request: one log line and one count, by tool and outcome.

Above: server.dispatch calls it once per request. Below: server.logs, server.metrics.
"""

from typing import Final

from schema.values import JsonObject
from server.exchange import Exchange
from server.logs import get

log = get("request")

MAX_NAME: Final = 64  # characters of a method name a client made up that are logged


def observe(exchange: Exchange, message: JsonObject, code: int | None, seconds: float) -> None:
    """Log and count one request; `code` is the JSON-RPC error code, None for a result."""
    method = str(message["method"])
    params = message.get("params")
    name = params.get("name") if method == "tools/call" and isinstance(params, dict) else method
    tool = str(name) if name in exchange.service.tools else ""
    outcome = "ok" if code is None else str(code)
    exchange.service.metrics.count(tool or "-", outcome, seconds)
    log.info(
        "request",
        method=method[:MAX_NAME],
        tool=tool,
        ms=round(seconds * 1000, 3),
        outcome=outcome,
        correlation_id=exchange.correlation_id,
    )
