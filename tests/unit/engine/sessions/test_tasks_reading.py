"""Tasks as they are read, in parallel and in serial mode."""

from collections import Counter

import pytest

from engine.sessions.decide import Policy, Refusal
from engine.sessions.model import TaskStatus
from engine.sessions.step_family import ReportStep
from engine.sessions.task_family import TasksOpened
from engine.sessions.task_reading import SERIAL_HINT, at_work, find, open_keys, serial_run, shown, tally
from engine.sessions.task_run import count_reports, latest_reports, reports_of
from schema.values import JsonObject
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.sessions.fanned import ITEMS, SERIAL, Fanned, parallel, spread
from tests.unit.engine.sessions.play import PLAIN

CHILD: JsonObject = {"id": "enter", "type": "workflow", "workflowId": "child"}


def deep(**step: str | int) -> JsonObject:
    """Give a document whose tasks have tasks of their own."""
    inner = parallel(id="deeper", items="inputs.item", task="leaf")
    tasks: JsonObject = {
        "check": {"description": "Look.", "steps": [prompt("first"), inner, prompt("sum")]},
        "leaf": {"description": "Look closer.", "prompt": "See {{ inputs.item }}."},
    }
    state: JsonObject = {"files": [["a", "b"], ["c"]]}
    return document(parallel(**step), prompt("end"), state=state, tasks=tasks)


def test_a_task_is_found_by_its_id_with_its_own_state_and_workflow() -> None:
    play = Fanned(spread(ITEMS))
    task = play.task("check#1")
    assert task.run == "check#1"
    assert task.listed.item == "b"
    assert task.listed.status is TaskStatus.LEASED
    assert task.workflow is not None
    assert task.workflow.id == "check"
    assert task.state is not None
    assert task.state.position == "read"
    assert task.state.outside == {"state": play.values, "computed": {}}


def test_a_task_of_a_task_is_found_by_its_whole_path() -> None:
    play = Fanned(deep())
    play.say("check#0::first")
    assert [each.task_id for each in shown(play.inner("check#0"), "check#0")] == [
        "check#0/deeper#0",
        "check#0/deeper#1",
    ]
    task = play.task("check#0/deeper#1")
    assert task.listed.item == "b"
    assert task.state is not None
    assert task.state.inputs["item"] == "b"


def test_a_task_that_has_not_begun_or_has_ended_is_found_without_a_state() -> None:
    play = Fanned(spread(ITEMS, maxParallel=1))
    assert play.task("check#2").listed.status is TaskStatus.PENDING
    assert play.task("check#2").state is None
    play.work("check#0")
    ended = play.task("check#0")
    assert (ended.listed.status, ended.state) == (TaskStatus.COMPLETED, None)


@pytest.mark.parametrize(
    "task_id",
    [
        "check#3",
        "check",
        "",
        "other#0",
        "check#x",
        "check#01",
        "check#0~1",
        "check#0/deep#1",
        "check#9/deep#1",
        "check#0/x",
        "x/check#0",
        "#",
        "#0",
    ],
)
def test_an_id_that_names_no_task_is_refused(task_id: str) -> None:
    play = Fanned(spread(ITEMS))
    refused = find(play.state, play.workflow, task_id)
    assert isinstance(refused, Refusal)
    assert refused.reason == "not_open"
    assert refused.open == ("check#0::read", "check#1::read", "check#2::read")


def test_a_task_that_was_not_the_last_to_end_keeps_its_attempts_and_error() -> None:
    play = Fanned(
        spread(ITEMS, *(prompt("read"), prompt("judge")), timeout=10, lease=4, onError={"strategy": "continue"})
    )
    play.later(4)
    for key in ("check#1::read", "check#2::read"):
        play.say(key)
    assert play.all()["check#0"].attempts == 2


def test_open_keys_name_the_steps_in_tasks_of_tasks() -> None:
    play = Fanned(deep())
    play.say("check#0::first")
    assert play.open == ["check#0/deeper#0::prompt", "check#0/deeper#1::prompt", "check#1::first"]
    assert open_keys(play.inner("check#0"), "check#0") == tuple(play.open[:2])


def test_every_task_is_listed_those_in_tasks_behind_them() -> None:
    play = Fanned(deep())
    play.say("check#0::first")
    assert list(play.all()) == ["check#0", "check#1", "check#0/deeper#0", "check#0/deeper#1"]
    play.work("check#0/deeper#1")
    assert play.all()["check#0/deeper#1"].status is TaskStatus.COMPLETED


def test_reports_in_tasks_of_tasks_that_are_done_are_known_and_others_refused() -> None:
    play = Fanned(deep())
    play.say("check#0::first")
    play.work("check#0")
    play.do(ReportStep("check#0/deeper#1::prompt", "done", None, {}))
    assert play.repeated > 1
    play.do(ReportStep("check#0/deeper#1::prompt", "else", None, {}))
    assert "reported already" in play.refusal.message
    play.do(ReportStep("check#0/deeper#9::prompt", "else", None, {}))
    assert "check#0 is completed" in play.refusal.message
    assert play.refusal.reason == "not_open"


