"""Values in a session: updates, results, computed fields, and what fails where one of them cannot be told."""

from engine.sessions.model import Status
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.automatic import END, add, loop, put, say, when
from tests.unit.engine.sessions.clocked import Clocked, flow, names, prompt


def test_a_condition_that_cannot_be_told_fails_the_session_and_a_retry_asks_it_again() -> None:
    steps = [when("check", "state.order.total > 3", [prompt("large")]), END]
    play = Clocked(flow(*steps))
    assert play.state.status is Status.FAILED
    cause = play.state.cause
    assert cause is not None
    assert (cause.key, cause.error_type) == ("check", "ConditionError")
    assert "state.order" in cause.message
    assert "check (if) of workflow flow" in cause.message
    play.update("order", {"total": 4})
    play.again()
    assert play.key == "large"


def test_a_list_that_is_none_fails_the_session_at_its_loop_and_a_retry_reads_it_again() -> None:
    steps = [loop("files", [prompt("look")], type="forEach", items="state.files.all"), END]
    play = Clocked(flow(*steps, state={"files": {"all": 3}}))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.key == "files"
    play.update("files.all", ["a"])
    play.again()
    assert play.walk() == ["files@0::look", "end"]


def test_a_run_condition_that_cannot_be_told_is_asked_again_by_a_retry() -> None:
    play = Clocked(flow(prompt("ask", runCondition="state.a.b"), END))
    assert play.state.status is Status.FAILED
    play.update("a", {"b": False})
    play.again()
    assert play.key == "end"


def test_a_test_that_cannot_be_told_in_a_later_pass_is_asked_again_there() -> None:
    body: list[Json] = [put("up", "n", 1, "increment"), put("gone", "limit", None, runCondition="state.n == 2")]
    steps = [loop("count", body, type="while", condition="state.n < state.limit.most"), END]
    play = Clocked(flow(*steps, state={"n": 0, "limit": {"most": 4}}))
    assert play.state.status is Status.FAILED
    assert play.state.variables["n"] == 2
    play.update("limit", {"most": 3})
    play.again()
    assert play.state.variables["n"] == 3
    assert play.key == "end"


def test_an_update_that_cannot_be_made_fails_the_session_and_changes_nothing() -> None:
    updates: list[Json] = [
        {"path": "n", "operation": "increment", "value": 1},
        {"path": "name", "operation": "increment", "value": 1},
    ]
    play = Clocked(flow({"id": "both", "type": "set", "update": updates}, END, state={"n": 1, "name": "x"}))
    assert play.state.status is Status.FAILED
    assert play.state.variables == {"n": 1, "name": "x"}
    assert play.state.cause is not None
    assert play.state.cause.error_type == "UpdateError"


def test_a_value_that_cannot_be_resolved_is_passed_over_where_the_document_says_continue() -> None:
    step = put("copy", "n", "{{ state.gone.away }}", onError={"strategy": "continue"})
    play = Clocked(flow(step, END))
    assert play.key == "end"
    assert "state.gone" in play.state.errors[0].message


def test_later_values_see_what_earlier_updates_of_the_same_step_did() -> None:
    updates: list[Json] = [{"path": "a", "value": 2}, {"path": "b", "value": "{{ state.a * 2 }}"}]
    play = Clocked(flow({"id": "both", "type": "set", "update": updates}, END))
    assert play.state.variables == {"a": 2, "b": 4}


def test_computed_fields_follow_each_change_and_conditions_see_them() -> None:
    computed: JsonObject = {"total": {"from": "state.items", "expression": "input.length"}}
    body: list[Json] = [add("grow", "items", "x")]
    steps = [loop("fill", body, type="while", condition="computed.total < 3"), END]
    play = Clocked(flow(*steps, state={"items": []}, computed=computed))
    assert play.state.computed == {"total": 3}


def test_variables_of_a_report_change_computed_fields() -> None:
    computed: JsonObject = {"twice": {"from": "state.n", "expression": "input * 2"}}
    play = Clocked(flow(prompt("ask"), END, state={"n": 1}, computed=computed))
    assert play.state.computed == {"twice": 2}
    play.report(n=5)
    assert play.state.computed == {"twice": 10}


def test_variables_of_a_report_that_break_a_computed_field_are_refused() -> None:
    computed: JsonObject = {"size": {"from": "state.list", "expression": "input.length"}}
    play = Clocked(flow(prompt("ask"), END, state={"list": []}, computed=computed))
    play.report(list=None)
    assert play.refusal.reason == "argument"
    assert "size" in play.refusal.message
    assert play.key == "ask"


def test_inputs_and_computed_fields_cannot_be_written_by_a_report() -> None:
    computed: JsonObject = {"twice": {"from": "state.n", "expression": "input * 2"}}
    play = Clocked(flow(prompt("ask"), END, state={"n": 1}, computed=computed))
    play.report(twice=5)
    assert play.refusal.reason == "argument"


def test_the_output_of_a_step_is_kept_where_an_expression_reads_it() -> None:
    steps = [prompt("ask"), put("copy", "said", '{{ steps["ask"].output }}'), END]
    play = Clocked(flow(*steps))
    play.report("hello")
    assert play.state.variables == {"said": "hello"}
    assert play.state.outputs == {"ask": "hello"}


