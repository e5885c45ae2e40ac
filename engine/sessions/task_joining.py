"""Arithmetic of tasks: what may be handed out, whether the join is reached, what is collected, what failed.

Above: task_leases, task_reading. Below: task_model, definition. Pure; nothing here depends on the order in which tasks
end but the joins that count the first ones.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from engine.definition import ParallelStep, Strategy
from engine.sessions.model import Nested, State, TaskStatus, WaitKind
from engine.sessions.nesting import child_at
from engine.sessions.outcomes import end_of
from engine.sessions.task_model import Fan
from schema.values import Json

MAX_TASKS: Final = 10_000
"""Tasks of one parallel step: a day's work for many agents, and still one session."""
MAX_NAMED: Final = 10
"""Failed tasks an error message names; workflow_session tasks lists them all."""
MAX_REASON: Final = 150
"""Characters of why one task failed, in the message about all of them."""
STEADY_LEASES: Final = 10
"""Hand-outs of a task that nobody reports after which each further lease is twice as long as the one before.

A session nobody looks after so keeps a short log, and a task that somebody takes up again later is still open.
"""
MAX_LEASE: Final = 31_536_000.0
"""Seconds (a year) beyond which no lease doubles."""
MAX_DOUBLINGS: Final = 60
"""Doublings of a lease, however short it is."""
TOLERANT: Final = frozenset((Strategy.CONTINUE, Strategy.FALLBACK))
"""Strategies under which a failed task does not break the join of all: its item has no value, or the fallback."""
ON_AGENT: Final = frozenset((WaitKind.REPORT, WaitKind.VARIABLE, WaitKind.CONFIRMATION))
"""What a task rests for while its lease runs: the word of whoever has it."""


class Verdict(StrEnum):
    """Whether a parallel step is done."""

    OPEN = "open"
    JOINED = "joined"
    BROKEN = "broken"


def judged(fan: Fan, step: ParallelStep) -> Verdict:
    """Tell whether the join is reached, or can be reached no more; without tasks it is reached at once."""
    total, ended, needed = len(fan.openings), len(fan.ended), step.join.needed
    failed = ended - fan.succeeded
    if needed is None:
        if failed and end_of(step.outcome.on_error) not in TOLERANT:
            return Verdict.BROKEN
        return Verdict.JOINED if ended == total else Verdict.OPEN
    if fan.succeeded >= needed or not total:
        return Verdict.JOINED
    return Verdict.BROKEN if total - failed < needed else Verdict.OPEN


def collected(fan: Fan, step: ParallelStep, instead: Json) -> list[Json]:
    """Give the values of the tasks in item order: of all, `instead` for those that failed, or of those that count."""
    by_number = sorted(fan.ended, key=lambda each: each.number)
    if step.join.needed is None:
        return [each.value if each.error is None else instead for each in by_number]
    return [each.value for each in by_number if each.error is None]


def ready(nested: Mapping[str, Nested], fan: Fan, prefix: str, now: float) -> list[str]:
    """Give the tasks to hand out now, in item order, as many as the limit leaves room for."""
    tasks = [each for run, each in nested.items() if run.startswith(prefix)]
    free = fan.limit - sum(each.status is TaskStatus.LEASED for each in tasks)
    back = [each for each in tasks if each.status is TaskStatus.PENDING and (each.lease_until or 0.0) <= now]
    runs = [each.id for each in sorted(back, key=lambda each: each.number)[: max(0, free)]]
    end = min(len(fan.openings), fan.begun + max(0, free - len(runs)))
    for number in range(fan.begun, end):
        if fan.openings[number].fault is not None:
            break
        runs.append(f"{prefix}{number}")
    return runs


def lease_seconds(step: ParallelStep, nested: Nested | None) -> float:
    """Give how long a task that is handed out now may go unreported."""
    idle = 0 if nested is None else nested.attempts - nested.tries
    longer = step.lease * float(2 ** min(MAX_DOUBLINGS, max(0, idle + 1 - STEADY_LEASES)))
    return min(longer, max(step.lease, MAX_LEASE))


def lease_due(nested: Nested) -> float | None:
    """Give when a task goes back to the pool, or (of one that is there) may be handed out again; None = not by time.

    While a task rests for a timer, a signal, a command or tasks of its own nobody can report it, so no lease runs.
    """
    return nested.lease_until if nested.status is TaskStatus.PENDING or _rests_on_agent(nested.state) else None


def lease_points(state: State) -> Iterator[float]:
    """Give the times at which tasks of a run go back to the pool, or may leave it where there is room for them."""
    leased = Counter(each.id.rpartition("#")[0] for each in state.nested.values() if each.status is TaskStatus.LEASED)
    full = {prefix for prefix, fan in state.fans.items() if leased[prefix[:-1]] >= fan.limit}
    for run, nested in state.nested.items():
        at = lease_due(nested)
        if at is not None and (nested.status is not TaskStatus.PENDING or f"{run.rpartition('#')[0]}#" not in full):
            yield at


def _rests_on_agent(state: State) -> bool:
    waiting = state.waiting
    if waiting is None:
        return False
    if waiting.kind is WaitKind.CHILD:
        return _rests_on_agent(state.nested[child_at(state)].state)
    is_poll = waiting.kind is WaitKind.TIMER and waiting.until is None
    return waiting.kind in ON_AGENT or is_poll


def told(fan: Fan, prefix: str) -> str:
    """Say in one text which tasks failed and why, and how many ended how.

    >>> from engine.sessions.task_model import Ended, Opening
    >>> from engine.sessions.model import Failure
    >>> late = Failure("read", "TimeoutError", "it took longer than 5 seconds", 1)
    >>> done, failed = Ended(0, TaskStatus.COMPLETED, 1), Ended(1, TaskStatus.FAILED, 1, late)
    >>> told(Fan(("a",), ({},), (Opening("x"),) * 3, 10, ended=(done, failed), succeeded=1), "check#")
    '1 of 3 tasks failed (1 succeeded, 1 had not ended): check#1: TimeoutError: it took longer than 5 seconds'
    """
    total, failed = len(fan.openings), sorted((each.number, each) for each in fan.ended if each.error is not None)
    reasons = [
        f"{prefix}{number}: {each.error.error_type}: {each.error.message}"[:MAX_REASON]
        for number, each in failed[:MAX_NAMED]
        if each.error is not None
    ]
    if len(failed) > MAX_NAMED:
        reasons.append(f"and {len(failed) - MAX_NAMED} more")
    left = total - len(fan.ended)
    counts = f"{fan.succeeded} succeeded" + (f", {left} had not ended" if left else "")
    return f"{len(failed)} of {total} tasks failed ({counts}): " + "; ".join(reasons)
