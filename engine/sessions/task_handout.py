"""Handing out: tasks begin, end and free the place for the next, until the step's join decides.

Above: task_opening, task_leases, task_ending. Below: task_joining, failures, storing. Everything is noted on a draft of
the run the parallel step is in; `walk` goes on in a task's own run (onward.go_on: it stands above).
"""

from collections.abc import Callable
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from engine import keys
from engine.definition import ParallelStep, Strategy, Workflow
from engine.errors import DomainError
from engine.expression import ExpressionError
from engine.sessions.deadlines import run_deadline
from engine.sessions.draft import Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.model import FINISHED, Failure, Nested, State, Status
from engine.sessions.nesting import workflow_of
from engine.sessions.outcomes import end_of, final, pause_before
from engine.sessions.storing import TEMPLATE_ERROR, store_result
from engine.sessions.task_family import TaskEnded, TaskReturned, TasksHandedOut, TasksJoined
from engine.sessions.task_joining import TOLERANT, Verdict, collected, judged, lease_seconds, ready, told
from engine.sessions.task_model import Fan
from engine.sessions.task_run import prefix_of, split_run
from engine.template import UnresolvedError, resolved
from schema.values import Json

Walk: TypeAlias = Callable[[Draft], None]
TASKS_ERROR: Final = "TasksError"
"""The type of error of a parallel step whose join cannot be reached."""
UNREADABLE: Final = (UnresolvedError, ExpressionError, DomainError)
"""What a template that cannot be resolved raises."""


class Parallel(NamedTuple):
    """The parallel step a run rests at: its key as handed out, and the frame path of its tasks up to their number."""

    step: ParallelStep
    key: str
    prefix: str


def parallel_at(state: State, workflow: Workflow) -> Parallel:
    """Give the parallel step at the position; LookupError where it is another."""
    step = workflow.places[keys.step_id(state.position)].step
    if isinstance(step, ParallelStep):
        return Parallel(step, state.position, prefix_of(state.position))
    raise LookupError(state.position)


def carry_on(draft: Draft, walk: Walk) -> None:
    """Hand out what may be handed out, note what ends by that, and join or fail the step where that is decided.

    It rests where somebody must report a task; else the run stands behind the step, or its failure is noted.
    """
    parallel = parallel_at(draft.state, draft.workflow)
    while True:
        fan = draft.state.fans[parallel.prefix]
        verdict = judged(fan, parallel.step)
        if verdict is Verdict.JOINED:
            _join(draft, parallel, fan)
            return
        if verdict is Verdict.BROKEN:
            _break(draft, parallel, fan)
            return
        if not _hand_out(draft, parallel, fan, walk):
            return


def _hand_out(draft: Draft, parallel: Parallel, fan: Fan, walk: Walk) -> bool:
    """Hand out once; False where nothing can be."""
    fault = fan.openings[fan.begun].fault if fan.begun < len(fan.openings) else None
    if fault is not None:
        draft.add(TaskEnded(f"{parallel.prefix}{fan.begun}", fault, None))
        return True
    runs = ready(draft.state.nested, fan, parallel.prefix, draft.now)
    terms = [_terms(draft, parallel, fan, run) for run in runs]
    for term, group in groupby(terms, key=lambda each: (each.lease_until, each.deadline)):
        draft.add(TasksHandedOut(tuple(each.run for each in group), *term))
    for run in runs:
        _begin(draft, parallel, run, walk)
        if judged(draft.state.fans[parallel.prefix], parallel.step) is not Verdict.OPEN:
            break
    return bool(runs)


class _Terms(NamedTuple):
    """On what terms a task is handed out."""

    run: str
    lease_until: float
    deadline: float | None


def _terms(draft: Draft, parallel: Parallel, fan: Fan, run: str) -> _Terms:
    """Give a task its lease and its time: its own, the step's or what is left of the run's, whichever ends first."""
    step, now = parallel.step, draft.now
    _, number = split_run(run)
    name = fan.tasks[number if len(fan.tasks) > 1 else 0]
    tasks = {} if draft.workflow.automation is None else draft.workflow.automation.tasks
    limits = [limit for limit in (draft.state.deadline, _after(now, step.outcome.timeout)) if limit is not None]
    deadline = run_deadline(tasks[name].workflow, now, min(limits, default=None))
    return _Terms(run, now + lease_seconds(step, draft.state.nested.get(run)), deadline)


