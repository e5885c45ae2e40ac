"""MCP methods for what the library offers besides tools: prompts, resources, completions; lists come in pages.

Above: server.methods puts them into tables. Below: server.ask, tools.contract.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from engine.errors import DomainError
from schema.values import Json, JsonObject
from server.ask import settle
from server.era import Cache, Era, finish
from server.exchange import Exchange
from server.observe import refusal_of
from server.outcome import INVALID_PARAMS, Failure, Outcome, invalid_params, success
from tools.contract import Answer, Done, Prompt, Resource

PAGE: Final = 500  # prompts or resources in one page
MAX_VALUES: Final = 100  # completion values in one answer: the protocol's own limit
RESOURCE_NOT_FOUND: Final = -32002  # legacy code for an unknown resource
LIBRARY_CACHE: Final = Cache(ttl_ms=2_000, scope="private")  # the library may be edited at any time

Item = TypeVar("Item")


def _page(items: Sequence[Item], params: JsonObject) -> tuple[Sequence[Item], str | None] | Failure:
    """Cut a page out of a list; a cursor is where the next page starts, encoded so that nobody builds on its form."""
    start = 0
    cursor = params.get("cursor")
    if cursor is not None:
        try:
            start = int(base64.urlsafe_b64decode(str(cursor).encode()))
        except (ValueError, binascii.Error):
            start = -1
        if not 0 < start < len(items):
            return invalid_params("the cursor is not one of ours; start again without it", "cursor")
    end = start + PAGE
    more = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], more


def _listing(
    exchange: Exchange, params: JsonObject, key: str, items: Sequence[Item], show: Callable[[Item], JsonObject]
) -> Outcome:
    """Answer a list method with one page of shown items."""
    page = _page(items, params)
    if isinstance(page, Failure):
        return page
    shown: list[Json] = [show(item) for item in page[0]]
    result: JsonObject = {key: shown}
    if page[1] is not None:
        result["nextCursor"] = page[1]
    return success(finish(result, exchange.era, exchange.service.info, LIBRARY_CACHE))


async def list_prompts(exchange: Exchange, params: JsonObject) -> Outcome:
    """List prompts, a page at a time."""
    return _listing(exchange, params, "prompts", exchange.service.catalogue.prompts.all(), _shown_prompt)


def _shown_prompt(prompt: Prompt) -> JsonObject:
    shown: JsonObject = {"name": prompt.name, "title": prompt.title, "description": prompt.description}
    if prompt.arguments:
        shown["arguments"] = [
            {"name": one.name, "description": one.description, "required": one.required} for one in prompt.arguments
        ]
    return shown


async def get_prompt(exchange: Exchange, params: JsonObject) -> Outcome:
    """Render one prompt."""
    name = params.get("name")
    prompt = exchange.service.catalogue.prompts.find(name) if isinstance(name, str) else None
    if prompt is None:
        return invalid_params(f"there is no prompt named {str(name)[:64]!r}; prompts/list gives the names", "name")
    arguments = params.get("arguments") or {}
    if not isinstance(arguments, dict):
        return invalid_params("arguments must be an object", "arguments")
    for one in prompt.arguments:
        if one.required and one.name not in arguments:
            return invalid_params(f"the prompt {prompt.name} needs the argument {one.name!r}", f"arguments/{one.name}")

    async def get() -> Answer:
        return prompt.get(arguments, exchange)

    return await _rendered(exchange, "prompts/get", params, get)


async def list_resources(exchange: Exchange, params: JsonObject) -> Outcome:
    """List concrete resources, a page at a time."""
    return _listing(exchange, params, "resources", exchange.service.catalogue.resources.all(), _shown("uri"))


async def list_templates(exchange: Exchange, params: JsonObject) -> Outcome:
    """List resource templates, a page at a time."""
    templates = exchange.service.catalogue.resources.templates()
    return _listing(exchange, params, "resourceTemplates", templates, _shown("uriTemplate"))


def _shown(uri_key: str) -> Callable[[Resource], JsonObject]:
    """Give the function that shows a resource, its URI under `uri_key`."""

    def show(resource: Resource) -> JsonObject:
        return {
            uri_key: resource.uri,
            "name": resource.name,
            "title": resource.title,
            "description": resource.description,
            "mimeType": resource.mime_type,
        }

    return show


async def read_resource(exchange: Exchange, params: JsonObject) -> Outcome:
    """Read one resource; unknown: -32602 in the modern era, -32002 before; invalid workflow: -32002 with findings."""
    uri = params.get("uri")
    if not isinstance(uri, str):
        return invalid_params("uri is required and must be a string", "uri")

    async def read() -> Answer:
        found = await exchange.service.catalogue.resources.read(uri, exchange)
        if found is None:
            raise _NoResourceError
        return found

    try:
        return await _rendered(exchange, "resources/read", params, read)
    except _NoResourceError:
        code = INVALID_PARAMS if exchange.era is Era.MODERN else RESOURCE_NOT_FOUND
        return Failure(code, "Resource not found; resources/list gives the URIs", {"uri": uri[:512]})


class _NoResourceError(Exception):
    """There is no such resource."""


async def _rendered(
    exchange: Exchange, method: str, params: JsonObject, run: Callable[[], Awaitable[Answer]]
) -> Outcome:
    """Settle a prompt or a resource read and encode its value; a read says how long it keeps."""
    try:
        settled = await settle(exchange, method, params, run)
    except DomainError as error:
        return refusal_of(exchange, error)
    if isinstance(settled, Failure):
        return settled
    if isinstance(settled, Done):
        cache = LIBRARY_CACHE if method == "resources/read" else None
        settled = finish(dict(settled.value or {}), exchange.era, exchange.service.info, cache)
    return success(settled)


async def complete(exchange: Exchange, params: JsonObject) -> Outcome:
    """Complete an argument of a prompt or a variable of a resource template."""
    ref, argument = params.get("ref"), params.get("argument")
    if not isinstance(ref, dict) or not isinstance(argument, dict):
        return invalid_params("completion/complete needs the objects ref and argument")
    name, value = argument.get("name"), argument.get("value")
    if not isinstance(name, str) or not isinstance(value, str):
        return invalid_params("argument needs the strings name and value", "argument")
    found = exchange.service.catalogue.completer.complete(ref, name, value)
    if found is None:
        return invalid_params("ref names no prompt and no resource template of this server", "ref")
    completion: JsonObject = {
        "values": list(found[:MAX_VALUES]),
        "total": len(found),
        "hasMore": len(found) > MAX_VALUES,
    }
    return success(finish({"completion": completion}, exchange.era, exchange.service.info))
