"""What is handed out, when a join is decided, how runs move: the arithmetic of tasks, on states made by hand."""

import pytest

from engine.definition import PLAIN, Backoff, Join, OnError, Outcome, ParallelStep, Strategy
from engine.sessions.draft import Draft
from engine.sessions.model import Failure, Nested, NestedKind, Reported, State, TaskStatus, Waiting, WaitKind
from engine.sessions.nesting import begun
from engine.sessions.session_family import SessionStarted, evolve_started
from engine.sessions.task_ending import task_changed
from engine.sessions.task_evolve import MAX_REMEMBERED, evolve_joined, evolve_reopened
from engine.sessions.task_family import TasksJoined, TasksReopened
from engine.sessions.task_handout import parallel_at
from engine.sessions.task_joining import Verdict, collected, judged, lease_due, lease_seconds, ready
from engine.sessions.task_leases import return_overdue
from engine.sessions.task_model import Ended, Fan, Opening
from engine.sessions.task_run import marked_from, marks_of, renewed, reports_of
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.sessions.fanned import Fanned
from tests.unit.engine.sessions.play import PLAIN as EASY

FAILURE = Failure("check#1::read", "InputError", "no number", 1)
ROOT = evolve_started(
    SessionStarted("wf_1", "flow", "1.0.0", "0" * 64, "", "/w", {}, {"files": []}, None), 1000.0
)._replace(position="check", waiting=Waiting(WaitKind.TASKS, "check"))


def step(strategy: Strategy = Strategy.FAIL, needed: int | None = None) -> ParallelStep:
    on_error = OnError(strategy, 0, Backoff(0.0, 1.0, 0.0, 0.0), None, ())
    outcome: Outcome = PLAIN._replace(on_error=on_error)
    return ParallelStep("check", "check", None, None, (), 2, 100.0, Join(needed), None, outcome)


def fan(total: int, *ended: Ended, limit: int = 2, begun_: int = 0) -> Fan:
    good = sum(each.error is None for each in ended)
    return Fan(("check",), ({},), (Opening("x"),) * total, limit, begun=begun_, ended=ended, succeeded=good)


def good(number: int) -> Ended:
    return Ended(number, TaskStatus.COMPLETED, 1, value=number)


def bad(number: int) -> Ended:
    return Ended(number, TaskStatus.FAILED, 1, FAILURE)


def nested(
    number: int, status: TaskStatus = TaskStatus.LEASED, lease: float | None = 1100.0, **state: object
) -> Nested:
    inner = begun(ROOT, "check", Opening("x"), {}, None)
    run = f"check#{number}"
    inner = State(**{**inner._asdict(), **state})
    return Nested(run, NestedKind.TASK, "check", "check", number, 9, "x", status, 1, lease, None, inner)


def holding(*tasks: Nested) -> State:
    return ROOT._replace(nested={each.id: each for each in tasks})


@pytest.mark.parametrize(
    ("these", "strategy", "needed", "verdict"),
    [
        (fan(0), Strategy.FAIL, None, Verdict.JOINED),
        (fan(0), Strategy.FAIL, 3, Verdict.JOINED),
        (fan(2, good(0)), Strategy.FAIL, None, Verdict.OPEN),
        (fan(2, good(0), good(1)), Strategy.FAIL, None, Verdict.JOINED),
        (fan(2, bad(0)), Strategy.FAIL, None, Verdict.BROKEN),
        (fan(2, bad(0)), Strategy.RETRY, None, Verdict.BROKEN),
        (fan(2, bad(0)), Strategy.CONTINUE, None, Verdict.OPEN),
        (fan(2, bad(0), good(1)), Strategy.FALLBACK, None, Verdict.JOINED),
        (fan(3, bad(0)), Strategy.FAIL, 2, Verdict.OPEN),
        (fan(3, bad(0), bad(1)), Strategy.CONTINUE, 2, Verdict.BROKEN),
        (fan(3, bad(0), good(1), good(2)), Strategy.FAIL, 2, Verdict.JOINED),
        (fan(1), Strategy.FAIL, 2, Verdict.BROKEN),
    ],
)
def test_a_join_is_decided_by_what_ended_and_what_can_still_succeed(
    these: Fan, strategy: Strategy, needed: int | None, verdict: Verdict
) -> None:
    assert judged(these, step(strategy, needed)) is verdict


def test_values_come_in_item_order_with_the_stand_in_for_the_failed_ones() -> None:
    assert collected(fan(3, good(2), bad(1), good(0)), step(), "gone") == [0, "gone", 2]
    assert collected(fan(3, good(2), bad(1), good(0)), step(needed=2), "gone") == [0, 2]


def test_those_back_in_the_pool_go_first_and_the_limit_holds() -> None:
    tasks = {
        "check#0": nested(0),
        "check#3": nested(3, TaskStatus.PENDING, None),
        "check#1": nested(1, TaskStatus.PENDING, 1000.0),
        "check#2": nested(2, TaskStatus.PENDING, 1500.0),
        "other#0": nested(0),
    }
    assert ready(tasks, fan(9, limit=2, begun_=4), "check#", 1000.0) == ["check#1"]
    assert ready(tasks, fan(9, limit=5, begun_=4), "check#", 1000.0) == ["check#1", "check#3", "check#4", "check#5"]
    assert ready(tasks, fan(9, limit=1, begun_=4), "check#", 1000.0) == []
    assert ready({}, fan(2, limit=9), "check#", 1000.0) == ["check#0", "check#1"]


def test_a_task_that_cannot_begin_is_not_handed_out_nor_is_any_behind_it() -> None:
    these = fan(3, limit=3)._replace(openings=(Opening("a"), Opening("b", fault=FAILURE), Opening("c")))
    assert ready({}, these, "check#", 0.0) == ["check#0"]


