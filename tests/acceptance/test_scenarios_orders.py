"""Scenarios 1 and 2, end to end: an order, and a payment that fails twice."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.acceptance.scripted import Agent, Script, Server, Tool

ORDER: Final[JsonObject] = {
    "id": "A-1",
    "customer": {"name": "Ann", "email": "ann@example.org"},
    "items": [{"sku": "tea", "price": 29.99, "quantity": 2}, {"sku": "pot", "price": 49.99, "quantity": 1}],
}
SMALL: Final[JsonObject] = {**ORDER, "items": [{"sku": "cup", "price": 20.0, "quantity": 2}]}
NO_FUNDS: Final[JsonObject] = {"status": "error", "error_code": "INSUFFICIENT_FUNDS"}
FORMATS: Final = ("", "examples:")


class Bank:
    """A payment provider that says no so many times first."""

    def __init__(self, refusals: int) -> None:
        self.attempts: list[Json] = []
        self._refusals = refusals

    def charge(self, parameters: JsonObject) -> Json:
        self.attempts.append(parameters["amount"])
        if len(self.attempts) <= self._refusals:
            return NO_FUNDS
        return {"status": "success", "id": "pay-1", "receipt": "R-1"}


def shop(server: Server, bank: Bank, *, stock: frozenset[str] = frozenset(("tea", "pot", "cup"))) -> Agent:
    """Give an agent that can call the tools of a shop."""
    tools: dict[str, Tool] = {
        "payments.charge": bank.charge,
        "payments.refund": lambda parameters: {"status": "success", "refunded": parameters["payment"]},
        "warehouse.reserve": lambda parameters: {"reserved": parameters["sku"] in stock},
        "carrier.ship": lambda _parameters: {"tracking": "T-1"},
        "mail.send": lambda _parameters: {"sent": True},
    }
    return Agent(server.ask, Script(tools, {}), server.wait)


async def figures(agent: Agent) -> JsonObject:
    """Give the computed fields of the agent's session."""
    answer = await agent.ask("workflow_session", {"action": "get", "sessionId": agent.session_id})
    computed = answer["computed"]
    assert isinstance(computed, dict)
    return computed


@pytest.mark.parametrize("form", FORMATS)
async def test_an_order_is_charged_reserved_shipped_and_confirmed(server: Server, form: str) -> None:
    bank = Bank(0)
    agent = shop(server, bank)
    answer = await agent.run(f"{form}order-processing", {"order": ORDER})
    assert (answer["status"], answer["isComplete"]) == ("completed", True)
    found = await figures(agent)
    assert (found["subtotal"], found["tax"], found["shipping"], found["total"]) == (109.97, 8.8, 0, 118.77)
    assert bank.attempts == [118.77]
    state = await agent.state()
    assert state["stock"] == [{"sku": "tea", "reserved": True}, {"sku": "pot", "reserved": True}]
    assert (state["status"], state["shipment"]) == ("confirmed", {"tracking": "T-1"})
    assert [tool for tool, _ in agent.calls] == [
        "payments.charge",
        "warehouse.reserve",
        "warehouse.reserve",
        "carrier.ship",
        "mail.send",
    ]
    assert agent.messages == [
        "Order A-1 has 2 lines.",
        "Subtotal 109.97, tax 8.8, shipping 0, total 118.77.",
        "Order A-1 is confirmed: 118.77 paid, parcel T-1.",
    ]


@pytest.mark.parametrize("form", FORMATS)
async def test_an_order_below_fifty_pays_ten_for_shipping(server: Server, form: str) -> None:
    agent = shop(server, Bank(0))
    await agent.run(f"{form}order-processing", {"order": SMALL})
    found = await figures(agent)
    assert (found["subtotal"], found["tax"], found["shipping"], found["total"]) == (40, 3.2, 10, 53.2)


async def test_the_payment_of_an_order_is_tried_again(server: Server) -> None:
    bank = Bank(2)
    agent = shop(server, bank)
    answer = await agent.run("order-processing", {"order": ORDER})
    assert answer["status"] == "completed"
    assert bank.attempts == [118.77] * 3


async def test_what_is_not_in_stock_is_paid_back(server: Server) -> None:
    agent = shop(server, Bank(0), stock=frozenset(("tea",)))
    answer = await agent.run("order-processing", {"order": ORDER})
    assert answer["status"] == "completed"
    assert (await agent.state())["status"] == "out-of-stock"
    assert agent.calls[-1] == ("payments.refund", {"payment": "pay-1"})
    assert agent.messages[-1] == "Not in stock: pot. The payment was given back."


async def test_an_order_with_mistakes_is_refused_line_by_line(server: Server) -> None:
    agent = shop(server, Bank(0))
    wrong: JsonObject = {
        **ORDER,
        "items": [{"sku": "tea", "price": 1, "quantity": 0}, {"sku": "", "price": 1, "quantity": 1}],
    }
    await agent.run("order-processing", {"order": wrong})
    assert (await agent.state())["status"] == "refused"
    assert agent.calls == []
    assert "line 1: it needs a sku, a price and a quantity; line 2" in agent.messages[-1]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.requirement("AC-EHV-001")
async def test_a_payment_that_fails_twice_is_made_in_exactly_three_attempts(server: Server, form: str) -> None:
    bank = Bank(2)
    agent = shop(server, bank)
    answer = await agent.run(f"{form}payment-failure", {"customer": "Ann", "amount": 12.5})
    assert answer["status"] == "completed"
    assert bank.attempts == [12.5, 12.5, 12.5]
    assert (await agent.state())["status"] == "paid"
    assert agent.messages == ["Ann paid 12.5, receipt R-1."]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.requirement("AC-EHV-003")
async def test_a_payment_that_keeps_failing_fails_the_session_after_three_attempts(server: Server, form: str) -> None:
    bank = Bank(9)
    agent = shop(server, bank)
    answer = await agent.run(f"{form}payment-failure", {"customer": "Ann", "amount": 12.5})
    assert answer["status"] == "failed"
    assert bank.attempts == [12.5, 12.5, 12.5]
    assert agent.messages == ["Ann could not be charged 12.5."]
    error = answer["error"]
    assert isinstance(error, dict)
    assert "INSUFFICIENT_FUNDS" in str(error["message"])
    assert error["workflowId"] == f"{form}payment-failure"


async def test_the_pause_before_a_retry_survives_a_restart(server: Server) -> None:
    bank = Bank(1)
    agent = shop(server, bank)
    answer = await agent.step(await agent.start("payment-failure", {"customer": "Ann", "amount": 1}))
    assert answer["step"] is None
    await server.again()
    answer = await agent.finish(await agent.look())
    assert answer["status"] == "completed"
    assert len(bank.attempts) == 2
