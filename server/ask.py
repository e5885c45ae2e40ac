"""Questions to the client on the way to an answer, in both eras; tools know neither.

Above: mcp_tools and mcp_library settle every tool call, prompt and resource read here. Below: server.calls, seal.
Legacy: requests on the call's own stream. Modern: `input_required`, and the client calls again with the replies.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Final

import orjson

from schema.values import Json, JsonObject
from server.era import SERVER_INFO_KEY, Era
from server.exchange import Exchange
from server.outcome import Failure, invalid_params
from tools.contract import Answer, Ask, Done, Question

STATE_SECONDS: Final = 600  # life of a requestState: time for a person to answer
REPLY_SECONDS: Final = 600  # how long a legacy client's reply is waited for
MAX_ROUNDS: Final = 16  # rounds of questions in one call: ends two parties that never agree

CAPABILITY_OF: Final = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}

Run = Callable[[], Awaitable[Answer]]


async def settle(exchange: Exchange, method: str, params: JsonObject, run: Run) -> Done | JsonObject | Failure:
    """Run a capability until it has an answer; a direct caller is never asked.

    Gives its Done, or a modern `input_required` result, or a Failure for a request state that is not ours.
    """
    if exchange.era is Era.MODERN:
        return await _modern(exchange, method, params, run)
    answer = await run()
    for _ in range(MAX_ROUNDS):
        if isinstance(answer, Done):
            return answer
        if exchange.era is Era.DIRECT or not exchange.connection.can_ask:
            break
        if len(_declared(exchange, answer)) < len(answer.questions):
            break
        replies = await _put(exchange, answer.questions)
        if replies is None:
            break
        exchange.replies, exchange.state = replies, answer.state
        answer = await run()
    return answer if isinstance(answer, Done) else answer.otherwise


def _declared(exchange: Exchange, ask: Ask) -> Mapping[str, Question]:
    """Give the questions of kinds the client declared."""
    known = exchange.capabilities
    return {key: question for key, question in ask.questions.items() if CAPABILITY_OF.get(question.method) in known}


async def _modern(exchange: Exchange, method: str, params: JsonObject, run: Run) -> Done | JsonObject | Failure:
    """Take the replies the client brought, run once, and hand out what is still to be asked."""
    taken = _take_replies(exchange, method, params)
    if taken is not None:
        return taken
    answer = await run()
    if isinstance(answer, Done):
        return answer
    questions = _declared(exchange, answer)
    if not questions:
        return answer.otherwise
    return {
        "resultType": "input_required",
        "inputRequests": {key: {"method": q.method, "params": q.params} for key, q in questions.items()},
        "requestState": _sealed(exchange, _digest(method, params), answer.state),
        "_meta": {SERVER_INFO_KEY: exchange.service.info},
    }


def _take_replies(exchange: Exchange, method: str, params: JsonObject) -> Failure | None:
    """Put the client's replies and opened state on the exchange; a Failure where either is not acceptable."""
    if "inputResponses" in params:
        replies = params["inputResponses"]
        if not isinstance(replies, dict) or not all(isinstance(reply, dict) for reply in replies.values()):
            return invalid_params(
                "inputResponses must be an object of result objects by question key", "inputResponses"
            )
        exchange.replies = {key: reply for key, reply in replies.items() if isinstance(reply, dict)}
    sealed = params.get("requestState")
    if sealed is None:
        return None
    opened = exchange.service.states.open(sealed) if isinstance(sealed, str) else None
    if opened is None or opened.get("call") != _digest(method, params) or not _alive(exchange, opened):
        return invalid_params(
            "requestState is expired, altered or of another call; call again without it", "requestState"
        )
    exchange.state = opened.get("state")
    return None


def _alive(exchange: Exchange, opened: JsonObject) -> bool:
    """Tell whether an opened state is still within its life."""
    until = opened.get("until")
    return isinstance(until, int | float) and exchange.service.clock.now() < until


def _sealed(exchange: Exchange, call: str, state: Json) -> str:
    """Seal a state to this call and its expiry."""
    until = exchange.service.clock.now() + STATE_SECONDS
    return exchange.service.states.seal({"state": state, "call": call, "until": until})


def _digest(method: str, params: JsonObject) -> str:
    """Digest what a call asks for: method, name or uri, and arguments (absent = empty)."""
    asked = [method, params.get("name"), params.get("uri"), params.get("arguments") or {}]
    return sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _put(exchange: Exchange, questions: Mapping[str, Question]) -> dict[str, JsonObject] | None:
    """Put all questions to a legacy client at once; None when any stays without a result."""
    try:
        async with asyncio.timeout(REPLY_SECONDS):
            replies = await asyncio.gather(*(_put_one(exchange, question) for question in questions.values()))
    except TimeoutError:
        return None
    answered = {key: reply for key, reply in zip(questions, replies, strict=True) if reply is not None}
    return answered if len(answered) == len(questions) else None


async def _put_one(exchange: Exchange, question: Question) -> JsonObject | None:
    """Put one question on the call's stream and wait for the client's result; None when it answers with an error."""
    calls, scope = exchange.service.calls, exchange.connection.peer.scope
    question_id = f"ask-{exchange.service.clock.random_bytes(12).hex()}"
    message = {"jsonrpc": "2.0", "id": question_id, "method": question.method, "params": question.params}
    try:
        with calls.question(scope, question_id) as reply:
            await exchange.connection.send(orjson.dumps(message))
            result = (await reply).get("result")
    except OverflowError:
        return None
    return result if isinstance(result, dict) else None
