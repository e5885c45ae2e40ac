import json

import pytest

from engine.errors import ArgumentError
from engine.sessions import limits, restoring
from engine.sessions.decide import Refusal, decide
from engine.sessions.evolve import evolve, fold
from engine.sessions.model import PhaseStatus, Status
from engine.sessions.session_family import PauseSession, RollBack, SessionPaused
from engine.sessions.step_family import ReportStep, StepOpened
from engine.sessions.way_family import PassEntered
from schema.values import Json, JsonObject
from tests.unit.engine.flows import each, flow, loop, phase, phased, prompt
from tests.unit.engine.sessions.play import APPROVE, PLAIN, Play, start

OK: JsonObject = {"evidence": {"ok": {"type": "boolean"}}, "maxAttempts": 1}
GOOD: JsonObject = {"ok": True}
DEEP: Json = json.loads("[" * 70 + "]" * 70)


def three() -> Play:
    """Give a session in its third phase; a step of the second cannot be undone."""
    second = phase(2, prompt("two", irreversible=True), prompt("more"), gate=OK)
    play = Play(phased(phase(1, prompt("one"), gate=OK), second, phase(3, prompt("end"))))
    play.report(plan=1)
    play.complete(GOOD)
    play.now += 10
    play.report(plan=2)
    play.complete(GOOD)
    play.now += 5
    return play


def test_a_session_begins_once_and_nothing_comes_before_its_beginning() -> None:
    play = Play(flow(prompt("one")))
    play.do(start())
    assert play.refusal.reason == "state"
    with pytest.raises(LookupError):
        decide(PauseSession(""), None, play.workflow, 0.0, PLAIN)
    with pytest.raises(LookupError):
        evolve(None, SessionPaused(1, ""), 0.0)
    with pytest.raises(LookupError):
        evolve(play.state, play.log[0][0], 0.0)
    with pytest.raises(LookupError):
        fold(())


def test_a_session_does_not_begin_with_more_than_a_context_may_hold() -> None:
    with pytest.raises(ArgumentError):
        Play(flow(prompt("one")), {"text": "x" * 300_000})


def test_a_pause_keeps_what_is_open_and_its_time_does_not_count() -> None:
    play = Play(flow(prompt("one", requireConfirmation=True), prompt("two")))
    play.report()
    play.now += 60
    play.pause("lunch")
    assert (play.state.status, play.key) == (Status.PAUSED, "one")
    assert (play.state.pauses[0].note, play.state.pauses[0].resumed_at) == ("lunch", None)
    play.now += 3600
    play.resume()
    assert (play.state.status, play.state.paused_seconds) == (Status.WAITING, 3600)
    play.now += 40
    play.report(approval=APPROVE)
    assert play.state.history[0].active_seconds == 100


def test_only_an_active_session_is_paused_and_only_a_paused_one_resumed() -> None:
    play = Play(flow(prompt("one")))
    play.resume()
    assert "is running" in play.refusal.message
    play.pause()
    play.pause()
    assert (play.refusal.reason, play.refusal.remedy.arguments["action"]) == ("paused", "resume")
    play.resume()
    play.report()
    play.pause()
    assert (play.refusal.reason, play.refusal.message) == ("finished", "The session is completed")
    assert "pause" not in play.refusal.valid_actions


def test_a_note_is_bounded() -> None:
    play = Play(flow(prompt("one")))
    play.pause("x" * 4097)
    assert play.refusal.reason == "argument"


def test_rolling_back_reopens_a_phase_and_clears_those_behind_it() -> None:
    play = three()
    play.roll_back(2, "wrong plan")
    state = play.state
    assert (state.phase, state.position, state.rollbacks, state.status) == (2, "two~1", 1, Status.RUNNING)
    assert [(each.number, each.status, each.evidence) for each in state.phases] == [
        (1, PhaseStatus.COMPLETED, GOOD),
        (2, PhaseStatus.ACTIVE, GOOD),
    ]
    assert state.variables == {"plan": 1}
    assert [(row.phase, row.attempt, row.status) for row in state.history] == [
        (1, 1, "completed"),
        (2, 1, "rolled_back"),
        (3, 1, "rolled_back"),
        (2, 2, "active"),
    ]
    assert state.history[2].active_seconds == 5
    assert state.history[1].active_seconds == 10
    assert list(state.reports) == ["one", "gate:1"]


def test_undone_work_is_not_open_and_work_before_it_is_recognised() -> None:
    play = three()
    play.roll_back(2, "wrong plan")
    play.report(key="two")
    assert (play.refusal.reason, play.refusal.open) == ("not_open", ("two~1",))
    play.report(key="one", plan=1)
    assert play.repeated == 4
    play.complete(GOOD, 1)
    assert play.repeated == 6
    assert play.walk() == ["two~1", "more~1"]
    assert play.key == "gate:2~1"
    play.report(None, evidence=GOOD)
    assert play.key == "end~1"
    play.complete(GOOD, 2)
    assert play.repeated == play.state.version


def test_going_back_over_what_cannot_be_undone_needs_a_reason() -> None:
    play = three()
    play.roll_back(1)
    assert (play.refusal.reason, play.refusal.remedy.arguments["to_phase"]) == ("argument", 1)
    assert "two" in play.refusal.message
    play.roll_back(3)
    assert play.key == "end~1"
    play.roll_back(1, "the customer changed the goal")
    assert play.key == "one~2"
    assert play.state.phases[0].attempt == 2


