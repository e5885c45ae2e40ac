"""Acceptance criteria of control flow: branches, loops and jumps, as an agent meets them through the tools."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.unit.engine.automations import findings, jump, when
from tests.unit.engine.flows import document, loop, prompt
from tests.unit.tools.criteria import Driven, imported, objects


def say(step_id: str, text: str) -> JsonObject:
    return {"id": step_id, "type": "message", "message": text}


def up(**keys: Json) -> JsonObject:
    """Give a step that counts state.n up."""
    return {"id": "up", "type": "set", "update": [{"path": "n", "operation": "increment", "value": 1}], **keys}


@pytest.mark.requirement("AC-CF-001")
@pytest.mark.requirement("AC-CF-002")
@pytest.mark.requirement("AC-CF-003")
@pytest.mark.parametrize("name", ["this.n", "state.n", "n", "global.n", "this['n']"])
@pytest.mark.parametrize(
    ("n", "said"), [(5, ["then one", "then two", "after"]), (1, ["else one", "else two", "after"])]
)
async def test_a_conditional_reads_the_state_and_runs_one_of_its_branches_in_order(
    name: str, n: int, said: list[str]
) -> None:
    text = f"""
default_state: {{state: {{n: {n}}}}}
steps:
  - id: check
    type: conditional
    condition: "{{{{ {name} > 3 && {name} !== 4 }}}}"
    then_steps: [{{type: user_message, message: then one}}, {{type: user_message, message: then two}}]
    else_steps: [{{type: user_message, message: else one}}, {{type: user_message, message: else two}}]
  - {{type: user_message, message: after}}
"""
    assert (await Driven(imported(text)).run()).messages == said


@pytest.mark.requirement("AC-CF-004")
async def test_conditionals_in_conditionals_keep_the_order_of_the_document() -> None:
    text = """
default_state: {state: {a: true, b: false}}
steps:
  - type: conditional
    condition: this.a
    then_steps:
      - {type: user_message, message: one}
      - type: conditional
        condition: this.b
        then_steps: [{type: user_message, message: never}]
        else_steps:
          - {type: agent_prompt, id: ask, prompt: Ask}
          - type: conditional
            condition: "!this.b"
            then_steps: [{type: user_message, message: two}]
      - {type: user_message, message: three}
  - {type: user_message, message: four}
"""
    walked = await Driven(imported(text)).run()
    assert (walked.keys, walked.messages) == (["ask"], ["one", "two", "three", "four"])


@pytest.mark.requirement("AC-CF-005")
async def test_a_condition_that_breaks_fails_the_session_with_step_workflow_and_what_was_undefined() -> None:
    answer = await Driven(document(when("state.order.total > 3", prompt("one")), state={"n": 1})).start()
    error = answer["error"]
    assert answer["status"] == "failed"
    assert isinstance(error, dict)
    assert (error["type"], error["stepKey"], error["workflowId"]) == ("ConditionError", "when", "flow")
    assert "when (if) of workflow flow" in str(error["message"])
    assert "state.order is undefined" in str(error["message"])
    assert "retry" in str(error["remediation"])


@pytest.mark.requirement("AC-CF-006")
@pytest.mark.requirement("AC-CF-007")
@pytest.mark.requirement("AC-CF-008")
@pytest.mark.parametrize(("n", "said"), [(0, ["0 a", "0 b", "1 a", "1 b", "after 2"]), (7, ["after 7"])])
async def test_a_while_loop_tests_before_each_pass_and_is_followed_by_the_next_step(n: int, said: list[str]) -> None:
    body: list[Json] = [say("aaa", "{{ state.n }} a"), say("bbb", "{{ state.n }} b"), up()]
    steps = [loop("rep", {"type": "while", "condition": "state.n < 2"}, body), say("after", "after {{ state.n }}")]
    assert (await Driven(document(*steps, state={"n": n})).run()).messages == said


@pytest.mark.requirement("AC-CF-009")
@pytest.mark.requirement("AC-CF-023")
async def test_an_endless_loop_ends_after_a_hundred_passes_with_a_warning_and_a_trace() -> None:
    text = """
default_state: {state: {n: 0}}
steps:
  - id: rounds
    type: while_loop
    condition: "true"
    body: [{id: add, type: batch_state_update, updates: [{path: this.n, operation: increment}]}]
  - {id: end, type: agent_prompt, prompt: "After {{ this.n }}"}
"""
    driven = Driven(imported(text))
    answer = await driven.start()
    assert answer["stepKey"] == "end"
    assert answer["warnings"] == ["loop rounds ended: it reached its maxIterations, 100"]
    assert (await driven.get("state"))["n"] == 100
    told = objects((await driven.do("explain", limit=100))["decisions"])
    ended = next(each for each in told if each["kind"] == "loop")
    assert ended["step"] == "rounds"
    assert ended["reason"] == "the loop ended after 100 passes: it reached its maxIterations, 100"
    assert {"pass", "update", "loop"} <= {str(each["kind"]) for each in told}


@pytest.mark.requirement("AC-CF-010")
@pytest.mark.requirement("AC-CF-012")
async def test_a_body_sees_item_index_and_an_iteration_that_counts_from_one() -> None:
    text = """
default_state: {state: {n: 0, files: [a, b]}}
steps:
  - type: while_loop
    condition: "this.n < 3"
    body:
      - {type: user_message, message: "pass {{ loop.iteration }} at {{ loop.index }}"}
      - {type: batch_state_update, updates: [{path: this.n, value: "{{ loop.iteration }}"}]}
  - type: foreach
    items: this.files
    body:
      - {type: user_message, message: "{{ loop.item }} {{ item }} {{ loop.index }} {{ index }} {{ loop.iteration }}"}
