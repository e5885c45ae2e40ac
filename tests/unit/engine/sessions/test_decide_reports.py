import pytest

from engine.sessions.model import PhaseStatus, Status
from engine.sessions.phase_family import GateRefused, PhaseCompleted
from engine.sessions.position import needs_confirmation, open_gate, open_step
from engine.sessions.step_family import (
    StepOpened,
    StepRefused,
    StepReported,
)
from schema.values import Json, JsonObject
from tests.unit.engine.flows import flow, loop, phase, phased, prompt, times
from tests.unit.engine.sessions.play import OVERRIDE, STRICT, Play

OK: JsonObject = {"evidence": {"ok": {"type": "boolean"}}}
ON: JsonObject = {"var": "on", "equals": True}


def test_a_session_begins_at_the_first_step_and_ends_behind_the_last() -> None:
    play = Play(flow(prompt("one"), prompt("two")))
    assert (play.key, play.state.status, play.state.phase) == ("one", Status.RUNNING, 1)
    assert play.report() == (
        StepReported("one", play.state.reports["one"].digest, "done", None, {}, (), None, 1, 4),
        StepOpened("two", 2, ()),
    )
    play.report("All of it.\nAnd more.")
    assert (play.key, play.state.status, play.state.done) == ("", Status.COMPLETED, 2)
    assert play.state.reports["two"].line == "All of it."
    assert [each.status for each in play.state.phases] == [PhaseStatus.COMPLETED] * 2


def test_a_workflow_in_which_nothing_is_to_be_done_is_complete_at_once() -> None:
    play = Play(flow(prompt("one", runCondition=ON)), {"on": False})
    assert play.state.status is Status.COMPLETED
    assert (play.state.phases, play.state.skipped, play.state.phase) == ((), (1,), 1)


def test_the_same_report_again_is_answered_as_it_was_and_changes_nothing() -> None:
    play = Play(flow(prompt("one"), prompt("two")))
    play.report()
    before = play.state
    assert play.report(key="one") == ()
    assert play.repeated == before.version
    assert play.state is before


def test_the_last_report_is_recognised_after_the_end_too() -> None:
    play = Play(flow(prompt("one")))
    play.report()
    play.report(key="one")
    assert play.repeated == play.state.version


def test_other_arguments_for_a_reported_step_are_refused_with_what_is_open() -> None:
    play = Play(flow(prompt("one"), prompt("two")))
    play.report()
    play.report("something else", key="one")
    assert (play.refusal.reason, play.refusal.error_type, play.refusal.open) == ("not_open", "StateError", ("two",))
    assert "other arguments" in play.refusal.message


@pytest.mark.parametrize("key", ["two", "rep@0::aaa", "nothing", "", "gate:1"])
def test_a_step_that_is_not_open_is_refused(key: str) -> None:
    play = Play(flow(prompt("one"), prompt("two"), loop("rep", times(1), [prompt("aaa")])))
    play.report(key=key)
    assert (play.refusal.reason, play.refusal.open) == ("not_open", ("one",))
    assert play.refusal.remedy.tool == "workflow_next"


@pytest.mark.parametrize("output", [None, "", "  \n"])
def test_a_report_that_says_nothing_is_refused_and_counted_as_an_error(output: str | None) -> None:
    play = Play(flow(prompt("one")))
    (refused,) = play.report(output)
    assert isinstance(refused, StepRefused)
    assert refused.issues[0].field == "output"
    assert (play.key, play.state.error_count) == ("one", 1)
    assert play.state.errors[0].error_type == "ValidationError"


def test_the_same_refused_report_is_no_new_attempt_and_a_better_one_is_taken() -> None:
    criteria: Json = [{"type": "contains", "value": "tested", "message": "Say what was tested."}]
    play = Play(flow(prompt("one", validationCriteria=criteria), prompt("two")))
    (refused,) = play.report("it works")
    assert isinstance(refused, StepRefused)
    (issue,) = refused.issues
    assert (issue.message, issue.received) == ("Say what was tested.", "8 characters: 'it works'")
    assert "tested" in issue.expected
    assert play.report("it works") == ()
    assert play.repeated == play.state.version
    play.report("tested it")
    assert (play.key, play.state.refused, play.state.error_count) == ("two", None, 1)


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        ("string", 1, "x"),
        ("number", True, 1.5),
        ("integer", 1.5, 2.0),
        ("integer", "2", 2),
        ("boolean", 1, False),
        ("array", {}, []),
        ("object", [], {}),
        ("object", "x" * 500, {}),
    ],
)
def test_a_produced_variable_must_be_there_and_of_its_type(kind: str, wrong: Json, right: Json) -> None:
    play = Play(flow(prompt("one", produces={"plan": kind}), prompt("two")))
    (missing,) = play.report()
    assert isinstance(missing, StepRefused)
    assert (missing.issues[0].field, missing.issues[0].received) == ("context.plan", "nothing")
    assert missing.issues[0].has_example
    (mistyped,) = play.report(plan=wrong)
    assert isinstance(mistyped, StepRefused)
    assert "wrong type" in mistyped.issues[0].message
    play.report(plan=right)
    assert (play.key, play.state.variables) == ("two", {"plan": right})