def test_what_happened_survives_a_rollback() -> None:
    play = Play(phased(phase(1, prompt("one"), gate=OK), phase(2, prompt("two", requireConfirmation=True), gate=OK)))
    play.complete(GOOD)
    play.report(approval=APPROVE)
    play.pause("rest")
    play.resume()
    play.complete({})
    assert play.state.status is Status.FAILED
    play.roll_back(1)
    state = play.state
    assert (state.status, state.error_count, len(state.approvals), len(state.pauses)) == (Status.RUNNING, 1, 1, 1)
    assert (state.completed_at, state.refused) == (None, None)


def test_a_completed_session_goes_back_and_a_rolled_back_loop_begins_anew() -> None:
    play = Play(flow(prompt("one"), loop("rep", each("files"), [prompt("aaa")])), {"files": [1, 2]})
    play.walk()
    play.roll_back(2)
    assert play.walk() == ["rep@0::aaa~1", "rep@1::aaa~1"]
    passes = [event.key for event, _ in play.log if isinstance(event, PassEntered)]
    assert passes == ["rep", "rep", "rep~1"]


def test_a_session_that_waits_for_variables_waits_for_them_again_after_a_rollback() -> None:
    play = Play(flow(prompt("one"), prompt("two", runCondition={"var": "on"}), prompt("end")))
    play.report()
    play.report(None, on=True)
    play.report()
    play.roll_back(2)
    assert (play.key, play.state.status) == ("two~1", Status.WAITING)
    play.report(None, on=True)
    events = play.report()
    assert isinstance(events[-1], StepOpened)
    assert play.key == "end~1"


@pytest.mark.parametrize("number", [0, 4, 9])
def test_a_phase_that_was_not_reached_is_named_with_those_that_were(number: int) -> None:
    play = three()
    play.roll_back(number)
    assert (play.refusal.reason, play.refusal.error_type) == ("argument", "ValidationError")
    assert "1, 2, 3" in play.refusal.message
    many = Play(flow(*(prompt(f"step-{index}") for index in range(30))))
    many.walk()
    many.roll_back(31)
    assert "9, 10 ... 30" in many.refusal.message


def test_a_paused_session_is_resumed_before_it_goes_back() -> None:
    play = three()
    play.pause()
    play.roll_back(1, "why not")
    assert play.refusal.reason == "paused"


def test_a_rollback_without_the_state_to_go_back_to_is_a_mistake_of_the_caller() -> None:
    play = three()
    with pytest.raises(LookupError):
        play.do(RollBack(1, 1, None, "no state"))


def test_rollbacks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "MAX_ROLLBACKS", 1)
    play = three()
    play.roll_back(3)
    play.roll_back(3)
    assert "1 times" in play.refusal.message


def test_a_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(flow(prompt("one"), prompt("two")))
    monkeypatch.setattr(limits, "MAX_EVENTS", 3)
    play.report()
    assert (play.refusal.reason, play.refusal.remedy.arguments["action"]) == ("limit", "get_state")


@pytest.mark.parametrize(
    ("output", "evidence", "context", "words"),
    [
        ("x" * 1_048_577, None, {}, "output has"),
        ("x", {"text": "x" * (10 * 1024 * 1024)}, {}, "too large"),
        ("x", {"deep": DEEP}, {}, "deeper"),
        ("x", None, {"text": "x" * 300_000}, "context"),
    ],
)
def test_a_report_is_bounded(output: str, evidence: JsonObject | None, context: JsonObject, words: str) -> None:
    play = Play(flow(prompt("one")))
    play.do(ReportStep("one", output, evidence, context))
    assert play.refusal.reason == "argument"
    assert words in play.refusal.message


def test_evidence_of_many_lists_side_by_side_is_not_deep() -> None:
    play = Play(flow(prompt("one")))
    play.report(evidence={"rows": [[1]] * 100})
    assert play.state.status is Status.COMPLETED


def test_nothing_is_nested_so_deep_that_it_hurts() -> None:
    deep: JsonObject = {}
    for _ in range(100_000):
        deep = {"a": deep}
    play = Play(flow(prompt("one")))
    play.report(evidence=deep)
    assert play.refusal.reason == "argument"
    while deep:
        deep = deep.pop("a")  # type: ignore[assignment] # each level is an object


def test_variables_that_would_grow_too_large_together_are_refused() -> None:
    play = Play(flow(prompt("one"), prompt("two")), {"a": "x" * 200_000})
    play.report(b="x" * 100_000)
    assert isinstance(play.last, Refusal)
    assert play.refusal.reason == "argument"


def test_a_walk_over_too_many_passes_is_refused_by_name_and_nothing_is_recorded() -> None:
    never = prompt("aaa", runCondition={"var": "never", "equals": 1})
    inner = loop("inner", each("files", maxIterations=1000), [never])
    play = Play(flow(prompt("one"), loop("outer", each("files", maxIterations=1000), [inner])), {"never": 0})
    before = play.state
    with pytest.raises(ArgumentError) as caught:
        play.report(files=list(range(200)))
    assert caught.value.path == "context"
    assert play.state is before