def _after(now: float, seconds: float | None) -> float | None:
    return None if seconds is None else now + seconds


def _begin(draft: Draft, parallel: Parallel, run: str, walk: Walk) -> None:
    """Let a task begin, where it has not begun at an earlier hand-out."""
    inner = draft.state.nested[run].state
    if inner.position or inner.waiting is not None or inner.status is not Status.RUNNING:
        return
    walk(draft.inner(run))
    settle(draft, parallel, run)


def settle(draft: Draft, parallel: Parallel, run: str) -> None:
    """Note that a task ended, where its run has; one that failed is tried again as often as the step allows."""
    nested = draft.state.nested[run]
    if nested.state.status not in FINISHED:
        return
    error, value = _failure(nested), None
    if error is None:
        try:
            value = _value(draft, parallel.step, nested)
        except UNREADABLE as fault:
            error = Failure(nested.id, TEMPLATE_ERROR, f"Its value for collect: {fault_of(fault, '').message}", 0)
    on_error = parallel.step.outcome.on_error
    tries = nested.tries + 1
    if error is not None and tries <= on_error.max_retries:
        at = draft.now + pause_before(on_error.backoff, draft.state.session_id, run, tries)
        draft.add(TaskReturned(run, error._replace(tries=tries), at))
        return
    draft.add(TaskEnded(run, None if error is None else error._replace(tries=tries), value))


def _failure(nested: Nested) -> Failure | None:
    """Give why a task failed, at which step, by the key the session knows it by."""
    inner = nested.state
    if inner.status is Status.COMPLETED:
        return None
    cause = inner.cause or Failure(inner.position, TASKS_ERROR, "It was ended before its last step", 0)
    return cause._replace(key=keys.inside(nested.id, cause.key) if cause.key else nested.id)


def _value(draft: Draft, step: ParallelStep, nested: Nested) -> Json:
    """Give what a task that is done gives to collect; without `collect` the output of its last step that has one."""
    if step.collect is not None:
        return resolved(step.collect, draft.inner(nested.id).scope())
    outputs = nested.state.outputs
    last = next((each for each in reversed(tuple(workflow_of(nested, draft.workflow).places)) if each in outputs), None)
    return None if last is None else outputs[last]


def _join(draft: Draft, parallel: Parallel, fan: Fan) -> None:
    step, key, prefix = parallel
    warnings = (told(fan, prefix),) if fan.succeeded < len(fan.ended) else ()
    try:
        store_result(draft, key, step.outcome, collected(fan, step, _instead(draft, step, fan)))
    except (StepFault, *UNREADABLE) as error:
        _fail(draft, parallel, fan, fault_of(error, TEMPLATE_ERROR))
        return
    draft.add(_joined(key, fan, is_reached=True)._replace(warnings=warnings))


def _instead(draft: Draft, step: ParallelStep, fan: Fan) -> Json:
    """Give what stands for the value of a failed task."""
    fallback = step.outcome.on_error.fallback
    if fallback is None or fan.succeeded == len(fan.ended) or end_of(step.outcome.on_error) is not Strategy.FALLBACK:
        return None
    return resolved(fallback, draft.scope())


def _joined(key: str, fan: Fan, *, is_reached: bool) -> TasksJoined:
    failed = len(fan.ended) - fan.succeeded
    return TasksJoined(
        key, fan.succeeded, failed, len(fan.openings) - len(fan.ended), is_reached, is_kept=False, warnings=()
    )


def _break(draft: Draft, parallel: Parallel, fan: Fan) -> None:
    needed = parallel.step.join.needed
    wanted = "" if needed is None else f"; {needed} had to succeed"
    _fail(draft, parallel, fan, StepFault(TASKS_ERROR, f"{told(fan, parallel.prefix)}{wanted}"))


def _fail(draft: Draft, parallel: Parallel, fan: Fan, fault: StepFault) -> None:
    """Close the step and note its failure; the tasks had their tries, so the step as a whole gets none."""
    on_error = final(parallel.step.outcome.on_error)
    goes_on = on_error.strategy in TOLERANT
    warnings = (fault.message,) if goes_on else ()
    closed = _joined(parallel.key, fan, is_reached=False)
    draft.add(closed._replace(is_kept=not goes_on, warnings=warnings))
    note_failure(draft, parallel.key, on_error, fault)
