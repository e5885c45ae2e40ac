"""Acceptance criteria of the execution engine: order, rests, the life of a session and what is told of it."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from engine.errors import SessionStateError
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.performing import Performing
from tests.unit.engine.running import BY
from tests.unit.tools.criteria import Driven, imported, objects
from tests.unit.tools.durable import part

CALL: Final[JsonObject] = {"id": "pay", "type": "call", "tool": "bank.pay"}


@pytest.mark.requirement("AC-WEE-001")
@pytest.mark.requirement("AC-WEE-002")
async def test_steps_of_every_kind_come_in_the_order_of_the_document() -> None:
    text = """
default_state: {state: {n: 0, found: []}}
steps:
  - {type: user_message, message: "0: {{ this.n }}"}
  - {type: batch_state_update, updates: [{path: this.n, operation: increment}]}
  - {type: user_message, message: "1: {{ this.n }}"}
  - {id: ask, type: user_input, prompt: P, state_update: {path: this.said}}
  - type: conditional
    condition: "this.n === 1"
    then_steps:
      - {type: user_message, message: branch}
      - {id: look, type: agent_prompt, prompt: P}
  - {id: all, type: parallel_foreach, items: [a, b], sub_agent_task: one, collect: this.found}
  - {id: pay, type: mcp_call, tool: t}
  - {type: foreach, items: [x], body: [{id: each, type: agent_prompt, prompt: P}]}
  - {id: rest, type: wait_step}
  - {id: end, type: agent_prompt, prompt: P}
  - {type: user_message, message: "last: {{ this.found.length }}"}
sub_agent_tasks: {one: {description: D., prompt_template: "{{ item }}"}}
"""
    driven = Driven(imported(text))
    walked = await driven.run({"rest": None})
    assert walked.keys == [
        "ask",
        "look",
        "all#0::prompt",
        "all#1::prompt",
        "pay",
        "foreach-10@0::each",
        "rest",
        "end",
    ]
    assert walked.messages == ["0: 0", "1: 1", "branch", "last: 2"]
    assert walked.last["status"] == "completed"


@pytest.mark.requirement("AC-WEE-003")
async def test_a_session_goes_from_one_standing_to_the_next_only_as_it_may() -> None:
    driven = Driven(document(CALL, prompt("end"), state={}))
    assert (await driven.start())["status"] == "running"
    for action in ("resume", "retry"):
        with pytest.raises(SessionStateError):
            await driven.do(action)
    assert (await driven.do("pause"))["status"] == "paused"
    with pytest.raises(SessionStateError) as paused:
        await driven.report("pay", {"id": 1})
    assert paused.value.reason == "paused"
    assert (await driven.do("resume"))["status"] == "running"
    assert (await driven.report("pay", {"error": "no"}))["status"] == "failed"
    with pytest.raises(SessionStateError):
        await driven.do("pause")
    assert (await driven.do("retry"))["stepKey"] == "pay+1"
    await driven.report("pay+1", {"id": 1})
    assert (await driven.report("end"))["status"] == "completed"
    for action in ("pause", "resume", "cancel", "retry"):
        with pytest.raises(SessionStateError) as over:
            await driven.do(action)
        assert over.value.reason in {"finished", "not_open"}


@pytest.mark.requirement("AC-WEE-004")
async def test_every_session_has_an_id_of_its_own() -> None:
    driven = Driven(document(prompt("ask")))
    ids = []
    for _ in range(50):
        driven.session_id = ""
        ids.append((await driven.start())["sessionId"])
    assert len(set(map(str, ids))) == 50
    assert all(re.fullmatch(r"wf_[a-z2-7]{26}", str(each)) for each in ids)


@pytest.mark.requirement("AC-WEE-005")
async def test_a_paused_session_is_the_same_when_it_is_resumed_by_another_process() -> None:
    computed: JsonObject = {"twice": {"from": "state.n", "expression": "input * 2"}}
    put: JsonObject = {"id": "put", "type": "set", "update": [{"path": "n", "value": 5}]}
    driven = Driven(document(put, prompt("ask", timeout=100), prompt("end"), state={"n": 1}, computed=computed))
    first = await driven.start()
    before = [await driven.get(name) for name in ("inputs", "state", "computed")]
    await driven.do("pause", reason="Lunch.")
    driven.again()
    await driven.later(10_000)
    resumed = await driven.do("resume")
    assert (resumed["stepKey"], resumed["remainingSeconds"]) == ("ask", first["remainingSeconds"])
    assert [await driven.get(name) for name in ("inputs", "state", "computed")] == before
    assert (await driven.report("ask"))["stepKey"] == "end"


@pytest.mark.requirement("AC-WEE-008")
async def test_what_the_server_does_itself_is_done_before_the_answer(tmp_path: Path) -> None:
    text = """
