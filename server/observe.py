"""What is kept of every request: one log line and one count, by tool and outcome.

Above: server.dispatch calls it once per request. Below: server.logs, server.metrics.
"""

from typing import Final

from engine.errors import DomainError, RefusedError
from schema.values import Json, JsonObject
from server.exchange import Exchange
from server.logs import get
from server.outcome import Failure
from server.service import Service
from server.wire_errors import failure_of

log = get("request")
security = get("security")

MAX_NAME: Final = 64  # characters of a method name a client made up that are logged


def refusal_of(exchange: Exchange, error: DomainError) -> Failure:
    """Give a refusal its wire form; one for safety is logged and counted as a security event."""
    if isinstance(error, RefusedError):
        exchange.service.metrics.security(error.action)
        security.warning("refused", kind=error.action, correlation_id=exchange.correlation_id)
    return failure_of(error)


def observe_refused(service: Service, code: int) -> None:
    """Log and count a message that was no request at all: unreadable, or of a bad envelope."""
    service.metrics.count("-", str(code), 0.0)
    log.info("refused", outcome=str(code), correlation_id=service.correlation_id())


def observe(exchange: Exchange, message: JsonObject, code: int | str | None, seconds: float) -> None:
    """Log and count one request; `code` is the JSON-RPC error code, None for a result, "cancelled" for neither.

    A tool's refusal over MCP is a result, yet its code is what happened.
    """
    code = exchange.refused if code is None else code
    method = str(message["method"])
    params = message.get("params")
    name = params.get("name") if method == "tools/call" and isinstance(params, dict) else method
    tool = name if isinstance(name, str) and name in exchange.service.tools else ""
    outcome = "ok" if code is None else str(code)
    exchange.service.metrics.count(tool or "-", outcome, seconds)
    if tool and exchange.service.tools[tool].actions:
        arguments = params.get("arguments") if method == "tools/call" and isinstance(params, dict) else params
        _count_action(exchange.service, tool, arguments, (outcome, seconds))
    log.info(
        "request",
        method=method[:MAX_NAME],
        tool=tool,
        ms=int(seconds * 1_000_000) / 1000,
        outcome=outcome,
        correlation_id=exchange.correlation_id,
    )


def _count_action(service: Service, tool: str, arguments: Json, measured: tuple[str, float]) -> None:
    action = arguments.get("action") if isinstance(arguments, dict) else None
    known = service.tools[tool].actions
    service.metrics.action(tool, action if isinstance(action, str) and action in known else "-", *measured)
