"""Acceptance criteria of state management: tiers, updates and computed fields, as a session keeps them."""

from typing import Final

import pytest

from engine.errors import ArgumentError, SessionStateError
from schema.values import Json, JsonObject
from tests.unit.engine.automations import computed, findings, put
from tests.unit.engine.flows import document, prompt
from tests.unit.tools.criteria import Driven, imported, messages_of, reviewed

TIERS: Final = document(
    prompt("ask"),
    inputs={"name": {"type": "string", "required": False, "default": "input"}, "only": {"type": "string"}},
    state={"n": 1, "low": "state", "deep": {"list": [{"a": 5}]}},
    computed={"total": computed("state.n", "input + 1")},
)


@pytest.mark.requirement("AC-SM-001")
@pytest.mark.requirement("AC-SM-004")
@pytest.mark.requirement("AC-VR-021")
async def test_a_bare_name_is_a_computed_field_before_an_input_before_the_state() -> None:
    steps: list[Json] = [{"id": "say", "type": "message", "message": "{{ one }} {{ two }} {{ three }}"}]
    given: JsonObject = {"type": "string", "required": False, "default": "input"}
    source = document(
        *steps,
        inputs={"one": given, "two": given},
        state={"one": "state", "two": "state", "three": "state"},
        computed={"one": computed([], "'computed'")},
    )
    assert messages_of(await Driven(source).start()) == ["computed input state"]


@pytest.mark.requirement("AC-SM-002")
@pytest.mark.requirement("AC-VR-003")
async def test_inputs_stay_as_they_were_given_whoever_tries_to_write_them() -> None:
    driven = Driven(TIERS)
    await driven.start(only="x")
    for path in ("inputs.only", "computed.total", "total", "global.n"):
        with pytest.raises(ArgumentError) as refused:
            await driven.do("update", updates=[{"path": path, "value": "y"}])
        assert refused.value.path == "updates"
        assert f"{path}: " in refused.value.details
        assert "read-only" in refused.value.details
    with pytest.raises(ArgumentError) as sent:
        await driven.report("ask", context={"only": "y"})
    assert "only" in sent.value.details
    assert await driven.get("inputs") == {"name": "input", "only": "x"}
    loaded = reviewed(
        "inputs: {only: string}\nsteps: [{id: put, type: mcp_call, tool: t, store_result: inputs.only}]\n"
    )
    assert [(one.severity.value, one.rule) for one in loaded.findings] == [("critical", "read-only")]


@pytest.mark.requirement("AC-SM-003")
@pytest.mark.requirement("AC-SP-009")
async def test_every_operation_changes_the_state_one_after_the_other() -> None:
    text = """
default_state: {state: {n: 5, log: [], map: {a: 1}}}
steps:
  - id: put
    type: batch_state_update
    updates:
      - {path: this.n, operation: increment, value: 3}
      - {path: this.n, operation: multiply, value: 2}
      - {path: this.n, operation: decrement, value: 1}
      - {path: this.log, operation: append, value: "{{ this.n }}"}
      - {path: this.map, operation: merge, value: {b: 2}}
      - {path: this.new.deep, operation: set, value: "{{ this.log.length }}"}
      - {path: this.n, operation: increment}
"""
    driven = Driven(imported(text))
    await driven.start()
    assert await driven.get("state") == {"n": 16, "log": [15], "map": {"a": 1, "b": 2}, "new": {"deep": 1}}


@pytest.mark.requirement("AC-SM-005")
@pytest.mark.requirement("AC-VR-001")
@pytest.mark.requirement("AC-VR-002")
async def test_this_global_and_inputs_each_reach_their_tier_in_the_run_and_in_its_tasks() -> None:
    text = """
inputs: {who: {type: string, required: false, default: Ann}}
default_state: {state: {n: 1}}
state_schema: {computed: {twice: {from: this.n, transform: input * 2}}}
steps:
  - {type: user_message, message: "{{ this.n }} {{ this.twice }} {{ global.n }} {{ global.twice }} {{ inputs.who }}"}
  - {id: all, type: parallel_foreach, items: [x], sub_agent_task: one}
sub_agent_tasks:
  one:
    description: One.
    default_state: {state: {n: 10}}
    state_schema: {computed: {twice: {from: this.n, transform: input * 2}}}
    steps:
      - {type: user_message, message: "{{ this.n }} {{ this.twice }} {{ global.n }} {{ global.twice }} {{ item }}"}
      - {id: ask, type: agent_prompt, prompt: Ask}
"""
    assert (await Driven(imported(text)).run()).messages == ["1 2 1 2 Ann", "10 20 1 2 x"]


