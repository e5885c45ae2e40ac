"""How many prompt steps are still to come, counted without looking at each pass of a plain loop.

Above: position. Below: engine.walk, resuming. A count is a courtesy of every answer, so it must not cost much.
"""

from collections.abc import Iterator

from engine import keys
from engine.completed import MAX_ENTRIES, Done
from engine.definition import LoopStep, Workflow
from engine.errors import DomainError
from engine.passes import is_plain
from engine.scan import Found, Here, Scan
from engine.sessions.model import State
from engine.sessions.resuming import Place, resumed
from engine.sessions.scoping import scope_outside


class _Counting(Scan):
    """A scan that counts the passes of a plain loop instead of going through them."""

    plain = 0

    def count(self, upcoming: Iterator[Found]) -> int:
        """Count what is to come; no further than to a loop that only its test can end."""
        found = 0
        while not self.is_open_ended and next(upcoming, None) is not None:
            found += 1
        return found

    def loop(self, loop: LoopStep, key: str, here: Here, first: int = 0) -> Iterator[Found]:
        total = self.plan(loop, here.scope, key).total if all(map(is_plain, loop.body)) else None
        if total is None:
            yield from super().loop(loop, key, here, first)
        else:
            self.plain += max(0, min(total, loop.max_iterations) - first) * len(loop.body)


def _plain_left(state: State, workflow: Workflow) -> int | None:
    """Count the steps from the position on, where it stands outside loops and all behind it are plain; else None."""
    if state.frames or keys.is_gate(state.position):
        return None
    index = workflow.places[keys.unmarked(state.position)].indexes[0]
    return len(workflow.steps) - index if index + 1 >= workflow.plain_from else None


def ahead(state: State, workflow: Workflow, end: int) -> int | None:
    """Count the prompt steps from the position on; None where a test, a condition or a list to come decides.

    `end`: the index behind the last top-level step of the phase.
    """
    steps = workflow.steps
    left = _plain_left(state, workflow)
    if left is not None:
        return left if left <= MAX_ENTRIES else None
    scope = scope_outside(state, workflow)
    scan = _Counting(Done(), scope.budget)
    start = max(workflow.plain_from, end)
    count = len(steps) - start
    try:
        if not keys.is_gate(state.position):
            count += 1 + scan.count(resumed(scan, Place(state.position, state.frames, "", end), workflow, scope))
        count += scan.count(scan.sequence(steps[end:start], Here("", scope, ())))
    except DomainError:
        return None
    count += scan.plain
    return None if scan.is_open_ended or scan.missing or count > MAX_ENTRIES else count
