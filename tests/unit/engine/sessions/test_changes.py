import pytest

from engine.definition import Operation
from engine.sessions.change_family import (
    MAX_CHECKPOINTS,
    CheckpointMade,
    UpdateState,
    evolve_checkpoint,
)
from engine.sessions.limits import MAX_NOTE
from engine.sessions.model import PhaseStatus, Status
from engine.updates import Update
from schema.values import JsonObject
from tests.unit.engine.sessions.clocked import BEGAN, Clocked, call, flow, names, prompt
from tests.unit.engine.sessions.resting import rests

COMPUTED: JsonObject = {"double": {"from": "state.n", "expression": "input * 2"}}


def counting() -> Clocked:
    return Clocked(flow(prompt("ask"), prompt("next"), state={"n": 1}, computed=COMPUTED))


def test_an_update_changes_the_state_and_the_computed_fields_follow() -> None:
    play = counting()
    assert names(play.update("state.n", 4)) == ["StateUpdated"]
    assert (play.state.variables, play.state.computed) == ({"n": 4}, {"double": 8})
    assert play.key == "ask"


def test_a_batch_of_updates_is_made_whole_or_not_at_all() -> None:
    play = counting()
    wrong = (Update("n", Operation.INCREMENT, 1), Update("n.deeper", Operation.SET, 1))
    assert play.do(UpdateState(wrong, None)) == ()
    assert play.refusal.reason == "argument"
    assert "n.deeper" in play.refusal.message
    assert play.state.variables == {"n": 1}


@pytest.mark.parametrize("path", ["inputs.n", "computed.double", "double", "global.n", "state", "state..n", ""])
def test_only_the_state_can_be_written(path: str) -> None:
    play = counting()
    assert play.update(path, 5) == ()
    assert play.refusal.reason == "argument"
    assert play.state.variables == {"n": 1}


def test_a_computed_field_that_cannot_be_made_refuses_the_update() -> None:
    computed: JsonObject = {"size": {"from": "state.text", "expression": "input.trim().length"}}
    play = Clocked(flow(prompt("ask"), state={"text": "a"}, computed=computed))
    assert play.state.computed == {"size": 1}
    assert play.update("text", 7) == ()
    assert "computed field size" in play.refusal.message


def test_a_state_that_would_grow_too_large_refuses_the_update() -> None:
    play = counting()
    assert play.update("n", "x" * 300_000) == ()
    assert "too large" in play.refusal.message


@pytest.mark.parametrize("count", [0, 1_001])
def test_an_update_holds_at_least_one_change_and_not_too_many(count: int) -> None:
    play = counting()
    assert play.do(UpdateState((Update("n", Operation.SET, 1),) * count, None)) == ()
    assert str(count) in play.refusal.message


def test_an_update_of_another_version_is_a_conflict_that_names_the_actual_one() -> None:
    play = counting()
    version = play.state.version
    play.update("n", 2, expected=version)
    assert play.update("n", 3, expected=version) == ()
    assert play.refusal.reason == "conflict"
    assert str(play.state.version) in play.refusal.message
    assert play.state.variables["n"] == 2


def test_an_update_in_a_pause_changes_the_state_and_nothing_moves() -> None:
    play = Clocked(flow({"id": "hold", "type": "wait", "until": "state.ready"}, prompt("next"), state={"ready": False}))
    play.pause()
    assert names(play.update("ready", 1)) == ["StateUpdated"]
    assert (play.key, play.state.status) == ("hold", Status.PAUSED)
    play.resume()
    assert play.key == "next"


def test_an_update_gives_a_step_the_variable_it_waits_for() -> None:
    play = Clocked(flow(prompt("ask", runCondition={"var": "kind", "equals": "big"}), prompt("next")))
    assert play.state.waiting is not None
    assert play.state.waiting.gaps
    play.update("kind", "big")
    assert play.key == "ask"
    assert play.state.waiting.gaps == ()


def test_an_update_may_change_older_variables_by_any_name() -> None:
    old: JsonObject = {
        "id": "old",
        "name": "Old",
        "description": "d",
        "steps": [{"id": "ask", "title": "A", "prompt": "A"}],
    }
    play = Clocked(old)
    play.update("inputs.n", 1)
    assert play.state.variables == {"inputs": {"n": 1}}


def test_a_session_that_is_over_takes_no_update_and_no_cancelling() -> None:
    play = Clocked(flow(prompt("ask")))
    play.report()
    assert play.update("n", 1) == ()
    assert play.refusal.reason == "finished"
    assert play.cancel() == ()
    assert play.refusal.reason == "finished"


def test_a_signal_with_too_much_payload_is_refused() -> None:
    play = Clocked(flow({"id": "hold", "type": "wait", "signal": "go"}))
    assert play.signal("go", "x" * 300_000) == ()
    assert play.refusal.message.startswith("payload: ")


