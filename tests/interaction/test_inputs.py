"""A question, a call and messages through every door and in every form; the user asked by legacy and modern clients."""

import json
from pathlib import Path
from typing import Final

import pytest

from schema.values import Json, JsonObject
from server.compose import serving
from server.dispatch import Dispatcher
from tests.interaction.doors import InProcess, Way
from tests.interaction.test_aos_doors import settings_on
from tests.interaction.test_calls import ELICITS
from tests.interaction.test_durable_next import direct, over_mcp, told
from tests.interaction.test_eras import request
from tests.interaction.test_questions import Asked

FLOW: Final[JsonObject] = {
    "schemaVersion": "1.2.0",
    "id": "connect",
    "name": "Connect",
    "description": "Made for a test.",
    "version": "1.0.0",
    "inputs": {"app": {"type": "string"}},
    "state": {},
    "steps": [
        {"id": "hello", "type": "message", "message": "Welcome to {{ inputs.app }}.", "level": "success"},
        {"id": "port", "type": "input", "prompt": "Which port?", "kind": "integer", "validation": {"min": 1024},
         "store": "port"},
        {"id": "ping", "type": "call", "tool": "db.ping", "parameters": {"port": "{{ state.port }}"}, "store": "ping"},
        {"id": "tls", "type": "input", "prompt": "With TLS?", "kind": "boolean", "store": "tls"},
        {"id": "sum", "title": "Sum up", "prompt": "Sum up {{ state.port }}.", "expect": {"type": "object"}},
    ],
}  # fmt: skip
LIFE: Final[tuple[JsonObject, ...]] = (
    {},
    {"stepKey": "port", "output": 80},
    {"stepKey": "port", "output": "5432"},
    {"stepKey": "port", "output": "5432"},
    {"stepKey": "ping", "output": {"ms": 3}},
    {"stepKey": "tls", "output": True},
    {"stepKey": "sum", "output": "no json"},
    {"stepKey": "sum", "output": {"done": 1}},
)
EXPECTED: Final = [
    ("port", None),
    ("port", False),
    ("ping", True),
    ("ping", True),
    ("tls", True),
    ("sum", True),
    ("sum", False),
    (None, True),
]
"""The stepKey and `accepted` of each answer to LIFE."""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "connect.json").write_text(json.dumps(FLOW))
    return folder


async def begun(way: Way) -> str:
    """Begin a session of FLOW."""
    start: JsonObject = {"action": "start", "workflowId": "connect", "inputs": {"app": "shop"}}
    answer = (await direct(way, "workflow_session", start))["result"]
    assert isinstance(answer, dict), answer
    return str(answer["sessionId"])


@pytest.mark.parametrize("form", ["direct", "legacy", "modern"])
async def test_questions_calls_and_messages_go_alike_in_every_form(door: Way, form: str) -> None:
    session = await begun(door)
    answers = [await told(door, form, {"sessionId": session, **arguments}) for arguments in LIFE]
    assert [(answer.get("stepKey"), answer.get("accepted")) for answer in answers] == EXPECTED
    assert answers[2] == answers[3]
    assert answers[0]["messages"] == [{"id": "hello", "text": "Welcome to shop.", "level": "success", "format": "text"}]
    assert answers[1]["attemptsLeft"] == 2
    assert answers[2]["step"] == {"id": "ping", "type": "call", "tool": "db.ping", "parameters": {"port": 5432}}
    assert answers[-1]["isComplete"] is True


async def test_without_a_session_the_call_says_how_to_start_one(door: Way) -> None:
    error = (await direct(door, "workflow_next", {"workflowId": "connect", "completedSteps": []}))["error"]
    assert isinstance(error, dict)
    assert error["code"] == -32602
    assert "workflow_session action=start, workflowId=connect" in str(error["message"])


