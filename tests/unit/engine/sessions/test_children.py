"""A workflow inside a workflow: what goes in, what comes out, and whose step comes next."""

from engine.sessions.model import Status, WaitKind
from engine.sessions.nesting import front, inner_view
from engine.sessions.position import progress_of
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.automatic import END, add, loop, put, say, when
from tests.unit.engine.sessions.clocked import Clocked, flow, prompt
from tests.unit.engine.sessions.parents import INPUT, child, enter, within


def test_a_child_is_walked_and_its_outputs_land_in_the_state() -> None:
    inner = child(put("hello", "text", "Hello {{ inputs.who }}"), inputs=INPUT)
    steps = [enter(inputs={"who": "{{ state.name }}"}, outputs={"greeting": "{{ state.text }}"}), END]
    play = Clocked(within(flow(*steps, state={"name": "Ann"}), child=inner))
    assert play.key == "end"
    assert play.state.variables == {"name": "Ann", "greeting": "Hello Ann"}
    assert play.state.nested == {}


def test_the_steps_of_a_child_are_the_next_steps_of_the_session() -> None:
    inner = child(prompt("ask", store="said"), prompt("more"))
    play = Clocked(within(flow(enter(outputs={"answer": "{{ state.said }}"}), END), child=inner))
    assert (play.key, play.state.status) == ("sub", Status.RUNNING)
    assert play.state.waiting is not None
    assert play.state.waiting.kind is WaitKind.CHILD
    found = front(play.state, play.workflow)
    assert (found.run, found.state.position, found.workflow.id) == ("sub#0", "ask", "child")
    play.report("yes", key="sub#0::ask")
    assert front(play.state, play.workflow).state.position == "more"
    play.report("done", key="sub#0::more")
    assert play.key == "end"
    assert play.state.variables == {"answer": "yes"}
    assert list(play.state.reports) == ["sub#0::ask", "sub#0::more"]


def test_the_same_report_again_is_answered_from_the_version_it_led_to_while_the_child_lasts_and_after() -> None:
    inner = child(prompt("ask"), prompt("more"))
    play = Clocked(within(flow(enter(), END), child=inner))
    play.report("yes", key="sub#0::ask")
    version = play.state.version
    play.report("yes", key="sub#0::ask")
    assert play.repeated == version
    play.report("done", key="sub#0::more")
    play.report("yes", key="sub#0::ask")
    assert play.repeated == version
    play.report("other", key="sub#0::ask")
    assert play.refusal.reason == "not_open"


def test_a_report_of_the_workflow_step_itself_is_refused_and_names_what_is_open() -> None:
    play = Clocked(within(flow(enter(), END), child=child(prompt("ask"))))
    play.report("x", key="sub")
    assert play.refusal.open == ("sub#0::ask",)
    assert "the steps of the workflow it has entered" in play.refusal.message
    play.report("x", key="sub#0::nothing")
    assert play.refusal.open == ("sub#0::ask",)


def test_a_child_has_a_state_of_its_own_and_reads_that_of_the_session() -> None:
    inner = child(put("own", "n", "{{ (state.n || 0) + global.n }}"), prompt("ask"))
    play = Clocked(within(flow(enter(outputs={"m": "{{ state.n }}"}), END, state={"n": 5}), child=inner))
    state, _ = inner_view(play.state, play.workflow, "sub#0")
    assert state.variables == {"n": 5}
    play.report(key="sub#0::ask")
    assert play.state.variables == {"n": 5, "m": 5}


def test_a_child_that_is_not_isolated_works_on_the_state_of_its_parent() -> None:
    inner = child(put("up", "n", 1, "increment"), put("new", "m", "x"))
    play = Clocked(within(flow(enter(isolated=False), END, state={"n": 5}), child=inner))
    assert play.state.variables == {"n": 6, "m": "x"}


def test_a_plain_workflow_may_be_a_child_and_finds_its_inputs_as_variables() -> None:
    inner: JsonObject = {
        "id": "child",
        "name": "Plain",
        "description": "d",
        "version": "1.0.0",
        "schemaVersion": "1.0.0",
        "steps": [prompt("greet", runCondition={"var": "who", "equals": "Ann"}), prompt("other")],
    }
    play = Clocked(within(flow(enter(inputs={"who": "Ann"}), END), child=inner))
    assert front(play.state, play.workflow).state.position == "greet"


def test_messages_of_a_child_stand_among_those_of_its_parent() -> None:
    inner = child(say("two", "2"), prompt("ask"), say("four", "4"))
    play = Clocked(within(flow(say("one", "1"), enter(), say("five", "5"), END), child=inner))
    assert [each.text for each in play.state.messages] == ["1", "2"]
    play.report(key="sub#0::ask")
    assert [each.text for each in play.state.messages] == ["4", "5"]


def test_children_in_loops_and_branches_are_entered_in_each_pass() -> None:
    inner = child(put("twice", "m", "{{ inputs.n * 2 }}"), inputs={"n": {"type": "integer"}})
    body: list[Json] = [
        when("odd", "loop.item % 2 == 1", [enter(inputs={"n": "{{ loop.item }}"}, outputs={"m": "{{ state.m }}"})]),
        add("note", "log", "{{ state.m }}"),
    ]
    steps = [loop("each", body, type="forEach", items="[1, 2, 3]"), END]
    play = Clocked(within(flow(*steps, state={"log": [], "m": 0}), child=inner))
    assert play.state.variables["log"] == [2, 2, 6]


def test_children_have_children() -> None:
    inner = child(enter("deep", "grandchild", outputs={"x": "{{ state.said }}"}))
    deepest = child(prompt("ask", store="said"))
    play = Clocked(within(flow(enter(outputs={"y": "{{ state.x }}"}), END), child=inner, grandchild=deepest))
    assert front(play.state, play.workflow).run == "sub#0/deep#0"
    play.report("yes", key="sub#0/deep#0::ask")
    assert play.key == "end"
    assert play.state.variables == {"y": "yes"}
    assert list(play.state.reports) == ["sub#0/deep#0::ask"]


def test_progress_counts_what_was_reported_in_a_child() -> None:
    play = Clocked(within(flow(prompt("first"), enter(), END), child=child(prompt("ask"), prompt("more"))))
    assert progress_of(play.state, play.workflow) == (0, None)
    play.report()
    play.report(key="sub#0::ask")
    assert progress_of(play.state, play.workflow) == (2, None)
    play.report(key="sub#0::more")
    assert progress_of(play.state, play.workflow) == (3, 4)


def test_the_whole_of_a_session_with_children_travels_as_json_and_folds_to_the_same() -> None:
    inner = child(prompt("ask"), put("n", "n", 1), prompt("more"))
    play = Clocked(within(flow(enter(), END), child=inner))
    play.report(key="sub#0::ask")
    assert play.at(play.state.version) == play.state
