"""How many steps are still to be reported, counted without looking at each pass of a plain loop.

Above: position. Below: engine.scan, resuming. A count is a courtesy of every answer, so it must not cost much. In
documents with automation keys what lies ahead may change what conditions say, so nothing is decided beforehand.
"""

from collections.abc import Iterator
from typing import Final

from engine import keys
from engine.completed import MAX_ENTRIES, Done
from engine.definition import (
    CallStep,
    Condition,
    InputStep,
    LoopStep,
    ParallelStep,
    PromptStep,
    Step,
    Workflow,
    WorkflowStep,
)
from engine.errors import DomainError
from engine.passes import Plan, is_plain
from engine.scan import Found, Here, Scan
from engine.sessions.model import State
from engine.sessions.resuming import Place, resumed
from engine.sessions.scoping import scope_outside
from engine.variables import Scope


class _UnknownError(Exception):
    """What lies ahead is not known."""


class _Counting(Scan):
    """A scan that counts the passes of a plain loop instead of going through them."""

    plain = 0

    def count(self, upcoming: Iterator[Found]) -> int:
        """Count what is to come; no further than to a loop that only its test can end."""
        found = 0
        while not self.is_open_ended and (each := next(upcoming, None)) is not None:
            found += type(each.step) is PromptStep or _counts(each.step)
        return found

    def loop(self, loop: LoopStep, key: str, here: Here, first: int = 0) -> Iterator[Found]:
        total = self.plan(loop, here.scope, key).total if all(map(is_plain, loop.body)) else None
        if total is None:
            yield from super().loop(loop, key, here, first)
        else:
            self.plain += max(0, min(total, loop.max_iterations) - first) * len(loop.body)


class _Fixed(_Counting):
    """A scan of what is to be done whatever the state will be."""

    def runs(self, _condition: Condition, _scope: Scope, _key: str, _what: str) -> bool | None:
        raise _UnknownError

    def plan(self, loop: LoopStep, scope: Scope, key: str) -> Plan:
        if loop.fixed is None:
            raise _UnknownError
        return super().plan(loop, scope, key)


def _counts(step: Step) -> bool:
    """Tell whether a step is one that is reported; what children and tasks hold is not known before they are done."""
    if isinstance(step, _HOLDING):
        raise _UnknownError
    return isinstance(step, _REPORTED)


_HOLDING: Final = (WorkflowStep, ParallelStep)
_REPORTED: Final = (PromptStep, InputStep, CallStep)


def _plain_left(state: State, workflow: Workflow) -> int | None:
    """Count the steps from the position on, where it stands outside loops and all behind it are plain; else None."""
    if state.frames or keys.is_gate(state.position):
        return None
    levels = workflow.places[keys.step_id(state.position)].levels
    index = levels[0].at
    if index + 1 < workflow.plain_from or len(levels) > 1:
        return None
    return len(workflow.steps) - index - 1 + _counts(workflow.steps[index])


def ahead(state: State, workflow: Workflow, end: int) -> int | None:
    """Count the steps to be reported from the position on; None where a test, a condition or a list to come decides.

    `end`: the index behind the last top-level step of the phase.
    """
    try:
        left = _plain_left(state, workflow)
        count = _counted(state, workflow, end) if left is None else left
    except (DomainError, _UnknownError):
        return None
    return None if count is None or count > MAX_ENTRIES else count


def _counted(state: State, workflow: Workflow, end: int) -> int | None:
    steps = workflow.steps
    scope = scope_outside(state, workflow)
    scan = (_Counting if workflow.automation is None else _Fixed)(Done(), scope.budget)
    start = max(workflow.plain_from, end)
    count = len(steps) - start
    if not keys.is_gate(state.position):
        count += _counts(workflow.places[keys.step_id(state.position)].step)
        count += scan.count(resumed(scan, Place(state.position, state.frames, "", end), workflow, scope))
    count += scan.count(scan.sequence(steps[end:start], Here("", scope, ())))
    return None if scan.is_open_ended or scan.missing else count + scan.plain
