"""Runs inside a run: how one begins, what it sees of the session, and where the session's own next step lies.

Above: draft, evolve, child_family, the views. Below: model, records, engine.definition. No rules here.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.definition import Workflow
from engine.sessions.model import Nested, NestedKind, State, Status, WaitKind
from engine.sessions.session_family import SessionStarted, evolve_started
from engine.sessions.task_model import Opening
from schema.values import JsonObject

MAX_NESTED: Final = 16
"""Runs one within the other: deeper than any workflow is meant to be, and no program runs out of stack there."""
UNDER_WAY: Final = frozenset((Status.RUNNING, Status.WAITING))
"""Statuses of a run that has not ended."""


def begun(state: State, workflow_id: str, opening: Opening, variables: JsonObject, deadline: float | None) -> State:
    """Give the first state of a run that begins inside `state`: nothing is handed out yet."""
    started = SessionStarted(
        session_id=state.session_id,
        workflow_id=workflow_id,
        workflow_version="",
        document=state.children.get(workflow_id, ""),
        target_file=state.target_file,
        workspace=state.workspace,
        options={},
        variables=variables,
        imported_from=None,
        inputs=opening.inputs,
        computed=opening.computed,
        children=state.children,
        deadline=deadline,
    )
    first = evolve_started(started, state.updated_at)
    return first._replace(version=state.version, opened_version=state.version, rollbacks=state.rollbacks)


def outside_of(state: State) -> JsonObject:
    """Give what `global` stands for in the runs inside a run: state and computed fields of the main run."""
    return {"state": state.variables, "computed": state.computed} if state.outside is None else state.outside


def workflow_of(nested: Nested, workflow: Workflow) -> Workflow:
    """Give the workflow a nested run is a run of; `workflow` is that of the run around it."""
    if nested.kind is NestedKind.CHILD:
        inner = workflow.children[nested.task]
    else:
        inner = workflow.automation.tasks[nested.task].workflow  # type: ignore[union-attr]  # a workflow with tasks has automation keys
    return inner._replace(children=workflow.children)


def inner_view(state: State, workflow: Workflow, run: str) -> tuple[State, Workflow]:
    """Give the state and the workflow of the run with that path (`files@2/check#7/sub#0`), as seen from within.

    "" is the run itself. LookupError where there is no such run.
    """
    while run:
        first, rest = split(run)
        nested = state.nested[first]
        workflow = workflow_of(nested, workflow)
        state = nested.state._replace(outside=outside_of(state))
        run = rest
    return state, workflow


def split(run: str) -> tuple[str, str]:
    """Cut the path of a run behind the first run it names.

    >>> split("files@2/check#7/sub#0"), split("sub#0")
    (('files@2/check#7', 'sub#0'), ('sub#0', ''))
    """
    parts = run.split("/")
    end = next(number for number, part in enumerate(parts, 1) if "#" in part)
    return "/".join(parts[:end]), "/".join(parts[end:])


def path_of(key: str) -> tuple[str, str]:
    """Give the path of the run a key lies in, through all runs around it ("" = the main one), and the key within it.

    >>> path_of("check#7/sub#0::read"), path_of("read")
    (('check#7/sub#0', 'read'), ('', 'read'))
    """
    path: list[str] = []
    run, local = keys.run_of(key)
    while run:
        path.append(run)
        run, local = keys.run_of(local)
    return "/".join(path), local


class Front(NamedTuple):
    """Where the session's own next step lies: the path of the run ("" = the main one), its state and workflow."""

    run: str
    state: State
    workflow: Workflow


def front(state: State, workflow: Workflow) -> Front:
    """Go down to the child workflow that is under way, and to its child, and so on; tasks are no part of it."""
    path: list[str] = []
    while state.waiting is not None and state.waiting.kind is WaitKind.CHILD:
        run = child_at(state)
        path.append(run)
        state, workflow = inner_view(state, workflow, run)
    return Front("/".join(path), state, workflow)


def child_at(state: State) -> str:
    """Give the id of the child that is under way at the position."""
    runs = state.nested.items()
    return next(run for run, each in runs if each.kind is NestedKind.CHILD and each.step == state.position)


def with_inner(state: State, run: str, inner: State, *, opens: bool) -> State:
    """Put the state of a nested run in place; `opens`: what happened in it begins a new answer.

    A child is the session's own next step: what it rests for is what the run around it rests for, and its messages
    stand among those around it.
    """
    nested = state.nested[run]
    messages = () if opens else state.messages
    if nested.kind is NestedKind.TASK:
        state = _placed(state, nested, inner)
        return state._replace(messages=messages) if opens else state
    if inner.messages:
        messages, inner = (*messages, *inner.messages), inner._replace(messages=())
    status = inner.status if inner.status in UNDER_WAY and state.status in UNDER_WAY else state.status
    return _placed(state, nested, inner)._replace(messages=messages, status=status)


def _placed(state: State, nested: Nested, inner: State) -> State:
    return state._replace(nested={**state.nested, nested.id: nested._replace(state=inner)})
