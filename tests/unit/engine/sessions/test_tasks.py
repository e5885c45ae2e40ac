"""Parallel steps: every item its task, so many at a time, each with a state of its own."""

import pytest

from engine.sessions.model import Status, TaskStatus, WaitKind
from engine.sessions.nesting import MAX_NESTED
from engine.sessions.task_joining import MAX_TASKS
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.engine.sessions.fanned import ITEMS, Fanned, parallel, spread

SET: JsonObject = {"id": "note", "type": "set", "update": [{"path": "seen", "operation": "append", "value": "x"}]}


def test_every_item_becomes_a_task_named_by_its_step_and_number() -> None:
    play = Fanned(spread(ITEMS))
    assert play.out == ["check#0", "check#1", "check#2"]
    assert [(each.item, each.number, each.total) for each in play.shown()] == [("a", 0, 3), ("b", 1, 3), ("c", 2, 3)]
    assert play.open == ["check#0::read", "check#1::read", "check#2::read"]


def test_a_session_waits_for_its_tasks() -> None:
    play = Fanned(spread(ITEMS))
    assert play.state.status is Status.WAITING
    assert play.state.waiting is not None
    assert play.state.waiting.kind is WaitKind.TASKS
    assert play.key == "check"


@pytest.mark.requirement("AC-SAM-007")
def test_so_many_are_handed_out_at_a_time_and_the_next_one_follows_in_order() -> None:
    play = Fanned(spread(list(range(250)), maxParallel=10))
    most = 0
    done: list[str] = []
    while play.open:
        most = max(most, len(play.out))
        task = play.out[-1]
        done.append(task)
        play.work(task)
    assert most == 10
    assert sorted(int(task.partition("#")[2]) for task in done) == list(range(250))
    assert play.is_behind()


def test_the_step_is_done_when_all_its_tasks_are() -> None:
    play = Fanned(spread(ITEMS))
    for task in ("check#2", "check#0"):
        play.work(task)
        assert not play.is_behind()
    play.work("check#1")
    assert play.is_behind()
    assert play.status() == ["completed"] * 3


def test_a_list_without_items_is_done_at_once() -> None:
    play = Fanned(spread([], collect="state.found"))
    assert play.is_behind()
    assert play.values["found"] == []


@pytest.mark.requirement("AC-SAM-009")
def test_results_are_collected_in_item_order_whatever_order_they_come_in() -> None:
    play = Fanned(spread(ITEMS, collect="state.found"))
    for task, said in (("check#2", "third"), ("check#0", "first"), ("check#1", "second")):
        play.work(task, said)
    assert play.values["found"] == ["first", "second", "third"]


def test_a_value_to_collect_is_read_in_each_tasks_own_scope() -> None:
    source = spread(
        ITEMS,
        SET,
        prompt("read"),
        task={"state": {"seen": []}},
        collect={"store": "found", "value": {"file": "{{ inputs.item }}", "seen": "{{ state.seen.length }}"}},
    )
    play = Fanned(source)
    play.work_all()
    assert play.values["found"] == [{"file": item, "seen": 1} for item in ITEMS]


def test_without_a_value_the_output_of_the_last_step_that_has_one_is_collected() -> None:
    play = Fanned(spread(["a"], prompt("read"), prompt("judge"), SET, task={"state": {}}, collect="state.found"))
    play.say("check#0::read", "text")
    play.say("check#0::judge", "good")
    assert play.values["found"] == ["good"]


def test_a_task_that_gives_no_output_gives_null() -> None:
    play = Fanned(spread(ITEMS, SET, collect="state.found"))
    assert play.is_behind()
    assert play.values["found"] == [None, None, None]


def test_inputs_of_a_task_see_its_item_and_the_sessions_values() -> None:
    inputs: Json = {
        "line": "{{ loop.index }} of {{ loop.total }}: {{ loop.item }}, {{ loop.iteration }}",
        "all": "{{ state.files }}",
    }
    declared: JsonObject = {
        "line": {"type": "string", "description": "a line"},
        "all": {"type": "array", "description": "all"},
    }
    play = Fanned(spread(ITEMS, inputs=inputs, task={"inputs": declared}))
    assert play.inner("check#1").inputs == {"line": "1 of 3: b, 2", "all": ITEMS, "item": "b", "index": 1, "total": 3}


