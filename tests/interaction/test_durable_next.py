"""workflow_next on sessions through every door and in every form, on every store, with a restart between two calls."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from schema.values import Json, JsonObject
from server.compose import serving
from tests.interaction.doors import InProcess, Way
from tests.interaction.test_aos_doors import STORES, place, settings_on
from tests.interaction.test_calls import ELICITS
from tests.interaction.test_eras import META, request
from tests.interaction.test_questions import Asked

FLOW: Final[JsonObject] = {
    "schemaVersion": "1.1.0",
    "id": "careful",
    "name": "Careful",
    "description": "Made for a test.",
    "version": "1.0.0",
    "phases": [
        {
            "number": 1,
            "title": "Look",
            "purpose": "Know what is there.",
            "tasks": [
                {"id": "look", "title": "Look", "prompt": "Look at {{target}}."},
                {"id": "judge", "title": "Judge", "prompt": "Judge it.", "requireConfirmation": True},
            ],
            "gate": {"evidence": {"files": {"type": "integer", "description": "How many", "example": 2}}},
        },
        {
            "number": 2,
            "title": "Tell",
            "purpose": "Say what came of it.",
            "tasks": [{"id": "tell", "title": "Tell", "prompt": "Tell of it."}],
        },
    ],
}
APPROVE: Final[JsonObject] = {"decision": "approve", "comment": "fine"}
LIFE: Final[tuple[JsonObject, ...]] = (
    {},
    {"stepKey": "look", "output": "seen"},
    {"stepKey": "look", "output": "seen"},
    {"stepKey": "judge", "output": ["good", 1]},
    {"stepKey": "judge", "output": ["good", 1], "approval": APPROVE},
    {"stepKey": "gate:1", "evidence": {"files": True}},
    {},
    {"stepKey": "gate:1", "evidence": '{"files": 2}'},
    {"stepKey": "tell", "output": "told", "context": {"note": "x"}},
    {"stepKey": "look", "output": "seen"},
    {},
)
"""What an agent sends in a whole session: reads, repetitions, a refused gate, a person's word."""
EXPECTED: Final = [
    ("look", None),
    ("judge", True),
    ("judge", True),
    ("judge", False),
    ("gate:1", True),
    ("gate:1", False),
    ("gate:1", None),
    ("tell", True),
    (None, True),
    ("judge", True),
    (None, None),
]
"""The stepKey and `accepted` of each answer to LIFE."""
SESSION_ID: Final = re.compile(r"wf_[a-z2-7]{26}")
SECONDS: Final = 30


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "careful.json").write_text(json.dumps(FLOW))
    return folder


