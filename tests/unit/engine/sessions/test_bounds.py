"""What a session keeps of what goes wrong is bounded, however often an agent or a person says no."""

import pytest

from engine.definition import Workflow
from engine.sessions import records, session_family
from engine.sessions.model import Approval, Status
from tests.unit.engine.flows import document, prompt
from tests.unit.engine.running import phase, phased, workflow_of
from tests.unit.engine.sessions.play import APPROVE, Play

GATED = workflow_of(
    phased(phase(1, [prompt("a")]), phase(2, [], {"evidence": {"ok": {"type": "boolean"}}}), phase(3, [prompt("b")]))
)
ASKS = workflow_of(document(prompt("a", requireConfirmation=True), prompt("b", requireConfirmation=True)))


def at_gate(workflow: Workflow) -> Play:
    play = Play(workflow)
    play.report()
    return play


def test_old_attempts_leave_the_history_and_numbering_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_ROWS", 4)
    play = at_gate(GATED)
    for number in range(9):
        play.complete({"ok": number})
    assert [row.attempt for row in play.state.history] == [7, 8, 9, 10]
    play.complete({"ok": True})
    assert [(row.phase, row.attempt) for row in play.state.history] == [(2, 8), (2, 9), (2, 10), (3, 1)]
    play.roll_back(2)
    assert [(row.phase, row.attempt) for row in play.state.history] == [(2, 9), (2, 10), (3, 1), (2, 11)]
    play.roll_back(1)
    assert play.state.phases[-1].attempt == 2


def test_old_pauses_are_dropped_and_their_time_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_family, "MAX_PAUSES", 2)
    play = Play(GATED)
    for number in range(5):
        play.pause(f"note {number}")
        play.now += 10
        play.resume()
    assert [each.note for each in play.state.pauses] == ["note 3", "note 4"]
    assert play.state.paused_seconds == 50


def test_old_refusals_of_a_person_are_dropped_and_what_was_approved_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_DECLINED", 2)
    play = Play(ASKS)
    play.report(approval=APPROVE)
    for number in range(4):
        play.report(f"try {number}", approval=Approval("reject", str(number), "agent"))
    assert [(each.key, each.approval.decision, each.approval.comment) for each in play.state.approvals] == [
        ("a", "approve", ""),
        ("b", "reject", "2"),
        ("b", "reject", "3"),
    ]
    assert play.state.status is Status.RUNNING
