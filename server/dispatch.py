"""Text in, text out: one message or batch from bytes to its answer. The only user of jsonrpcserver.

Above: http_app and stdio, which only frame. Below: envelope (judging), era, methods (tables), wire_errors.
A single, already judged message goes through the library's building blocks; its default pipeline leaks exception
texts, answers a batch with one bad member as one error and costs ten times as much (shared design, 6-quality).
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from inspect import Parameter, Signature
from time import perf_counter
from typing import Any, Final, NamedTuple

import orjson

from schema.values import Json, JsonObject
from server.envelope import INVALID, MAX_BATCH, RequestId, is_reply, parse, readable_id, refusal
from server.era import (
    CAPABILITIES_KEY,
    MODERN_VERSIONS,
    VERSION_KEY,
    Era,
    era_of,
    incomplete,
    meta_of,
    unsupported,
)
from server.exchange import Connection, Door, Exchange
from server.logs import get
from server.methods import Method, Table, tables
from server.observe import observe
from server.outcome import INVALID_REQUEST, METHOD_NOT_FOUND, Failure, Outcome, Success, invalid_params
from server.service import Service
from server.wire_errors import bug

# The library passes its context first and the params by name; positional-only, so that a client argument named
# `exchange` is an argument like any other. Cached on every method: inspecting it costs 5 us a call.
_SIGNATURE: Final = Signature(
    [Parameter("exchange", Parameter.POSITIONAL_ONLY), Parameter("params", Parameter.VAR_KEYWORD)]
)

Adapted = dict[str, Callable[..., Awaitable[Any]]]

log = get("dispatch")


class Reply(NamedTuple):
    """An answer: its bytes (None = nothing is sent); of a single message, the error code and the era."""

    body: bytes | None
    code: int | None = None
    era: Era | None = None


class Message(NamedTuple):
    """A parsed message (or its parse failure); `waits` = answering it may wait, so it wants a task of its own.

    A batch always does: its members run side by side.
    """

    value: Json | Failure
    waits: bool
    era: Era | None = None
    request_id: RequestId | None = None


class Blocks(NamedTuple):
    """The parts of jsonrpcserver we use; `Any` because the library's own types say no more."""

    create_request: Callable[[JsonObject], Any]
    get_method: Callable[..., Any]
    validate_args: Callable[..., Any]
    call: Callable[..., Awaitable[Any]]
    to_response: Callable[..., Any]
    left: type
    success: Callable[..., Any]
    error: Callable[..., Any]


@cache
def blocks() -> Blocks:
    """Load the library: late, because its import (it checks a schema) outlasts the rest of the start."""
    from jsonrpcserver import Error, Success as Right  # noqa: I001, PLC0415 - late on purpose, see above
    from jsonrpcserver.async_dispatcher import call  # noqa: PLC0415 - as above
    from jsonrpcserver.dispatcher import create_request, get_method, to_response, validate_args  # noqa: PLC0415 - as above
    from oslash.either import Left  # noqa: PLC0415 - as above

    return Blocks(create_request, get_method, validate_args, call, to_response, Left, Right, Error)


