"""Text in, text out: one message or batch from bytes to its answer. The only user of jsonrpcserver.

Above: http_app and stdio, which only frame. Below: envelope (judging), era, methods (tables), wire_errors.
A single, already judged message goes through the library's building blocks; its default pipeline leaks exception
texts, answers a batch with one bad member as one error and costs ten times as much (shared design, 6-quality).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache
from inspect import Parameter, Signature
from operator import attrgetter
from time import perf_counter
from typing import Any, Final, NamedTuple

from schema.values import Json, JsonObject
from server.calls import TOO_MANY
from server.envelope import INVALID, MAX_BATCH, RequestId, parse, readable_id, refusal
from server.era import Era, era_of, meta_of
from server.exchange import Connection, Door, Exchange
from server.judging import hint, modern_refusal, named_params
from server.logs import get
from server.message import Message, Reply, encoded, failed
from server.methods import Method, Table, tables
from server.observe import observe, observe_refused
from server.outcome import INVALID_REQUEST, METHOD_NOT_FOUND, Failure, Success
from server.service import Service
from server.wire_errors import bug

# The library passes its context first and the params by name; positional-only, so that a client argument named
# `exchange` is an argument like any other.
_SIGNATURE: Final = Signature(
    [Parameter("exchange", Parameter.POSITIONAL_ONLY), Parameter("params", Parameter.VAR_KEYWORD)]
)
# What the library's Either values hold; they offer no public way to it.
_value_in: Final = attrgetter("_value")
_error_in: Final = attrgetter("_error")

__all__ = ["Dispatcher", "Message", "Reply"]

Adapted = dict[str, Callable[..., Awaitable[Any]]]

log = get("dispatch")


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
        self._waiting = {name: one.tool for name, one in service.tools.items() if one.tool.run_waiting is not None}

    def read(self, text: bytes, connection: Connection) -> Message:
        """Parse a message and tell whether answering it may wait; never raises."""
        value = parse(text)
        if isinstance(value, Failure):
            return Message(value)
        if isinstance(value, list):
            return Message(value, waits=True)
        return self._judged(value, connection)

    def _judged(self, value: Json, connection: Connection) -> Message:
        """Judge one message: its envelope, its era, whether answering it may wait for something."""
        request_id = readable_id(value)
        refused = refusal(value, request_id)
        if refused is not None or not isinstance(value, dict) or "method" not in value:
            return Message(value, refused=refused, request_id=request_id)
        name, params = str(value["method"]), value.get("params")
        meta = meta_of(params)
        era = self._era(name, meta, connection)
        method = self._tables.by_place[connection.door, era].get(name)
        waits = request_id is not None and method is not None and (method.waits or self._tool_waits(name, params))
        return Message(value, waits, None, era, request_id, meta, method)

    def _tool_waits(self, name: str, params: Json) -> bool:
        """Tell whether a message calls a tool that may wait with these arguments."""
        arguments = params
        if name == "tools/call" and isinstance(params, dict):
            name, arguments = str(params.get("name")), params.get("arguments")
        tool = self._waiting.get(name)
        return tool is not None and tool.may_wait(arguments if isinstance(arguments, dict) else {})

    async def dispatch(self, text: bytes, connection: Connection) -> bytes | None:
        """Answer one text; None when nothing is to be sent."""
        return (await self.answer(self.read(text, connection), connection)).body

    def answer(self, message: Message, connection: Connection) -> Coroutine[Any, Any, Reply]:
        """Answer a read message: a single one, or each member of a batch."""
        if isinstance(message.value, list):
            return self._batch(message.value, connection)
        return self._one(message, connection)

    async def _batch(self, members: list[Json], connection: Connection) -> Reply:
        """Answer a batch member by member; members that wait run side by side."""
        if not connection.allows_batch:
            return self._refused(None, INVALID._replace(data={"details": "send one message at a time, not a batch"}))
        if not members:
            return self._refused(None, INVALID)
        if len(members) > MAX_BATCH:
            return self._refused(None, INVALID._replace(data={"details": f"a batch has at most {MAX_BATCH} members"}))
        judged = [self._judged(member, connection) for member in members]
        replies = await asyncio.gather(*(self._one(member, connection) for member in judged))
        bodies = [reply.body for reply in replies if reply.body is not None]
        return Reply(b"[" + b",".join(bodies) + b"]" if bodies else None)

    def _era(self, name: str, meta: JsonObject, connection: Connection) -> Era:
        """Tell the era of a request or notification at this connection."""
        if connection.door is Door.RPC:
            return Era.DIRECT
        direct = connection.door is Door.STDIO and name in self._tables.direct
        return era_of(name, meta, header_version=connection.header_version, direct=direct)

    async def _one(self, message: Message, connection: Connection) -> Reply:
        """Answer one message: a request, a notification, a reply to a question of ours, or nonsense."""
        value, era, request_id = message.value, message.era, message.request_id
        if isinstance(value, Failure):
            return self._refused(None, value)
        if era is None or not isinstance(value, dict):
            return self._no_request(message, connection)
        exchange = Exchange(self.service, connection, request_id, era, message.meta)
        if request_id is None:
            self._notified(value, exchange)
            return Reply(None)
        try:
            if message.waits:
                return await self._cancellable(message, value, exchange, request_id)
            started = perf_counter()
            reply = await self._run(message, value, exchange)
            observe(exchange, value, reply.code, perf_counter() - started)
        except Exception as mistake:  # noqa: BLE001 - the rim: a mistake around a method must not cost other messages
            return failed(request_id, _bug(exchange, mistake), era)
        return reply

    def _no_request(self, message: Message, connection: Connection) -> Reply:
        """Take a reply to a question of ours, or refuse nonsense where an answer is owed."""
        refused = message.refused
        if refused is None:
            if isinstance(message.value, dict):
                self.service.calls.reply(connection.peer.scope, message.value)
            return Reply(None)
        owed = refused.code == INVALID_REQUEST or message.request_id is not None
        return self._refused(message.request_id, refused) if owed else Reply(None)

    def _refused(self, request_id: RequestId | None, failure: Failure) -> Reply:
        """Refuse what is no request, and count it."""
        observe_refused(self.service, failure.code)
        return failed(request_id, failure)

    def _notified(self, message: JsonObject, exchange: Exchange) -> None:
        """Take a notification: only a cancellation does anything."""
        params = message.get("params")
        if message.get("method") == "notifications/cancelled" and isinstance(params, dict):
            target = readable_id({"id": params.get("requestId")})
            if target is not None:
                self.service.calls.cancel_soon(exchange.connection.peer.scope, target)

    async def _cancellable(
        self, message: Message, value: JsonObject, exchange: Exchange, request_id: RequestId
    ) -> Reply:
        """Run a request that may wait, where its client can cancel it; a cancelled one is not answered."""
        calls, started = self.service.calls, perf_counter()
        if calls.full:
            return failed(request_id, TOO_MANY, exchange.era)
        outcome: int | str | None = "cancelled"
        with calls.running(exchange.connection.peer.scope, request_id):
            try:
                reply = await self._run(message, value, exchange)
                outcome = reply.code
            except asyncio.CancelledError:
                if not calls.was_cancelled():
                    raise
                reply = Reply(None, era=exchange.era)
            finally:
                observe(exchange, value, outcome, perf_counter() - started)
        return reply

    async def _run(self, message: Message, value: JsonObject, exchange: Exchange) -> Reply:
        """Judge era and params, run the method: at once, or through the library's building blocks."""
        method = message.method
        refused = modern_refusal(value, exchange) if exchange.era is Era.MODERN else None
        params = named_params(value, method)
        if refused is not None or isinstance(params, Failure):
            return failed(exchange.id, refused or params, exchange.era)  # type: ignore[arg-type]  # one of the two is a Failure here
        if method is not None and method.at_once:
            return await self._at_once(method, exchange, params)
        return await self._through_library(str(value["method"]), exchange, params)

    async def _at_once(self, method: Method, exchange: Exchange, params: JsonObject) -> Reply:
        """Run a method that greets, before the library is loaded."""
        try:
            return encoded(exchange, await method.run(exchange, params))
        except Exception as mistake:  # noqa: BLE001 - the rim: logged and answered by _bug
            return encoded(exchange, _bug(exchange, mistake))

    async def _through_library(self, name: str, exchange: Exchange, params: JsonObject) -> Reply:
        """Let jsonrpcserver look up, call and shape the response of one checked request."""
        library = blocks()
        request = library.create_request({"method": name, "params": params, "id": exchange.id})
        found = library.get_method(self._adapted((exchange.connection.door, exchange.era)), request.method)
        if type(found) is library.left:
            refused = Failure(METHOD_NOT_FOUND, "Method not found", hint(name, self._tables, exchange))
            return failed(exchange.id, refused, exchange.era)
        response = library.to_response(request, await library.call(request, exchange, _value_in(found)))
        if type(response) is library.left:
            error = _error_in(response)
            data = error.data if isinstance(error.data, dict) else None
            return failed(error.id, Failure(error.code, error.message, data), exchange.era)
        return encoded(exchange, Success(_value_in(response).result))

    def _adapted(self, place: tuple[Door, Era]) -> Adapted:
        """Give a table's methods in the one shape the library calls.

        The library binds each of them here, once: it takes any params, so what holds for one request holds for all.
        """
        table = self._adapted_tables.get(place)
        if table is None:
            library, table = blocks(), {}
            for name, method in self._tables.by_place[place].items():
                request = library.create_request({"method": name, "params": {}})
                table[name] = _value_in(library.validate_args(request, self, self._adapt(method)))
            self._adapted_tables[place] = table
        return table

    def _adapt(self, method: Method) -> Callable[..., Awaitable[Any]]:
        """Wrap a method for the library: exchange and named params in, its Result out."""
        library = blocks()
        run, success, error = method.run, library.success, library.error

        async def adapted(exchange: Exchange, /, **params: Json) -> Any:
            try:
                outcome = await run(exchange, params)
            except Exception as mistake:  # noqa: BLE001 - the rim: logged and answered by _bug
                outcome = _bug(exchange, mistake)
            if isinstance(outcome, Success):
                return success(outcome.body)
            return error(outcome.code, outcome.message, outcome.data)

        adapted.__signature__ = _SIGNATURE  # type: ignore[attr-defined]  # inspect.signature reads it
        return adapted


def _bug(exchange: Exchange, mistake: Exception) -> Failure:
    """Answer for an exception that no rule foresaw: -32603, and a log entry under the same id."""
    log.error("bug", correlation_id=exchange.correlation_id, exc_info=mistake)
    return bug(exchange.correlation_id)