"""
    walked = await Driven(imported(text)).run()
    assert walked.messages == ["pass 1 at 0", "pass 2 at 1", "pass 3 at 2", "a a 0 0 1", "b b 1 1 2"]


@pytest.mark.requirement("AC-CF-011")
@pytest.mark.requirement("AC-CF-013")
@pytest.mark.requirement("AC-CF-014")
@pytest.mark.parametrize("items", ["{{ this.files }}", "this.files", "{{ inputs.files.filter(f => f !== 'x') }}"])
async def test_a_foreach_runs_its_body_once_for_each_element_under_a_name_of_its_own(items: str) -> None:
    text = f"""
inputs: {{files: {{type: array, required: false, default: [a, x, b]}}}}
default_state: {{state: {{files: [a, b]}}}}
steps:
  - id: each
    type: foreach
    items: "{items}"
    variable_name: file
    body: [{{id: look, type: agent_prompt, prompt: "Look at {{{{ file }}}}"}}]
"""
    walked = await Driven(imported(text)).run()
    assert walked.keys == ["each@0::look", "each@1::look"]
    assert [each.partition("\n")[0] for each in walked.prompts] == ["Look at a", "Look at b"]


@pytest.mark.requirement("AC-CF-015")
async def test_loops_in_loops_each_have_their_own_item_and_the_outer_one_is_back_afterwards() -> None:
    text = """
default_state: {state: {rows: [[1, 2], [3]]}}
steps:
  - type: foreach
    items: this.rows
    variable_name: row
    body:
      - type: foreach
        items: row
        body: [{type: user_message, message: "in {{ loop.item }} {{ loop.index }} of {{ row.length }}"}]
      - {type: user_message, message: "out {{ loop.index }} {{ loop.item.length }}"}
"""
    walked = await Driven(imported(text)).run()
    assert walked.messages == ["in 1 0 of 2", "in 2 1 of 2", "out 0 2", "in 3 0 of 1", "out 1 1"]


LOOPS: Final[dict[str, JsonObject]] = {
    "while": {"type": "while", "condition": "loop.iteration < 5"},
    "forEach": {"type": "forEach", "items": "[1, 2, 3, 4]"},
}


@pytest.mark.requirement("AC-CF-016")
@pytest.mark.requirement("AC-CF-017")
@pytest.mark.requirement("AC-CF-019")
@pytest.mark.requirement("AC-CF-020")
@pytest.mark.parametrize("kind", LOOPS)
@pytest.mark.parametrize(("jumped", "said"), [("break", ["1", "after"]), ("continue", ["1", "3", "4", "after"])])
async def test_break_leaves_a_loop_and_continue_the_rest_of_a_pass(kind: str, jumped: str, said: list[str]) -> None:
    body: list[Json] = [when("loop.iteration === 2", jump(jumped)), say("num", "{{ loop.iteration }}")]
    walked = await Driven(document(loop("rep", LOOPS[kind], body), say("after", "after"), state={})).run()
    assert walked.messages == said
    assert walked.last["status"] == "completed"


@pytest.mark.requirement("AC-CF-018")
@pytest.mark.requirement("AC-CF-021")
@pytest.mark.parametrize("kind", ["break", "continue"])
def test_a_jump_outside_any_loop_is_told_at_load_with_the_reason(kind: str) -> None:
    (found,) = findings(when("state.a", jump(kind)), state={"a": 1})
    assert found.rule == "jump-outside-loop"
    assert (found.pointer, found.severity.value) == ("/steps/0/then/0", "critical")
    assert "loop" in found.message


@pytest.mark.requirement("AC-CF-022")
@pytest.mark.parametrize(
    ("jumped", "said"),
    [("break", ["a1", "a done", "b1", "b done"]), ("continue", ["a1", "a3", "a done", "b1", "b3", "b done"])],
)
async def test_a_jump_in_a_loop_in_a_loop_concerns_the_inner_one_only(jumped: str, said: list[str]) -> None:
    text = f"""
default_state: {{state: {{rows: [a, b]}}}}
steps:
  - type: foreach
    items: this.rows
    variable_name: row
    body:
      - type: foreach
        items: "[1, 2, 3]"
        body:
          - type: conditional
            condition: "item === 2"
            then_steps: [{{type: conditional, condition: "true", then_steps: [{{type: {jumped}}}]}}]
          - {{type: user_message, message: "{{{{ row }}}}{{{{ item }}}}"}}
      - {{type: user_message, message: "{{{{ row }}}} done"}}
"""
    assert (await Driven(imported(text)).run()).messages == said


@pytest.mark.requirement("AC-CF-024")
async def test_what_a_body_changes_is_seen_by_later_passes_conditions_and_templates() -> None:
    text = """
default_state: {state: {n: 0, log: []}}
state_schema: {computed: {double: {from: this.n, transform: "input * 2"}}}
steps:
  - type: while_loop
    condition: "{{ this.double < 6 }}"
    body:
      - {type: batch_state_update, updates: [{path: this.n, value: "{{ this.n + 1 }}"}]}
      - type: conditional
        condition: "{{ this.n === 2 }}"
        then_steps: [{type: user_message, message: "two: {{ this.n }} {{ this.double }}"}]
        else_steps: [{type: user_message, message: "other: {{ this.n }} {{ this.double }}"}]
  - {type: user_message, message: "end {{ this.n }}"}
"""
    assert (await Driven(imported(text)).run()).messages == ["other: 1 2", "two: 2 4", "other: 3 6", "end 3"]