def test_a_task_that_declares_an_input_item_is_given_the_item() -> None:
    play = Fanned(spread(ITEMS, task={"inputs": {"item": {"type": "string", "description": "a file"}}}))
    assert play.inner("check#1").inputs["item"] == "b"


def test_a_name_a_task_has_for_something_else_is_not_taken_for_the_item() -> None:
    play = Fanned(spread(ITEMS, task={"state": {"total": 7}}))
    assert "total" not in play.inner("check#0").inputs


def test_an_input_that_a_task_declares_is_what_it_declares() -> None:
    declared: JsonObject = {"total": {"type": "integer", "description": "how many", "default": 40}}
    play = Fanned(spread(ITEMS, task={"inputs": declared}))
    assert play.inner("check#0").inputs["total"] == 40


def test_tasks_lie_in_each_other_as_deep_as_a_session_allows() -> None:
    tasks: JsonObject = {"last": {"description": "Work.", "prompt": "Do it."}}
    for level in range(MAX_NESTED + 1):
        step = parallel(id=f"step-{level}", items=[1], task=f"task-{level - 1}" if level else "last")
        tasks[f"task-{level}"] = {"description": "Go down.", "steps": [step]}
    for level, status in ((MAX_NESTED - 2, Status.WAITING), (MAX_NESTED, Status.FAILED)):
        play = Fanned(document(parallel(items=[1], task=f"task-{level}"), tasks=tasks))
        assert play.state.status is status


def test_declared_inputs_have_their_defaults() -> None:
    declared: JsonObject = {"depth": {"type": "integer", "description": "how deep", "default": 3}}
    play = Fanned(spread(ITEMS, task={"inputs": declared}))
    assert play.inner("check#0").inputs["depth"] == 3


def test_an_item_that_does_not_fit_is_the_failure_of_its_task_alone() -> None:
    declared: JsonObject = {"item": {"type": "integer", "description": "a number"}}
    source = spread([1, "two", 3], task={"inputs": declared}, onError={"strategy": "continue"}, collect="state.found")
    play = Fanned(source)
    assert play.out == ["check#0", "check#2"]
    play.work_all()
    assert play.is_behind()
    assert play.values["found"] == ["done", None, "done"]
    assert play.all()["check#1"].status is TaskStatus.FAILED
    assert "item" in str(play.all()["check#1"].error)


def test_branches_are_tasks_numbered_in_their_order() -> None:
    tasks: JsonObject = {
        "look": {
            "description": "Look.",
            "inputs": {"what": {"type": "string", "description": "a thing"}},
            "prompt": "Look at {{ inputs.what }}.",
        },
        "hear": {"description": "Hear.", "prompt": "Hear."},
    }
    branches: Json = [
        {"task": "look", "inputs": {"what": "sky"}},
        {"task": "hear"},
        {"task": "look", "inputs": {"what": "sea"}},
    ]
    step: JsonObject = {"id": "senses", "type": "parallel", "branches": branches, "collect": "state.found"}
    play = Fanned(document(step, prompt("end"), tasks=tasks))
    assert play.open == ["senses#0::prompt", "senses#1::prompt", "senses#2::prompt"]
    assert [play.inner(task).inputs.get("what") for task in play.out] == ["sky", None, "sea"]
    for task in reversed(play.out):
        play.work(task, f"did {task}")
    assert play.values["found"] == ["did senses#0", "did senses#1", "did senses#2"]


def test_a_task_has_a_state_of_its_own_that_reaches_neither_the_others_nor_the_session() -> None:
    update: Json = [{"path": "seen", "operation": "append", "value": "{{ result }}"}]
    body = prompt("read", update=update)
    play = Fanned(spread(ITEMS, body, prompt("again"), task={"state": {"seen": []}}))
    play.say("check#0::read", "zero")
    play.say("check#1::read", "one")
    assert [play.inner(task).variables for task in play.out] == [{"seen": ["zero"]}, {"seen": ["one"]}, {"seen": []}]
    assert play.values == {"files": ITEMS, "found": []}
    play.work_all()
    assert play.values == {"files": ITEMS, "found": []}


def test_a_task_reads_the_sessions_state_as_global_and_cannot_write_it() -> None:
    update: Json = [{"path": "copy", "value": "{{ global.files.length }}"}, {"path": "files", "value": "mine"}]
    play = Fanned(spread(ITEMS, prompt("read", update=update), prompt("again"), task={"state": {}}))
    play.say("check#0::read")
    assert play.inner("check#0").variables == {"copy": 3, "files": "mine"}
    assert play.values["files"] == ITEMS


