"""Acceptance criteria of variable resolution: one meaning of every name and expression, wherever it stands."""

from typing import Final

import pytest

from schema.values import Json, JsonObject
from tests.unit.engine.automations import computed, when
from tests.unit.engine.flows import document, each, loop, prompt
from tests.unit.tools.criteria import Driven, guided, imported, messages_of, objects, reviewed
from tests.unit.tools.durable import part

STATE: Final[JsonObject] = {"a": 3, "b": 4, "name": "ana", "list": [1, 2, 3], "odd key": {"x": [7]}, "none": None}


async def told(expression: str) -> str:
    """Give what a message says of an expression in its braces."""
    say: JsonObject = {"id": "say", "type": "message", "message": f"{{{{ {expression} }}}}"}
    return messages_of(await Driven(document(say, state=STATE)).start())[0]


@pytest.mark.requirement("AC-VR-004")
@pytest.mark.requirement("AC-VR-019")
@pytest.mark.requirement("AC-SM-006")
async def test_loop_variables_are_there_inside_a_loop_and_gone_behind_it() -> None:
    text = """
default_state: {state: {rows: [a, b]}}
steps:
  - type: foreach
    items: this.rows
    body: [{type: user_message, message: "{{ loop.item + loop.index + loop.iteration }}"}]
  - {type: conditional, condition: "loop.item === undefined", then_steps: [{type: user_message, message: gone}]}
"""
    given = reviewed(text)
    assert [one.rule for one in given.findings if one.pointer == "/steps/1/condition"] == ["unknown-reference"]
    body: list[Json] = [{"id": "say", "type": "message", "message": "{{ loop.item + loop.index + loop.iteration }}"}]
    behind = when("loop.item === undefined", {"id": "gone", "type": "message", "message": "gone"})
    driven = Driven(document(loop("rep", each("state.rows"), body), behind, state={"rows": ["a", "b"]}))
    assert messages_of(await driven.start()) == ["a01", "b12", "gone"]


@pytest.mark.requirement("AC-VR-005")
async def test_the_old_scopes_still_resolve_and_are_noted_when_the_document_is_loaded() -> None:
    text = """
default_state: {state: {n: 1}}
state_schema: {computed: {twice: {from: this.n, transform: input * 2}}}
steps: [{id: say, type: user_message, message: "{{ state.n }} {{ computed.twice }}"}]
"""
    given = reviewed(text)
    assert given.is_valid
    assert [(one.severity.value, one.rule, one.pointer) for one in given.findings] == [
        ("minor", "old-scope", "/steps/0/message"),
        ("minor", "old-scope", "/steps/0/message"),
    ]
    assert messages_of(await Driven(imported(text)).start()) == ["1 2"]


@pytest.mark.requirement("AC-VR-006")
@pytest.mark.parametrize("expression", ["local.n > 1", "ths.n > 1", "inputs.nothing", "computed.nothing", "loop.item"])
def test_a_scope_that_does_not_exist_is_told_when_the_document_is_loaded(expression: str) -> None:
    step = f"{{id: ask, type: conditional, condition: '{expression}', then_steps: [{{type: agent_prompt, prompt: P}}]}}"
    given = reviewed(f"default_state: {{state: {{n: 1}}}}\nsteps: [{step}]\n")
    assert not given.is_valid
    (found,) = [one for one in given.findings if one.severity.value == "critical"]
    assert (found.rule, found.pointer) == ("unknown-reference", "/steps/0/condition")
    assert expression.partition(".")[0] in found.message


@pytest.mark.requirement("AC-VR-007")
@pytest.mark.requirement("AC-VR-009")
@pytest.mark.requirement("AC-VR-020")
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 + 3 * 4 - 10 / 5", "12"),
        ("(2 + 3) * 4", "20"),
        ("!state.none && state.a < state.b || false", "true"),
        ("state.a === 3 && state.b !== 3 ? 'yes' : 'no'", "yes"),
        ("state.list.map(x => x * 2).filter(x => x > 2).join('-')", "4-6"),
        ("`${state.name}: ${state.a + state.b}`", "ana: 7"),
        ("(() => { const sum = state.a; let more = sum + 1; return more; })()", "4"),
        ("state.list.reduce((sum, x) => sum + (x % 2 ? x * Math.pow(2, x) : 0), 0)", "26"),
        ("[...state.list, state.none ?? state['odd key']?.x[0]].length", "4"),
    ],
)
async def test_expressions_mean_what_they_mean_in_javascript(expression: str, expected: str) -> None:
    assert await told(expression) == expected


@pytest.mark.requirement("AC-VR-010")
@pytest.mark.parametrize("path", ["this['odd key'].x[0]", "this['odd key']['x'][0]", 'state["odd key"].x.at(0)'])
async def test_brackets_reach_names_that_are_no_words(path: str) -> None:
    assert await told(path) == "7"


@pytest.mark.requirement("AC-VR-011")
async def test_calls_with_several_arguments_work_in_conditions_items_templates_and_updates() -> None:
    text = """
default_state: {state: {a: 3, b: 4, name: banana, log: []}}
steps:
  - type: conditional
    condition: "{{ Math.max(this.a, this.b, 1) === 4 }}"
    then_steps: [{type: user_message, message: "{{ this.name.replace('b', 'B').slice(0, 3) }}"}]
  - type: foreach
    items: "{{ [1, 2, 3, 4].slice(1, 3) }}"
    body: [{type: batch_state_update, updates: [{path: this.log, operation: append, value: "{{ Math.pow(item, 2) }}"}]}]
  - {type: while_loop, condition: "Math.min(this.a, this.b) < 0", body: [{type: user_message, message: never}]}
  - {type: user_message, message: "{{ this.log.concat([1], [2]).join(', ') }}"}
"""
    assert messages_of(await Driven(imported(text)).start()) == ["Ban", "4, 9, 1, 2"]