def test_a_paused_session_hears_no_signal() -> None:
    play = Clocked(flow({"id": "hold", "type": "wait", "signal": "go"}))
    play.pause()
    assert play.signal("go") == ()
    assert play.refusal.reason == "paused"


SKIPPABLE: list[JsonObject] = [
    prompt("ask", skippable=True),
    {"id": "name", "type": "input", "prompt": "Name?", "skippable": True},
    call("pay", skippable=True),
    {"id": "hold", "type": "wait", "for": 60, "skippable": True},
]


@pytest.mark.parametrize("step", SKIPPABLE, ids=lambda step: str(step["id"]))
def test_a_step_its_document_marks_skippable_is_passed_over(step: JsonObject) -> None:
    play = Clocked(flow(step, prompt("next")))
    key = play.key
    assert names(play.skip())[0] == "StepSkipped"
    assert play.key == "next"
    assert play.report("late", key=key) == ()
    assert play.refusal.reason == "not_open"


def test_skipping_the_last_step_completes_the_phase_and_the_session() -> None:
    play = Clocked(flow(prompt("ask", skippable=True)))
    play.skip()
    assert play.status() == "completed"
    assert play.state.phases[-1].status is PhaseStatus.COMPLETED


def test_a_step_that_failed_and_waits_for_its_next_try_may_be_skipped() -> None:
    play = Clocked(flow(call(skippable=True, onError={"strategy": "retry"}), prompt("next")))
    play.fails()
    play.skip("charge")
    assert (play.key, play.due()) == ("next", None)


@pytest.mark.parametrize(
    ("key", "reason", "kind"),
    [
        ("ask", "because", "permission"),
        ("next", "because", "not_open"),
        ("other#0::ask", "because", "not_open"),
        ("ask", " ", "argument"),
        ("ask", "x" * (MAX_NOTE + 1), "argument"),
    ],
)
def test_what_may_not_be_skipped_is_refused_with_the_reason(key: str, reason: str, kind: str) -> None:
    play = counting()
    assert play.skip(key, reason) == ()
    assert play.refusal.reason == kind


def test_a_step_that_waits_for_a_variable_is_not_open_for_skipping() -> None:
    play = Clocked(flow(prompt("ask", runCondition={"var": "kind", "equals": "big"}, skippable=True)))
    assert play.skip("ask") == ()
    assert play.refusal.reason == "not_open"


def test_a_paused_session_skips_nothing() -> None:
    play = Clocked(flow(prompt("ask", skippable=True)))
    play.pause()
    assert play.skip() == ()
    assert play.refusal.reason == "paused"


def test_a_cancelled_session_has_nothing_due_and_takes_nothing() -> None:
    play = Clocked(flow(prompt("ask", timeout=10), config={"timeout": 100}))
    play.cancel("not wanted")
    assert (play.state.status, play.due(), play.state.completed_at) == (Status.CANCELLED, None, BEGAN)
    assert play.later(1000) == ()
    assert play.report("late") == ()
    assert play.refusal.reason == "finished"


def test_a_reason_to_cancel_may_not_be_endless() -> None:
    play = counting()
    assert play.cancel("x" * (MAX_NOTE + 1)) == ()
    assert play.refusal.reason == "argument"


def test_a_checkpoint_names_the_version_it_is_made_at() -> None:
    play = counting()
    version = play.state.version
    play.checkpoint("before")
    assert [(each.label, each.version) for each in play.state.checkpoints] == [("before", version)]
    play.report()
    play.checkpoint("before")
    assert [each.version for each in play.state.checkpoints] == [play.state.version - 1]


@pytest.mark.parametrize("label", ["", "  ", "x" * 129])
def test_a_label_has_some_characters_and_not_too_many(label: str) -> None:
    play = counting()
    assert play.checkpoint(label) == ()
    assert play.refusal.reason == "argument"


def test_a_checkpoint_may_be_made_in_a_pause_and_not_after_the_end() -> None:
    play = Clocked(flow(prompt("ask")))
    play.pause()
    assert play.checkpoint("paused")
    play.resume()
    play.report()
    assert play.checkpoint("late") == ()
    assert play.refusal.reason == "finished"


def test_only_so_many_checkpoints_are_kept_the_newest_ones() -> None:
    state = rests()
    for number in range(MAX_CHECKPOINTS + 1):
        state = evolve_checkpoint(state, CheckpointMade(f"c{number}", number), 1.0)
    assert len(state.checkpoints) == MAX_CHECKPOINTS
    assert state.checkpoints[0].label == "c1"


@pytest.mark.requirement("AC-WEE-003")
def test_only_a_paused_session_is_resumed() -> None:
    play = counting()
    assert play.resume() == ()
    assert play.refusal.reason == "state"
