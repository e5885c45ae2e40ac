"""default_state and state_schema of automation YAML: initial state, values of inputs, computed fields.

Above: automation, automation_tasks. Below: automation_parts, automation_texts.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.formats.automation_notes import quoted
from engine.formats.automation_parts import Part
from engine.formats.automation_texts import Texts, free_names
from schema.suggest import closest
from schema.values import Json, JsonObject

SECTIONS: Final = ("state", "inputs", "raw")
"""Sections of default_state; raw is the old name of inputs."""
POLICIES: Final = {"use_fallback": "fallback", "fallback": "fallback", "propagate": "propagate", "ignore": "ignore"}
"""What becomes of a computed field that fails."""


class Initial(NamedTuple):
    """What holds at the start: state, values of inputs, types that state_schema gives of inputs, computed as written.

    `types`: what state_schema says of the state, which has no native key.
    """

    state: JsonObject
    inputs: JsonObject
    input_types: Mapping[str, str]
    computed: Part | None
    types: JsonObject


def initial_of(part: Part) -> Initial:
    """Read default_state and state_schema of a workflow or a task."""
    state: JsonObject = {}
    inputs: JsonObject = {}
    default = part.part("default_state")
    if default is not None:
        _read_default(default, state, inputs)
    schema = part.part("state_schema")
    if schema is None:
        return Initial(state, inputs, {}, None, {})
    types = _types(schema, "state")
    for name in types:
        state.setdefault(name, None)
    initial = Initial(state, inputs, {**_types(schema, "raw"), **_types(schema, "inputs")}, None, {**types})
    computed = schema.part("computed")
    schema.leave("state_schema")
    return initial._replace(computed=computed)


def _read_default(default: Part, state: JsonObject, inputs: JsonObject) -> None:
    for name in SECTIONS:
        section = default.part(name)
        if section is None:
            continue
        for key, value in section.value.items():
            _note_template(value, section.at(key), default)
            (state if name == "state" else inputs)[key] = value
        if name == "raw":
            message = "'raw' is the old name of 'inputs'; its values are read-only"
            default.notes.minor(section.where, "old-scope", message, "write inputs, or state for what changes")
    for key, value in default.untaken().items():
        where = default.at(key)
        near = closest(key, SECTIONS, 1) if isinstance(value, dict) else ()
        if near:
            message = f"default_state has no section {key!r}"
            default.notes.critical(where, "unknown-key", message, f"did you mean {near[0]!r}?")
        else:
            _note_template(value, where, default)
            state[key] = value
            message = f"{key!r} stands beside the sections of default_state; it is taken for a part of the state"
            default.notes.minor(where, "flat-state", message, "put it below default_state.state")


def _note_template(value: Json, where: str, part: Part) -> None:
    if isinstance(value, str) and "{{" in value:
        message = "an initial value is not evaluated; this stays the text it is"
        part.notes.major(where, "template-in-state", message, "set it in a step, or make it a computed field")


def _types(schema: Part, key: str) -> dict[str, str]:
    """Read the types of one section; objects that describe a field tell theirs by `type`."""
    section = schema.part(key)
    found = {}
    for name, said in (section.value if section is not None else {}).items():
        kind = said.get("type") if isinstance(said, dict) else said
        if isinstance(kind, str):
            found[name] = kind
        elif section is not None:
            message = f"the type of {name!r} is {quoted(said)}; a word is expected"
            section.notes.minor(section.at(name), "wrong-type", message, "write string, number, boolean, ...")
    return found


def computed_of(part: Part | None, texts: Texts) -> JsonObject:
    """Give the native computed fields."""
    fields: JsonObject = {}
    for name in part.value if part is not None else ():
        field = part.part(name) if part is not None else None
        if field is not None:
            fields[name] = _computed(field, texts)
    return fields


def _computed(field: Part, texts: Texts) -> JsonObject:
    """Give one field; one that says nothing of failures has its fallback then, as it always had."""
    source = field.take("from")
    where = field.at("from")
    native: JsonObject = {}
    if isinstance(source, list):
        native["from"] = [texts.expression(each, where) if isinstance(each, str) else each for each in source]
    elif isinstance(source, str):
        native["from"] = texts.expression(source, where)
    else:
        field.notes.critical(field.where, "missing-key", "'from' is missing", "name what the field is made of")
    native["expression"] = texts.expression(field.needed("transform"), field.at("transform"))
    policy = field.word(POLICIES, "on_error") or "fallback"
    native["onError"] = policy
    fallback = field.take("fallback")
    if policy == "fallback":
        native["fallback"] = fallback
    elif fallback is not None:
        message = f"fallback has no effect with on_error {policy!r}"
        field.notes.major(field.at("fallback"), "no-effect", message, "write on_error: use_fallback, or remove it")
    field.leave("a computed field")
    field.notes.origins.tell(
        native, field.where, {"/expression": field.at("transform"), "/onError": field.at("on_error")}
    )
    _note_loop(field, native)
    return native


def _note_loop(field: Part, native: JsonObject) -> None:
    """Refuse a field that is made of a loop's variables: it follows from its context, not from where it is read."""
    source = native.get("from")
    sources = [str(each) for each in source] if isinstance(source, list) else [str(source)]
    for key, texts in (("from", sources), ("transform", [str(native["expression"])])):
        if any("loop" in free_names(text) for text in texts):
            message = "a computed field follows from state and inputs; the variables of a loop are not known there"
            advice = "compare with loop. in the condition of the loop or of a step in it"
            field.notes.critical(field.at(key), "loop-in-computed", message, advice)
