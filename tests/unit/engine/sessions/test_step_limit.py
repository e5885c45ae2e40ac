"""A session that walks on without an end is failed with a diagnosis, and a retry goes on where it stood."""

import pytest

from engine.sessions import draft, serving
from engine.sessions.model import Status
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.automatic import END, loop, put, say, when
from tests.unit.engine.sessions.clocked import Clocked, flow, prompt
from tests.unit.engine.sessions.parents import child, enter, within

UP = put("up", "n", 1, "increment")


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MAX_SERVED", 50)
    monkeypatch.setattr(draft, "MAX_PASSES", 100)


def endless(*body: Json) -> JsonObject:
    """Give two loops around steps that never come to an end."""
    return loop(
        "outer", [loop("inner", [*body], type="while", condition="state.n < 1e9")], type="while", condition="true"
    )


@pytest.mark.usefixtures("_few")
def test_too_many_steps_in_one_call_fail_the_session_and_say_where_it_goes_round() -> None:
    play = Clocked(flow(endless(UP), END, state={"n": 0}))
    assert play.state.status is Status.FAILED
    cause = play.state.cause
    assert cause is not None
    assert (cause.key, cause.error_type) == ("outer@0/inner@50::up", "StepLimitError")
    assert "more than 50 steps" in cause.message
    assert "loop outer is in pass 1 of at most 100" in cause.message
    assert "loop inner is in pass 51 of at most 100" in cause.message
    assert '{"state.n":50}' in cause.message
    assert play.state.variables["n"] == 50


@pytest.mark.usefixtures("_few")
def test_a_retry_goes_on_where_it_stood() -> None:
    play = Clocked(flow(endless(UP), END, state={"n": 0}))
    play.again()
    assert play.state.status is Status.FAILED
    assert play.state.variables["n"] == 100
    play.update("n", 2_000_000_000)
    play.again()
    assert play.state.variables["n"] == 2_000_000_001


@pytest.mark.usefixtures("_few")
def test_passes_in_which_nothing_is_carried_out_count_as_well() -> None:
    play = Clocked(flow(endless(when("never", "state.n < 0", [UP])), END, state={"n": 0}))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "StepLimitError"
    play.update("n", -2)
    play.again()
    assert play.state.variables["n"] == 0


@pytest.mark.usefixtures("_few")
def test_many_steps_without_a_loop_are_too_many_too() -> None:
    steps: list[JsonObject] = [say(f"message-{number}", "x") for number in range(60)]
    play = Clocked(flow(*steps, END))
    assert play.state.cause is not None
    assert "no loop is under way" in play.state.cause.message
    play.again()
    assert play.key == "end"
    assert len(play.state.messages) == 10


@pytest.mark.usefixtures("_few")
def test_the_steps_of_children_count_with_those_of_the_session() -> None:
    inner = child(put("a", "a", 1), put("b", "b", 1), put("c", "c", 1))
    play = Clocked(within(flow(loop("many", [enter()], type="for", count=20), END), child=inner))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "StepLimitError"


def test_a_condition_that_takes_too_much_fails_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MAX_WORK", 10)
    checks: list[JsonObject] = [when(f"check-{n}", {"var": "n", "gt": 5, "lt": 9}, [prompt(f"p{n}")]) for n in range(9)]
    play = Clocked(flow(*checks, END, state={"n": 1}))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "StepLimitError"


def test_ten_thousand_updates_in_one_call_are_made() -> None:
    inner = loop("inner", [UP], type="for", count=100)
    play = Clocked(flow(loop("outer", [inner], type="for", count=99), END, state={"n": 0}))
    assert play.state.variables["n"] == 9900
    assert play.key == "end"
