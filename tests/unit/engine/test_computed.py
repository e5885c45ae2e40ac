from types import MappingProxyType

import pytest

from engine.computed import ComputedError, read_computed, recomputed
from engine.definition import Automation, Computed, ErrorPolicy
from engine.scripts import ScriptFault
from engine.variables import Values, outermost
from schema.values import Json, JsonObject

NOTHING = Values({}, {}, None, {}, {}, 0.0)


def field(source: Json, expression: str, **keys: Json) -> JsonObject:
    return {"from": source, "expression": expression, **keys}


def automation(fields: JsonObject) -> Automation:
    return Automation((), {}, read_computed(fields), None, MappingProxyType({}), frozenset())


def computed(
    fields: JsonObject, state: JsonObject, changed: frozenset[str] | None = None, values: Values = NOTHING
) -> JsonObject:
    return recomputed(automation(fields), outermost(state, values=values), changed)


def knowing(known: JsonObject) -> Values:
    return NOTHING._replace(computed=known, inputs={"name": "y"})


def order(fields: JsonObject) -> list[str]:
    return [each.name for each in read_computed(fields)]


def test_a_field_is_read_with_its_sources_and_what_it_reads() -> None:
    read = read_computed(
        {"total": field(["state.items", "tax"], "input[0].length * this.rate + Object.keys(inputs).length")}
    )
    expected = frozenset({"state.items", "this.tax", "this.rate", "inputs.*"})
    assert read[0][:3] == ("total", (("state", "items"), ("tax",)), False)
    assert read[0].reads == expected
    assert read[0].on_error is ErrorPolicy.PROPAGATE
    assert read_computed(None) == ()
    assert read_computed({"a": field("state.n", "input", onError="fallback", fallback=[0])})[0][5:] == (
        ErrorPolicy.FALLBACK,
        [0],
    )


@pytest.mark.parametrize(
    ("source", "expression", "expected"),
    [
        ("state.n", "input + 1", 6),
        (["state.n"], "input + 1", 6),
        (["state.n", "inputs.rate"], "input[0] * input[1]", 10),
        (["state.gone", "state.n"], "input", [None, 5]),
        ("this.n", "input", 5),
        ("n", "input", 5),
        ("state.files[0].name", "input + '!'", "a!"),
        ([], "state.n + inputs.rate", 7),
        ("state.files", "input.map(f => { const {name} = f; return name.toUpperCase(); })", ["A"]),
    ],
)
def test_input_is_the_value_of_the_only_reference_else_the_list(source: Json, expression: str, expected: Json) -> None:
    state: JsonObject = {"n": 5, "files": [{"name": "a"}]}
    assert computed({"x": field(source, expression)}, state, None, NOTHING._replace(inputs={"rate": 2})) == {
        "x": expected
    }


@pytest.mark.requirement("AC-SM-016")
def test_fields_stand_behind_those_they_are_made_of() -> None:
    fields: JsonObject = {
        "third": field("this.second", "input + 1"),
        "second": field([], "computed.first * 2"),
        "whole": field([], "Object.keys(this).length"),
        "free": field("state.n", "input"),
        "first": field("first_raw", "input"),
        "bare": field("third", "input"),
        "around": field([], "Object.keys(computed).length + global.third"),
    }
    assert order(fields) == ["free", "first", "second", "third", "bare", "whole", "around"]
    found = computed(fields, {"n": 1, "first_raw": 5})
    assert found["second"] == 10
    assert found["third"] == 11
    assert found["bare"] == 11
    assert found["whole"] == 7


def test_a_circle_does_not_keep_the_others_from_their_order() -> None:
    circle: JsonObject = {"a": field("this.b", "input"), "b": field("this.a", "input"), "c": field("state.n", "input")}
    assert order(circle) == ["c", "a", "b"]


