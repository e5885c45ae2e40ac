"""Sessions and the manual as resources, over every door."""

import json

import pytest

from schema.values import JsonObject
from tests.interaction.doors import Way
from tests.interaction.test_eras import META, request


async def read(door: Way, uri: str) -> JsonObject:
    (answer,) = await door.send(request("resources/read", {"uri": uri, "_meta": META}))
    assert isinstance(answer, dict)
    return answer


async def text_of(door: Way, uri: str) -> str:
    answer = await read(door, uri)
    result = answer["result"]
    assert isinstance(result, dict)
    found = result["contents"]
    assert isinstance(found, list)
    (contents,) = found
    assert isinstance(contents, dict)
    assert contents["uri"] == uri
    return str(contents["text"])


async def act(door: Way, action: str, **arguments: object) -> JsonObject:
    message = {"jsonrpc": "2.0", "id": 1, "method": "aos_workflow", "params": {"action": action, **arguments}}
    (answer,) = await door.send(json.dumps(message).encode(), direct=True)
    assert isinstance(answer, dict)
    result = answer["result"]
    assert isinstance(result, dict)
    return result


@pytest.mark.requirement("OPS-4")
async def test_the_audit_view_tells_who_did_what_when_and_which_gate_decided(door: Way) -> None:
    started = await act(door, "start", workflow_type="sample", target_file="a.py")
    session = str(started["session_id"])
    await act(door, "complete_phase", session_id=session, phase=1, evidence={})
    await act(door, "complete_phase", session_id=session, phase=1, evidence={"summary": "Looked."})
    view = json.loads(await text_of(door, f"session://{session}"))
    events = [entry["event"] for entry in view["entries"]]
    assert (view["session_id"], view["workflow"], view["status"]) == (session, "sample 1.2.3", "waiting")
    assert events[0] == "SessionStarted"
    assert [name for name in events if name in ("GateRefused", "PhaseCompleted")] == ["GateRefused", "PhaseCompleted"]
    assert [entry["version"] for entry in view["entries"]] == list(range(1, view["version"] + 1))
    assert {entry["by"] for entry in view["entries"]} == {"aos_workflow"}


async def test_a_session_nobody_has_is_no_resource(door: Way) -> None:
    for uri in ("session://wf_aaaaaaaaaaaaaaaaaaaaaaaaaa", "session://", "session://../secret"):
        answer = await read(door, uri)
        assert isinstance(answer["error"], dict)
        assert answer["error"]["code"] == -32602


async def test_sessions_are_a_family_and_the_manual_is_listed_and_read(door: Way) -> None:
    (answer,) = await door.send(request("resources/templates/list", {"_meta": META}))
    assert "session://{id}" in json.dumps(answer)
    (listed,) = await door.send(request("resources/list", {"_meta": META}))
    assert "docs://aos_workflow" in json.dumps(listed)
    assert (await text_of(door, "docs://aos_workflow")).startswith("# aos_workflow")