def test_leases_are_steady_at_first_and_never_longer_than_a_year() -> None:
    assert lease_seconds(step(), None) == 100
    assert lease_seconds(step(), nested(0)._replace(attempts=9)) == 100
    assert lease_seconds(step(), nested(0)._replace(attempts=11, tries=2)) == 100
    assert lease_seconds(step(), nested(0)._replace(attempts=11)) == 400
    assert lease_seconds(step(), nested(0)._replace(attempts=5_000)) == 31_536_000
    assert lease_seconds(step()._replace(lease=40_000_000.0), nested(0)._replace(attempts=99)) == 40_000_000


@pytest.mark.parametrize(
    ("waiting", "runs"),
    [
        (None, False),
        (Waiting(WaitKind.REPORT, "read"), True),
        (Waiting(WaitKind.VARIABLE, "read"), True),
        (Waiting(WaitKind.CONFIRMATION, "read"), True),
        (Waiting(WaitKind.TIMER, "rest"), True),
        (Waiting(WaitKind.TIMER, "rest", until=5000.0), False),
        (Waiting(WaitKind.SIGNAL, "rest", signal="go"), False),
        (Waiting(WaitKind.COMMAND, "make"), False),
        (Waiting(WaitKind.TASKS, "deep"), False),
    ],
)
def test_a_lease_runs_only_while_whoever_has_the_task_can_report_it(waiting: Waiting | None, *, runs: bool) -> None:
    assert lease_due(nested(0, waiting=waiting)) == (1100.0 if runs else None)
    assert lease_due(nested(0, TaskStatus.PENDING, 1200.0, waiting=waiting)) == 1200.0


@pytest.mark.parametrize("kind", [WaitKind.REPORT, WaitKind.COMMAND])
def test_a_lease_looks_into_the_child_a_task_is_in(kind: WaitKind) -> None:
    child = nested(0, waiting=Waiting(kind, "build"))._replace(id="sub#0", kind=NestedKind.CHILD, step="sub")
    task = nested(0, waiting=Waiting(WaitKind.CHILD, "sub"), position="sub", nested={"sub#0": child})
    assert lease_due(task) == (1100.0 if kind is WaitKind.REPORT else None)


def test_keys_of_a_later_run_are_marked_above_all_earlier_ones() -> None:
    plain = nested(0).state
    assert marks_of(plain) == 0
    assert marked_from(plain, 0) is plain
    tried = marked_from(plain, 2)._replace(tries={"": 2, "read": 1, "judge": 3})
    assert marks_of(tried) == 5
    assert marks_of(tried._replace(fans={"deep#": fan(1)._replace(marks=7)})) == 7
    assert marks_of(holding(nested(0, tries={"": 9}))) == 9


def test_reports_of_runs_within_are_known_by_the_keys_around_them() -> None:
    told = Reported("d", 5, 1000.0, "done")
    inner = nested(0, reports={"see": told})
    outer = nested(0, reports={"read": told}, nested={"deep#0": inner})
    deep = fan(2, good(0)._replace(reports={"see": told}))
    outer = outer._replace(state=outer.state._replace(fans={"fin#": deep}))
    assert sorted(reports_of(outer.state)) == ["deep#0::see", "fin#0::see", "read"]
    assert reports_of(inner.state) is inner.state.reports


def test_runs_move_on_with_the_session_they_lie_in() -> None:
    deep = nested(0, position="see+1~1", waiting=Waiting(WaitKind.REPORT, "see+1~1"))
    outer = nested(3, position="deep", waiting=Waiting(WaitKind.TASKS, "deep"), nested={"deep#0": deep})
    moved = renewed(holding(outer, nested(4))._replace(rollbacks=2), 2)
    task = moved.nested["check#3"]
    assert task.step == "check~2"
    assert (task.state.position, task.state.rollbacks) == ("deep~2", 2)
    inner = task.state.nested["deep#0"].state
    assert inner.position == "see+1~2"
    assert inner.waiting == Waiting(WaitKind.REPORT, "see+1~2")
    assert moved.nested["check#4"].state.position == ""
    assert renewed(ROOT, 2) == ROOT


def test_the_tasks_of_steps_long_done_are_forgotten() -> None:
    done = fan(MAX_REMEMBERED // 2)._replace(joined=True)
    state = ROOT._replace(fans={"a#": done, "b#": done, "check#": fan(1, good(0))})
    after = evolve_joined(state, TasksJoined("check", 1, 0, 0, is_reached=True, is_kept=False, warnings=()), 1000.0)
    assert list(after.fans) == ["b#", "check#"]
    assert after.fans["check#"].ended[0].value is None


def test_only_tasks_of_the_step_that_is_retried_go_back_to_the_pool() -> None:
    failed = fan(3, good(0), bad(1), begun_=3)._replace(joined=True)
    state = holding(nested(2, TaskStatus.CANCELLED, None), nested(4)._replace(id="other#4"))
    state = evolve_reopened(state._replace(fans={"check#": failed}), TasksReopened("check"), 1000.0)
    assert {run: each.status for run, each in state.nested.items()} == {
        "check#2": TaskStatus.PENDING,
        "other#4": TaskStatus.LEASED,
        "check#1": TaskStatus.PENDING,
    }
    assert state.fans["check#"].ended == (good(0),)


def test_nothing_follows_in_a_run_that_rests_at_no_tasks() -> None:
    play = Fanned(document(prompt("read"), {"id": "note", "type": "set", "update": [{"path": "n", "value": 1}]}))
    draft = Draft(play.state, play.workflow, play.now, EASY)
    return_overdue(draft)
    task_changed(draft, "check#0")
    assert draft.events == []
    with pytest.raises(LookupError):
        parallel_at(play.state, play.workflow)