default_state: {state: {out: "", n: 0}}
steps:
  - {id: run, type: shell_command, command: tool one, state_update: {path: this.out, value: stdout}}
  - type: while_loop
    condition: "this.n < 3"
    body: [{type: batch_state_update, updates: [{path: this.n, operation: increment}]}]
  - {id: ask, type: agent_prompt, prompt: P}
"""
    session = await Performing(tmp_path, imported(text)).runner.begin("flow", "", {}, BY)
    assert (session.state.position, session.state.variables) == ("ask", {"out": "one", "n": 3})


@pytest.mark.requirement("AC-WEE-009")
async def test_every_answer_says_how_far_the_session_is_and_which_step_is_open() -> None:
    say: JsonObject = {"id": "say", "type": "message", "message": "Hi"}
    driven = Driven(document(prompt("one"), say, prompt("two"), CALL, prompt("end"), state={}))
    answer = await driven.start()
    seen: list[Json] = []
    for key in ("one", "two", "pay", "end"):
        progress = part(answer, "progress")
        seen.append([answer["stepKey"], progress["done"], progress["total"], progress["percent"]])
        answer = await driven.report(key, {"id": 1} if key == "pay" else "done")
    progress = part(answer, "progress")
    seen.append([progress["done"], progress["total"], progress["percent"]])
    assert seen == [["one", 0, 4, 0], ["two", 1, 4, 25], ["pay", 2, 4, 50], ["end", 3, 4, 75], [4, 4, 100]]


@pytest.mark.requirement("AC-WEE-010")
@pytest.mark.requirement("AC-MD-006")
async def test_when_things_happened_and_what_failed_is_told() -> None:
    retry: JsonObject = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 5, "factor": 1}}
    driven = Driven(document({**CALL, "onError": retry}, prompt("end"), state={}))
    await driven.start()
    assert "errorCount" not in await driven.do("get")
    await driven.report("pay", {"error": "no"})
    await driven.later(5)
    await driven.report("pay+1", {"id": 1})
    told = await driven.do("get")
    span = datetime.fromisoformat(str(told["updatedAt"])) - datetime.fromisoformat(str(told["createdAt"]))
    assert span.total_seconds() >= 5
    assert told["errorCount"] == 1
    decisions = objects((await driven.do("explain"))["decisions"])
    failed = [each for each in decisions if each["kind"] == "failure"]
    assert len(failed) == 1
    assert all(isinstance(datetime.fromisoformat(str(each["at"])), datetime) and each["reason"] for each in decisions)


@pytest.mark.requirement("AC-PR-002")
async def test_sessions_of_one_workflow_share_nothing_but_its_document() -> None:
    put: JsonObject = {"path": "log", "operation": "append", "value": "{{ inputs.who }}"}
    given: JsonObject = {"who": {"type": "string"}}
    body: JsonObject = {"id": "put", "type": "set", "update": [put]}
    one = Driven(document(body, prompt("ask"), inputs=given, state={"log": [], "deep": {"list": []}}))
    other, third = one.beside(), one.beside()
    await one.start(who="Ann")
    await other.start(who="Bob")
    await one.do("update", updates=[{"path": "deep.list", "operation": "append", "value": 1}])
    assert await one.get("state") == {"log": ["Ann"], "deep": {"list": [1]}}
    assert await other.get("state") == {"log": ["Bob"], "deep": {"list": []}}
    await third.start(who="Cy")
    assert await third.get("state") == {"log": ["Cy"], "deep": {"list": []}}