async def direct(way: Way, method: str, arguments: JsonObject) -> JsonObject:
    message: JsonObject = {"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments}
    (answer,) = await way.send(message, direct=True)
    assert isinstance(answer, dict)
    return answer


async def over_mcp(way: Way, name: str, arguments: JsonObject, meta: JsonObject | None, **more: Json) -> JsonObject:
    params: JsonObject = {"name": name, "arguments": arguments, **more}
    if meta is not None:
        params["_meta"] = meta
    (answer,) = await way.send(request("tools/call", params))
    assert isinstance(answer, dict)
    result = answer["result"]
    assert isinstance(result, dict)
    return result


async def begun(way: Way) -> str:
    """Begin a session of FLOW."""
    start: JsonObject = {
        "action": "start",
        "workflow_type": "careful",
        "target_file": "a.py",
        "options": {"context": {"target": "it"}},
    }
    answer = (await direct(way, "aos_workflow", start))["result"]
    assert isinstance(answer, dict)
    return str(answer["session_id"])


async def told(way: Way, form: str, arguments: JsonObject) -> JsonObject:
    """Give the answer of workflow_next in one form."""
    if form == "direct":
        found = (await direct(way, "workflow_next", arguments))["result"]
    else:
        result = await over_mcp(way, "workflow_next", arguments, {**META} if form == "modern" else None)
        found = result["structuredContent"]
        assert isinstance(result["content"], list)
        (block,) = result["content"]
        assert isinstance(block, dict)
        assert json.loads(str(block["text"])) == found
    assert isinstance(found, dict)
    return found


def shape(answers: list[JsonObject]) -> Json:
    """Give answers without what differs from session to session."""
    shown: Json = json.loads(SESSION_ID.sub("wf_id", json.dumps(answers)))
    return shown


class TestEveryDoor:
    """In-process, stdio and HTTP; direct, legacy and modern."""

    @pytest.mark.parametrize("form", ["direct", "legacy", "modern"])
    async def test_a_whole_session_goes_alike(self, door: Way, form: str) -> None:
        session = await begun(door)
        answers = [await told(door, form, {"sessionId": session, **arguments}) for arguments in LIFE]
        assert [(answer.get("stepKey"), answer.get("accepted")) for answer in answers] == EXPECTED
        assert answers[1] == answers[2] == answers[9]
        assert answers[-1]["isComplete"] is True

    async def test_refusals_are_errors_directly_and_readable_results_over_mcp(self, door: Way) -> None:
        session = await begun(door)
        refusals: list[tuple[JsonObject, int, JsonObject]] = [
            ({"sessionId": "wf_none"}, -32005, {"sessionId": "wf_none", "reason": "not_found"}),
            (
                {"sessionId": session, "stepKey": "tell"},
                -32005,
                {"sessionId": session, "reason": "not_open", "stepKey": "tell", "open": ["look"]},
            ),
            ({"sessionId": session, "workflowId": "careful"}, -32602, {"path": "workflowId"}),
            ({"sessionId": session, "output": "x"}, -32602, {"path": "output"}),
            ({"sessionId": "../x"}, -32602, {"path": "sessionId"}),
            ({}, -32602, {"path": "workflowId"}),
            ({"workflowId": "careful"}, -32602, {"path": "completedSteps"}),
        ]
        for arguments, code, facts in refusals:
            error = (await direct(door, "workflow_next", arguments))["error"]
            assert isinstance(error, dict)
            assert isinstance(error["data"], dict)
            assert error["code"] == code
            assert facts.items() <= error["data"].items()
            result = await over_mcp(door, "workflow_next", arguments, None)
            assert result["isError"] is True
            assert isinstance(result["structuredContent"], dict)
            assert result["structuredContent"]["error"] == error

    @pytest.mark.requirement("PEOPLE-1")
    async def test_a_modern_client_puts_the_question_and_brings_the_reply(self, door: Way) -> None:
        session = await begun(door)
        await told(door, "modern", {"sessionId": session, "stepKey": "look", "output": "seen"})
        report: JsonObject = {"sessionId": session, "stepKey": "judge", "output": "good"}
        asked = await over_mcp(door, "workflow_next", report, ELICITS)
        assert asked["resultType"] == "input_required"
        assert isinstance(asked["inputRequests"], dict)
        assert list(asked["inputRequests"]) == ["approval"]
        state = asked["requestState"]
        cancelled = await over_mcp(
            door,
            "workflow_next",
            report,
            ELICITS,
            requestState=state,
            inputResponses={"approval": {"action": "cancel"}},
        )
        assert isinstance(cancelled["structuredContent"], dict)
        assert cancelled["structuredContent"]["waitingFor"] == {"kind": "confirmation", "stepKey": "judge"}
        reply: JsonObject = {"approval": {"action": "accept", "content": APPROVE}}
        altered: JsonObject = {**report, "output": "other"}
        params: JsonObject = {"name": "workflow_next", "arguments": altered, "_meta": ELICITS}
        (foreign,) = await door.send(request("tools/call", {**params, "requestState": state, "inputResponses": reply}))
        assert isinstance(foreign, dict)
        assert isinstance(foreign["error"], dict)
        assert foreign["error"]["code"] == -32602
        for _ in range(2):
            answered = await over_mcp(door, "workflow_next", report, ELICITS, requestState=state, inputResponses=reply)
            assert isinstance(answered["structuredContent"], dict)
            assert (answered["structuredContent"]["accepted"], answered["structuredContent"]["stepKey"]) == (
                True,
                "gate:1",
            )

    async def test_a_client_that_cannot_be_asked_is_told_what_to_do(self, door: Way) -> None:
        session = await begun(door)
        for form in ("direct", "legacy", "modern"):
            await told(door, form, {"sessionId": session, "stepKey": "look", "output": "seen"})
            answer = await told(door, form, {"sessionId": session, "stepKey": "judge", "output": "good"})
            assert answer["accepted"] is False
            assert "approval" in json.dumps(answer["issues"])


async def test_only_calls_about_sessions_get_a_task_of_their_own(home: Path, workspace: Path) -> None:
    stateless: JsonObject = {"workflowId": "careful", "completedSteps": [], "sessionId": None}
    durable: JsonObject = {"sessionId": "wf_none"}
    async with serving(settings_on("memory", home, workspace)) as product:
        client = Asked(product, None)
        for arguments, waits in ((stateless, False), (durable, True)):
            for message in (
                request("workflow_next", arguments),
                request("tools/call", {"name": "workflow_next", "arguments": arguments}),
            ):
                assert product.read(json.dumps(message).encode(), client).waits is waits


@pytest.fixture
async def address(request: pytest.FixtureRequest, home: Path) -> AsyncIterator[str]:
    """Give an unused store of the kind the test asks for."""
    async with place(request.param, home) as found:
        yield found


@pytest.mark.parametrize("address", [store for store in STORES if store != "memory"], indirect=True)
class TestEveryStore:
    """File, SQLite and PostgreSQL: what a server forgets, the store knows."""

    @pytest.mark.requirement("SESS-3")
    async def test_a_session_lives_through_a_restart_between_every_two_calls(
        self, address: str, home: Path, workspace: Path
    ) -> None:
        settings = settings_on(address, home, workspace)
        async with serving(settings) as product:
            session = await begun(InProcess(product))
        answers = []
        for arguments in LIFE:
            async with serving(settings) as product:
                answers.append(await told(InProcess(product), "direct", {"sessionId": session, **arguments}))
        assert [(answer.get("stepKey"), answer.get("accepted")) for answer in answers] == EXPECTED
        async with serving(settings_on("memory", home, workspace)) as product:
            way = InProcess(product)
            session = await begun(way)
            steady = [await told(way, "direct", {"sessionId": session, **arguments}) for arguments in LIFE]
        assert shape(answers) == shape(steady)

    @pytest.mark.requirement("SESS-2")
    async def test_of_two_servers_one_wins_and_the_other_learns_where_the_session_is(
        self, address: str, home: Path, workspace: Path
    ) -> None:
        settings = settings_on(address, home, workspace)
        async with serving(settings) as first, serving(settings) as second, asyncio.timeout(SECONDS):
            ways = (InProcess(first), InProcess(second))
            for _ in range(5):
                session = await begun(ways[0])
                await told(ways[1], "direct", {"sessionId": session})
                answers = await asyncio.gather(
                    *(
                        direct(
                            way, "workflow_next", {"sessionId": session, "stepKey": "look", "output": f"by {number}"}
                        )
                        for number, way in enumerate(ways)
                    )
                )
                (lost,) = [answer["error"] for answer in answers if "error" in answer]
                assert isinstance(lost, dict)
                assert isinstance(lost["data"], dict)
                assert (lost["code"], lost["data"]["reason"], lost["data"]["open"]) == (-32005, "not_open", ["judge"])
                (won,) = [answer["result"] for answer in answers if "result" in answer]
                for way in ways:
                    read = await told(way, "direct", {"sessionId": session})
                    assert isinstance(won, dict)
                    assert read["stepKey"] == won["stepKey"] == "judge"