CHAIN: JsonObject = {
    "sum": field("state.list", "input.reduce((a, b) => a + b, 0)"),
    "double": field("this.sum", "input * 2"),
    "named": field("inputs.name", "input + '!'"),
    "all": field([], "Object.keys(state).length"),
    "step": field([], 'steps["build"].output ?? "none"'),
}
KNOWN: JsonObject = {"sum": 3, "double": 6, "named": "x!", "all": 2, "step": "none"}
AFTER: JsonObject = {"list": [1, 2, 3], "other": 1}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (None, {"sum": 6, "double": 12, "named": "y!"}),
        (frozenset({"state.list"}), {"sum": 6, "double": 12}),
        (frozenset({"this.list"}), {"sum": 6, "double": 12}),
        (frozenset({"state.other"}), {}),
        (frozenset({"inputs.name"}), {"named": "y!"}),
        (frozenset({"inputs.list"}), {}),
        (frozenset[str](), {}),
    ],
)
@pytest.mark.requirement("AC-SM-013")
def test_only_what_depends_on_a_change_is_computed_anew(changed: frozenset[str] | None, expected: JsonObject) -> None:
    assert computed(CHAIN, AFTER, changed, knowing(KNOWN)) == expected


def test_outputs_and_the_main_run_may_change_at_any_time() -> None:
    assert computed(CHAIN, AFTER, frozenset(), knowing(KNOWN)._replace(outputs={"build": 5})) == {"step": 5}
    fields: JsonObject = {"seen": field("global.n", "input")}
    main = computed(fields, {"n": 2}, frozenset(), knowing({"seen": 1}))
    task = computed(fields, {"n": 2}, frozenset(), knowing({"seen": 1})._replace(outside={"state": {"n": 3}}))
    assert (main, task) == ({}, {"seen": 3})
    assert computed(fields, {"n": 2}, frozenset({"state.n"}), knowing({"seen": 1})) == {"seen": 2}


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [(1, True, False), ([1], [True], False), ([1, "a"], [1, "a"], True), ({"a": 1}, {"a": 1}, True), (0, None, False)],
)
def test_only_another_value_is_told(old: Json, new: Json, is_same: bool) -> None:
    found = computed({"x": field("state.v", "input")}, {"v": new}, None, knowing({"x": old}))
    assert found == ({} if is_same else {"x": new})


def test_a_value_that_stayed_the_same_makes_nothing_behind_it_anew() -> None:
    fields: JsonObject = {
        "many": field("state.list", "input.length > 1"),
        "label": field("this.many", "input ? 'many' : 'few'"),
    }
    assert computed(fields, AFTER, frozenset({"state.list"}), knowing({"many": True, "label": "stale"})) == {}


@pytest.mark.requirement("AC-SM-015")
def test_a_failing_expression_follows_its_policy() -> None:
    broken = "input.gone.x"
    assert computed({"x": field("state.n", broken, onError="fallback", fallback=[0])}, {"n": 1}) == {"x": [0]}
    assert computed({"x": field("state.n", broken, onError="ignore")}, {"n": 1}) == {"x": None}
    assert computed({"x": field("state.n", broken, onError="fallback")}, {"n": 1}) == {"x": None}
    with pytest.raises(ComputedError) as refused:
        computed({"x": field("state.n", broken)}, {"n": 1})
    assert refused.value.field == "x"
    assert str(refused.value) == f"the computed field x has no value: input.gone is undefined in {broken}"


def test_a_fallback_is_what_those_behind_it_see() -> None:
    fields: JsonObject = {
        "price": field("state.price", "input.amount", onError="fallback", fallback=10),
        "twice": field("this.price", "input * 2"),
    }
    assert computed(fields, {}) == {"price": 10, "twice": 20}


def test_without_values_of_a_session_or_fields_nothing_is_computed() -> None:
    fields: JsonObject = {"x": field("state.n", "input")}
    assert recomputed(automation(fields), outermost({"n": 1}), None) == {}
    assert computed({}, {"n": 1}) == {}


def test_an_expression_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ScriptFault):
        read_computed({"x": field("state.n", "input +")})


def test_nothing_given_is_changed() -> None:
    before: JsonObject = dict(KNOWN)
    computed(CHAIN, AFTER, None, knowing(before))
    assert before == KNOWN
    assert isinstance(read_computed(CHAIN)[0], Computed)