@pytest.mark.requirement("AC-SAM-004")
def test_computed_fields_of_a_task_follow_its_own_state() -> None:
    task: JsonObject = {
        "state": {"n": 1},
        "computed": {"twice": {"from": "state.n", "expression": "input * 2"}},
    }
    update: Json = [{"path": "n", "operation": "increment", "value": 4}]
    play = Fanned(spread(ITEMS, prompt("read", update=update), prompt("again"), task=task))
    assert play.inner("check#0").computed == {"twice": 2}
    play.say("check#0::read")
    assert [play.inner(task).computed["twice"] for task in play.out] == [10, 2, 2]


def test_tasks_in_a_loop_carry_the_pass_in_their_ids() -> None:
    body = parallel(items="state.files")
    tasks: JsonObject = {"check": {"description": "Look.", "steps": [prompt("read")]}}
    source = document(
        loop("rounds", each("state.rounds"), [body]),
        prompt("end"),
        state={"rounds": [1, 2], "files": ["a", "b"]},
        tasks=tasks,
    )
    play = Fanned(source)
    assert play.open == ["rounds@0/check#0::read", "rounds@0/check#1::read"]
    play.work("rounds@0/check#0")
    play.work("rounds@0/check#1")
    assert play.open == ["rounds@1/check#0::read", "rounds@1/check#1::read"]
    play.work_all()
    assert play.is_behind()


def test_a_task_may_have_tasks_of_its_own() -> None:
    inner = parallel(id="deeper", items="inputs.item", task="leaf", collect="state.leaves")
    tasks: JsonObject = {
        "check": {"description": "Look.", "state": {"leaves": []}, "steps": [inner, prompt("sum")]},
        "leaf": {"description": "Look closer.", "prompt": "See {{ inputs.item }}."},
    }
    step = parallel(collect={"store": "found", "value": "{{ state.leaves }}"})
    play = Fanned(document(step, prompt("end"), state={"files": [["a", "b"], ["c"]], "found": []}, tasks=tasks))
    assert play.open == [
        "check#0/deeper#0::prompt",
        "check#0/deeper#1::prompt",
        "check#1/deeper#0::prompt",
    ]
    play.work("check#1/deeper#0", "c")
    assert play.open[-1] == "check#1::sum"
    play.work("check#0/deeper#1", "b")
    play.work("check#0/deeper#0", "a")
    play.say("check#0::sum")
    play.say("check#1::sum")
    assert play.is_behind()
    assert play.values["found"] == [["a", "b"], ["c"]]


@pytest.mark.parametrize("items", ["state.name", "{nothing: 1}", "null", "state.name.deep.deeper"])
def test_items_that_are_no_list_fail_the_step(items: str) -> None:
    source = spread([], items=items)
    source["state"] = {"name": "text"}
    play = Fanned(source)
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "ItemsError"


def test_more_items_than_a_step_may_have_fail_the_step() -> None:
    play = Fanned(spread([], items=f"Array.from({{length: {MAX_TASKS + 1}}}, (_, i) => i)"))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert f"{MAX_TASKS:,}" in play.state.cause.message


def test_a_step_that_cannot_be_opened_follows_its_on_error() -> None:
    fallback: Json = {"strategy": "fallback", "fallbackValue": ["none"]}
    play = Fanned(spread([], items="state.name", collect="state.found", onError=fallback))
    assert play.is_behind()
    assert play.values["found"] == ["none"]


def test_what_the_server_does_in_a_task_is_done_at_hand_out() -> None:
    play = Fanned(spread(ITEMS, SET, prompt("read"), task={"state": {"seen": []}}, maxParallel=2))
    assert [play.inner(task).variables for task in play.out] == [{"seen": ["x"]}, {"seen": ["x"]}]
    assert play.status() == ["leased", "leased", "pending"]


def test_tasks_that_ask_nobody_are_done_while_the_session_walks() -> None:
    source = spread(list(range(300)), SET, task={"state": {}}, collect={"store": "found", "value": "{{ inputs.item }}"})
    play = Fanned(source)
    assert play.is_behind()
    assert play.values["found"] == list(range(300))