async def test_a_modern_client_is_asked_in_the_call_and_every_reply_counts_once(door: Way) -> None:
    session = await begun(door)
    await told(door, "direct", {"sessionId": session, "stepKey": "port", "output": 5432})
    report: JsonObject = {"sessionId": session, "stepKey": "ping", "output": "fine"}
    asked = await over_mcp(door, "workflow_next", report, ELICITS)
    assert asked["resultType"] == "input_required"
    requests = asked["inputRequests"]
    assert isinstance(requests, dict)
    (question,) = requests.values()
    assert isinstance(question, dict)
    assert isinstance(question["params"], dict)
    assert question["params"]["message"] == "With TLS?"
    reply: JsonObject = {"answer": {"action": "accept", "content": {"value": True}}}
    for _ in range(2):
        answered = await over_mcp(
            door, "workflow_next", report, ELICITS, requestState=asked["requestState"], inputResponses=reply
        )
        found = answered["structuredContent"]
        assert isinstance(found, dict)
        assert (found["accepted"], found["stepKey"]) == (True, "sum")


async def test_a_modern_client_is_asked_at_the_start_and_no_second_session_begins(door: Way) -> None:
    start: JsonObject = {"action": "start", "workflowId": "connect", "inputs": {"app": "shop"}}
    asked = await over_mcp(door, "workflow_session", start, ELICITS)
    reply: JsonObject = {"answer": {"action": "accept", "content": {"value": 5432}}}
    answered = await over_mcp(
        door, "workflow_session", start, ELICITS, requestState=asked["requestState"], inputResponses=reply
    )
    found = answered["structuredContent"]
    assert isinstance(found, dict)
    assert found["stepKey"] == "ping"
    listed = (await direct(door, "workflow_session", {"action": "list"}))["result"]
    assert isinstance(listed, dict)
    assert isinstance(listed["sessions"], list)
    assert len(listed["sessions"]) == 1


class Person(Asked):
    """A legacy client on stdio whose person answers one question after the other."""

    def __init__(self, product: Dispatcher, *replies: JsonObject) -> None:
        super().__init__(product, None)
        self._replies = list(replies)
        self.messages: list[str] = []

    async def send(self, message: bytes) -> None:
        question = json.loads(message)
        self.questions += 1
        self.messages.append(question["params"]["message"])
        reply: JsonObject = {"jsonrpc": "2.0", "id": question["id"], "result": self._replies.pop(0)}
        assert await self.serving.dispatch(json.dumps(reply).encode(), self) is None


def accept(value: Json) -> JsonObject:
    return {"action": "accept", "content": {"value": value}}


async def tool(person: Person, name: str, arguments: JsonObject) -> JsonObject:
    """Call a tool as the person's client does."""
    answer = await person.answer(request("tools/call", {"name": name, "arguments": arguments}))
    result = answer["result"]
    assert isinstance(result, dict)
    found = result["structuredContent"]
    assert isinstance(found, dict)
    return found


async def test_a_legacy_client_is_asked_until_the_answer_is_right(home: Path, workspace: Path) -> None:
    async with serving(settings_on("memory", home, workspace)) as product:
        person = Person(product, accept(80), accept(5432), {"action": "decline"})
        start: JsonObject = {"action": "start", "workflowId": "connect", "inputs": {"app": "shop"}}
        begun = await tool(person, "workflow_session", start)
        assert begun["stepKey"] == "ping"
        assert person.messages[0] == "Welcome to shop.\nWhich port?"
        assert "The last answer was not taken:" in person.messages[1]
        report: JsonObject = {"sessionId": begun["sessionId"], "stepKey": "ping", "output": "fine"}
        declined = await tool(person, "workflow_next", report)
        assert (declined["accepted"], declined["stepKey"]) == (True, "tls")
        assert person.questions == 3
        read = await told(InProcess(product), "direct", {"sessionId": begun["sessionId"]})
        assert isinstance(read["recovery"], dict)
        assert read["recovery"]["inputs"] == {"app": "shop"}
