"""Acceptance criteria of error handling: strategies, limits of time, findings and reports of failures."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.tools.criteria import Driven, guided, imported, messages_of, objects
from tests.unit.tools.durable import part

NO_FUNDS: Final[JsonObject] = {"status": "error", "error_code": "NO_FUNDS"}
AT_ONCE: Final[JsonObject] = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 5, "factor": 1}}


def call(**keys: Json) -> JsonObject:
    return {"id": "pay", "type": "call", "tool": "bank.pay", **keys}


@pytest.mark.requirement("AC-EHV-001")
async def test_a_step_is_tried_again_as_often_as_it_says_and_then_has_failed() -> None:
    driven = Driven(document(call(onError=AT_ONCE), prompt("end"), state={}))
    keys = [(await driven.start())["stepKey"]]
    for _ in range(2):
        await driven.report(str(keys[-1]), NO_FUNDS)
        keys.append((await driven.later(5))["stepKey"])
    answer = await driven.report(str(keys[-1]), NO_FUNDS)
    assert keys == ["pay", "pay+1", "pay+2"]
    assert (answer["status"], answer["step"]) == ("failed", None)
    assert "try 3 of 3" in str(part(answer, "error")["message"])


@pytest.mark.requirement("AC-EHV-002")
async def test_with_continue_the_session_goes_on_and_the_failure_is_in_its_log() -> None:
    driven = Driven(document(call(onError={"strategy": "continue"}), prompt("end"), state={}))
    await driven.start()
    answer = await driven.report("pay", NO_FUNDS)
    assert (answer["status"], answer["stepKey"]) == ("running", "end")
    failed = [one for one in objects((await driven.do("explain"))["decisions"]) if one["kind"] == "failure"]
    assert [one["step"] for one in failed] == ["pay"]
    assert "NO_FUNDS" in str(failed[0]["reason"])
    assert str(failed[0]["reason"]).endswith("what follows is continue")


@pytest.mark.requirement("AC-EHV-003")
async def test_with_fail_the_workflow_ends_at_once_and_no_later_step_is_done() -> None:
    text = """
default_state: {state: {n: 0}}
steps:
  - {id: pay, type: mcp_call, tool: bank.pay, error_handling: {strategy: fail}, store_result: this.receipt}
  - {id: say, type: user_message, message: Paid}
  - {id: add, type: batch_state_update, updates: [{path: this.n, value: 1}]}
  - {id: end, type: agent_prompt, prompt: End}
"""
    driven = Driven(imported(text))
    await driven.start()
    answer = await driven.report("pay", NO_FUNDS)
    assert (answer["status"], answer["step"], answer["isComplete"]) == ("failed", None, False)
    assert messages_of(answer) == []
    assert await driven.get("state") == {"n": 0}


@pytest.mark.requirement("AC-EHV-004")
async def test_the_fallback_value_is_stored_in_the_place_of_the_result() -> None:
    text = """
default_state: {state: {paid: none}}
steps:
  - id: pay
    type: mcp_call
    tool: bank.pay
    store_result: this.paid
    error_handling: {strategy: fallback, fallback_value: {by: "cash"}}
  - {type: user_message, message: "{{ this.paid.by }}"}
"""
    driven = Driven(imported(text))
    await driven.start()
    assert messages_of(await driven.report("pay", NO_FUNDS)) == ["cash"]


@pytest.mark.requirement("AC-EHV-005")
@pytest.mark.requirement("AC-EHV-018")
async def test_an_error_names_workflow_step_pass_type_and_what_to_do() -> None:
    steps = loop("rep", each("state.files"), [call()])
    driven = Driven(document(steps, prompt("end"), state={"files": ["a", "b"]}))
    await driven.start()
    await driven.report("rep@0::pay", {"id": 1})
    error = part(await driven.report("rep@1::pay", NO_FUNDS), "error")
    assert (error["workflowId"], error["stepKey"], error["type"]) == ("flow", "rep@1::pay", "CallError")
    assert "Step rep@1::pay (call) of workflow flow failed" in str(error["message"])
    assert "NO_FUNDS" in str(error["message"])
    assert driven.session_id in str(error["remediation"])


@pytest.mark.requirement("AC-EHV-007")
@pytest.mark.requirement("AC-SP-013")
async def test_a_call_that_takes_too_long_has_failed_is_tried_again_and_fails_for_good() -> None:
    text = """
