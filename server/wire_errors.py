"""Every exception and refusal -> code, message, data: here, once.

Above: server.methods and server.dispatch. Below: engine.errors, server.outcome.
"""

from typing import Final

import orjson

from engine.errors import (
    ArgumentError,
    CriterionError,
    DomainError,
    RefusedError,
    SessionStateError,
    StepNotFoundError,
    StoreError,
    WorkflowInvalidError,
    WorkflowNotFoundError,
)
from schema.values import JsonObject
from server.outcome import INTERNAL_ERROR, INVALID_PARAMS, Failure

CODES: Final[dict[type[DomainError], int]] = {
    WorkflowNotFoundError: -32001,
    WorkflowInvalidError: -32002,
    StepNotFoundError: -32003,
    CriterionError: -32004,
    SessionStateError: -32005,
    StoreError: -32006,
    RefusedError: -32007,
    ArgumentError: INVALID_PARAMS,
}


def failure_of(error: DomainError) -> Failure:
    """Give a domain error its code, message and data."""
    return Failure(CODES[type(error)], error.message(), error.data())


def bug(correlation_id: str) -> Failure:
    """Answer for our own mistakes: no word of the exception, only the id under which the log has it."""
    return Failure(
        INTERNAL_ERROR,
        f"Internal error; report the correlation id {correlation_id} to whoever runs this server",
        {"correlationId": correlation_id},
    )


def failed_call(failure: Failure) -> JsonObject:
    """Show a failure as an MCP tool result: text for the agent, `error` with code, message and data for programs."""
    error: JsonObject = {"code": failure.code, "message": failure.message}
    if failure.data is not None:
        error["data"] = failure.data
    return {
        "content": [{"type": "text", "text": _agent_text(failure)}],
        "structuredContent": {"error": error},
        "isError": True,
    }


def _agent_text(failure: Failure) -> str:
    """Give message and, where the data says more than the message, the data as compact JSON."""
    findings = (failure.data or {}).get("findings")
    return failure.message if not findings else f"{failure.message}\n{orjson.dumps(findings).decode()}"
