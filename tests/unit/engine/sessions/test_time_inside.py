"""What the clock and changes from outside do in the runs inside a session."""

from engine.build import build
from engine.sessions.flow_family import TimerFired
from engine.sessions.model import Pause, TaskStatus
from engine.sessions.nested_events import within
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, document, flow, prompt
from tests.unit.engine.sessions.commanded import LEASE, Commanded, command

HOLD: JsonObject = {"id": "hold", "type": "wait", "for": 10}
ALL: JsonObject = {"id": "all", "type": "parallel", "items": [1, 2], "task": "work"}


def fanned(*body: JsonObject, state: JsonObject | None = None, task: JsonObject | None = None, **step: Json) -> Clocked:
    tasks: JsonObject = {"work": {"description": "Work.", "steps": [*body], **(task or {})}}
    return Clocked(flow({**ALL, **step}, prompt("next"), tasks=tasks, state=state or {}))


def parent(*body: JsonObject, **step: Json) -> Clocked:
    child = build(document([*body]) | {"id": "child"})
    entered: JsonObject = {"id": "sub", "type": "workflow", "workflowId": "child", **step}
    return Clocked(flow(entered, prompt("next"), state={"ready": False})._replace(children={"child": child}))


def fired(play: Clocked) -> list[tuple[str, str]]:
    happened = [within(event) for event, _ in play.log]
    return [(run, event.what) for run, event in happened if isinstance(event, TimerFired)]


def test_waits_inside_tasks_are_over_each_for_itself_and_the_join_follows() -> None:
    play = fanned(HOLD)
    assert play.due() == 10.0
    play.later(10)
    assert play.key == "next"
    assert fired(play) == [("all#0", "wait"), ("all#1", "wait")]


def test_a_wait_inside_a_child_is_over_and_the_child_is_done() -> None:
    play = parent(HOLD)
    play.later(10)
    assert play.key == "next"


def test_a_try_anew_inside_a_task_is_made_there() -> None:
    play = fanned(call(onError={"strategy": "retry"}), items=[1])
    play.report('{"status": "error"}', key="all#0::charge")
    assert play.due() == 1.0
    play.later(1)
    assert play.state.nested["all#0"].state.position == "charge+1"


def test_a_task_that_takes_too_long_fails_and_the_others_go_on() -> None:
    play = fanned(prompt("one"), prompt("two"), task={"timeout": 50}, onError={"strategy": "continue"})
    play.report("done", key="all#0::one")
    play.report("done", key="all#0::two")
    play.later(50)
    assert play.key == "next"


def test_a_task_nobody_reports_goes_back_to_the_pool() -> None:
    play = fanned(prompt("one"), lease=30)
    assert play.due() == 30.0
    assert play.later(29) == ()
    assert play.later(30)
    assert play.later(30) == ()


def test_a_run_ends_its_tasks_and_children_when_its_own_time_is_over() -> None:
    tasks: JsonObject = {"work": {"description": "Work.", "steps": [prompt("one")]}}
    play = Clocked(flow(ALL, tasks=tasks, config={"timeout": 100}))
    play.later(100)
    assert play.status() == "timed_out"
    assert {each.status for each in play.state.nested.values()} == {TaskStatus.CANCELLED}
    assert play.due() is None
    assert play.report("late", key="all#0::one") == ()


def test_cancelling_ends_tasks_too() -> None:
    play = fanned(prompt("one", timeout=20))
    play.cancel()
    assert play.due() is None
    assert {each.status for each in play.state.nested.values()} == {TaskStatus.CANCELLED}


def test_a_signal_ends_the_waits_of_all_tasks() -> None:
    play = fanned({"id": "hold", "type": "wait", "signal": "go"})
    assert play.signal("stop") == ()
    assert "signals waited for are go" in play.refusal.message
    play.signal("go")
    assert play.key == "next"


def test_a_signal_that_ends_the_step_in_one_task_leaves_the_others_alone() -> None:
    play = fanned({"id": "hold", "type": "wait", "signal": "go"}, join="any")
    play.signal("go")
    assert play.key == "next"


def test_a_change_of_the_state_is_seen_by_conditions_inside_tasks() -> None:
    play = fanned({"id": "hold", "type": "wait", "until": "global.ready"}, state={"ready": False})
    play.update("other", 1)
    assert play.key == "all"
    play.update("ready", 1)
    assert play.key == "next"


def test_a_step_of_a_task_may_be_skipped_and_only_there() -> None:
    play = fanned(prompt("one", skippable=True), prompt("two"))
    play.skip("all#0::one")
    assert play.state.nested["all#0"].state.position == "two"
    assert play.skip("all#0::two") == ()
    assert play.refusal.reason == "permission"
    assert play.skip("all#7::one") == ()
    assert play.refusal.reason == "not_open"


def test_the_state_of_a_child_that_shares_it_is_changed_where_it_is_kept() -> None:
    play = parent({"id": "hold", "type": "wait", "until": "state.ready"}, isolated=False)
    play.update("ready", 1)
    assert (play.key, play.state.variables["ready"]) == ("next", 1)


def test_the_state_of_an_isolated_child_is_not_reached_from_outside() -> None:
    play = parent({"id": "hold", "type": "wait", "until": "state.ready"}, isolated=True)
    play.update("ready", 1)
    assert play.key != "next"
    assert play.state.variables["ready"] == 1


def test_a_pause_moves_the_limits_of_tasks_and_their_leases() -> None:
    play = fanned(prompt("one", timeout=20), lease=30)
    play.pause()
    play.now = BEGAN + 1000
    play.resume()
    inner = play.state.nested["all#0"]
    assert (inner.lease_until, inner.state.step_deadline) == (BEGAN + 1030, BEGAN + 1020)
    assert play.state.pauses == (Pause(1, BEGAN, "", BEGAN + 1000),)


