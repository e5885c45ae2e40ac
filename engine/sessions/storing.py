"""Storing: what a step gives is put into the state, all of it or nothing, and the computed fields follow.

Above: serving, step_decisions, waits, effects, tasks, children. Below: draft, engine.updates, engine.template,
engine.computed. Nothing is added to the draft where something fails.
"""

from collections.abc import Iterable
from typing import Final

from engine import keys
from engine.computed import ComputedError, recomputed
from engine.definition import Change, Constant, Operation, Outcome
from engine.errors import ArgumentError, DomainError
from engine.expression import ExpressionError
from engine.extent import MAX_DEPTH, check_context, room
from engine.sessions.draft import Draft
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.flow_family import OutputKept, StateUpdated
from engine.sessions.scoping import scope_outside
from engine.template import UnresolvedError, resolved
from engine.updates import ROUNDED, Update, UpdateError, applied, is_exact, read_path
from engine.variables import Scope
from schema.values import Json, JsonObject, is_deeper

NONE: Final[JsonObject] = {}
RESULT: Final = "result"
"""The local name of what a step gave."""
TEMPLATE_ERROR: Final = "TemplateError"
UPDATE_ERROR: Final = "UpdateError"
COMPUTED_ERROR: Final = "ComputedError"
STATE_ERROR: Final = "StateError"
"""What went wrong: a value that cannot be resolved, an update, a computed field, a state that grew too large."""


def store_result(draft: Draft, key: str, outcome: Outcome, result: Json, local: JsonObject | None = None) -> None:
    """Keep what the step at `key` gave, and put it where its document says; StepFault where that cannot be.

    `local`: names its updates read beside `result`.
    """
    automation = draft.workflow.automation
    if automation is None:
        return
    scope = draft.scope()
    names: JsonObject = {RESULT: result, **(local or {})}
    stored = (Change(outcome.store, Operation.SET, Constant(result)),) if outcome.store else ()
    updates = resolved_updates((*stored, *outcome.updates), scope, names)
    kept = {keys.step_id(key): result} if keys.step_id(key) in automation.kept else {}
    changed = changed_state(draft, key, updates, kept, is_settled=False) if updates or kept else None
    if kept:
        draft.add(OutputKept(key, result))
    if changed is not None and (changed.updates or changed.computed):
        draft.add(changed)


def resolved_updates(changes: Iterable[Change], scope: Scope, local: JsonObject | None = None) -> tuple[Update, ...]:
    """Give updates with their values, each read in the state those before it leave; StepFault where one has none."""
    updates: list[Update] = []
    for change in changes:
        update = Update(change.path, change.operation, _value(change, scope, local))
        updates.append(update)
        try:
            scope = scope.with_state(applied(scope.state(), (update,)))
        except UpdateError as error:
            raise StepFault(UPDATE_ERROR, str(error)) from error
    return tuple(updates)


def _value(change: Change, scope: Scope, local: JsonObject | None) -> Json:
    try:
        return resolved(change.value, scope, local)
    except (UnresolvedError, DomainError, ExpressionError) as error:
        raise StepFault(TEMPLATE_ERROR, f"the value for {change.path}: {fault_of(error, '').message}") from error


def changed_state(
    draft: Draft, key: str, updates: tuple[Update, ...], outputs: JsonObject = NONE, *, is_settled: bool
) -> StateUpdated:
    """Give the event of these updates with the computed fields that follow; StepFault where one cannot be made.

    `outputs`: what is kept with them, by step id. `is_settled`: with them the step at `key` is done.
    """
    try:
        variables = applied(draft.state.variables, updates)
        _bound(draft, variables, updates)
    except UpdateError as error:
        raise StepFault(UPDATE_ERROR, str(error)) from error
    except ArgumentError as error:
        raise StepFault(STATE_ERROR, f"the state would be too large: {error.details}") from error
    changed = frozenset(f"state.{read_path(each.path)[0]}" for each in updates)
    return StateUpdated(key, updates, _computed(draft, variables, changed, outputs), is_settled)


def computed_with(draft: Draft, names: Iterable[str]) -> JsonObject:
    """Give the computed fields that have another value, as these variables changed; StepFault where one has none."""
    return _computed(draft, draft.state.variables, frozenset(f"state.{name}" for name in names), {})


def _bound(draft: Draft, after: JsonObject, updates: tuple[Update, ...]) -> None:
    """Refuse a state that grew too large; while only a little is put into it, it is measured now and then."""
    added = sum(_size(each) for each in updates)
    if added >= draft.room:
        check_context(after)
        draft.room = room(after)
    draft.room -= added


def _size(update: Update) -> int:
    """Give the characters an update adds at most.

    ArgumentError where its value is nested too deep, UpdateError where it has an integer that would be rounded.
    """
    value = update.value
    if not is_exact(value):
        raise UpdateError(update.path, ROUNDED)
    if isinstance(value, dict | list) and is_deeper(value, MAX_DEPTH - len(read_path(update.path))):
        raise ArgumentError("state", f"{update.path} would be nested deeper than {MAX_DEPTH} levels")
    return len(update.path) + len(repr(value)) + 2


def _computed(draft: Draft, variables: JsonObject, changed: frozenset[str], outputs: JsonObject) -> JsonObject:
    """Give the computed fields that have another value now."""
    automation = draft.workflow.automation
    if automation is None or not automation.computed:
        return {}
    scope = scope_outside(draft.state, draft.workflow, draft.now, draft.budget)
    if outputs and scope.values is not None:
        scope = scope._replace(values=scope.values._replace(outputs={**scope.values.outputs, **outputs}))
    try:
        return recomputed(automation, scope._replace(names=variables), changed)
    except ComputedError as error:
        raise StepFault(COMPUTED_ERROR, str(error)) from error
