"""Values a session takes from documents, callers and agents: what could not be kept as it is, is refused."""

from typing import Final

import pytest

from engine.errors import ArgumentError
from schema.values import Json, JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.running import Running
from tests.unit.tools.test_workflow_session import Sessions

LARGE: Final = 2**53
LAST: Final = prompt("last")


async def session_over(*steps: Json, **keys: Json) -> Sessions:
    """Give the tools over one workflow of these steps."""
    head: JsonObject = {"schemaVersion": "1.2.0", "id": "flow", "name": "Flow", "description": "D.", "version": "1.0.0"}
    running = Running(None, {**head, **keys, "steps": list(steps)})
    await running.store.open()
    return Sessions(running)


@pytest.mark.parametrize("value", [LARGE, {"a": [-LARGE]}])
async def test_an_input_that_would_be_rounded_is_refused(value: Json) -> None:
    kind = "integer" if isinstance(value, int) else "object"
    sessions = await session_over(LAST, inputs={"order": {"type": kind}})
    with pytest.raises(ArgumentError) as refused:
        await sessions.call("start", workflowId="flow", inputs={"order": value})
    assert refused.value.path == "inputs/order"
    assert "give it as text" in refused.value.details


async def test_an_update_that_would_be_rounded_is_refused() -> None:
    sessions = await session_over(LAST, state={"order": 1})
    shown = await sessions.call("start", workflowId="flow")
    with pytest.raises(ArgumentError) as refused:
        await sessions.call("update", sessionId=shown["sessionId"], updates=[{"path": "order", "value": [LARGE]}])
    assert refused.value.path == "updates"
    assert "give it as text" in refused.value.details
    assert (await sessions.call("get", sessionId=shown["sessionId"]))["state"] == {"order": 1}


async def test_a_step_whose_result_would_be_rounded_fails() -> None:
    wait: JsonObject = {"id": "rest", "type": "wait", "signal": "go", "store": "order"}
    sessions = await session_over(wait, LAST, state={"order": 1})
    session = (await sessions.call("start", workflowId="flow"))["sessionId"]
    shown = await sessions.call("signal", sessionId=session, name="go", payload=LARGE)
    assert shown["status"] == "failed"
    error = (await sessions.call("get", sessionId=session))["error"]
    assert isinstance(error, dict)
    assert error["type"] == "UpdateError"


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"city": "Bonn"}, "city cannot be written"),
        ({"later": "x"}, "later cannot be written"),
        ({"loud": "X"}, "loud cannot be written"),
        ({"state": {"total": 2}}, "state names no variable"),
        ({"state.total": 2}, "state.total names no variable"),
        ({"order": {"id": LARGE}}, "give it as text"),
    ],
)
async def test_variables_that_cannot_be_merged_refuse_the_report(context: JsonObject, told: str) -> None:
    inputs: JsonObject = {"city": {"type": "string"}, "later": {"type": "string", "required": False}}
    computed: JsonObject = {"loud": {"from": "inputs.city", "expression": "input.toUpperCase()"}}
    sessions = await session_over(prompt("first"), LAST, inputs=inputs, state={"total": 1}, computed=computed)
    session = (await sessions.call("start", workflowId="flow", inputs={"city": "Kiel"}))["sessionId"]
    with pytest.raises(ArgumentError) as refused:
        await sessions.steps.call(sessionId=session, stepKey="first", output="done", context=context)
    assert told in refused.value.details
    shown = await sessions.steps.call(sessionId=session, stepKey="first", output="done", context={"total": 2})
    assert shown["stepKey"] == "last"
    assert (await sessions.call("get", sessionId=session))["state"] == {"total": 2}


async def test_first_variables_that_would_be_rounded_are_refused() -> None:
    sessions = await session_over(LAST, state={"total": 1})
    with pytest.raises(ArgumentError) as refused:
        await sessions.call("start", workflowId="flow", options={"context": {"total": LARGE}})
    assert "give it as text" in refused.value.details
