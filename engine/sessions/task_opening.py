"""Opening a parallel step: its items are read, each task's inputs are made and checked, the first are handed out.

Above: onward. Below: task_handout, inputs. What is wrong with the inputs of one item is the failure of its task alone.
"""

from typing import Final, NamedTuple

from engine.definition import Constant, ParallelStep, Part, Value, Workflow
from engine.errors import ArgumentError
from engine.expression import ExpressionError
from engine.gate_fields import received
from engine.scripts import evaluate
from engine.sessions.draft import Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.inputs import Around, begun_with
from engine.sessions.model import Failure
from engine.sessions.nesting import MAX_NESTED, outside_of
from engine.sessions.position import phase_at
from engine.sessions.task_family import TasksOpened
from engine.sessions.task_handout import UNREADABLE, Walk, carry_on
from engine.sessions.task_joining import MAX_TASKS
from engine.sessions.task_model import Opening
from engine.sessions.task_run import prefix_of
from engine.template import resolved
from engine.variables import Scope
from schema.values import Json, JsonObject

ITEMS_ERROR: Final = "ItemsError"
"""The type of error of a parallel step whose items are no list, or too many."""
NESTING_ERROR: Final = "NestingError"
"""The type of error of a parallel step in too many runs one within the other."""
INPUT_ERROR: Final = "InputError"
"""The type of error of a task whose inputs do not fit."""
ITEM: Final = "item"


class _Kind(NamedTuple):
    """A part of the step: the workflow of its tasks, the inputs that declares, the other names it has in use."""

    workflow: Workflow
    inputs: Value
    declared: frozenset[str]
    names: frozenset[str]


class _Item(NamedTuple):
    """One item of the step."""

    number: int
    total: int
    value: Json


def open_tasks(draft: Draft, step: ParallelStep, key: str, warnings: tuple[str, ...], walk: Walk) -> None:
    """Make the tasks of a parallel step and hand out the first; where there are none, or all end at once, it is done.

    What the step's items are is settled here, and not looked at again.
    """
    kinds = tuple(_kind(part, draft.workflow) for part in step.parts)
    try:
        _check_depth(draft)
        items = _items(step, draft.scope())
    except StepFault as fault:
        note_failure(draft, key, step.outcome.on_error, fault)
        return
    opened = TasksOpened(
        key=key,
        phase=phase_at(draft.workflow, key),
        tasks=tuple(part.task for part in step.parts),
        states=tuple(_state(kind.workflow) for kind in kinds),
        openings=_openings(draft, key, kinds, items),
        limit=1 if draft.policy.serial else step.max_parallel,
        serial=draft.policy.serial,
        warnings=warnings,
    )
    draft.add(opened)
    carry_on(draft, walk)


def _check_depth(draft: Draft) -> None:
    depth, outer = 1, draft.outer
    while outer is not None:
        depth, outer = depth + 1, outer.outer
    if depth > MAX_NESTED:
        raise StepFault(NESTING_ERROR, f"at most {MAX_NESTED} runs may lie one within the other")


def _kind(part: Part, workflow: Workflow) -> _Kind:
    tasks = {} if workflow.automation is None else workflow.automation.tasks
    task = tasks[part.task].workflow
    automation = task.automation
    declared = frozenset() if automation is None else frozenset(each.name for each in automation.inputs)
    fields = () if automation is None else (*automation.state, *(each.name for each in automation.computed))
    return _Kind(task, part.inputs, declared, frozenset(fields))


def _state(workflow: Workflow) -> JsonObject:
    return {} if workflow.automation is None else workflow.automation.state


def _items(step: ParallelStep, scope: Scope) -> list[Json]:
    """Give the items; those of branches are null."""
    if step.items is None:
        return [None] * len(step.parts)
    try:
        items = step.items.value if isinstance(step.items, Constant) else evaluate(step.items, scope)
    except ExpressionError as error:
        raise fault_of(error, ITEMS_ERROR) from error
    if not isinstance(items, list):
        raise StepFault(ITEMS_ERROR, f"the items must be a list, not {received(items)}")
    if len(items) > MAX_TASKS:
        raise StepFault(ITEMS_ERROR, f"there are {len(items):,} items; a step may have {MAX_TASKS:,}: cut the list up")
    return items


def _openings(draft: Draft, key: str, kinds: tuple[_Kind, ...], items: list[Json]) -> tuple[Opening, ...]:
    """Give what each task begins with, or why it cannot begin."""
    scope, prefix, total = draft.scope(), prefix_of(key), len(items)
    around = Around({} if scope.values is None else scope.values.session, draft.now, outside_of(draft.state))
    found: list[Opening] = []
    for number, value in enumerate(items):
        try:
            kind = kinds[number if len(kinds) > 1 else 0]
            found.append(_opening(kind, _Item(number, total, value), scope, around))
        except (ArgumentError, *UNREADABLE) as error:
            where = error.path if isinstance(error, ArgumentError) else "inputs"
            message = f"{where}: {fault_of(error, INPUT_ERROR).message}"
            found.append(Opening(value, fault=Failure(f"{prefix}{number}", INPUT_ERROR, message, 0)))
    return tuple(found)


def _opening(kind: _Kind, item: _Item, scope: Scope, around: Around) -> Opening:
    """Check the inputs of one task; ArgumentError, or what a template raises, where they do not do."""
    read = resolved(kind.inputs, scope.at_item(item.number, item.total, item.value))
    given = dict(read) if isinstance(read, dict) else {}
    facts: JsonObject = {ITEM: item.value, "index": item.number, "total": item.total}
    implied: JsonObject = {}
    for name, value in facts.items():
        if name in kind.declared:
            if name == ITEM and given.get(ITEM) is None:
                given[ITEM] = value
        elif name not in kind.names:
            implied[name] = given.pop(name, value)
    begun = begun_with(kind.workflow, given, {}, around._replace(implied=implied))
    return Opening(item.value, begun.inputs, begun.computed)
