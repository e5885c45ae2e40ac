"""What goes into the dispatcher and what comes out: a message read and judged, and its answer in its envelope.

Above: server.dispatch makes both, http_app and stdio frame them. Below: server.envelope, server.era, server.outcome.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from schema.values import Json, JsonObject
from server.envelope import RequestId
from server.era import Era
from server.exchange import Exchange
from server.outcome import Failure, Outcome

if TYPE_CHECKING:
    from server.methods import Method

NO_META: Final[JsonObject] = {}


class Reply(NamedTuple):
    """An answer: its bytes (None = nothing is sent); of a single message, the error code and the era."""

    body: bytes | None
    code: int | None = None
    era: Era | None = None


class Message(NamedTuple):
    """A message, read and judged once: its value or parse failure, and what is known of it.

    `waits`: answering it may wait, so it wants a task of its own; a batch always does, its members run side by side.
    `refused`: what is wrong with its envelope. `era` is None where the value is no proper request or notification;
    `method` is the one registered for it at its door, in its era.
    """

    value: Json | Failure
    waits: bool = False
    refused: Failure | None = None
    era: Era | None = None
    request_id: RequestId | None = None
    meta: JsonObject = NO_META
    method: "Method | None" = None


def encoded(exchange: Exchange, outcome: Outcome) -> Reply:
    """Put an outcome into its envelope."""
    if isinstance(outcome, Failure):
        return failed(exchange.id, outcome, exchange.era)
    body = orjson.dumps({"jsonrpc": "2.0", "id": exchange.id, "result": orjson.Fragment(outcome.body)})
    return Reply(body, None, exchange.era)


def failed(request_id: RequestId | None, failure: Failure, era: Era | None = None) -> Reply:
    """Put a failure into its envelope."""
    error: JsonObject = {"code": failure.code, "message": failure.message}
    if failure.data is not None:
        error["data"] = failure.data
    return Reply(orjson.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}), failure.code, era)
