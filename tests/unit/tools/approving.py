"""A person's word on a report: how a test asks for it, brings it and finds it in the log.

Above: tests of people's words. Below: tests.unit.tools.durable.
"""

from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.silent_call import SilentCall
from tests.unit.tools.durable import Durable
from tools.contract import Ask, Done

CONFIRMED = document(prompt("one", requireConfirmation=True), prompt("two"), prompt("three", requireConfirmation=True))
REPORT: JsonObject = {"stepKey": "one", "output": "I did it."}


def replying(asked: Ask, reply: JsonObject | None) -> SilentCall:
    """Give the call that comes back with a client's reply."""
    call = SilentCall(over_mcp=True)
    call.state = asked.state
    call.replies = {} if reply is None else {"approval": reply}
    return call


def accepted(**content: Json) -> JsonObject:
    return {"action": "accept", "content": content}


async def asked(durable: Durable, session: str, **report: Json) -> Ask:
    answer = await durable.answer(sessionId=session, **{**REPORT, **report})
    assert isinstance(answer, Ask), answer
    return answer


async def answered(durable: Durable, call: SilentCall, session: str, **report: Json) -> JsonObject:
    answer = await durable.answer(call, sessionId=session, **{**REPORT, **report})
    assert isinstance(answer, Done), answer
    assert answer.value is not None
    return answer.value


async def happened(durable: Durable, session: str, kind: type) -> list[object]:
    return [each.event for each in await durable.runner.log(session) if isinstance(each.event, kind)]