def test_a_child_whose_gate_was_failed_is_retried_at_its_gate() -> None:
    gate: JsonObject = {"evidence": {"ok": {"type": "boolean"}}, "maxAttempts": 1}
    play = parent(prompt("ask", evidence=gate))
    play.report("done", key="sub#0::ask", evidence={"ok": 1})
    assert play.status() == "failed"
    play.again()
    assert play.status() == "running"
    play.report("done", key="sub#0::ask", evidence={"ok": True})
    assert play.key == "next"


def test_a_child_that_ran_out_of_time_begins_anew() -> None:
    play = parent(prompt("one"), prompt("two"), timeout=50)
    play.report("done", key="sub#0::one")
    play.later(50)
    assert play.status() == "failed"
    play.again()
    inner = play.state.nested["sub#0"]
    assert (inner.status, inner.state.position.partition("+")[0]) == (TaskStatus.LEASED, "one")
    assert inner.state.deadline == BEGAN + 100


def test_a_retry_tries_the_tasks_that_failed_and_keeps_what_the_others_did() -> None:
    play = fanned(call(), collect={"store": "found", "value": "{{ steps['charge'].output.id }}"})
    play.report('{"id": 7}', key="all#0::charge")
    play.report('{"status": "error"}', key="all#1::charge")
    assert play.status() == "failed"
    play.again()
    (run,) = [run for run, each in play.state.nested.items() if each.status is TaskStatus.LEASED]
    key = f"{run}::{play.state.nested[run].state.position}"
    play.report('{"id": 8}', key=key)
    assert play.key == "next"
    assert play.state.variables["found"] == [7, 8]


def test_a_parallel_step_whose_items_could_not_be_read_begins_anew() -> None:
    play = fanned(prompt("one"), items="state.files.all")
    assert play.status() == "failed"
    play.update("files", {"all": [1]})
    play.again()
    assert play.state.nested["all#0"].status is TaskStatus.LEASED


def test_going_back_into_tasks_makes_their_old_keys_void() -> None:
    play = fanned(prompt("one"), prompt("two"))
    play.report("done", key="all#0::one")
    version = play.state.version
    for key in ("all#0::two", "all#1::one", "all#1::two"):
        play.report("done", key=key)
    assert play.key == "next"
    play.now = BEGAN + 60
    play.restore(version)
    assert play.key == "all~1"
    assert play.report("late", key="all#1::one") == ()
    for run in ("all#0", "all#1"):
        while run in play.state.nested:
            play.report("done", key=f"{run}::{play.state.nested[run].state.position}")
    assert play.key == "next~1"


def test_every_version_of_a_session_with_tasks_and_a_child_can_be_gone_back_to() -> None:
    child = build(document([HOLD, prompt("ask")]) | {"id": "child"})
    tasks: JsonObject = {"work": {"description": "Work.", "steps": [prompt("one"), HOLD]}}
    sub: JsonObject = {"id": "sub", "type": "workflow", "workflowId": "child"}
    whole = flow(ALL, sub, prompt("next"), tasks=tasks)._replace(children={"child": child})
    play = Clocked(whole)

    def walk() -> None:
        for _ in range(60):
            if play.status() == "completed":
                return
            for run, each in tuple(play.state.nested.items()):
                if run in play.state.nested and each.status is TaskStatus.LEASED:
                    play.report("done", key=f"{run}::{play.state.nested[run].state.position}")
            if not play.state.nested:
                play.report("done")
            play.later(play.now - BEGAN + 5)

    walk()
    assert play.status() == "completed"
    for version in range(1, play.state.version):
        play.restore(version)
        walk()
        assert play.status() == "completed", version


def test_a_command_nobody_finished_within_its_lease_is_seen_to_when_its_lease_is_over() -> None:
    play = Commanded(command(onError={"strategy": "retry"}), prompt("next"))
    play.claim()
    assert play.due() == LEASE
    play.later(LEASE)
    assert play.status() == "failed"
    assert play.state.cause is not None
    assert play.state.cause.error_type == "OutcomeUnknownError"


def test_a_command_in_a_task_is_seen_to_as_well() -> None:
    tasks: JsonObject = {"work": {"description": "Work.", "steps": [command(repeatable=True)]}}
    play = Commanded({**ALL, "items": [1]}, prompt("next"), tasks=tasks)
    play.claim()
    play.later(LEASE)
    assert play.open
    play.ran()
    assert play.key == "next"


def test_going_back_asks_for_an_open_command_again() -> None:
    play = Commanded(command(), prompt("next"))
    version = play.state.version
    first = play.open[0]
    play.ran()
    assert play.key == "next"
    play.restore(version)
    assert play.key == "run-it~1"
    assert play.open[0] != first
    play.ran()
    assert play.key == "next~1"


def test_going_back_over_a_command_that_cannot_be_undone_wants_a_reason() -> None:
    play = Commanded(prompt("ask"), command(irreversible=True), prompt("next"))
    play.report("done")
    play.ran()
    assert play.restore(2) == ()
    assert "run-it" in play.refusal.message
    assert play.restore(2, reason="it was undone by hand")


def test_a_cancelled_session_takes_no_outcome_of_a_command_any_more() -> None:
    play = Commanded(command(), prompt("next"))
    play.claim()
    play.cancel()
    assert (play.open, play.due()) == ([], None)
    assert play.finish(effect_id="run-it") == ()
    assert play.is_refused
