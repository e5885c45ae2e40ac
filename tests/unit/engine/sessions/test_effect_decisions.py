"""Commands from their claim to their outcome: one winner, one outcome, and what becomes of those that are lost."""

import pytest

from engine.sessions.draft import Draft
from engine.sessions.effect_decisions import MAX_CLAIMS, claim_expired, effect_of, open_effects
from engine.sessions.effect_family import (
    EffectClaimed,
    EffectFinished,
    EffectReleased,
    evolve_claimed,
    evolve_finished,
    evolve_released,
)
from engine.sessions.effect_model import INTERRUPTED, CommandOutcome
from engine.sessions.model import Status
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import flow, names, prompt
from tests.unit.engine.sessions.commanded import LEASE, RULES, Commanded, command, ended

RESULT: JsonObject = {"path": "said", "value": "{{ result }}"}
INTERRUPT = CommandOutcome(None, "", "", timed_out=False, duration=0.0, fault=INTERRUPTED)


def cause(play: Commanded) -> tuple[str, str]:
    """Give why the session failed: the kind of error, and the end of its words."""
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    return play.state.cause.error_type, play.state.cause.message.partition(" failed: ")[2]


def test_what_a_command_gave_is_stored_and_the_walk_goes_on() -> None:
    play = Commanded(command(update=[RESULT], store="all"), prompt("next"))
    assert names(play.claim()) == ["EffectClaimed"]
    assert names(play.finish(ended(stdout="one\ntwo\n"))) == ["EffectFinished", "StateUpdated", "StepOpened"]
    result = {"exitCode": 0, "stdout": "one\ntwo\n", "stderr": "", "data": "one\ntwo", "timedOut": False}
    assert play.state.variables == {"said": result, "all": result}
    assert (play.key, play.state.effect) == ("next", None)
    assert play.state.reports["run-it"].line == "exit code 0 after 0.5 s"


def test_a_command_that_could_not_be_run_has_failed() -> None:
    play = Commanded(command())
    play.ran(CommandOutcome(None, "", "", timed_out=False, duration=0.0, fault="there is no program 'tool'"))
    assert cause(play) == ("CommandError", "there is no program 'tool'")
    assert play.state.reports["run-it"].line == "there is no program 'tool'"


def test_a_run_without_a_command_has_no_claim_to_look_after() -> None:
    play = Commanded(prompt("one"))
    draft = Draft(play.state, play.workflow, play.now, play.policy)
    claim_expired(draft)
    assert draft.finish() == ()


def test_only_the_first_claim_counts() -> None:
    play = Commanded(command())
    play.claim(node="one")
    assert play.claim("run-it", node="two") == ()
    assert play.is_refused
    assert play.finish(node="two") == ()
    assert play.is_refused
    assert names(play.finish(node="one")) == ["EffectFinished", "SessionCompleted"]


def test_a_command_that_is_no_more_is_neither_claimed_nor_finished() -> None:
    play = Commanded(command())
    play.ran()
    assert play.claim("run-it") == ()
    assert play.finish() == ()
    assert play.finish(effect_id="check#1::run-it") == ()
    assert play.is_refused


def test_a_failed_command_stores_nothing_and_its_end_is_told() -> None:
    play = Commanded(command(update=[RESULT]))
    play.ran(ended(3, stdout="half", stderr="  no such branch\n"))
    assert cause(play) == ("CommandError", "tool ended with exit code 3: no such branch")
    assert play.state.variables == {}


def test_a_failed_command_is_tried_again_with_a_key_of_its_own() -> None:
    play = Commanded(command(onError={"strategy": "retry", "maxRetries": 2}), prompt("next"))
    play.ran(ended(1))
    assert (play.open, play.due()) == ([], 1.0)
    play.later(1.0)
    assert play.open == ["run-it+1"]
    play.ran(ended(1))
    play.later(10.0)
    play.ran(ended(0))
    assert play.key == "next"


