"""The same report again: it has the answer it had, and nothing happens."""

from engine.sessions.model import Approval
from schema.values import JsonObject
from tests.unit.engine.flows import flow as plain_flow
from tests.unit.engine.flows import prompt
from tests.unit.engine.sessions.clocked import Clocked, flow
from tests.unit.engine.sessions.play import APPROVE, OVERRIDE, REJECT, Play

ASK: JsonObject = {"id": "ask", "type": "input", "prompt": "How many?", "kind": "integer", "maxAttempts": 3}
AGAIN: JsonObject = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 0}}
WORDS = (APPROVE, REJECT, OVERRIDE)


def refused_twice(word: Approval) -> Clocked:
    """Give a session whose input was answered wrongly, and so again, each time with a person's word."""
    play = Clocked(flow(ASK))
    play.report("many", approval=word)
    play.report("many", approval=word)
    return play


def test_a_wrong_answer_sent_again_with_a_persons_word_is_no_second_try() -> None:
    for word in WORDS:
        play = refused_twice(word)
        assert play.repeated == play.state.version
        assert play.state.failures == {"ask": 1}


def test_evidence_a_gate_refused_is_no_second_attempt_with_a_word_that_overrides_nothing() -> None:
    gate: JsonObject = {"evidence": {"ok": {"type": "boolean"}}, "allowOverride": True}
    play = Play(plain_flow(prompt("one", evidence=gate), prompt("two")))
    play.report(evidence={"ok": 1})
    for word in (APPROVE, REJECT):
        play.report(evidence={"ok": 1}, approval=word)
        assert play.repeated == play.state.version
    play.report(evidence={"ok": 1}, approval=OVERRIDE)
    assert play.key == "two"


def test_the_same_answer_to_an_input_that_is_tried_again_is_another_answer() -> None:
    play = Clocked(flow(ASK | {"maxAttempts": 1, "onError": AGAIN}))
    play.report("many")
    assert play.key == "ask+1"
    play.report("many")
    assert play.key == "ask+2"
    play.report("many", key="ask+1")
    assert play.repeated > 0


def test_a_no_said_again_is_the_same_no_and_a_yes_is_news() -> None:
    play = Play(plain_flow(prompt("one", requireConfirmation=True), prompt("two")))
    play.report("done", approval=REJECT)
    declined = play.state.version
    play.report("done", approval=REJECT)
    assert play.repeated == declined
    play.report("done", approval=APPROVE)
    assert play.key == "two"