def test_what_a_prompt_gives_is_stored_where_its_document_says() -> None:
    ask = prompt("ask", store="answer", update=[{"path": "log", "operation": "append", "value": "{{ result }}"}])
    play = Clocked(flow(ask, END))
    play.report("hello")
    assert play.state.variables == {"answer": "hello", "log": ["hello"]}


def test_a_result_that_cannot_be_stored_fails_the_step_and_is_tried_again() -> None:
    on_error: JsonObject = {"strategy": "retry", "maxRetries": 1, "backoff": {"initial": 5}}
    ask = prompt("ask", update=[{"path": "n", "operation": "increment", "value": "{{ result }}"}], onError=on_error)
    play = Clocked(flow(ask, END, state={"n": 1}))
    play.report("hello")
    assert play.due() == 5.0
    play.later(5)
    assert play.key == "ask+1"
    assert play.state.done == 0
    play.report("hello")
    assert (play.state.status, play.state.done) == (Status.FAILED, 0)


def test_a_state_that_grows_too_large_fails_the_step() -> None:
    body: list[Json] = [put("grow", "text", "{{ state.text + state.text }}")]
    play = Clocked(flow(loop("double", body, type="for", count=30), END, state={"text": "0123456789"}))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type in ("StateError", "TemplateError")


def test_messages_of_one_answer_are_bounded() -> None:
    body: list[Json] = [say("long", "{{ state.text }}")]
    play = Clocked(flow(loop("again", body, type="for", count=30), END, state={"text": "x" * 100_000}))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert play.state.cause.error_type == "MessageLimitError"
    assert len(play.state.messages) == 2


def test_a_value_that_would_be_nested_too_deep_fails_the_step() -> None:
    steps = [loop("nest", [put("in", "x", "{{ [state.x] }}")], type="for", count=80), END]
    play = Clocked(flow(*steps))
    assert play.state.status is Status.FAILED
    assert play.state.cause is not None
    assert "deeper than 64 levels" in play.state.cause.message


def test_an_integer_that_would_be_rounded_fails_the_step() -> None:
    play = Clocked(flow(put("large", "x", 2**60), END))
    assert play.state.cause is not None
    assert play.state.cause.error_type == "UpdateError"


def test_a_message_that_would_be_too_long_fails_the_session() -> None:
    play = Clocked(flow(say("long", "{{ state.x }} and {{ state.x }}"), END, state={"x": "y" * 200_000}))
    assert play.state.cause is not None
    assert (play.state.cause.key, play.state.cause.error_type) == ("long", "TemplateError")


def test_a_list_that_cannot_be_told_fails_the_session_at_its_loop() -> None:
    play = Clocked(flow(loop("files", [prompt("look")], type="forEach", items="state.gone.map(x => x)"), END))
    assert play.state.cause is not None
    assert (play.state.cause.key, play.state.cause.error_type) == ("files", "ConditionError")


def test_a_test_that_cannot_be_told_at_the_last_pass_fails_the_session() -> None:
    rules: JsonObject = {"type": "while", "condition": "[true, true][loop.index].valueOf()", "maxIterations": 2}
    play = Clocked(flow(loop("rounds", [put("up", "n", 1, "increment")], **rules), END))
    assert play.state.cause is not None
    assert play.state.cause.key == "rounds"
    assert play.state.variables == {"n": 2}


def test_a_step_the_server_carries_out_is_tried_again_at_once_where_its_pause_is_over() -> None:
    on_error: JsonObject = {"strategy": "retry", "maxRetries": 2, "backoff": {"initial": 0}}
    play = Clocked(flow(put("copy", "n", "{{ state.gone.away }}", onError=on_error), END))
    assert play.state.status is Status.FAILED
    assert [type(event).__name__ for event, _ in play.log].count("StepFailed") == 3


def test_variables_that_were_waited_for_and_break_a_computed_field_are_refused() -> None:
    computed: JsonObject = {"size": {"from": "state.list", "expression": "input.length"}}
    steps = [prompt("ask", runCondition={"var": "risk", "equals": "high"}), END]
    play = Clocked(flow(*steps, state={"list": []}, computed=computed))
    play.report(None, list=None, risk="high")
    assert play.refusal.reason == "argument"
    play.report(None, list=[1], risk="high")
    assert play.key == "ask"
    assert play.state.computed == {"size": 1}


def test_variables_that_no_computed_field_reads_change_none() -> None:
    computed: JsonObject = {"size": {"from": "state.list", "expression": "input.length"}}
    play = Clocked(flow(prompt("ask"), END, state={"list": []}, computed=computed))
    assert "StateUpdated" not in names(play.report(other=1))


def test_an_answer_of_the_wrong_shape_is_refused_and_the_right_one_stored() -> None:
    ask = prompt("ask", expect={"type": "object", "required": ["n"]}, store="said")
    play = Clocked(flow(ask, END))
    play.report("{}")
    assert play.state.refused is not None
    assert play.key == "ask"
    play.report('{"n": 1}')
    assert play.state.variables == {"said": {"n": 1}}


def test_an_answer_may_have_to_meet_a_schema_and_criteria() -> None:
    criteria: Json = [{"type": "contains", "value": "done", "message": "Say that it is done."}]
    play = Clocked(flow(prompt("ask", expect={"type": "object"}, validationCriteria=criteria), END))
    play.report('{"n": 1}')
    assert play.state.refused is not None
    play.report('{"n": "done"}')
    assert play.key == "end"
