"""Templates of documents that use automation keys: slots may be expressions."""

import pytest

from engine import template
from engine.definition import Constant, ListOf, ObjectOf, Slot, Template
from engine.errors import ArgumentError
from engine.scripts import ScriptFault
from engine.template import (
    Filled,
    UnresolvedError,
    fill,
    fill_value,
    parse,
    read_value,
    resolved,
)
from engine.variables import Scope, Values, outermost
from schema.values import Json, JsonObject

STATE: JsonObject = {"n": 2, "none": None, "list": [1, {"a": "x"}], "name": "Ann", "zero": 0, "empty": ""}
VALUES = Values({"limit": 3}, {"total": 9.5}, None, {"build": {"ok": True}}, {"id": "wf_1"}, 0.0)


def at() -> Scope:
    return outermost(STATE, values=VALUES)


def value_of(value: Json, **local: Json) -> Json:
    return resolved(read_value(value), at(), local)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ state.n + inputs.limit }}", 5),
        ("{{ state.n }}", 2),
        ("{{ this.total }} of {{ inputs.limit * 4 }}", "9.5 of 12"),
        ("{{ state.list }}", [1, {"a": "x"}]),
        ("{{ state.list[1].a }}", "x"),
        ("{{ state.list.length }}", 2),
        ("{{ state.list.map(x => typeof x) }}", ["number", "object"]),
        ("a {{ state.list }} b", 'a [1,{"a":"x"}] b'),
        ("{{ state.zero }}{{ state.empty }}!", "0!"),
        ("{{ true }}", True),
        ("{{ null }}", None),
        ("{{ undefined }}", None),
        ("{{ Math.PI > 3 }}", True),
        ("{{ state.none }}", None),
        ("{{ state.gone ?? 'none' }}", "none"),
        ("{{ `}} {{ ${state.n}` }}", "}} {{ 2"),
        ("{{ ({a: {b: state.n}}) }}", {"a": {"b": 2}}),
        ("{{ {a: {b: state.n}} }}", {"a": {"b": 2}}),
        (r"\{{ state.n }} is {{ state.n }}", "{{ state.n }} is 2"),
        (r"\{{ not + read", "{{ not + read"),
        ("{{ result.stdout.trim() }}", "done"),
        ("{{ result.code }}", 0),
        ("{{ files.0.name }}", "a.md"),
        ("{{ steps.build.output.ok }}", True),
        (
            {"a": ["{{ state.n }}", "plain", 1], "b": {"{{ state.n }}": "{{ name }}!"}},
            {"a": [2, "plain", 1], "b": {"{{ state.n }}": "Ann!"}},
        ),
        ([], []),
        (True, True),
    ],
)
def test_a_value_the_server_acts_on_is_resolved(value: Json, expected: Json) -> None:
    found = value_of(value, result={"stdout": "done\n", "code": 0}, files=[{"name": "a.md"}])
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "slot", "reason"),
    [
        ("{{ state.gone }}", "state.gone", "state.gone is undefined"),
        ("{{ gone.further.on }}", "gone.further.on", "gone is undefined"),
        ("{{ state.none.x }}", "state.none.x", "state.none.x is undefined"),
        ("{{ state.list[7] }}", "state.list[7]", "state.list.7 is undefined"),
        ("Hi {{ state.gone }}!", "state.gone", "state.gone is undefined"),
        ("Hi {{ state.none }}!", "state.none", "it is null, and a text cannot say that"),
        ("Hi {{ state.gone ?? null }}!", "state.gone ?? null", "it is null, and a text cannot say that"),
        ("{{ state.gone.x + 1 }}", "state.gone.x + 1", "state.gone is undefined (line 1, column 1)"),
        ("{{ 0 / 0 }}", "0 / 0", "its result has NaN or an infinity in it"),
        ({"a": ["ok", {"b": "{{ gone }}"}]}, "gone", "gone is undefined"),
    ],
)
def test_what_has_no_value_is_an_error_that_names_the_slot(value: Json, slot: str, reason: str) -> None:
    with pytest.raises(UnresolvedError) as refused:
        value_of(value)
    assert refused.value.slot == slot
    assert refused.value.reason == reason
    assert str(refused.value) == f"{{{{ {slot} }}}} has no value: {reason}"


def test_an_expression_in_a_document_without_automation_keys_is_never_evaluated() -> None:
    plain = read_value("{{ n + 1 }}", scripted=False)
    assert fill(parse("{{ n + 1 }}"), at()) == Filled("{{ n + 1 }}", ())
    with pytest.raises(UnresolvedError, match="in documents with automation keys only"):
        resolved(plain, at())


def test_texts_made_for_one_value_are_bounded() -> None:
    scope = outermost({"long": "x" * (template.MAX_RESOLVED // 4)}, values=VALUES)
    assert len(str(resolved(read_value("{{ long }}!"), scope))) == template.MAX_RESOLVED // 4 + 1
    with pytest.raises(ArgumentError):
        resolved(read_value(["{{ long }}!"] * 5), scope)
    with pytest.raises(ArgumentError):
        fill(parse("{{ long }}!", scripted=True), outermost({"long": "x" * (template.MAX_FILLED + 1)}, values=VALUES))


def test_a_prompt_keeps_what_has_no_value_and_names_it() -> None:
    text = "{{ state.n + 1 }} {{ state.gone.x + 1 }} {{ state.gone }} {{ state.list[1].a }} {{ gone?.x }} {{ 1 + }}"
    known = text.removesuffix(" {{ 1 + }}")
    filled = fill(parse(known, scripted=True), at())
    assert filled.value == "3 {{ state.gone.x + 1 }} {{ state.gone }} x {{ gone?.x }}"
    assert filled.missing == ("state.gone.x + 1", "state.gone", "gone?.x")
    assert fill(parse("{{ [state.n] }}", scripted=True), at()).value == [2]
    assert fill(parse("{{ gone ?? gone }}", scripted=True), at()) == Filled("{{ gone ?? gone }}", ("gone ?? gone",))


def test_every_text_of_a_shown_value_is_filled_on_its_own() -> None:
    value = read_value({"a": "{{ state.n + 1 }}", "b": ["{{ gone }} x", {"c": 5}], "d": "plain"})
    assert fill_value(value, at()) == Filled({"a": 3, "b": ["{{ gone }} x", {"c": 5}], "d": "plain"}, ("gone",))


def test_a_value_without_slots_is_a_constant() -> None:
    assert read_value({"a": [1, "b"]}) == Constant({"a": [1, "b"]})
    assert read_value(r"\{{ a }}") == Constant("{{ a }}")
    assert isinstance(read_value(["{{ a }}"]), ListOf)
    assert isinstance(read_value({"a": "{{ a }}"}), ObjectOf)
    assert read_value("{{ a.b }}") == Template((Slot("{{ a.b }}", ("a", "b")),))


def test_a_slot_that_is_no_expression_is_refused_when_it_is_read() -> None:
    with pytest.raises(ScriptFault, match="not exactly one expression"):
        parse("{{ #if state.n }}", scripted=True)
    with pytest.raises(ScriptFault):
        read_value(["{{ }}"])