def test_of_a_failed_command_that_may_fail_the_result_is_there() -> None:
    play = Commanded(command(onError={"strategy": "continue"}, update=[RESULT]), prompt("next"))
    play.ran(ended(2, stderr="bad"))
    said = play.state.variables["said"]
    assert isinstance(said, dict)
    assert (said["exitCode"], said["stderr"], play.key, play.state.error_count) == (2, "bad", "next", 1)


def test_a_fallback_takes_the_place_of_a_failed_result() -> None:
    fallback: JsonObject = {"strategy": "fallback", "fallbackValue": "none"}
    play = Commanded(command(onError=fallback, store="said"))
    play.ran(ended(1))
    assert (play.state.status, play.state.variables) == (Status.COMPLETED, {"said": "none"})


@pytest.mark.parametrize("strategy", ["fail", "continue"])
def test_a_result_that_cannot_be_stored_is_a_failure(strategy: str) -> None:
    wrong: JsonObject = {"path": "n", "operation": "increment", "value": "{{ result.stdout }}"}
    play = Commanded(command(update=[wrong], onError={"strategy": strategy}), prompt("next"), state={"n": 1})
    play.ran(ended(stdout="x"))
    assert play.state.errors[-1].error_type == "UpdateError"
    assert (play.state.variables, play.key) == ({"n": 1}, "next" if strategy == "continue" else "run-it")


def test_of_two_faults_the_command_s_own_is_told() -> None:
    wrong: JsonObject = {"path": "n", "operation": "increment", "value": "{{ result.stdout }}"}
    play = Commanded(command(update=[wrong], onError={"strategy": "continue"}), state={"n": 1})
    play.ran(ended(4, stdout="x"))
    assert [each.error_type for each in play.state.errors] == ["CommandError"]


def test_a_command_that_is_not_allowed_any_more_is_not_run() -> None:
    play = Commanded(command(onError={"strategy": "retry"}))
    play.policy = play.policy._replace(commands=RULES._replace(programs=frozenset()))
    assert names(play.claim()) == ["StepFailed", "SessionFailed"]
    assert cause(play) == ("CommandError", "the program 'tool' is not allowed here (setting command_programs)")


def test_of_a_claim_that_outlives_its_lease_nobody_knows_the_outcome() -> None:
    play = Commanded(command(onError={"strategy": "retry", "maxRetries": 5}))
    play.claim()
    assert play.due() == LEASE
    assert names(play.later(LEASE)) == ["TimerFired", "StepFailed", "SessionFailed"]
    kind, words = cause(play)
    assert kind == "OutcomeUnknownError"
    assert words.startswith("outcome unknown: ")
    assert play.finish() == ()


def test_a_lost_command_may_have_a_fallback() -> None:
    play = Commanded(command(onError={"strategy": "continue"}), prompt("next"))
    play.claim()
    play.later(LEASE)
    assert play.key == "next"


def test_a_repeatable_command_is_taken_again_but_not_for_ever() -> None:
    play = Commanded(command(repeatable=True))
    for attempt in range(1, MAX_CLAIMS):
        assert play.effect.attempt == attempt
        play.claim(node=f"node {attempt}")
        assert names(play.later(attempt * LEASE)) == ["TimerFired", "EffectReleased"]
    play.claim()
    play.later(MAX_CLAIMS * LEASE)
    assert cause(play)[0] == "OutcomeUnknownError"


def test_a_command_whose_server_ended_is_lost_at_once() -> None:
    once, again = Commanded(command()), Commanded(command(repeatable=True))
    once.ran(INTERRUPT)
    assert cause(once)[0] == "OutcomeUnknownError"
    again.claim()
    assert names(again.finish(INTERRUPT)) == ["EffectReleased"]
    assert (again.effect.node, again.effect.attempt) == ("", 2)


def test_nothing_is_taken_while_a_session_is_paused() -> None:
    play = Commanded(command())
    play.pause()
    assert (play.open, play.due()) == ([], None)
    assert play.claim("run-it") == ()
    play.resume()
    assert play.open == ["run-it"]


