"""Tasks as they are read: which are handed out, what became of each, why one takes no report, whose turn it is.

Above: decide, the tools. Below: task_run, nesting, refusals. Ids and keys given here carry the mark of rollbacks; those
asked for must.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from engine import keys
from engine.definition import Workflow
from engine.sessions.model import FINISHED, Failure, Reported, State, TaskStatus, WaitKind
from engine.sessions.nesting import UNDER_WAY, Front, front, inner_view
from engine.sessions.refusals import Refusal, Repeated, is_reportable, refusal
from engine.sessions.task_model import Ended
from engine.sessions.task_run import prefix_of, reports_of
from schema.values import Json

MAX_OPEN: Final = 100
"""Open stepKeys of tasks that a refusal names."""
SERIAL_HINT: Final = (
    "Debug mode is active: carry out the tasks of this parallel step one after another in the main thread, as they "
    "come. Do not create subtasks or sub-agents; the next task comes when this one is done."
)
"""What goes with every step of a task in serial mode."""
_RUN: Final = re.compile(r"(.+#)(0|[1-9][0-9]{0,8})")


class Shown(NamedTuple):
    """A task that may be worked on: what to read it by, its item, its number from 0."""

    task_id: str
    item: Json
    number: int
    total: int


class Listed(NamedTuple):
    """What became of a task; `lease_expires`: when it goes back to the pool (seconds since 1970)."""

    task_id: str
    status: TaskStatus
    item: Json
    attempts: int
    lease_expires: float | None
    error: Failure | None


class Task(NamedTuple):
    """A task by its path, with its own state and workflow while it is under way, None before and after."""

    run: str
    listed: Listed
    state: State | None
    workflow: Workflow | None


def path_of(within: str, run: str) -> str:
    """Give the path of a run that lies in the run `within` ("" = the main one)."""
    return f"{within}/{run}" if within else run


def shown(state: State, within: str = "") -> tuple[Shown, ...]:
    """Give the tasks of a run that are handed out and not done; `within`: the path of the run, "" for the main one."""
    if state.waiting is None or state.waiting.kind is not WaitKind.TASKS:
        return ()
    prefix, marks = prefix_of(state.position), state.rollbacks
    tasks = (each for run, each in state.nested.items() if run.startswith(prefix))
    open_ones = sorted((each.number, each) for each in tasks if each.status is TaskStatus.LEASED)
    return tuple(
        Shown(keys.marked(path_of(within, each.id), marks), each.item, number, each.total) for number, each in open_ones
    )


def listed(state: State, within: str = "") -> Iterator[Listed]:
    """Give every task of a run there is or was, those inside tasks and children under way behind them."""
    for prefix, fan in state.fans.items():
        ended = {each.number: each for each in fan.ended}
        for number in range(len(fan.openings)):
            yield _listed(state, path_of(within, f"{prefix}{number}"), f"{prefix}{number}", ended.get(number))
    for run, nested in state.nested.items():
        yield from listed(nested.state, path_of(within, run))


def tally(state: State) -> dict[TaskStatus, int]:
    """Count the tasks of the parallel step a run rests at, by status; those without any are left out."""
    if state.waiting is None or state.waiting.kind is not WaitKind.TASKS:
        return {}
    prefix = prefix_of(state.position)
    fan = state.fans[prefix]
    mine = [each for run, each in state.nested.items() if run.startswith(prefix)]
    leased = sum(each.status is TaskStatus.LEASED for each in mine)
    counts = {
        TaskStatus.PENDING: len(fan.openings) - fan.begun + len(mine) - leased,
        TaskStatus.LEASED: leased,
        TaskStatus.COMPLETED: fan.succeeded,
        TaskStatus.FAILED: len(fan.ended) - fan.succeeded,
    }
    return {status: count for status, count in counts.items() if count}


def _listed(state: State, path: str, run: str, ended: Ended | None) -> Listed:
    prefix, _, number = run.rpartition("#")
    fan, nested = state.fans[f"{prefix}#"], state.nested.get(run)
    item, task_id = fan.openings[int(number)].item, keys.marked(path, state.rollbacks)
    if ended is not None:
        return Listed(task_id, ended.status, item, ended.attempts, None, ended.error)
    is_over = fan.joined or state.status in FINISHED
    if nested is None:
        return Listed(task_id, TaskStatus.CANCELLED if is_over else TaskStatus.PENDING, item, 0, None, None)
    status = TaskStatus.CANCELLED if is_over else nested.status
    lease = nested.lease_until if status is TaskStatus.LEASED else None
    return Listed(task_id, status, item, nested.attempts, lease, nested.error)


def find(state: State, workflow: Workflow, task_id: str) -> Task | Refusal:
    """Find a task by the id it was handed out with; a refusal where there is none, or not any more."""
    path = task_id.partition("~")[0]
    *around, run = _runs(path) or ("",)
    within = "/".join(around)
    try:
        here, its = inner_view(state, workflow, within)
    except LookupError:
        return _unknown(state, task_id)
    prefix, number = _split(run)
    fan, nested = here.fans.get(prefix), here.nested.get(run)
    if fan is None or number >= len(fan.openings) or keys.marked(path, state.rollbacks) != task_id:
        return _unknown(state, task_id)
    found = _listed(here, path, run, next((each for each in fan.ended if each.number == number), None))
    if nested is None or found.status is not TaskStatus.LEASED:
        return Task(path, found, None, None)
    return Task(path, found, *inner_view(here, its, run))


def _runs(path: str) -> tuple[str, ...]:
    """Cut a path of runs into those it names, outermost first; nothing where it is none."""
    runs: list[str] = []
    start = 0
    parts = path.split("/")
    for end, part in enumerate(parts, 1):
        if "#" in part:
            runs.append("/".join(parts[start:end]))
            start = end
    is_sound = start == len(parts) and all(_RUN.fullmatch(run) for run in runs)
    return tuple(runs) if is_sound else ()


def _split(run: str) -> tuple[str, int]:
    """Cut a run into the frame path of its step's tasks and its number; -1 where it is none."""
    found = _RUN.fullmatch(run)
    return ("", -1) if found is None else (found[1], int(found[2]))