def test_a_required_variable_may_come_with_the_report() -> None:
    play = Play(flow(prompt("one", requires={"plan": "object"}), prompt("two")))
    (refused,) = play.report()
    assert isinstance(refused, StepRefused)
    assert "requires" in refused.issues[0].message
    play.report(plan={})
    assert play.key == "two"


def test_a_step_with_a_gate_needs_evidence_and_no_words() -> None:
    play = Play(flow(prompt("one", evidence=OK), prompt("two")))
    (refused,) = play.report(None)
    assert isinstance(refused, StepRefused)
    assert [each.field for each in refused.issues] == ["evidence", "ok"]
    assert play.state.phases[0].failures == 0
    assert open_gate(play.state, play.workflow) is not None
    play.report(None, evidence={"ok": True})
    assert (play.key, play.state.phases[0].evidence) == ("two", {"ok": True})
    assert play.state.reports["one"].line == "evidence: ok"


def test_the_gate_of_a_step_outside_phases_counts_its_attempts_with_its_phase() -> None:
    play = Play(flow(prompt("one", evidence={**OK, "maxAttempts": 3})))
    (refused,) = play.report(evidence={"ok": 1})
    assert isinstance(refused, GateRefused)
    assert (refused.key, refused.failed) == ("gate:1", False)
    play.complete({"ok": 2})
    play.report(evidence={"ok": "x"})
    assert (play.state.status, play.state.phases[0].failures) == (Status.FAILED, 3)


def test_the_gate_of_a_step_in_a_phase_counts_for_itself_and_fails_the_session_in_the_end() -> None:
    step = prompt("one", evidence={**OK, "maxAttempts": 2})
    play = Play(phased(phase(1, step, gate=OK)))
    play.report(evidence={})
    assert (play.state.failures, play.state.phases[0].failures, play.state.phases[0].attempt) == ({"one": 1}, 0, 1)
    play.report(evidence={"ok": 0})
    assert (play.state.status, play.key, play.state.history[0].status) == (Status.FAILED, "one", "failed")
    play.report(evidence={"ok": True})
    assert (play.refusal.reason, play.refusal.remedy.arguments["action"]) == ("finished", "retry_phase")
    play.retry()
    assert (play.state.failures, play.state.status, play.state.phases[0].attempt) == ({}, Status.RUNNING, 2)
    play.report(evidence={"ok": True})
    assert play.key == "gate:1"


def test_what_a_lenient_gate_lets_pass_is_recorded_and_told() -> None:
    play = Play(flow(prompt("one", evidence={**OK, "strict": False}), prompt("two")))
    play.report(evidence={"ok": "yes"})
    assert play.key == "two"
    assert [each.field for each in play.state.phases[0].findings] == ["ok"]
    assert play.state.warnings[0].startswith("ok: ")


def test_strict_gates_take_a_lenient_gate_for_strict() -> None:
    play = Play(flow(prompt("one", evidence={**OK, "strict": False})), policy=STRICT)
    (refused,) = play.report(evidence={"ok": "yes"})
    assert isinstance(refused, GateRefused)


def test_output_and_evidence_that_are_both_wrong_are_told_together() -> None:
    criteria: Json = [{"type": "contains", "value": "tested", "message": "Say what was tested."}]
    play = Play(flow(prompt("one", evidence=OK, validationCriteria=criteria)))
    (refused,) = play.report("no", evidence={"ok": 1}, approval=OVERRIDE)
    assert isinstance(refused, GateRefused)
    assert [each.field for each in refused.issues] == ["output", "ok"]


def test_the_gate_of_a_phase_comes_as_a_step_and_passes_with_evidence_and_variables() -> None:
    play = Play(phased(phase(0, prompt("one"), gate=OK), phase(1, prompt("two", runCondition=ON))))
    play.report()
    assert (play.key, open_step(play.state, play.workflow), play.state.done) == ("gate:0", None, 1)
    assert not needs_confirmation(play.state, play.workflow)
    (refused,) = play.report(None)
    assert isinstance(refused, StepRefused)
    events = play.report(None, evidence={"ok": True}, on=True)
    assert isinstance(events[0], PhaseCompleted)
    assert (events[0].unreported, events[0].context) == ((), {"on": True})
    assert (play.key, play.state.variables) == ("two", {"on": True})
    play.report(None, key="gate:0", evidence={"ok": True}, on=True)
    assert play.repeated == play.state.version


def test_a_phase_without_tasks_and_gate_still_comes() -> None:
    play = Play(phased(phase(1), phase(2, prompt("one"))))
    assert play.key == "gate:1"
    play.report(None, evidence={"summary": "read it"})
    assert play.key == "one"
