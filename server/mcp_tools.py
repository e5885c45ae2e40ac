"""MCP methods for tools, and the tools as direct methods. The hot path of the server.

Above: server.methods puts them into tables. Below: server.ask, tools.contract, tools.arguments.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import orjson

from engine.errors import DomainError
from schema.values import Json, JsonObject
from server.ask import settle
from server.era import SERVER_INFO_KEY, Cache, Era, finish
from server.exchange import Exchange
from server.observe import refusal_of
from server.outcome import INVALID_PARAMS, MISSING_CAPABILITY, Failure, Outcome, Success, invalid_params, success
from server.service import Registered
from server.wire_errors import failed_call
from tools.arguments import BadArguments
from tools.contract import Call, Done, Tool

ROUND_PARAMS: Final = ("requestState", "inputResponses")  # wrong ones are protocol errors; no tool has such arguments
TOOLS_CACHE: Final = Cache(ttl_ms=300_000, scope="private")  # the tools change only with a restart

DirectMethod = Callable[[Exchange, JsonObject], Awaitable[Outcome]]


async def list_tools(exchange: Exchange, params: JsonObject) -> Outcome:
    """List all tools, in one page."""
    if params.get("cursor"):
        return invalid_params("tools/list has one page; leave the cursor out", "cursor")
    tools: list[Json] = list(exchange.service.listed)
    return success(finish({"tools": tools}, exchange.era, exchange.service.info, TOOLS_CACHE))


async def call_tool(exchange: Exchange, params: JsonObject) -> Outcome:
    """Call a tool as MCP wants it: refusals are results the agent can read, an unknown tool is an error."""
    name = params.get("name")
    registered = exchange.service.tools.get(name) if isinstance(name, str) else None
    if registered is None:
        known = ", ".join(exchange.service.tools)
        return invalid_params(f"there is no tool named {str(name)[:64]!r}; the tools are {known}", "name")
    arguments = params.get("arguments")
    if arguments is not None and not isinstance(arguments, dict):
        return invalid_params("arguments must be an object", "arguments")
    needed = registered.tool.requires
    lacking = [name for name in needed if name not in exchange.capabilities] if needed else None
    if lacking:
        return _lacking(exchange, registered.tool, lacking)
    run = registered.tool.run
    if run is not None and not registered.tool.may_wait(arguments or {}):
        answer = _at_once(exchange, run, registered, arguments or {})
    else:
        answer = await _waited_for(exchange, registered, params, arguments or {})
    if isinstance(answer, Failure):
        if answer.code == INVALID_PARAMS and (answer.data or {}).get("path") in ROUND_PARAMS:
            return answer
        exchange.refused = answer.code
        return success(finish(failed_call(answer), exchange.era, exchange.service.info))
    return answer if isinstance(answer, Success) else _tool_result(exchange, answer)


async def call_directly(exchange: Exchange, registered: Registered, params: JsonObject) -> Outcome:
    """Call a tool as a plain JSON-RPC method: its object is the result, its refusals are errors with our codes."""
    run = registered.tool.run
    if run is not None and not registered.tool.may_wait(params):
        answer = _at_once(exchange, run, registered, params)
    else:
        answer = await _waited_for(exchange, registered, params, params)
    if isinstance(answer, Done):
        exchange.refused = _kind_of(answer) if answer.failed else None
        return success(answer.value or {})
    return answer


def _at_once(
    exchange: Exchange, run: Callable[[JsonObject, Call], Done], registered: Registered, arguments: JsonObject
) -> Done | Outcome:
    """Check the arguments and run a tool that never waits; no coroutine is made for it."""
    prepared = registered.arguments.prepare(arguments)
    if not isinstance(prepared, dict):
        return _unprepared(registered.tool, prepared, arguments)
    try:
        return run(prepared, exchange)
    except DomainError as error:
        return refusal_of(exchange, error)


async def _waited_for(
    exchange: Exchange, registered: Registered, params: JsonObject, arguments: JsonObject
) -> Done | Outcome:
    """Check the arguments, run a tool that may wait, put its questions."""
    run = registered.tool.run_waiting
    prepared = registered.arguments.prepare(arguments)
    if not isinstance(prepared, dict):
        return _unprepared(registered.tool, prepared, arguments)
    if run is None:
        raise TypeError(f"the tool {registered.tool.name} has no function")
    try:
        settled = await settle(exchange, "tools/call", params, lambda: run(prepared, exchange))
    except DomainError as error:
        return refusal_of(exchange, error)
    return success(settled) if isinstance(settled, dict) else settled


def _unprepared(tool: Tool, wrong: BadArguments, arguments: JsonObject) -> Done | Failure:
    """Answer arguments that break the schema: in the tool's own form where it has one, else as a refusal."""
    if tool.on_bad_arguments is not None:
        return tool.on_bad_arguments(wrong, arguments)
    return invalid_params(wrong.details, wrong.path)


def _lacking(exchange: Exchange, tool: Tool, lacking: list[str]) -> Outcome:
    """Refuse a call for want of client capabilities, in the form of its era."""
    message = f"{tool.name} needs a client with: {', '.join(lacking)}"
    failure = Failure(MISSING_CAPABILITY, message, {"requiredCapabilities": {name: {} for name in lacking}})
    return failure if exchange.era is Era.MODERN else success(failed_call(failure))


def _tool_result(exchange: Exchange, done: Done) -> Success:
    """Encode an answer once and embed it twice: as structured content and as text."""
    result: dict[str, object] = {}
    if done.value is not None:
        encoded = orjson.dumps(done.value)
        result["structuredContent"] = orjson.Fragment(encoded)
        if not done.content:
            result["content"] = ({"type": "text", "text": encoded.decode()},)
    if "content" not in result:
        result["content"] = done.content
    if done.failed:
        result["isError"] = True
        exchange.refused = _kind_of(done)
    if exchange.era is Era.MODERN:
        result["resultType"] = "complete"
        result["_meta"] = {SERVER_INFO_KEY: exchange.service.info}
    return Success(orjson.dumps(result))


def _kind_of(done: Done) -> str:
    """Give the word for a failure that a tool answered in its own form."""
    return str((done.value or {}).get("error_type", "failed"))


def as_method(registered: Registered) -> DirectMethod:
    """Make a tool callable as a method of its own name."""

    async def method(exchange: Exchange, params: JsonObject) -> Outcome:
        return await call_directly(exchange, registered, params)

    return method