def test_an_outcome_that_comes_in_a_pause_counts_when_the_session_goes_on() -> None:
    play = Commanded(command(store="said"), prompt("next"))
    play.claim()
    play.pause()
    assert names(play.finish(ended(stdout="late"))) == ["EffectFinished"]
    assert (play.state.variables, play.state.status) == ({}, Status.PAUSED)
    play.resume()
    assert play.due() is not None
    assert play.claim("run-it") == ()
    outcome = play.effect.outcome
    assert outcome is not None
    play.finish(outcome)
    assert (play.key, play.state.status) == ("next", Status.RUNNING)
    said = play.state.variables["said"]
    assert isinstance(said, dict)
    assert said["data"] == "late"


def test_a_cancelled_session_has_no_use_for_an_outcome() -> None:
    play = Commanded(command())
    play.claim()
    play.cancel()
    assert play.finish() == ()
    assert (play.state.status, effect_of(play.state, "run-it")) == (Status.CANCELLED, None)


def test_a_command_ends_with_the_time_of_its_workflow() -> None:
    play = Commanded(command(timeout=1000), config={"timeout": 10})
    play.claim()
    play.later(10)
    assert play.state.status is Status.TIMED_OUT
    assert play.finish() == ()


def fanned(**keys: Json) -> Commanded:
    """Give a session with one task for each of three items, each with a command."""
    each: JsonObject = {
        "description": "One.",
        "inputs": {"file": {"type": "string"}},
        "state": {"n": 0},
        "steps": [command(run="tool {{ inputs.file }}", update=[{"path": "n", "value": "{{ result.data }}"}], **keys)],
    }
    fan: JsonObject = {
        "id": "check",
        "type": "parallel",
        "items": ["a", "b", "c"],
        "task": "one",
        "inputs": {"file": "{{ loop.item }}"},
        "collect": {"store": "found", "value": "{{ state.n }}"},
    }
    return Commanded(fan, prompt("next"), tasks={"one": each})


def test_commands_of_tasks_are_open_at_the_same_time_and_each_has_its_own_outcome() -> None:
    play = fanned()
    assert play.open == ["check#0::run-it", "check#1::run-it", "check#2::run-it"]
    assert [each.effect.words for each in open_effects(play.state)] == [("tool", "a"), ("tool", "b"), ("tool", "c")]
    for effect_id in reversed(play.open):
        play.ran(ended(stdout=f"of {effect_id[6]}"), effect_id)
    assert play.state.variables["found"] == ["of 0", "of 1", "of 2"]
    assert play.key == "next"


def test_a_lost_command_of_a_task_fails_the_task_and_the_step_around_it() -> None:
    play = fanned()
    play.claim("check#1::run-it")
    play.later(LEASE)
    assert play.state.status is Status.FAILED


def within_child(**keys: Json) -> Commanded:
    """Give a session whose child workflow begins with a command."""
    child = flow(command(**keys), prompt("inner"))._replace(id="child")
    enter: JsonObject = {"id": "enter", "type": "workflow", "workflowId": "child"}
    return Commanded(workflow=flow(enter, prompt("next"))._replace(children={"child": child}))


def test_a_command_of_a_child_workflow_moves_the_child_on() -> None:
    play = within_child(update=[RESULT])
    assert play.open == ["enter#0::run-it"]
    play.ran(ended(stdout="x"))
    inner = play.state.nested["enter#0"].state
    assert (inner.position, play.state.variables) == ("inner", {})
    said = inner.variables["said"]
    assert isinstance(said, dict)
    assert said["data"] == "x"


def test_a_failed_command_of_a_child_workflow_fails_the_step_that_entered_it() -> None:
    play = within_child()
    play.ran(ended(1))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.key == "enter"


def test_the_fold_of_a_log_does_not_break_at_an_effect_that_is_no_more() -> None:
    state = Commanded(prompt("one")).state
    assert evolve_claimed(state, EffectClaimed("x", "n", 1.0), 1.0) is state
    assert evolve_released(state, EffectReleased("x", 2), 1.0) is state
    assert evolve_finished(state, EffectFinished("x", ended(), is_counted=False), 1.0).effect is None
