"""MCP methods about what reaches a client outside its calls: log levels, resource subscriptions, the listen stream.

Above: server.methods puts them into tables. Below: server.exchange, tools.contract.Changes.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import orjson

from schema.values import Json, JsonObject
from server.era import SUBSCRIPTION_KEY, Era, finish
from server.exchange import LOG_LEVELS, Exchange
from server.outcome import EMPTY, INVALID_PARAMS, METHOD_NOT_FOUND, Failure, Outcome, invalid_params, success

MAX_SUBSCRIBED: Final = 1000  # resource URIs one client may watch
MAX_WAITING: Final = 1000  # changes kept for a slow listener; more are the same news again

FLAGS: Final = {"toolsListChanged": "tools", "promptsListChanged": "prompts", "resourcesListChanged": "resources"}


async def set_level(exchange: Exchange, params: JsonObject) -> Outcome:
    """Set the least level of log messages this client wants."""
    level = params.get("level")
    if level not in LOG_LEVELS:
        return invalid_params(f"level must be one of {', '.join(LOG_LEVELS)}", "level")
    exchange.service.calls.set_level(exchange.connection.peer.scope, str(level))
    return EMPTY


async def subscribe(exchange: Exchange, params: JsonObject) -> Outcome:
    """Watch one resource (legacy); refused where this client has no stream outside its calls to be told on."""
    if not exchange.connection.announces:
        return Failure(METHOD_NOT_FOUND, "Method not found", {"details": "nothing is announced here; serve --sessions"})
    refused = _unknown_resource(exchange, params)
    watched = exchange.connection.peer.watched
    if refused is None and len(watched) >= MAX_SUBSCRIBED:
        return invalid_params(f"at most {MAX_SUBSCRIBED} resources can be watched; unsubscribe one first", "uri")
    if refused is None:
        watched.add(str(params["uri"]))
    return refused or EMPTY


async def unsubscribe(exchange: Exchange, params: JsonObject) -> Outcome:
    """Stop watching one resource (legacy); one that was not watched is no error."""
    if not isinstance(params.get("uri"), str):
        return invalid_params("uri is required and must be a string", "uri")
    exchange.connection.peer.watched.discard(str(params.get("uri")))
    return EMPTY


def _unknown_resource(exchange: Exchange, params: JsonObject) -> Failure | None:
    """Refuse a URI that names no resource of ours; a broken document is one, and being mended is news of it."""
    uri = params.get("uri")
    if not isinstance(uri, str):
        return invalid_params("uri is required and must be a string", "uri")
    if not exchange.service.catalogue.resources.tells_news(uri):
        return Failure(INVALID_PARAMS, "Resource not found; resources/list gives the URIs", {"uri": uri[:512]})
    return None


def change_message(change: str, meta: JsonObject | None = None) -> bytes:
    """Encode the notification for a change: a kind of list, or the URI of a resource.

    >>> change_message("tools")
    b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'
    """
    params: JsonObject = {"uri": change} if "://" in change else {}
    method = "notifications/resources/updated" if "://" in change else f"notifications/{change}/list_changed"
    if meta:
        params["_meta"] = meta
    message: JsonObject = {"jsonrpc": "2.0", "method": method}
    if params:
        message["params"] = params
    return orjson.dumps(message)


async def listen(exchange: Exchange, params: JsonObject) -> Outcome:
    """Serve a modern listen stream: acknowledge, then tell of every change asked for, until the client goes.

    Never returns by itself; a shutdown or the client's leaving cancels it.
    """
    wanted = _wanted(exchange, params.get("notifications"))
    if isinstance(wanted, Failure):
        return wanted
    honoured, kinds = wanted
    meta: JsonObject = {SUBSCRIPTION_KEY: exchange.id}
    queue: asyncio.Queue[str] = asyncio.Queue(MAX_WAITING)
    stop = _watch(exchange, queue, kinds)  # before the acknowledgement: what changes after it is news
    try:
        await exchange.notify("notifications/subscriptions/acknowledged", {"notifications": honoured, "_meta": meta})
        while exchange.service.open:
            change = await queue.get()
            if change:
                await exchange.connection.send(change_message(change, meta))
    finally:
        stop()
    return success(finish({"_meta": meta}, Era.MODERN, exchange.service.info))


def _watch(exchange: Exchange, queue: "asyncio.Queue[str]", kinds: frozenset[str]) -> Callable[[], None]:
    """Put every change of these kinds (or URIs) into the queue; an empty string wakes the listener at shutdown."""

    def heard(change: str) -> None:
        if (change in kinds or not change) and not queue.full():
            queue.put_nowait(change)

    changes = exchange.service.catalogue.changes
    stop = changes.watch(heard) if changes is not None else lambda: None
    forget = exchange.service.at_close(lambda: heard(""))

    def end() -> None:
        stop()
        forget()

    return end


def _wanted(exchange: Exchange, asked: Json) -> tuple[JsonObject, frozenset[str]] | Failure:
    """Judge a subscription filter: what is honoured, as the client wrote it, and as kinds and URIs."""
    if not isinstance(asked, dict):
        return invalid_params("notifications is required and must be an object", "notifications")
    changes = exchange.service.catalogue.changes
    served = changes.kinds if changes is not None else frozenset()
    honoured: JsonObject = {flag: True for flag, kind in FLAGS.items() if asked.get(flag) is True and kind in served}
    kinds = {FLAGS[flag] for flag in honoured}
    uris = asked.get("resourceSubscriptions")
    if isinstance(uris, list) and uris:
        if len(uris) > MAX_SUBSCRIBED or not all(isinstance(uri, str) for uri in uris):
            return invalid_params(f"resourceSubscriptions takes up to {MAX_SUBSCRIBED} URIs", "resourceSubscriptions")
        honoured["resourceSubscriptions"] = uris
        kinds.update(str(uri) for uri in uris)
    return honoured, frozenset(kinds)