class Dispatcher:
    """Answers messages for one service."""

    def __init__(self, service: Service, examples: Table | None = None) -> None:
        """`examples` are further direct methods; the product has none."""
        self.service = service
        self._tables = tables(service, examples or {})
        self._adapted_tables: dict[tuple[Door, Era], Adapted] = {}

    def read(self, text: bytes, connection: Connection) -> Message:
        """Parse a message and tell whether answering it may wait; never raises."""
        value = parse(text)
        if isinstance(value, Failure):
            return Message(value, waits=False)
        if isinstance(value, list):
            return Message(value, waits=True)
        era = self._era(value, connection) if isinstance(value, dict) and refusal(value) is None else None
        return Message(value, self._waits(value, connection), era, readable_id(value))

    async def dispatch(self, text: bytes, connection: Connection) -> bytes | None:
        """Answer one text; None when nothing is to be sent."""
        return (await self.answer(self.read(text, connection), connection)).body

    async def answer(self, message: Message, connection: Connection) -> Reply:
        """Answer a read message: a single one, or each member of a batch."""
        if isinstance(message.value, Failure):
            return _failed(None, message.value)
        if isinstance(message.value, list):
            return await self._batch(message.value, connection)
        return await self._one(message.value, connection)

    async def _batch(self, members: list[Json], connection: Connection) -> Reply:
        """Answer a batch member by member; members that wait run side by side."""
        if not connection.allows_batch:
            return _failed(None, INVALID._replace(data={"details": "send one message at a time, not a batch"}))
        if not members:
            return _failed(None, INVALID)
        if len(members) > MAX_BATCH:
            return _failed(None, INVALID._replace(data={"details": f"a batch has at most {MAX_BATCH} members"}))
        replies = await asyncio.gather(*(self._one(member, connection) for member in members))
        bodies = [reply.body for reply in replies if reply.body is not None]
        return Reply(b"[" + b",".join(bodies) + b"]" if bodies else None)

    def _era(self, message: JsonObject, connection: Connection) -> Era:
        """Tell the era of a judged message at this connection."""
        if connection.door is Door.RPC:
            return Era.DIRECT
        name = str(message.get("method"))
        direct = connection.door is Door.STDIO and name in self._tables.direct
        return era_of(name, meta_of(message.get("params")), header_version=connection.header_version, direct=direct)

    def _waits(self, message: Json, connection: Connection) -> bool:
        """Tell whether answering may wait for something."""
        if not isinstance(message, dict) or refusal(message) is not None or is_reply(message) or "id" not in message:
            return False
        name, params = str(message["method"]), message.get("params")
        if name == "tools/call":
            registered = self.service.tools.get(str(params.get("name"))) if isinstance(params, dict) else None
            return registered is not None and registered.tool.run_waiting is not None
        method = self._tables.at(connection.door, self._era(message, connection)).get(name)
        return method is not None and method.waits

    async def _one(self, message: Json, connection: Connection) -> Reply:
        """Answer one message: a request, a notification, a reply to a question of ours, or nonsense."""
        refused = refusal(message)
        if refused is not None or not isinstance(message, dict):
            owed = refused is not None and (refused.code == INVALID_REQUEST or readable_id(message) is not None)
            return _failed(readable_id(message), refused) if owed and refused is not None else Reply(None)
        if is_reply(message):
            self.service.calls.reply(connection.peer.scope, message)
            return Reply(None)
        era = self._era(message, connection)
        exchange = Exchange(self.service, connection, readable_id(message), era, meta_of(message.get("params")))
        if exchange.id is None:
            self._notified(message, exchange)
            return Reply(None)
        return await self._request(message, exchange)

    def _notified(self, message: JsonObject, exchange: Exchange) -> None:
        """Take a notification: only a cancellation does anything."""
        params = message.get("params")
        if message.get("method") == "notifications/cancelled" and isinstance(params, dict):
            target = readable_id({"id": params.get("requestId")})
            if target is not None:
                self.service.calls.cancel(exchange.connection.peer.scope, target)

    async def _request(self, message: JsonObject, exchange: Exchange) -> Reply:
        """Run a request, time it, log one line, encode its answer; a cancelled one is not answered."""
        started = perf_counter()
        with self.service.calls.running(exchange.connection.peer.scope, exchange.id or ""):
            try:
                reply = await self._run(message, exchange)
            except asyncio.CancelledError:
                if not self.service.calls.was_cancelled():
                    raise
                reply = Reply(None, era=exchange.era)
        observe(exchange, message, reply.code, perf_counter() - started)
        return reply

    async def _run(self, message: JsonObject, exchange: Exchange) -> Reply:
        """Judge era and params, find the method, run it: at once, or through the library's building blocks."""
        place = (exchange.connection.door, exchange.era)
        method = self._tables.by_place[place].get(str(message["method"]))
        refused = self._modern(message, exchange) if exchange.era is Era.MODERN else None
        params = _params(message, method)
        if refused is not None or isinstance(params, Failure):
            return _failed(exchange.id, refused or params, exchange.era)  # type: ignore[arg-type]  # one of the two is a Failure here
        if method is not None and method.at_once:
            return _encoded(exchange, await self._guarded(method, exchange, params))
        return await self._through_library(message, exchange, params)

    def _modern(self, message: JsonObject, exchange: Exchange) -> Failure | None:
        """Judge a modern request in the order clients rely on: complete, consistent, of a version we serve."""
        meta = exchange.meta
        refused = incomplete(meta) or exchange.connection.judge(message)
        if refused is not None:
            return refused
        version, declared = meta[VERSION_KEY], meta[CAPABILITIES_KEY]
        exchange.capabilities = declared if isinstance(declared, dict) else {}
        return None if version in MODERN_VERSIONS else unsupported(str(version))

    async def _through_library(self, message: JsonObject, exchange: Exchange, params: JsonObject) -> Reply:
        """Let jsonrpcserver look up, bind, call and shape the response of one checked request."""
        library = blocks()
        place = (exchange.connection.door, exchange.era)
        request = library.create_request({**message, "params": params})
        found = library.get_method(self._adapted(place), request.method)
        if isinstance(found, library.left):
            return _failed(exchange.id, Failure(METHOD_NOT_FOUND, "Method not found"), exchange.era)
        bound = library.validate_args(request, exchange, _inside(found))
        result = bound if isinstance(bound, library.left) else await library.call(request, exchange, _inside(bound))
        response = library.to_response(request, result)
        held = _inside(response)
        if isinstance(response, library.left):
            data = held.data if isinstance(held.data, dict) else None
            return _failed(held.id, Failure(held.code, held.message, data), exchange.era)
        return _encoded(exchange, Success(held.result))

    def _adapted(self, place: tuple[Door, Era]) -> Adapted:
        """Give a table's methods in the one shape the library calls."""
        table = self._adapted_tables.get(place)
        if table is None:
            table = {name: self._adapt(method) for name, method in self._tables.by_place[place].items()}
            self._adapted_tables[place] = table
        return table

    def _adapt(self, method: Method) -> Callable[..., Awaitable[Any]]:
        """Wrap a method for the library: exchange and named params in, its Result out."""
        library = blocks()

        async def adapted(exchange: Exchange, /, **params: Json) -> Any:
            outcome = await self._guarded(method, exchange, params)
            if isinstance(outcome, Success):
                return library.success(outcome.body)
            return library.error(outcome.code, outcome.message, outcome.data)

        adapted.__signature__ = _SIGNATURE  # type: ignore[attr-defined]  # inspect.signature reads it
        return adapted

    async def _guarded(self, method: Method, exchange: Exchange, params: JsonObject) -> Outcome:
        """Run a method; an exception that no rule foresaw becomes -32603 and a log entry under the same id."""
        try:
            return await method.run(exchange, params)
        except Exception as error:
            log.error("bug", correlation_id=exchange.correlation_id, exc_info=error)  # noqa: TRY400 - our Log takes the error as a field
            return bug(exchange.correlation_id)


def _inside(either: Any) -> Any:
    """Take out what one of the library's Either values holds; they offer no public way."""
    return vars(either).get("_error") or vars(either).get("_value")


def _params(message: JsonObject, method: Method | None) -> JsonObject | Failure:
    """Give params as named ones: absent and empty are {}, an array only where the method takes one."""
    params = message.get("params")
    if isinstance(params, dict):
        return params
    if isinstance(params, list) and params:
        if method is None or method.takes_array:
            return {"args": params}
        return invalid_params("give params by name, as an object")
    return {}


def _encoded(exchange: Exchange, outcome: Outcome) -> Reply:
    """Put an outcome into its envelope."""
    if isinstance(outcome, Failure):
        return _failed(exchange.id, outcome, exchange.era)
    body = orjson.dumps({"jsonrpc": "2.0", "id": exchange.id, "result": orjson.Fragment(outcome.body)})
    return Reply(body, None, exchange.era)


def _failed(request_id: RequestId | None, failure: Failure, era: Era | None = None) -> Reply:
    """Put a failure into its envelope."""
    error: JsonObject = {"code": failure.code, "message": failure.message}
    if failure.data is not None:
        error["data"] = failure.data
    return Reply(orjson.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}), failure.code, era)
