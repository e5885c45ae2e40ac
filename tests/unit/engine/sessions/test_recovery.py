"""What somebody who lost the thread is told of the last failure: none that a rollback took back."""

from engine.sessions.recovery import recovery
from schema.values import Json, JsonObject
from tests.unit.engine.flows import prompt
from tests.unit.engine.running import phase, phased
from tests.unit.engine.sessions.clocked import Clocked, flow
from tests.unit.engine.sessions.clocked import prompt as do
from tests.unit.engine.sessions.play import Play

RULE: JsonObject = {"name": "min", "params": {"min": 1}}
GATE: JsonObject = {"evidence": {"tests": {"type": "integer", "description": "How many", "validators": [RULE]}}}


def play_to_third() -> Play:
    """Fail in each of two phases once before passing it; a minute goes by between any two things."""
    play = Play(phased(*(phase(number, [prompt(f"step{number}")], GATE) for number in (1, 2, 3))))
    for number in (1, 2):
        fail(play, number)
        play.now += 60
        play.complete({"tests": 1}, number)
        play.now += 60
    return play


def fail(play: Play, number: int) -> None:
    play.complete({"tests": 0}, number)
    assert play.state.refused is not None


def failed_phase(play: Play) -> Json:
    error = recovery(play.state, play.workflow, {}).get("lastError")
    return error["phase"] if isinstance(error, dict) else None


def test_the_last_failure_is_told() -> None:
    assert failed_phase(play_to_third()) == 2


def test_a_failure_of_a_phase_no_longer_reached_is_stale_and_one_before_it_is_not() -> None:
    play = play_to_third()
    play.roll_back(2)
    play.now += 60
    assert failed_phase(play) == 1
    assert [each.phase for each in play.state.errors] == [1, 2]


def test_nothing_is_told_where_all_failures_were_taken_back() -> None:
    play = play_to_third()
    play.roll_back(1)
    assert failed_phase(play) is None


def test_a_failure_after_the_rollback_is_told() -> None:
    play = play_to_third()
    play.roll_back(1)
    play.now += 60
    fail(play, 1)
    assert failed_phase(play) == 1


def test_what_an_earlier_rollback_took_back_stays_stale_after_a_later_one() -> None:
    play = play_to_third()
    play.roll_back(1)
    play.now += 60
    for number in (1, 2):
        play.complete({"tests": 1}, number)
        play.now += 60
    assert failed_phase(play) is None
    play.roll_back(2)
    assert failed_phase(play) is None


def test_a_failure_the_session_went_on_from_is_not_to_be_retried() -> None:
    ways: tuple[JsonObject, ...] = ({"onError": {"strategy": "continue"}}, {})
    went_on, failed = (
        Clocked(flow({"id": "reset", "type": "set", "update": [{"path": "x.y[3]", "value": 1}], **more}, do("next")))
        for more in ways
    )
    for play, is_told in ((went_on, False), (failed, True)):
        error = recovery(play.state, play.workflow, {})["lastError"]
        assert isinstance(error, dict)
        assert ("remediation" in error) is is_told