steps:
  - id: pay
    type: mcp_call
    tool: bank.pay
    timeout: 30
    error_handling: {strategy: retry, max_retries: 1, retry_delay: 5}
"""
    driven = Driven(imported(text))
    await driven.start()
    assert (await driven.later(29))["stepKey"] == "pay"
    resting = await driven.later(1)
    assert (resting["step"], part(resting, "waitingFor")["kind"]) == (None, "timer")
    assert (await driven.later(5))["stepKey"] == "pay+1"
    failed = await driven.later(30)
    assert (failed["status"], part(failed, "error")["type"]) == ("failed", "TimeoutError")


@pytest.mark.requirement("AC-EHV-008")
@pytest.mark.parametrize(
    ("on_error", "status", "key"),
    [
        ({"strategy": "continue"}, "running", "end"),
        ({"strategy": "fallback", "fallbackValue": "none"}, "running", "end"),
        ({"strategy": "fail"}, "failed", None),
    ],
)
async def test_a_prompt_that_is_not_answered_in_time_follows_its_strategy(
    on_error: JsonObject, status: str, key: str | None
) -> None:
    ask = prompt("ask", timeout=60, store="said", onError=on_error)
    driven = Driven(document(ask, prompt("end"), state={"said": "nothing"}))
    await driven.start()
    answer = await driven.later(60)
    assert (answer["status"], answer.get("stepKey")) == (status, key)
    assert (await driven.get("state"))["said"] == ("none" if "fallbackValue" in on_error else "nothing")


@pytest.mark.requirement("AC-EHV-009")
async def test_a_workflow_that_takes_too_long_ends_as_timed_out() -> None:
    text = "config: {timeout_seconds: 100}\nsteps: [{id: ask, type: agent_prompt, prompt: Ask}]\n"
    driven = Driven(imported(text))
    assert (await driven.start())["remainingSeconds"] == 100
    answer = await driven.later(100)
    assert (answer["status"], answer["step"]) == ("timed_out", None)
    assert part(answer, "error")["message"] == "Workflow flow ran out of time at step ask (prompt)"


@pytest.mark.requirement("AC-EHV-011")
async def test_a_warning_comes_before_the_time_is_over() -> None:
    driven = Driven(document(prompt("ask"), config={"timeout": 100}))
    await driven.start()
    assert "warnings" not in await driven.later(79)
    assert "20 of 100 seconds are left" in str((await driven.later(1))["warnings"])


@pytest.mark.requirement("AC-EHV-012")
@pytest.mark.parametrize(
    ("step", "inner", "outer", "seconds"), [(10, 20, 30, 10), (20, 10, 30, 10), (30, 20, 10, 10), (None, None, 5, 5)]
)
async def test_of_the_limits_of_step_run_and_the_run_around_it_the_shortest_counts(
    step: int | None, inner: int | None, outer: int, seconds: int
) -> None:
    limited: JsonObject = {} if step is None else {"timeout": step}
    child = document(prompt("ask", **limited), config={} if inner is None else {"timeout": inner})
    enter: JsonObject = {"id": "sub", "type": "workflow", "workflowId": "child"}
    driven = Driven(document(enter, config={"timeout": outer}), {**child, "id": "child"})
    assert (await driven.start())["remainingSeconds"] == seconds
    assert (await driven.later(seconds - 1))["stepKey"] == "sub#0::ask"
    assert (await driven.later(1))["status"] in {"failed", "timed_out"}


CHECK: Final[JsonObject] = {
    "description": "Checks one.",
    "steps": [{"id": "check", "type": "call", "tool": "check"}],
}


def fan(**keys: Json) -> JsonObject:
    return {"id": "all", "type": "parallel", "items": ["a", "b", "c"], "task": "one", "collect": "found", **keys}


@pytest.mark.requirement("AC-EHV-018")
@pytest.mark.requirement("AC-EHV-019")
@pytest.mark.requirement("AC-EHV-020")
@pytest.mark.requirement("AC-SAM-020")
async def test_the_failures_of_tasks_touch_no_other_and_are_told_one_by_one_and_together() -> None:
    step = fan(onError={"strategy": "continue"})
    driven = Driven(document(step, prompt("end"), tasks={"one": CHECK}, state={"found": []}))
    await driven.start()
    answers: list[Json] = [NO_FUNDS, {"ok": True}, {"error": "gone"}]
    for number, said in enumerate(answers):
        await driven.report(f"all#{number}::check", said)
    answer = await driven.look()
    assert answer["stepKey"] == "end"
    assert (await driven.get("state"))["found"] == [None, {"ok": True}, None]
    assert "2 of 3 tasks failed (1 succeeded)" in str(answer["warnings"])
    tasks = objects((await driven.do("tasks"))["tasks"])
    assert [task["status"] for task in tasks] == ["failed", "completed", "failed"]
    assert "NO_FUNDS" in str(part(tasks[0], "error")["message"])
    assert (part(tasks[0], "error")["type"], part(tasks[0], "error")["stepKey"]) == ("CallError", "all#0::check")
    assert "gone" in str(part(tasks[2], "error")["message"])
    assert "error" not in tasks[1]


@pytest.mark.requirement("AC-EHV-021")
async def test_a_task_whose_time_is_over_takes_none_of_the_others_with_it() -> None:
    step = fan(timeout=30, maxParallel=2, onError={"strategy": "continue"})
    driven = Driven(document(step, prompt("end"), tasks={"one": CHECK}, state={"found": []}))
    await driven.start()
    await driven.report("all#1::check", {"ok": 1})
    await driven.later(29)
    assert [task["status"] for task in objects((await driven.do("tasks"))["tasks"])] == [
        "leased",
        "completed",
        "leased",
    ]
    await driven.report("all#2::check", {"ok": 2})
    assert (await driven.later(1))["stepKey"] == "end"
    assert (await driven.get("state"))["found"] == [None, {"ok": 1}, {"ok": 2}]


@pytest.mark.requirement("AC-EHV-025")
@pytest.mark.parametrize(
    ("on_error", "expected"),
    [
        ({"strategy": "continue"}, {"n": 1, "name": "x"}),
        ({"strategy": "fail"}, {"n": 1, "name": "x"}),
        (AT_ONCE, {"n": 1, "name": "x"}),
        ({"strategy": "fallback", "fallbackValue": 9}, {"n": 1, "name": "x"}),
    ],
)
async def test_whatever_follows_a_failure_no_half_of_its_updates_is_made(
    on_error: JsonObject, expected: JsonObject
) -> None:
    updates: list[Json] = [
        {"path": "n", "operation": "increment", "value": 1},
        {"path": "name", "operation": "increment", "value": 1},
    ]
    computed: JsonObject = {"twice": {"from": "state.n", "expression": "input * 2"}}
    step: JsonObject = {"id": "put", "type": "set", "update": updates, "onError": on_error}
    driven = Driven(document(step, prompt("end"), state={"n": 1, "name": "x"}, computed=computed))
    await driven.start()
    for _ in range(3):
        await driven.later(5)
    assert await driven.get("state") == expected
    assert await driven.get("computed") == {"twice": 2}


@pytest.mark.requirement("AC-EHV-024")
async def test_in_serial_mode_the_answer_says_that_debug_mode_is_active() -> None:
    plain, serial = (Driven(document(fan(), tasks={"one": CHECK}, state={}), serial=mode) for mode in (False, True))
    assert "Debug mode is active" not in guided(await plain.start())
    assert "Debug mode is active" in guided(await serial.start())