def _unknown(state: State, task_id: str) -> Refusal:
    message = f"There is no task {task_id[: keys.MAX_SHOWN]} in this session; what a rollback undid is gone"
    return refusal(state, "not_open", message)._replace(open=open_keys(state))


def open_keys(state: State, within: str = "") -> tuple[str, ...]:
    """Give the stepKeys that may be reported in the tasks of a run, and in tasks inside them, the first MAX_OPEN."""
    return tuple(islice(_open_keys(state, within), MAX_OPEN)) if state.status in UNDER_WAY else ()


def _open_keys(state: State, within: str) -> Iterator[str]:
    for nested in sorted(state.nested.values(), key=lambda each: each.number):
        if nested.status is not TaskStatus.LEASED:
            continue
        path, inner = path_of(within, nested.id), nested.state
        if inner.waiting is None or inner.waiting.kind in (WaitKind.TASKS, WaitKind.CHILD):
            yield from _open_keys(inner, path)
        elif is_reportable(inner):
            yield keys.inside(path, inner.position)


def unreportable(state: State, key: str, digest: str) -> Refusal | Repeated | None:
    """Tell why a report of `key` cannot be taken to the run it lies in: done before, or a task nobody has now.

    None: it can. `digest`: of what the report says. The key may lie in the session itself: then nothing is said of it.
    """
    here, within, rest = state, "", key
    while True:
        run, local = keys.run_of(rest)
        if not run:
            return None
        known, nested = _reported(here, run, rest, local), here.nested.get(run)
        if known is not None:
            if known.digest == digest:
                return Repeated(known.version)
            return _refused(state, f"The step {key[: keys.MAX_SHOWN]} was reported already, with other arguments")
        within = path_of(within, run)
        if nested is None or nested.status is not TaskStatus.LEASED:
            return _refused(state, _why(here, run, within))
        here, rest = nested.state, local


def _reported(state: State, run: str, key: str, local: str) -> Reported | None:
    """Find a report that stands in the run around, or in a run that is not under way: what that one left behind."""
    nested = state.nested.get(run)
    if key in state.reports:
        return state.reports[key]
    if nested is not None:
        return None if nested.status is TaskStatus.LEASED else reports_of(nested.state).get(local)
    prefix, number = _split(run)
    fan = state.fans.get(prefix)
    ended = () if fan is None else fan.ended
    return next((each.reports.get(local) for each in reversed(ended) if each.number == number), None)


def _why(state: State, run: str, path: str) -> str:
    prefix, number = _split(run)
    fan, nested = state.fans.get(prefix), state.nested.get(run)
    shown_id = keys.marked(path, state.rollbacks)[: keys.MAX_SHOWN]
    if fan is None or not 0 <= number < len(fan.openings):
        return f"There is no task {shown_id} in this session; what a rollback undid is gone"
    ended = next((each for each in fan.ended if each.number == number), None)
    if ended is None and not fan.joined and (nested is None or nested.status is TaskStatus.PENDING):
        return f"The task {shown_id} is not handed out now; it comes in tasks[] of workflow_next when its turn is"
    status = TaskStatus.CANCELLED if ended is None else ended.status
    return f"The task {shown_id} is {status.value}; it takes no more reports"


def _refused(state: State, message: str) -> Refusal:
    return refusal(state, "not_open", message)._replace(open=open_keys(state))


def serial_run(state: State) -> str:
    """Give the one task of a run whose turn it is in serial mode; "" in parallel mode and where none is handed out."""
    tasks = shown(state)
    if not tasks or not state.fans[prefix_of(state.position)].serial:
        return ""
    return tasks[0].task_id.partition("~")[0]


def at_work(state: State, workflow: Workflow) -> Front:
    """Give the run whose open step the session's own answer shows: through children, and in serial mode tasks."""
    found = front(state, workflow)
    while run := serial_run(found.state):
        inner = front(*inner_view(found.state, found.workflow, run))
        path = path_of(found.run, run)
        found = Front(path_of(path, inner.run) if inner.run else path, inner.state, inner.workflow)
    return found