@pytest.mark.requirement("AC-VR-012")
async def test_an_expression_that_breaks_is_told_with_its_text_its_place_and_what_was_undefined() -> None:
    step: JsonObject = {"id": "put", "type": "set", "update": [{"path": "n", "value": "{{ 1 + state.gone.x }}"}]}
    error = part(await Driven(document(step, state={"n": 1})).start(), "error")
    assert (error["type"], error["stepKey"]) == ("TemplateError", "put")
    for words in ("1 + state.gone.x", "state.gone is undefined", "line 1, column 5"):
        assert words in str(error["message"])


EVERYWHERE: Final = """
default_state: {state: {n: 1, who: {name: Ann}}}
state_schema: {computed: {twice: {from: this.n, transform: input * 2}}}
steps:
  - {id: say, type: user_message, message: "VALUE"}
  - {id: ask, type: user_input, prompt: "VALUE", default: "VALUE", required: false, state_update: {path: this.said}}
  - {id: look, type: agent_prompt, prompt: "VALUE", context: {deep: ["VALUE"]}}
  - {id: call, type: mcp_call, tool: t, parameters: {a: {b: "VALUE"}}}
  - {id: rest, type: wait_step, message: "VALUE"}
  - {id: all, type: parallel_foreach, items: ["VALUE"], sub_agent_task: one}
sub_agent_tasks: {one: {description: D., prompt_template: "{{ item }}"}}
"""


@pytest.mark.requirement("AC-VR-013")
@pytest.mark.requirement("AC-VR-016")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ this.who.name }} {{ this.twice }} {{ inputs.x ?? 'none' }}", "Ann 2 none"),
        ("{{ this.who.name + this.twice }}", "Ann2"),
    ],
)
async def test_a_template_gives_the_same_in_every_place_it_may_stand(value: str, expected: str) -> None:
    declared = "inputs: {x: {type: string, required: false}}\n"
    driven = Driven(imported(declared + EVERYWHERE.replace("VALUE", value)))
    first = await driven.start()
    assert messages_of(first) == [expected]
    assert guided(first).startswith(f"First show your user the messages of this answer, in order.\n\n{expected}")
    second = await driven.report("ask", None)
    assert (await driven.get("state"))["said"] == expected
    assert guided(second).startswith(expected)
    assert part(second, "step")["context"] == {"deep": [expected]}
    third = await driven.report("look")
    assert part(third, "step")["parameters"] == {"a": {"b": expected}}
    fourth = await driven.report("call")
    assert guided(fourth).startswith(expected)
    fifth = await driven.report("rest", None)
    assert [each["item"] for each in objects(fifth["tasks"])] == [expected]


@pytest.mark.requirement("AC-VR-015")
@pytest.mark.requirement("AC-SM-008")
async def test_what_has_no_value_stays_visible_to_people_and_fails_what_the_server_does_without_a_fallback() -> None:
    driven = Driven(document(prompt("ask", prompt="Look at {{ state.gone.x }}"), state={"n": 1}))
    first = await driven.start()
    assert guided(first) == "Look at {{ state.gone.x }}"
    assert part(first, "guidance")["missing"] == [{"variable": "state.gone.x"}]
    step: JsonObject = {"id": "put", "type": "set", "update": [{"path": "n", "value": "{{ state.gone.x }}"}]}
    failed = await Driven(document(step, state={"n": 1})).start()
    assert (failed["status"], part(failed, "error")["type"]) == ("failed", "TemplateError")
    safe: JsonObject = {**computed("state.gone", "input.x"), "onError": "fallback", "fallback": "none"}
    source = document(
        {**step, "update": [{"path": "n", "value": "{{ this.safe }}"}]}, state={}, computed={"safe": safe}
    )
    kept = Driven(source)
    await kept.start()
    assert await kept.get("state") == {"n": "none"}


@pytest.mark.requirement("AC-VR-017")
async def test_braces_behind_a_backslash_are_text() -> None:
    text = (
        'default_state: {state: {n: 1}}\nsteps: [{type: user_message, message: "\\\\{{ this.n }} is {{ this.n }}"}]\n'
    )
    assert messages_of(await Driven(imported(text)).start()) == ["{{ this.n }} is 1"]


@pytest.mark.requirement("AC-VR-018")
@pytest.mark.parametrize("template", ["{{ this.n + }}", "{{ this.n this.n }}", "{{ }}"])
def test_a_template_that_cannot_be_read_is_told_with_its_line(template: str) -> None:
    text = "default_state: {state: {n: 1}}\nsteps:\n  - id: put\n    type: batch_state_update\n    updates:\n"
    given = reviewed(f'{text}      - {{path: this.n, value: "{template}"}}\n')
    assert not given.is_valid
    found = [one for one in given.findings if one.severity.value == "critical"]
    assert [(one.rule, one.line) for one in found] == [("bad-expression", 9)]


@pytest.mark.requirement("AC-VR-018")
def test_a_template_that_does_not_end_is_told_with_its_line() -> None:
    given = reviewed('default_state: {state: {n: 1}}\nsteps:\n  - {type: user_message, message: "n is {{ this.n"}\n')
    assert [(one.rule, one.line, one.pointer) for one in given.findings] == [
        ("unclosed-template", 6, "/steps/0/message")
    ]
