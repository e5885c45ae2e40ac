"""Scenarios 4 and 6, end to end: approvals by the amount, and a setup wizard with a test that leads back."""

from datetime import datetime
from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.acceptance.scripted import Agent, FailedCallError, Script, Server, objects

YES: Final[JsonObject] = {"decision": "approve", "comment": "fine"}
NO: Final[JsonObject] = {"decision": "reject", "reason": "too expensive"}
ASKS: Final[JsonObject] = {"decision": "request_info", "comment": "what for?"}
MANAGER: Final = ["manager"]
FOUR: Final = ["manager", "director", "vp", "cfo"]


def approver(server: Server, decisions: list[Json]) -> Agent:
    """Give an agent whose people decide so, one after the other."""
    return Agent(server.ask, Script({}, {"decide": decisions, "explain": ["for tests"] * 3}))


def request(amount: float) -> JsonObject:
    return {"purpose": "machines", "requester": "Rob", "amount": amount}


async def recorded(agent: Agent) -> list[tuple[str, str, str]]:
    """Give who decided what and why; every decision has its time."""
    decisions = objects((await agent.state())["decisions"])
    assert all(datetime.fromisoformat(str(each["at"])).year == 2027 for each in decisions)
    return [(str(each["approver"]), str(each["decision"]), str(each["comment"])) for each in decisions]


@pytest.mark.parametrize(
    ("amount", "asked"),
    [
        (0, ["manager"]),
        (999.99, ["manager"]),
        (1000, ["manager", "director"]),
        (9999, ["manager", "director"]),
        (10000, ["manager", "director", "vp"]),  # three of the four suffice
    ],
)
async def test_the_people_an_amount_calls_for_are_asked_until_enough_approved(
    server: Server, amount: float, asked: list[str]
) -> None:
    agent = approver(server, [YES] * len(asked))
    answer = await agent.run("approval", request(amount))
    assert answer["status"] == "completed"
    state = await agent.state()
    assert (state["outcome"], state["approvals"]) == ("approved", len(asked))
    assert await recorded(agent) == [(name, "approve", "fine") for name in asked]
    assert agent.messages[-1] == f"Approved by {', '.join(asked)}."


async def test_a_refusal_ends_it_with_its_reasons(server: Server) -> None:
    agent = approver(server, [YES, NO])
    await agent.run("approval", request(50_000))
    assert (await agent.state())["outcome"] == "rejected"
    assert await recorded(agent) == [("manager", "approve", "fine"), ("director", "reject", "too expensive")]
    assert agent.messages[-1] == "Rejected. director: too expensive"


async def test_a_request_for_information_is_answered_and_the_same_person_asked_again(server: Server) -> None:
    agent = approver(server, [YES, ASKS, YES])
    await agent.run("approval", request(2_000))
    state = await agent.state()
    assert state["outcome"] == "approved"
    assert state["information"] == [{"approver": "director", "text": "for tests"}]
    assert await recorded(agent) == [
        ("manager", "approve", "fine"),
        ("director", "request_info", "what for?"),
        ("director", "approve", "fine"),
    ]


async def test_a_refusal_without_a_reason_is_not_taken(server: Server) -> None:
    agent = approver(server, [{"decision": "reject", "reason": "no"}, {"decision": "perhaps"}, NO])
    await agent.run("approval", request(1))
    assert len(agent.refused) == 2
    assert await recorded(agent) == [("manager", "reject", "too expensive")]


async def test_inputs_that_do_not_fit_begin_nothing(server: Server) -> None:
    agent = approver(server, [])
    with pytest.raises(FailedCallError, match="amount"):
        await agent.start("approval", {**request(1), "amount": "much"})
    with pytest.raises(FailedCallError, match="purpose"):
        await agent.start("approval", {"requester": "Rob", "amount": 1})
    listed = await agent.ask("workflow_session", {"action": "list"})
    assert listed["sessions"] == []


class Machine:
    """A database that answers on one host only, and a disk to write to."""

    def __init__(self) -> None:
        self.pinged: list[tuple[Json, Json]] = []
        self.written: dict[str, Json] = {}

    def ping(self, parameters: JsonObject) -> Json:
        self.pinged.append((parameters["host"], parameters["port"]))
        if parameters["host"] == "db.example.org":
            return {"ok": True}
        return {"status": "error", "message": "connection refused"}

    def write(self, parameters: JsonObject) -> Json:
        self.written[str(parameters["path"])] = parameters["content"]
        return {"written": True}


SAID: Final[dict[str, list[Json]]] = {
    "project": ["My Shop!", "my-shop"],
    "environment": ["test", "staging"],
    "host": ["db.nowhere.org", "x y", "db.example.org"],
    "port": [70000, 5433, 5433],
    "email": ["nobody", "ann@example.org"],
    "retention": [0, 30],
    "confirm": [True],
}
CONFIGURATION: Final[JsonObject] = {
    "project": "my-shop",
    "environment": "staging",
    "database": {"host": "db.example.org", "port": 5433},
    "admin": "ann@example.org",
    "retentionDays": 30,
}


def wizard(server: Server, form: str, machine: Machine, **said: list[Json]) -> Agent:
    """Give an agent whose user says this; ids are spelt with _ in the earlier format."""
    joint = "_" if form else "-"
    answers = {name if name == "confirm" else f"ask{joint}{name}": [*each] for name, each in {**SAID, **said}.items()}
    return Agent(server.ask, Script({"database.ping": machine.ping, "files.write": machine.write}, answers))


@pytest.mark.parametrize("form", ["", "examples:"])
async def test_six_checked_answers_a_failing_test_and_a_yes_write_the_configuration(server: Server, form: str) -> None:
    machine = Machine()
    agent = wizard(server, form, machine)
    answer = await agent.run(f"{form}setup-wizard", {})
    assert answer["status"] == "completed"
    assert agent.refused == ["My Shop!", "test", 70000, "x y", "nobody", 0]
    assert machine.pinged == [("db.nowhere.org", 5433), ("db.example.org", 5433)]
    assert machine.written == {"my-shop.config.json": CONFIGURATION}
    assert agent.messages == [
        "**Setup.** Six questions; nothing is written before you say so.",
        "db.nowhere.org:5433 cannot be reached. Please look at it again.",
        "The configuration of my-shop is written.",
    ]


async def test_a_no_writes_nothing(server: Server) -> None:
    machine = Machine()
    agent = wizard(server, "", machine, confirm=[False])
    answer = await agent.run("setup-wizard", {})
    assert answer["status"] == "completed"
    assert machine.written == {}
    assert agent.messages[-1] == "Nothing was written."


async def test_an_answer_refused_three_times_fails_the_wizard(server: Server) -> None:
    agent = wizard(server, "", Machine(), project=["A", "B", "C"])
    answer = await agent.run("setup-wizard", {})
    assert answer["status"] == "failed"
    assert agent.refused == ["A", "B", "C"]


async def test_guidance_grows_and_attempts_are_counted(server: Server) -> None:
    agent = wizard(server, "", Machine())
    first = await agent.start("setup-wizard", {})
    second = await agent.report(str(first["stepKey"]), "A")
    third = await agent.report(str(second["stepKey"]), "B")
    assert [second["attemptsLeft"], third["attemptsLeft"]] == [2, 1]
    assert len(str(third["guidance"])) > len(str(second["guidance"]))
