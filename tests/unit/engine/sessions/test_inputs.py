"""What a run begins with: inputs held against what the workflow declares."""

import pytest

from engine.errors import ArgumentError
from engine.sessions.inputs import Around, Begun, begun_with
from schema.values import Json, JsonObject
from tests.unit.engine.sessions.clocked import flow, prompt

HERE = Around({"id": "wf_1", "startedAt": "2026-01-01T00:00:00.000Z"}, 1000.0)
DECLARED: JsonObject = {
    "name": {"type": "string", "description": "whom to greet", "validation": {"minLength": 2}},
    "age": {"type": "integer", "required": False},
    "limit": {"type": "number", "default": 10, "validation": {"expression": "value > state.least"}},
}
COMPUTED: JsonObject = {"twice": {"from": "inputs.limit", "expression": "input * 2"}}


def begun(given: JsonObject, state: JsonObject | None = None, **root: Json) -> Begun:
    """Begin a run of a workflow with these inputs."""
    whole: JsonObject = {"inputs": DECLARED, "computed": COMPUTED, "state": {"least": 3}, **root}
    return begun_with(flow(prompt("ask"), **whole), given, state or {}, HERE)


def test_inputs_have_their_defaults_and_computed_fields_are_made_of_them() -> None:
    assert begun({"name": "Ann"}) == Begun({"name": "Ann", "limit": 10}, {"least": 3}, {"twice": 20})
    assert begun({"name": "Ann", "age": None, "limit": 7}).inputs == {"name": "Ann", "limit": 7}


def test_a_state_that_is_given_lies_over_the_one_declared() -> None:
    assert begun({"name": "Ann"}, {"least": 5, "more": 1}).state == {"least": 5, "more": 1}


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({}, "inputs/name", "it is required, as string with a length of at least 2: whom to greet"),
        ({"name": 3}, "inputs/name", "name must be of type string, not integer"),
        ({"name": "A"}, "inputs/name", "at least 2"),
        ({"name": "Ann", "age": 1.5}, "inputs/age", "age must be of type integer"),
        ({"name": "Ann", "limit": 2}, "inputs/limit", "it must meet value > state.least"),
        ({"name": "Ann", "lmit": 2}, "inputs/lmit", "did you mean 'limit'?"),
        ({"name": "Ann", "zzzzzz": 2}, "inputs/zzzzzz", "it has age, limit, name"),
        ({"name": "Ann", "age": 2**60}, "inputs/age", "beyond 9,007,199,254,740,991"),
    ],
)
def test_what_is_wrong_with_an_input_is_told_by_its_name(given: JsonObject, path: str, words: str) -> None:
    with pytest.raises(ArgumentError) as told:
        begun(given)
    assert told.value.path == path
    assert words in told.value.details


def test_a_rule_that_cannot_be_told_refuses_the_input() -> None:
    rule: JsonObject = {"x": {"type": "string", "validation": {"expression": "value.length > state.gone.most"}}}
    with pytest.raises(ArgumentError, match="inputs/x"):
        begun({"x": "a"}, inputs=rule, computed={})


def test_a_computed_field_that_cannot_be_made_refuses_the_beginning() -> None:
    broken: JsonObject = {"bad": {"from": "state.gone", "expression": "input.length"}}
    with pytest.raises(ArgumentError, match="computed/bad"):
        begun({"name": "Ann"}, computed=broken)


def test_a_state_with_an_integer_that_would_be_rounded_is_refused() -> None:
    with pytest.raises(ArgumentError, match="context"):
        begun({"name": "Ann"}, {"n": 2**60})


def test_a_workflow_without_inputs_says_so() -> None:
    with pytest.raises(ArgumentError) as told:
        begun({"x": 1}, inputs={}, computed={})
    assert told.value.details.endswith("it has none")
