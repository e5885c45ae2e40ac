"""What a failure does to progress: only reports that were counted are taken back."""

from schema.values import JsonObject
from tests.unit.engine.sessions.clocked import Clocked, call, flow, prompt
from tests.unit.engine.sessions.commanded import Commanded, command, ended

RETRIED: JsonObject = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 5}}


def test_a_command_that_is_tried_again_takes_no_report_back() -> None:
    play = Commanded(prompt("look"), command(onError=RETRIED), prompt("tell"))
    play.report()
    for _ in range(2):
        play.ran(ended(1))
        assert play.state.done == 1
        play.later(play.now + 10)
    play.ran(ended(1))
    assert (play.status(), play.state.done) == ("failed", 1)


def test_a_call_that_failed_counts_when_it_is_done() -> None:
    play = Clocked(flow(call(onError=RETRIED), prompt("tell")))
    play.fails()
    assert play.state.done == 0
    play.later(10)
    play.report("{}")
    assert play.state.done == 1


def test_a_step_that_fails_before_it_is_handed_out_takes_back_nothing_of_what_was_given_for_it() -> None:
    asked = call(runCondition={"var": "ready", "equals": 1}, parameters={"n": "{{ state.o.x.y }}"})
    never: JsonObject = {"id": "never", "type": "set", "update": [{"path": "ready", "value": 1}]}
    skipped: JsonObject = {"id": "skipped", "type": "if", "condition": "false", "then": [never]}
    play = Clocked(flow(asked, skipped, state={"o": {}}))
    play.report(None, ready=1)
    assert (play.status(), play.state.done) == ("failed", 0)


def test_an_input_whose_answers_are_used_up_takes_no_report_back() -> None:
    ask: JsonObject = {"id": "ask", "type": "input", "prompt": "How many?", "kind": "integer", "maxAttempts": 1}
    play = Clocked(flow(prompt("look"), ask | {"onError": RETRIED}))
    play.report()
    play.report("many")
    assert play.state.done == 1
