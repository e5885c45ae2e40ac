from engine.sessions.model import Gap, PhaseStatus, Status, WaitKind
from engine.sessions.position import began_version, open_gate, open_step, progress_of
from engine.sessions.step_family import StepOpened, StepRefused, VariablesAwaited, VariablesGiven
from engine.sessions.way_family import ConditionDecided, LoopLeft, PassEntered
from schema.values import JsonObject
from tests.unit.engine.flows import each, flow, loop, phase, phased, prompt, times, until, while_
from tests.unit.engine.sessions.play import Play

OK: JsonObject = {"evidence": {"ok": {"type": "boolean"}}}
ON: JsonObject = {"var": "on", "equals": True}


def test_a_step_that_waits_stops_the_session_until_its_variable_is_given() -> None:
    play = Play(flow(prompt("one", runCondition=ON), prompt("two")))
    waiting = play.state.waiting
    assert waiting is not None
    assert (waiting.kind, waiting.gaps, waiting.what) == (WaitKind.VARIABLE, (Gap("on", (True,)),), "runCondition")
    assert (play.state.status, play.names()) == (Status.WAITING, ["SessionStarted", "VariablesAwaited"])
    assert open_step(play.state, play.workflow) is None
    assert progress_of(play.state, play.workflow) == (0, None)
    (refused,) = play.report("no variables")
    assert isinstance(refused, StepRefused)
    assert (refused.issues[0].field, refused.issues[0].example) == ("context.on", True)
    assert play.state.status is Status.WAITING
    events = play.report(None, on=True)
    assert [type(each) for each in events] == [VariablesGiven, ConditionDecided, StepOpened]
    assert play.report(None, key="one", on=True) == ()
    assert play.repeated == play.state.version
    play.report()
    assert play.key == "two"


def test_variables_that_do_not_help_leave_the_session_waiting_and_may_be_sent_once() -> None:
    play = Play(flow(loop("rep", each("files"), [prompt("aaa")])))
    events = play.report(None, files="no list")
    assert [type(each) for each in events] == [VariablesGiven, VariablesAwaited]
    assert play.report(None, files="no list") == ()
    assert play.repeated == play.state.version
    play.report(None, files=[1])
    assert play.key == "rep@0::aaa"


def test_a_branch_not_taken_skips_its_phase_even_after_it_was_waited_for() -> None:
    play = Play(flow(prompt("one", runCondition=ON), prompt("two")))
    play.report(None, on=False)
    assert (play.key, play.state.skipped, play.state.phase) == ("two", (1,), 2)
    assert [each.status for each in play.state.history] == ["skipped", "active"]


def test_variables_may_complete_a_phase_whose_last_task_is_not_to_be_done() -> None:
    play = Play(phased(phase(1, prompt("one"), prompt("two", runCondition=ON)), phase(2, prompt("end"))))
    play.report()
    events = play.report(None, on=False)
    assert isinstance(events[0], VariablesGiven)
    assert (events[0].completes, play.key) == (1, "end")
    assert play.state.phases[0].status is PhaseStatus.COMPLETED


def test_a_decision_is_an_event_with_what_it_was_made_on() -> None:
    condition: JsonObject = {"or": [ON, {"not": {"var": "files", "contains": "a"}}, {"var": "who.name"}]}
    context: JsonObject = {"on": True, "files": ["b"], "who": {"name": {"a": 1}}}
    play = Play(flow(prompt("one", runCondition=condition)), context)
    event = play.log[1][0]
    assert event == ConditionDecided(
        "one", "runCondition", value=True, variables={"on": True, "files": "a list of 1", "who.name": "an object of 1"}
    )


def test_a_decision_keeps_the_beginning_of_a_long_text() -> None:
    condition: JsonObject = {"var": "text", "contains": "x"}
    event = Play(flow(prompt("one", runCondition=condition)), {"text": "x" * 1000}).log[1][0]
    assert isinstance(event, ConditionDecided)
    assert event.variables == {"text": "x" * 200}


def test_a_decision_keeps_twenty_variables_at_most() -> None:
    condition: JsonObject = {"and": [{"var": f"v{number}", "equals": None} for number in range(30)]}
    event = Play(flow(prompt("one", runCondition=condition))).log[1][0]
    assert isinstance(event, ConditionDecided)
    assert len(event.variables) == 20


def test_items_are_those_of_the_moment_a_pass_was_entered() -> None:
    play = Play(flow(loop("rep", each("files"), [prompt("aaa"), prompt("bbb")])), {"files": ["x", "y"]})
    play.report(files=["changed", "z", "more"])
    assert play.state.frames[0].item == "x"
    play.report()
    assert (play.key, play.state.frames[0].item, play.state.frames[0].total) == ("rep@1::aaa", "z", 3)