@pytest.mark.requirement("AC-SM-007")
@pytest.mark.requirement("AC-VR-010")
@pytest.mark.requirement("AC-VR-014")
async def test_dots_and_brackets_reach_as_deep_as_a_value_goes() -> None:
    texts = ("{{ state.deep.list[0].a }}", "{{ this['deep'].list.0.a }}", "{{ state.deep['list'].length }}")
    steps: list[Json] = [{"id": f"say-{at}", "type": "message", "message": text} for at, text in enumerate(texts)]
    assert messages_of(await Driven(document(*steps, state={"deep": {"list": [{"a": 5}]}})).start()) == ["5", "5", "1"]


@pytest.mark.requirement("AC-SM-009")
@pytest.mark.requirement("AC-SM-010")
async def test_of_several_updates_all_are_made_or_none_and_the_wrong_path_is_named() -> None:
    driven = Driven(TIERS)
    await driven.start(only="x")
    before = await driven.do("get")
    for path in ("n..x", "n.x", "deep[0]", "deep.list[7]"):
        with pytest.raises(ArgumentError) as refused:
            await driven.do("update", updates=[{"path": "low", "value": "new"}, {"path": path, "value": 1}])
        assert path in refused.value.details
    assert await driven.do("get") == before


@pytest.mark.requirement("AC-SM-010")
def test_a_path_that_is_none_is_found_when_the_document_is_loaded() -> None:
    told = findings(put({"path": "this..n", "value": 1}), state={"n": 1})
    assert [(one.rule, one.pointer) for one in told] == [("bad-path", "/steps/0/update/0/path")]


@pytest.mark.requirement("AC-SM-011")
async def test_the_value_of_an_update_is_worked_out_before_it_is_put() -> None:
    text = """
default_state: {state: {n: 2, text: "", list: [1, 2]}}
steps:
  - id: put
    type: batch_state_update
    updates:
      - {path: this.text, value: "n is {{ this.n + 1 }}"}
      - {path: this.sum, value: "{{ this.list.reduce((a, b) => a + b, 0) }}"}
      - {path: this.whole, value: {n: "{{ this.n }}", fixed: true}}
"""
    driven = Driven(imported(text))
    await driven.start()
    state = await driven.get("state")
    assert (state["text"], state["sum"], state["whole"]) == ("n is 3", 3, {"n": 2, "fixed": True})


@pytest.mark.requirement("AC-SM-012")
async def test_an_update_made_on_an_older_version_is_a_conflict_that_names_the_newer_one() -> None:
    driven = Driven(TIERS)
    await driven.start(only="x")
    version = (await driven.do("get"))["version"]
    made = await driven.do("update", updates=[{"path": "n", "value": 2}], expectedVersion=version)
    with pytest.raises(SessionStateError) as refused:
        await driven.do("update", updates=[{"path": "n", "value": 3}], expectedVersion=version)
    assert (refused.value.reason, refused.value.facts["actualVersion"]) == ("conflict", made["version"])
    assert str(made["version"]) in refused.value.details
    assert (await driven.get("state"))["n"] == 2


CHAIN: Final = """
default_state: {state: {n: 5, other: 0, list: [1, 2]}}
state_schema:
  computed:
    label: {from: [this.more, this.name], transform: "`${input[1]}: ${input[0]}`"}
    more: {from: this.next, transform: "input * 10"}
    next: {from: [this.n], transform: "input + 1"}
    name: {from: this.other, transform: "input.no.such.thing", on_error: use_fallback, fallback: none}
    size: {from: this.list, transform: "input.length"}
steps: [{id: ask, type: agent_prompt, prompt: Ask}]
"""


@pytest.mark.requirement("AC-SM-013")
@pytest.mark.requirement("AC-SM-014")
@pytest.mark.requirement("AC-SM-015")
@pytest.mark.requirement("AC-SM-016")
async def test_computed_fields_follow_what_they_are_made_of_in_order_through_fields_of_fields() -> None:
    driven = Driven(imported(CHAIN))
    await driven.start()
    first: JsonObject = {"next": 6, "more": 60, "label": "none: 60", "name": "none", "size": 2}
    assert await driven.get("computed") == first
    await driven.do("update", updates=[{"path": "n", "operation": "increment", "value": 1}])
    assert await driven.get("computed") == {**first, "next": 7, "more": 70, "label": "none: 70"}
    await driven.do("update", updates=[{"path": "list", "operation": "append", "value": 3}])
    assert await driven.get("computed") == {**first, "next": 7, "more": 70, "label": "none: 70", "size": 3}


@pytest.mark.requirement("AC-SM-017")
async def test_the_old_section_raw_is_read_as_inputs_and_noted() -> None:
    text = """
default_state: {raw: {out: "a b"}}
state_schema: {computed: {words: {from: raw.out, transform: "input.split(' ').length"}}}
steps: [{id: say, type: user_message, message: "{{ raw.out }} {{ inputs.out }} {{ this.words }}"}]
"""
    assert {one.rule for one in reviewed(text).findings} == {"old-scope"}
    driven = Driven(imported(text))
    assert messages_of(await driven.start()) == ["a b a b 2"]
    assert await driven.get("inputs") == {"out": "a b"}
