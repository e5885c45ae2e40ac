"""Acceptance criteria of findings: what is wrong with a document or an answer is told with its place and a way out."""

import pytest

from engine.review import review
from schema.values import Json, JsonObject
from tests.unit.engine.flows import document
from tests.unit.tools.criteria import Driven, imported, objects, reviewed


def call(**keys: Json) -> JsonObject:
    return {"id": "pay", "type": "call", "tool": "bank.pay", **keys}


@pytest.mark.requirement("AC-EHV-006")
def test_a_strategy_that_is_none_is_found_when_the_document_is_loaded() -> None:
    native = review(document(call(onError={"strategy": "ignore"}), state={}))
    assert [(one.pointer, one.rule) for one in native.findings] == [("/steps/0/onError/strategy", "enum")]
    given = reviewed("steps: [{id: pay, type: mcp_call, tool: bank.pay, error_handling: {strategy: ignore}}]\n")
    assert not given.is_valid
    assert [one.pointer for one in given.findings] == ["/steps/0/error_handling/strategy"]
    for strategy in ("fail", "continue", "retry"):
        assert review(document(call(onError={"strategy": strategy}), state={})).is_valid, strategy


@pytest.mark.requirement("AC-EHV-013")
@pytest.mark.requirement("AC-SP-019")
def test_a_step_type_that_does_not_exist_is_found_with_what_may_be_meant() -> None:
    given = reviewed("steps: [{id: say, type: user_mesage, message: Hi}]\n")
    assert not given.is_valid
    assert [one.suggestion for one in given.findings] == ["did you mean 'user_message'?"]
    native = review(document({"id": "say", "type": "massage", "message": "Hi"}, state={}))
    assert not native.is_valid
    assert [one.pointer for one in native.findings] == ["/steps/0/type"]


@pytest.mark.requirement("AC-EHV-014")
@pytest.mark.requirement("AC-SP-021")
def test_a_finding_says_where_what_and_what_to_write() -> None:
    given = reviewed("steps:\n  - id: ask\n    type: user_input\n    promt: Name?\n")
    told = [(one.rule, one.line, one.pointer) for one in given.findings]
    assert ("missing-key", 5, "/steps/0") in told
    assert ("unknown-key", 7, "/steps/0/promt") in told
    assert "prompt" in str([one.suggestion for one in given.findings])


@pytest.mark.requirement("AC-EHV-015")
async def test_a_document_with_findings_that_do_no_harm_is_used_and_they_are_told() -> None:
    text = "colour: red\nsteps: [{id: ask, type: agent_prompt, prompt: Ask, shade: dark}]\n"
    given = reviewed(text)
    assert given.is_valid
    assert sorted(one.pointer for one in given.findings) == ["/colour", "/steps/0/shade"]
    assert (await Driven(imported(text)).run()).keys == ["ask"]


@pytest.mark.requirement("AC-EHV-016")
async def test_an_answer_is_held_against_its_schema_field_by_field() -> None:
    text = """
steps:
  - id: ask
    type: agent_prompt
    prompt: Review
    expected_response:
      type: object
      required: [total, files]
      properties: {total: {type: integer, minimum: 1}, files: {type: array}}
"""
    driven = Driven(imported(text))
    await driven.start()
    answer = await driven.report("ask", {"total": 0})
    assert (answer["accepted"], answer["stepKey"]) == (False, "ask")
    issues = objects(answer["issues"])
    assert sorted(str(one["field"]) for one in issues) == ["files", "total"]
    assert all(one["expected"] and "received" in one for one in issues)


@pytest.mark.requirement("AC-EHV-017")
def test_a_reference_that_reaches_nothing_is_told_with_the_nearest_name() -> None:
    text = """
inputs: {name: string}
default_state: {state: {n: 1}}
steps:
  - {id: ask, type: conditional, condition: "inputs.nmae", then_steps: [{type: user_message, message: "{{ ths.x }}"}]}
"""
    given = reviewed(text)
    assert not given.is_valid
    told = {(one.pointer, one.suggestion) for one in given.findings}
    assert ("/steps/0/condition", "did you mean 'name'?") in told
    assert any(pointer.startswith("/steps/0/then_steps/0") for pointer, _ in told)
