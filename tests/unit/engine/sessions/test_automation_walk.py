"""What a session carries out itself: updates, messages, branches, loops and jumps, up to the next step of an agent."""

import pytest

from engine.sessions.model import PhaseStatus, Status, WaitKind
from engine.sessions.position import progress_of
from engine.sessions.way_family import LoopLeft, PassEntered
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.automatic import END, add, jump, loop, put, say, when
from tests.unit.engine.sessions.clocked import Clocked, flow, names, prompt


def test_updates_are_made_before_the_next_prompt_is_handed_out() -> None:
    play = Clocked(flow(put("one", "n", 1), put("two", "n", "{{ state.n + 1 }}"), prompt("ask")))
    assert play.key == "ask"
    assert play.state.variables == {"n": 2}


def test_messages_travel_with_the_next_answer_and_are_gone_with_the_one_after_it() -> None:
    play = Clocked(
        flow(say("hi", "Hello {{ state.who }}"), say("bye", "Bye", level="success"), END, state={"who": "Ann"})
    )
    shown = [(each.id, each.text, each.level) for each in play.state.messages]
    assert shown == [("hi", "Hello Ann", "info"), ("bye", "Bye", "success")]
    play.report()
    assert not play.state.messages
    assert play.state.status is Status.COMPLETED


def test_a_message_whose_value_is_missing_is_shown_all_the_same_with_a_warning() -> None:
    play = Clocked(flow(say("hi", "Hello {{ state.who }}"), END))
    assert play.state.messages[0].text == "Hello {{ state.who }}"
    assert play.state.warnings == ("message hi: state.who has no value",)


@pytest.mark.parametrize(("n", "taken"), [(1, "small"), (5, "large")])
def test_an_if_takes_the_branch_its_condition_says(n: int, taken: str) -> None:
    steps = [when("size", "state.n > 3", [add("large", "log", "large")], [add("small", "log", "small")]), END]
    play = Clocked(flow(*steps, state={"n": n, "log": []}))
    assert play.state.variables["log"] == [taken]


def test_the_first_case_that_holds_is_taken_and_none_where_there_is_no_else() -> None:
    cases: list[Json] = [
        {"when": "state.n == 1", "then": [add("one", "log", 1)]},
        {"when": "state.n < 5", "then": [add("few", "log", "few")]},
    ]
    steps: list[JsonObject] = [{"id": "cases", "type": "if", "cases": cases}, END]
    for n, log in ((1, [1]), (2, ["few"]), (7, [])):
        play = Clocked(flow(*steps, state={"n": n, "log": []}))
        assert play.state.variables["log"] == log
        assert play.key == "end"


def test_branches_lie_in_branches_and_what_follows_them_comes_after() -> None:
    inner = when("inner", "state.b", [prompt("both"), add("x", "log", "x")], [prompt("only-a")])
    steps = [when("outer", "state.a", [inner, add("y", "log", "y")]), add("z", "log", "z"), END]
    play = Clocked(flow(*steps, state={"a": True, "b": True, "log": []}))
    assert play.key == "both"
    play.report()
    assert play.key == "end"
    assert play.state.variables["log"] == ["x", "y", "z"]


def test_a_while_loop_tests_before_each_pass() -> None:
    steps = [loop("count", [put("up", "n", 1, "increment")], type="while", condition="state.n < 4"), END]
    play = Clocked(flow(*steps, state={"n": 0}))
    assert play.state.variables["n"] == 4
    assert play.state.warnings == ()


def test_a_loop_that_reaches_its_limit_ends_with_a_warning() -> None:
    steps = [loop("count", [put("up", "n", 1, "increment")], type="while", condition="true", maxIterations=3), END]
    play = Clocked(flow(*steps, state={"n": 0}))
    assert play.state.variables["n"] == 3
    assert play.state.warnings == ("loop count ended: it reached its maxIterations, 3",)


def test_a_while_pass_whose_branches_are_not_taken_is_a_pass_all_the_same() -> None:
    body: list[Json] = [when("third", "loop.iteration == 3", [add("note", "log", "{{ loop.iteration }}")])]
    steps = [loop("rounds", body, type="while", condition="loop.iteration < 5"), END]
    play = Clocked(flow(*steps, state={"log": []}))
    assert play.state.variables["log"] == [3]


def test_a_for_each_goes_through_the_list_as_it_was_when_it_began() -> None:
    body: list[Json] = [add("copy", "seen", "{{ loop.item }}"), add("grow", "files", "{{ loop.item + '!' }}")]
    steps = [loop("files", body, type="forEach", items="state.files"), END]
    play = Clocked(flow(*steps, state={"files": ["a", "b"], "seen": []}))
    assert play.state.variables == {"files": ["a", "b", "a!", "b!"], "seen": ["a", "b"]}


def test_the_list_is_kept_over_a_step_an_agent_does() -> None:
    body: list[Json] = [prompt("look"), put("cut", "files", [])]
    steps = [loop("files", body, type="forEach", items="state.files"), END]
    play = Clocked(flow(*steps, state={"files": ["a", "b", "c"]}))
    assert play.walk() == ["files@0::look", "files@1::look", "files@2::look", "end"]


def test_a_for_loop_keeps_the_number_it_began_with() -> None:
    steps = [loop("rounds", [put("up", "n", 1, "increment")], type="for", count="state.n"), END]
    play = Clocked(flow(*steps, state={"n": 3}))
    assert play.state.variables["n"] == 6