def test_loops_say_when_they_are_entered_and_left_and_why() -> None:
    play = Play(flow(loop("rep", times(2), [prompt("aaa")]), prompt("end")))
    assert play.walk() == ["rep@0::aaa", "rep@1::aaa", "end"]
    passes = [event for event, _ in play.log if isinstance(event, PassEntered | LoopLeft)]
    assert passes == [
        PassEntered("rep", 0, 2, None),
        PassEntered("rep", 1, 2, None),
        LoopLeft("rep", 2, "all its passes are done"),
    ]


def test_a_loop_at_its_maximum_is_left_with_a_warning() -> None:
    play = Play(flow(loop("rep", times(5, maxIterations=1), [prompt("aaa")]), prompt("end")))
    play.report()
    assert play.state.warnings == ("loop rep ended: it reached its maxIterations, 1",)


def test_a_while_waits_at_its_own_key_for_the_next_pass() -> None:
    play = Play(flow(loop("rep", while_({"var": "go"}), [prompt("aaa")]), prompt("end")), {"go": True})
    play.report(go=None)
    waiting = play.state.waiting
    assert waiting is not None
    assert (play.key, waiting.what, play.state.frames[0].number) == ("rep", "test", 0)
    play.report(None, go=True)
    assert play.key == "rep@1::aaa"
    play.report(go=None)
    events = play.report(None, go=True)
    assert isinstance(events[0], VariablesGiven)
    assert play.key == "rep@2::aaa"
    play.report(go=False)
    assert play.key == "end"


def test_a_while_waits_before_its_first_pass_without_asking_its_condition_again() -> None:
    step = loop("rep", until({"var": "go", "gt": 1}), [prompt("aaa")], runCondition=ON)
    play = Play(flow(step), {"on": True})
    play.report(None, go=1, on=False)
    assert play.key == "rep@0::aaa"


def test_a_pass_in_which_nothing_was_to_be_done_ends_a_while_even_after_a_wait() -> None:
    play = Play(flow(loop("rep", while_({"var": "go"}), [prompt("aaa", runCondition=ON)]), prompt("end")), {"go": True})
    assert play.key == "rep@0::aaa"
    play.report(None, on=False)
    assert play.key == "end"
    assert play.state.warnings == ("loop rep ended: pass 0 has no step whose runCondition holds",)


def test_the_output_of_an_open_loop_step_is_shown_where_it_stands() -> None:
    inner = loop("inner", each("item.parts"), [prompt("aaa")])
    play = Play(
        flow(loop("outer", each("items", itemVar="item"), [prompt("head"), inner, prompt("tail")])),
        {"items": [{"parts": [1, 2]}, {"parts": []}]},
    )
    assert play.walk() == [
        "outer@0::head",
        "outer@0/inner@0::aaa",
        "outer@0/inner@1::aaa",
        "outer@0::tail",
        "outer@1::head",
        "outer@1::tail",
    ]


def test_a_total_that_takes_too_long_to_count_is_unknown() -> None:
    inner = loop("inner", each("files", maxIterations=1000), [prompt("aaa", runCondition={"var": "on"})])
    outer = loop("outer", each("files", maxIterations=1000), [inner])
    play = Play(flow(prompt("one"), outer), {"files": list(range(200)), "on": True})
    assert progress_of(play.state, play.workflow) == (0, None)


def test_a_total_counts_what_is_known_to_come() -> None:
    steps = [prompt("one"), loop("rep", each("files"), [prompt("aaa"), prompt("bbb")]), prompt("end")]
    play = Play(flow(*steps), {"files": [1, 2, 3]})
    assert progress_of(play.state, play.workflow) == (0, 8)
    play.report()
    play.report()
    assert progress_of(play.state, play.workflow) == (2, 8)
    play.walk()
    assert progress_of(play.state, play.workflow) == (8, 8)
    assert (began_version(play.state, 1), began_version(play.state, 4)) == (2, None)
    gated = Play(phased(phase(1, prompt("one"), gate=OK), phase(2, prompt("two"))))
    gated.report()
    assert progress_of(gated.state, gated.workflow) == (1, 2)
    assert open_gate(gated.state, gated.workflow) is not None
    open_ended = Play(flow(loop("rep", while_(ON), [prompt("aaa")]), prompt("end")), {"on": True})
    assert progress_of(open_ended.state, open_ended.workflow) == (0, None)
