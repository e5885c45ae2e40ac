"""Children: a workflow step enters another workflow, and leaves it when that is over.

Above: carrying (enters), child_decisions (leaves). Below: inputs, storing, nesting, failures. What it is given is
checked against what it declares; its outputs are read in its own scope.
"""

from collections.abc import Callable
from typing import Final, cast

from engine import keys
from engine.definition import Change, Constant, Operation, Value, Workflow, WorkflowStep
from engine.errors import ArgumentError, DomainError
from engine.expression import ExpressionError
from engine.sessions.child_remains import run_at
from engine.sessions.deadlines import run_deadline, step_deadline
from engine.sessions.draft import Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.inputs import Around, Begun, begun_with
from engine.sessions.model import FINISHED, Failure, Nested, Status
from engine.sessions.nesting import MAX_NESTED, outside_of
from engine.sessions.position import phase_at
from engine.sessions.scoping import scope_outside, session_facts
from engine.sessions.storing import TEMPLATE_ERROR, UPDATE_ERROR, store_result
from engine.sessions.task_family import ChildEntered, ChildLeft
from engine.sessions.task_model import Opening
from engine.template import UnresolvedError, resolved
from engine.updates import Update, UpdateError, applied
from engine.variables import Scope
from schema.values import Json, JsonObject

NESTING_ERROR: Final = "NestingError"
INPUT_ERROR: Final = "InputError"
CHILD_ERROR: Final = "ChildError"
"""What went wrong: too many workflows one within the other, inputs the child does not take, the child itself."""


def enter_child(draft: Draft, step: WorkflowStep, key: str, walk: Callable[[Draft], None]) -> None:
    """Begin the child of a workflow step and walk in it; where it is over at once, leave it."""
    try:
        child = _child(draft, step)
        begun = _begun(draft, step, child)
    except StepFault as fault:
        note_failure(draft, key, step.outcome.on_error, fault)
        return
    limits = (step_deadline(draft.state, step.outcome, draft.now), draft.state.deadline)
    limit = min((each for each in limits if each is not None), default=None)
    run = run_at(key)
    draft.add(
        ChildEntered(
            key=key,
            phase=phase_at(draft.workflow, key),
            run=run,
            workflow_id=step.workflow_id,
            opening=Opening(None, begun.inputs, begun.computed),
            state=begun.state,
            deadline=run_deadline(child, draft.now, limit),
            warnings=draft.told(),
        )
    )
    walk(draft.inner(run))
    leave_child(draft, run)


def _child(draft: Draft, step: WorkflowStep) -> Workflow:
    """Give the workflow to be entered; StepFault where there is none, or it would be nested too deep."""
    depth, outer = 1, draft.outer
    while outer is not None:
        depth, outer = depth + 1, outer.outer
    if depth > MAX_NESTED:
        told = f"at most {MAX_NESTED} runs may lie one within the other; a workflow that enters itself needs an end"
        raise StepFault(NESTING_ERROR, told)
    child = draft.workflow.children.get(step.workflow_id)
    if child is None:
        raise StepFault(CHILD_ERROR, f"the workflow {step.workflow_id} is not among those the session began with")
    return child


def _begun(draft: Draft, step: WorkflowStep, child: Workflow) -> Begun:
    state = draft.state
    try:
        given = resolved(step.inputs, draft.scope())
        shared = {} if step.isolated else state.variables
        session = session_facts(state.session_id, state.created_at)
        around = Around(session, draft.now, outside_of(state))
        return begun_with(child, given if isinstance(given, dict) else {}, shared, around)
    except ArgumentError as error:
        raise StepFault(INPUT_ERROR, f"{error.path} of {step.workflow_id}: {error.details}") from error
    except (UnresolvedError, DomainError, ExpressionError) as error:
        raise StepFault(TEMPLATE_ERROR, f"inputs of {step.workflow_id}: {fault_of(error, '').message}") from error


def leave_child(draft: Draft, run: str) -> None:
    """Take what a child gives, where it is over, and stand behind its step, or note the failure of it."""
    nested = draft.state.nested[run]
    inner = nested.state
    if inner.status not in FINISHED:
        return
    key = nested.step
    step = cast("WorkflowStep", draft.workflow.places[keys.step_id(key)].step)
    if inner.status is not Status.COMPLETED:
        _break_off(draft, step, run, _failure(nested))
        return
    try:
        outputs = _outputs(draft, step, run)
    except StepFault as fault:
        _break_off(draft, step, run, Failure(key, fault.error_type, fault.message, 0))
        return
    draft.add(ChildLeft(key, run, None, None if step.isolated else inner.variables))
    given: JsonObject = {each.path: each.value for each in outputs}
    try:
        store_result(draft, key, step.outcome._replace(updates=_changes(outputs)), given)
    except StepFault as fault:
        note_failure(draft, key, step.outcome.on_error, fault)


def _break_off(draft: Draft, step: WorkflowStep, run: str, failure: Failure) -> None:
    key = draft.state.nested[run].step
    draft.add(ChildLeft(key, run, failure))
    note_failure(draft, key, step.outcome.on_error, StepFault(failure.error_type, failure.message))


def _failure(nested: Nested) -> Failure:
    """Say why a child failed, at which of its steps."""
    cause = nested.state.cause
    if cause is None:
        return Failure(nested.step, CHILD_ERROR, f"the workflow {nested.task} was ended before its last step", 0)
    return cause._replace(key=keys.inside(nested.id, cause.key) if cause.key else nested.step)


def _outputs(draft: Draft, step: WorkflowStep, run: str) -> tuple[Update, ...]:
    """Give the outputs as updates of our state, read where the child ended."""
    inner = draft.inner(run)
    scope = scope_outside(inner.state, inner.workflow, draft.now, draft.budget)
    updates = tuple(Update(path, Operation.SET, _read(path, value, scope)) for path, value in step.outputs)
    base = draft.state.variables if step.isolated else inner.state.variables
    try:
        applied(base, updates)
    except UpdateError as error:
        raise StepFault(UPDATE_ERROR, f"outputs: {error}") from error
    return updates


def _read(path: str, value: Value, scope: Scope) -> Json:
    try:
        return resolved(value, scope)
    except (UnresolvedError, DomainError, ExpressionError) as error:
        raise StepFault(TEMPLATE_ERROR, f"the output for {path}: {fault_of(error, '').message}") from error


def _changes(outputs: tuple[Update, ...]) -> tuple[Change, ...]:
    return tuple(Change(each.path, each.operation, Constant(each.value)) for each in outputs)
