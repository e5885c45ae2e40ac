"""The task family, third part: what a session is after something became of its tasks.

Above: evolve names one function per case here. Below: task_family, task_run, nesting, records. No rules here.
"""

from typing import Final

from engine import keys
from engine.sessions import records
from engine.sessions.deadlines import moved
from engine.sessions.flow_family import MEND_STEP, reached
from engine.sessions.model import Failure, Nested, NestedKind, Problem, State, Status, TaskStatus, Waiting, WaitKind
from engine.sessions.nesting import begun
from engine.sessions.task_family import (
    LeaseExtended,
    TaskEnded,
    TaskReturned,
    TasksHandedOut,
    TasksJoined,
    TasksOpened,
    TasksReopened,
)
from engine.sessions.task_model import Ended, Fan, Opening
from engine.sessions.task_run import marked_from, marks_of, prefix_of, reports_of, split_run

MAX_REMEMBERED: Final = 20_000
"""Tasks of steps that are done whose end is remembered; the oldest steps are forgotten first."""


def evolve_opened(state: State, event: TasksOpened, at: float) -> State:
    """Rest at the parallel step; none of its tasks has begun. Of tasks it had before, what was reported stays known."""
    state = records.worked(records.entered(state, event.phase, at, has_work=True))
    prefix = prefix_of(event.key)
    known = state.fans.get(prefix)
    base = state.tries.get("", 0)
    if known is not None:
        state, base = _left(state, prefix, known)
    fan = Fan(event.tasks, event.states, event.openings, event.limit, event.serial, base=base, marks=base)
    return _resting(state, event.key)._replace(
        opened_version=state.version,
        fans={**state.fans, prefix: fan},
        warnings=(*state.warnings, *event.warnings),
    )


def _left(state: State, prefix: str, fan: Fan) -> tuple[State, int]:
    """Give the state without the tasks a step had before, and the number its keys are marked with from now on."""
    tasks = {run: each for run, each in state.nested.items() if run.startswith(prefix)}
    reports = dict(state.reports)
    for run, told in (
        *((f"{prefix}{each.number}", each.reports) for each in fan.ended),
        *((run, reports_of(each.state)) for run, each in tasks.items()),
    ):
        reports.update((keys.inside(run, key), each) for key, each in told.items())
    left = state._replace(
        reports=reports,
        nested={run: each for run, each in state.nested.items() if run not in tasks},
        fans={path: each for path, each in state.fans.items() if path != prefix},
    )
    return left, 1 + max(fan.marks, *(marks_of(each.state) for each in tasks.values()), 0)


def _resting(state: State, key: str) -> State:
    return state._replace(
        status=Status.WAITING,
        position=key,
        waiting=Waiting(WaitKind.TASKS, key),
        step_deadline=None,
        refused=None,
        code=None,
    )


def evolve_handed_out(state: State, event: TasksHandedOut, at: float) -> State:
    """Hand tasks out; those that begin stand before their first step, the others have their time again."""
    nested = dict(state.nested)
    fans = state.fans
    for run in event.runs:
        known = nested.get(run)
        if known is None:
            prefix, number = split_run(run)
            fan = fans[prefix]
            known = _begun(state, run, fan, number)
            fans = {**fans, prefix: fan._replace(begun=number + 1)}
        inner = moved(known.state, max(0.0, at - known.state.updated_at))
        nested[run] = known._replace(
            status=TaskStatus.LEASED,
            attempts=known.attempts + 1,
            lease_until=event.lease_until,
            state=_limited(inner._replace(deadline=event.deadline), inner.deadline, event.deadline),
        )
    return state._replace(nested=nested, fans=fans)


def _limited(state: State, old: float | None, new: float | None) -> State:
    """Give a run in which every limit that was that of the task around it is the task's new one."""
    if old is None or old == new:
        return state
    nested = {
        run: each._replace(
            state=_limited(each.state, old, new)._replace(deadline=_instead(each.state.deadline, old, new))
        )
        for run, each in state.nested.items()
    }
    return state._replace(nested=nested, step_deadline=_instead(state.step_deadline, old, new))


def _instead(limit: float | None, old: float, new: float | None) -> float | None:
    return new if limit == old else limit


def _begun(state: State, run: str, fan: Fan, number: int) -> Nested:
    opening, name = fan.openings[number], fan.tasks[number if len(fan.tasks) > 1 else 0]
    return Nested(
        id=run,
        kind=NestedKind.TASK,
        step=state.position,
        task=name,
        number=number,
        total=len(fan.openings),
        item=opening.item,
        status=TaskStatus.PENDING,
        attempts=0,
        lease_until=None,
        error=None,
        state=_first(state, fan, number, fan.base),
    )


def _first(state: State, fan: Fan, number: int, marks: int) -> State:
    at = number if len(fan.tasks) > 1 else 0
    return marked_from(begun(state, fan.tasks[at], fan.openings[number], fan.states[at], None), marks)


def evolve_lease_extended(state: State, event: LeaseExtended, _at: float) -> State:
    """Keep the task with whoever has it."""
    nested = state.nested[event.run]._replace(lease_until=event.lease_until)
    return state._replace(nested={**state.nested, event.run: nested})