def test_in_serial_mode_one_task_comes_after_another_under_the_same_ids() -> None:
    play = Fanned(spread(ITEMS, prompt("read"), prompt("judge"), collect="state.found"), SERIAL)
    seen: list[str] = []
    while not play.is_behind():
        assert len(play.out) == 1
        front = at_work(play.state, play.workflow)
        assert front.run == serial_run(play.state)
        key = f"{front.run}::{front.state.position}"
        seen.append(key)
        play.say(key)
    assert seen == [f"check#{number}::{step}" for number in range(3) for step in ("read", "judge")]


@pytest.mark.requirement("AC-MD-023")
def test_the_mode_is_recorded_with_the_step() -> None:
    for policy, is_serial in ((SERIAL, True), (Policy(strict_gates=False, verified=False), False)):
        opened = [event for event, _ in Fanned(spread(ITEMS), policy).log if isinstance(event, TasksOpened)]
        assert [each.serial for each in opened] == [is_serial]


def test_leases_and_time_limits_are_the_same_in_serial_mode() -> None:
    play = Fanned(spread(ITEMS, lease=100, timeout=250), SERIAL)
    assert play.all()["check#0"].lease_expires == play.now + 100
    play.later(100)
    assert play.all()["check#0"].attempts == 2
    assert play.inner("check#0").deadline == play.now + 250


def test_the_sessions_own_answer_is_not_that_of_a_task_in_parallel_mode() -> None:
    play = Fanned(spread(ITEMS))
    assert serial_run(play.state) == ""
    assert at_work(play.state, play.workflow).run == ""


def test_in_serial_mode_the_answer_goes_down_to_the_innermost_task() -> None:
    play = Fanned(deep(), SERIAL)
    play.say("check#0::first")
    front = at_work(play.state, play.workflow)
    assert front.run == "check#0/deeper#0"
    assert front.workflow.id == "leaf"


def test_where_no_task_is_handed_out_it_is_nobodys_turn() -> None:
    ask: JsonObject = {"id": "ask", "type": "input", "prompt": "Which?", "kind": "integer", "maxAttempts": 1}
    retry: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 60}}
    play = Fanned(spread(["a"], ask, onError=retry), SERIAL)
    play.say("check#0::ask", "x")
    assert serial_run(play.state) == ""
    assert at_work(play.state, play.workflow).run == ""


def test_the_hint_of_serial_mode_says_that_debug_mode_is_active_and_no_subtasks_are_wanted() -> None:
    assert "Debug mode is active" in SERIAL_HINT
    assert "one after another in the main thread" in SERIAL_HINT
    assert "Do not create subtasks" in SERIAL_HINT


def test_open_keys_and_the_answer_go_through_children() -> None:
    inside = document(prompt("inner"))
    source = spread(["a"], CHILD)
    play = Fanned(source, SERIAL, {"child": inside})
    assert play.open == ["check#0/enter#0::inner"]
    front = at_work(play.state, play.workflow)
    assert front.run == "check#0/enter#0"
    assert [each.task_id for each in shown(play.state)] == ["check#0"]
    assert list(play.all()) == ["check#0"]
    play.say("check#0/enter#0::inner")
    assert play.is_behind()
    play.do(ReportStep("check#0/enter#0::inner", "done", None, {}))
    assert play.repeated > 1


def test_a_child_may_have_tasks() -> None:
    play = Fanned(document(CHILD, prompt("last")), PLAIN, {"child": spread(ITEMS)})
    assert play.open == [f"enter#0/check#{number}::read" for number in range(3)]
    assert list(play.all()) == [f"enter#0/check#{number}" for number in range(3)]
    play.work("enter#0/check#1")
    play.do(ReportStep("enter#0/check#1::read", "done", None, {}))
    assert play.repeated > 1
    play.work("enter#0/check#0")
    play.work("enter#0/check#2")
    assert at_work(play.state, play.workflow).state.position == "end"


def test_tasks_are_counted_by_status_as_they_are_listed() -> None:
    ask: JsonObject = {"id": "ask", "type": "input", "prompt": "Which?", "kind": "integer", "maxAttempts": 1}
    retry: JsonObject = {"strategy": "continue", "maxRetries": 1, "backoff": {"initial": 60}}
    play = Fanned(spread(list(range(6)), ask, onError=retry, maxParallel=2))
    assert tally(play.state) == {TaskStatus.PENDING: 4, TaskStatus.LEASED: 2}
    play.say("check#0::ask", "x")
    play.say("check#1::ask", "1")
    play.later(60)
    play.say("check#2::ask", "x")
    play.say("check#0::ask+1", "x")
    counted = Counter(each.status for each in play.all().values())
    assert tally(play.state) == counted
    assert set(counted) == {TaskStatus.PENDING, TaskStatus.LEASED, TaskStatus.COMPLETED, TaskStatus.FAILED}
    play.now += 60
    play.later(0)
    while play.open:
        play.say(play.open[0], "1")
    assert play.is_behind()
    assert tally(play.state) == {}


def test_the_latest_reports_are_found_wherever_they_were_made() -> None:
    play = Fanned(deep())
    for key in (
        "check#1::first",
        "check#0::first",
        "check#0/deeper#0::prompt",
        "check#1/deeper#0::prompt",
        "check#1::sum",
    ):
        play.say(key)
    every = [*reports_of(play.state).items()]
    by_time = sorted(every, key=lambda each: each[1].version)
    assert count_reports(play.state) == len(every) == 5
    for most in range(1, 7):
        assert latest_reports(play.state, most) == by_time[-most:]
