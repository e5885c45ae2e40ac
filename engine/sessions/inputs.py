"""What a run begins with: inputs held against what its workflow declares, first state, first computed fields.

Above: session_decisions (start), child_opening, task_opening. Below: gate_fields (the one table of checks), computed.
"""

from typing import Final, NamedTuple

from engine.budget import size_of
from engine.computed import ComputedError, recomputed
from engine.definition import Automation, Declared, Field, Workflow
from engine.errors import ArgumentError
from engine.expression import ExpressionError
from engine.extent import check_context
from engine.gate_fields import Asked, asked, expected, judge
from engine.scripts import is_true
from engine.updates import ROUNDED, is_exact
from engine.variables import Scope, Values, outermost
from engine.verdict_work import WorkLeft
from schema.suggest import did_you_mean
from schema.values import Json, JsonObject

VALUE: Final = "value"
"""The local name of an input in its rule."""
NONE: JsonObject = {}


class Around(NamedTuple):
    """What is around a run that begins: `session` as expressions know it, the clock, `outside` of a nested run.

    `implied`: inputs it has without declaring them, such as a task's item.
    """

    session: JsonObject
    now: float
    outside: JsonObject | None = None
    implied: JsonObject = NONE


class Begun(NamedTuple):
    """What a run begins with: inputs with their defaults, state, computed fields."""

    inputs: JsonObject
    state: JsonObject
    computed: JsonObject


def begun_with(workflow: Workflow, given: JsonObject, state: JsonObject, around: Around) -> Begun:
    """Check the inputs a run is given; `state` is laid over the initial state its document declares.

    A workflow without automation keys has no inputs: what it is given is laid over its state. ArgumentError names the
    input (`inputs/name`), or the computed field that cannot be made (`computed/name`).
    """
    automation = workflow.automation
    if automation is None:
        first = {**state, **given}
        check_context(first)
        return Begun({}, first, {})
    first = {**automation.state, **state}
    check_context(first)
    if not is_exact(state):
        raise ArgumentError("context", ROUNDED)
    inputs = {**around.implied, **_chosen(automation, workflow.id, given)}
    check_context(inputs)
    for name, value in inputs.items():
        if not is_exact(value):
            raise ArgumentError(f"inputs/{name}", ROUNDED)
    values = Values(inputs, {}, around.outside, {}, around.session, around.now)
    scope = outermost(first, is_strict=workflow.is_strict, values=values)
    for declared in automation.inputs:
        if declared.name in inputs:
            _check(declared, inputs[declared.name], scope)
    try:
        computed = recomputed(automation, scope, None)
    except ComputedError as error:
        raise ArgumentError(f"computed/{error.field}", error.details) from error
    return Begun(inputs, first, computed)


def _chosen(automation: Automation, workflow_id: str, given: JsonObject) -> JsonObject:
    """Give each declared input its value or its default; null is the same as nothing."""
    known = {each.name for each in automation.inputs}
    for name in given:
        if name not in known:
            near = did_you_mean(name, sorted(known))
            hint = f"; {near}" if near else f"; it has {', '.join(sorted(known)) or 'none'}"
            raise ArgumentError(f"inputs/{name}", f"the workflow {workflow_id} has no such input{hint}")
    inputs: JsonObject = {}
    for declared in automation.inputs:
        value = given.get(declared.name)
        if value is not None:
            inputs[declared.name] = value
        elif declared.has_default:
            inputs[declared.name] = declared.default
        elif declared.required:
            told = f": {declared.description}" if declared.description else ""
            raise ArgumentError(f"inputs/{declared.name}", f"it is required, as {expected(_asked(declared))}{told}")
    return inputs


def _asked(declared: Declared) -> Asked:
    return asked(
        Field(declared.name, declared.kind, declared.required, "", None, has_example=False, validators=declared.checks)
    )


def _check(declared: Declared, value: Json, scope: Scope) -> None:
    """Hold one input against its type, its checks and its rule."""
    path = f"inputs/{declared.name}"
    found = judge(_asked(declared), value, size_of(value), WorkLeft())
    words = (*found.broken, *found.wrong)
    if words:
        raise ArgumentError(path, " ".join(words).removesuffix("."))
    if declared.rule is None:
        return
    try:
        holds = is_true(declared.rule, scope, {VALUE: value})
    except ExpressionError as error:
        raise ArgumentError(path, f"its rule cannot be told: {error}") from error
    if not holds:
        raise ArgumentError(path, f"it must meet {declared.rule.text}")