def evolve_returned(state: State, event: TaskReturned, at: float) -> State:
    """Put a task back; its limits are looked at again when it is handed out."""
    nested = state.nested[event.run]
    inner = nested.state._replace(updated_at=at)
    if event.error is not None:
        prefix, number = split_run(event.run)
        marks = marks_of(nested.state)
        fan = state.fans[prefix]
        state = _noted(state, event.run, event.error, at)
        state = state._replace(fans={**state.fans, prefix: fan._replace(marks=max(fan.marks, marks + 1))})
        inner = _first(state, fan, number, marks + 1)._replace(reports=reports_of(nested.state))
        nested = nested._replace(tries=nested.tries + 1, error=event.error)
    back = nested._replace(status=TaskStatus.PENDING, lease_until=event.ready_at, state=inner)
    return state._replace(nested={**state.nested, event.run: back})


def _noted(state: State, run: str, error: Failure, at: float) -> State:
    """Keep a failure in the list of errors."""
    message = f"The task {keys.marked(run, state.rollbacks)} failed: {error.message}"
    problem = Problem(state.phase, at, error.error_type, message, (), MEND_STEP)
    return state._replace(
        errors=(*state.errors[-(records.MAX_ERRORS - 1) :], problem), error_count=state.error_count + 1
    )


def evolve_ended(state: State, event: TaskEnded, at: float) -> State:
    """Keep what is asked of a task that ended; all else of it is gone."""
    prefix, number = split_run(event.run)
    fan, nested = state.fans[prefix], state.nested.get(event.run)
    if event.error is not None:
        state = _noted(state, event.run, event.error, at)
    status = TaskStatus.COMPLETED if event.error is None else TaskStatus.FAILED
    ended = _end(number, status, nested)._replace(error=event.error, value=event.value)
    fan = fan._replace(
        begun=max(fan.begun, number + 1),
        ended=(*fan.ended, ended),
        succeeded=fan.succeeded + (event.error is None),
        marks=fan.marks if nested is None else max(fan.marks, marks_of(nested.state)),
    )
    others = {run: each for run, each in state.nested.items() if run != event.run}
    return state._replace(nested=others, fans={**state.fans, prefix: fan})


def _end(number: int, status: TaskStatus, nested: Nested | None) -> Ended:
    if nested is None:
        return Ended(number, status, 0)
    return Ended(number, status, nested.attempts, nested.error, None, reports_of(nested.state))


def evolve_joined(state: State, event: TasksJoined, _at: float) -> State:
    """Stand behind the step, where it is done; what has not ended is cancelled, and kept where a retry may need it."""
    prefix = prefix_of(event.key)
    fan = state.fans[prefix]
    tasks = {run: each for run, each in state.nested.items() if run.startswith(prefix)}
    others = {run: each for run, each in state.nested.items() if run not in tasks}
    state = reached(state, event.key) if event.is_reached else state
    state = state._replace(warnings=(*state.warnings, *event.warnings))
    if event.is_kept:
        kept = {run: each._replace(status=TaskStatus.CANCELLED, lease_until=None) for run, each in tasks.items()}
        return state._replace(nested={**others, **kept}, fans={**state.fans, prefix: fan._replace(joined=True)})
    cancelled = tuple(_end(each.number, TaskStatus.CANCELLED, each) for each in tasks.values())
    done = fan._replace(
        states=(),
        openings=tuple(Opening(each.item) for each in fan.openings),
        ended=(*(each._replace(value=None) for each in fan.ended), *cancelled),
        joined=True,
    )
    return state._replace(nested=others, fans=_remembered({**state.fans, prefix: done}))


def _remembered(fans: dict[str, Fan]) -> dict[str, Fan]:
    """Forget the oldest steps that are done where there are too many tasks."""
    total = sum(len(fan.openings) for fan in fans.values())
    for prefix in tuple(fans)[:-1]:
        if total <= MAX_REMEMBERED:
            break
        total -= len(fans.pop(prefix).openings)
    return fans


def evolve_reopened(state: State, event: TasksReopened, at: float) -> State:
    """Put back into the pool what failed or was cancelled; the failed ones begin anew."""
    prefix = prefix_of(event.key)
    fan = state.fans[prefix]
    nested = dict(state.nested)
    for run, each in state.nested.items():
        if run.startswith(prefix):
            inner = each.state._replace(updated_at=at)
            nested[run] = each._replace(status=TaskStatus.PENDING, lease_until=None, step=event.key, state=inner)
    state = _resting(state, event.key)
    marks = fan.marks + 1
    for ended in fan.ended:
        if ended.status is not TaskStatus.COMPLETED:
            run = f"{prefix}{ended.number}"
            first = _begun(state, run, fan, ended.number)
            again = _first(state, fan, ended.number, marks)._replace(reports=ended.reports)
            nested[run] = first._replace(attempts=ended.attempts, error=ended.error, state=again)
    completed = tuple(each for each in fan.ended if each.status is TaskStatus.COMPLETED)
    reopened = fan._replace(ended=completed, marks=marks, base=marks, joined=False)
    return state._replace(opened_version=state.version, nested=nested, fans={**state.fans, prefix: reopened})