def test_loops_in_loops_have_their_own_variables() -> None:
    inner = loop(
        "inner", [add("note", "log", "{{ row }}{{ loop.item }}{{ loop.index }}")], type="forEach", items="['x', 'y']"
    )
    outer = loop("outer", [inner], type="forEach", items="state.rows", itemVar="row")
    play = Clocked(flow(outer, END, state={"rows": ["a", "b"], "log": []}))
    assert play.state.variables["log"] == ["ax0", "ay1", "bx0", "by1"]


def test_break_ends_the_innermost_loop_only() -> None:
    body: list[Json] = [when("stop", "loop.item == 2", [jump("out", "break")]), add("note", "log", "{{ loop.item }}")]
    inner = loop("inner", body, type="forEach", items="[1, 2, 3]")
    outer = loop("outer", [inner, add("after", "log", "after")], type="for", count=2)
    play = Clocked(flow(outer, END, state={"log": []}))
    assert play.state.variables["log"] == [1, "after", 1, "after"]
    left = [event.reason for event, _ in play.log if isinstance(event, LoopLeft) and event.key == "outer@0::inner"]
    assert left == ["out broke it off"]


def test_continue_goes_to_the_next_pass_of_the_innermost_loop() -> None:
    body: list[Json] = [when("skip", "loop.item == 2", [jump("on", "continue")]), add("note", "log", "{{ loop.item }}")]
    steps = [loop("files", body, type="forEach", items="[1, 2, 3]"), END]
    play = Clocked(flow(*steps, state={"log": []}))
    assert play.state.variables["log"] == [1, 3]


def test_a_jump_after_a_prompt_acts_on_the_loop_the_prompt_is_in() -> None:
    for kind, keys in (("break", ["rounds@0::ask", "end"]), ("continue", ["rounds@0::ask", "rounds@1::ask", "end"])):
        body: list[Json] = [prompt("ask"), jump("jump", kind), prompt("never")]
        play = Clocked(flow(loop("rounds", body, type="for", count=2), END))
        assert play.walk() == keys


def test_a_structured_condition_on_a_missing_variable_waits_for_it_at_the_if() -> None:
    steps = [when("check", {"var": "risk", "equals": "high"}, [prompt("careful")], [prompt("quick")]), END]
    play = Clocked(flow(*steps))
    assert play.state.waiting is not None
    assert (play.state.waiting.kind, play.state.waiting.what, play.key) == (WaitKind.VARIABLE, "when", "check")
    play.report(None, risk="low")
    assert play.key == "quick"


def test_a_variable_that_an_update_from_outside_brings_releases_the_session() -> None:
    play = Clocked(flow(when("check", {"var": "risk", "equals": "high"}, [prompt("careful")]), END))
    play.update("risk", "high")
    assert play.key == "careful"


def test_phases_of_steps_the_server_carries_out_are_entered_and_completed() -> None:
    play = Clocked(flow(put("one", "n", 1), prompt("ask"), put("two", "n", 2)))
    play.report()
    assert play.state.status is Status.COMPLETED
    assert [(each.number, each.status) for each in play.state.phases] == [
        (number, PhaseStatus.COMPLETED) for number in (1, 2, 3)
    ]


def test_a_rollback_to_a_phase_the_server_carries_out_carries_it_out_again() -> None:
    play = Clocked(flow(prompt("first"), put("up", "n", 1, "increment"), prompt("ask"), state={"n": 0}))
    play.report()
    play.update("n", 7)
    play.roll_back(2)
    assert play.key == "ask~1"
    assert play.state.variables["n"] == 1


def test_a_rollback_to_a_phase_that_began_with_a_loop_enters_it_anew() -> None:
    body: list[Json] = [put("up", "n", 1, "increment"), prompt("look")]
    play = Clocked(flow(prompt("first"), loop("rounds", body, type="for", count=2), state={"n": 0}))
    play.report()
    play.report()
    assert play.state.variables["n"] == 2
    play.roll_back(2)
    assert play.walk() == ["rounds@0::look~1", "rounds@1::look~1"]
    assert play.state.variables["n"] == 2


def test_progress_counts_the_steps_that_are_reported() -> None:
    body: list[Json] = [prompt("b"), put("two", "n", 2)]
    steps = [put("one", "n", 1), prompt("a"), say("hi", "Hello"), loop("l", body, type="for", count=2), END]
    play = Clocked(flow(*steps))
    assert progress_of(play.state, play.workflow) == (0, 4)
    play.report()
    assert progress_of(play.state, play.workflow) == (1, 4)
    play = Clocked(flow(prompt("a"), when("c", "state.n", [prompt("b")]), END))
    assert progress_of(play.state, play.workflow) == (0, None)


def test_a_pass_is_entered_with_the_list_only_once() -> None:
    body: list[Json] = [put("up", "n", 1, "increment")]
    play = Clocked(flow(loop("files", body, type="forEach", items="['a', 'b']"), END, state={"n": 0}))
    items = [event.items for event, _ in play.log if isinstance(event, PassEntered)]
    assert items == [("a", "b"), None]


def test_the_events_say_how_it_came() -> None:
    body: list[Json] = [when("stop", "loop.index == 1", [jump("out", "break")])]
    play = Clocked(flow(loop("rounds", body, type="for", count=3)))
    assert names(tuple(event for event, _ in play.log)) == [
        "SessionStarted",
        "PassEntered",
        "ConditionDecided",
        "BranchTaken",
        "PassEntered",
        "ConditionDecided",
        "BranchTaken",
        "PhaseEntered",
        "PassEnded",
        "LoopLeft",
        "SessionCompleted",
    ]
