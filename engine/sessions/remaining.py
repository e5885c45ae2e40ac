"""What a phase still holds when somebody wants to complete it at once: tasks not reported, steps that need a person.

Above: phase_decisions. Below: position, conditions.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine import keys
from engine.conditions import weigh
from engine.definition import Condition, IfStep, LoopStep, PromptStep, Step, Workflow
from engine.errors import CriterionError
from engine.sessions.model import State, WaitKind
from engine.sessions.outcomes import kind_of
from engine.sessions.position import needs_confirmation, open_step, phase_of, scope_of, spot_of
from engine.variables import Scope


def unreported(state: State, workflow: Workflow) -> tuple[str, ...]:
    """Name the tasks of the phase that are at or behind the position and were never reported in it."""
    done = _reported(state)
    prompts = _prompts(_ahead(state, workflow), scope_of(state, workflow))
    return tuple(step.id for step in prompts if step.id not in done)


class Held(NamedTuple):
    """A step that keeps a phase from being completed at once, by its id, and why."""

    step_id: str
    why: str


def held_up(state: State, workflow: Workflow) -> Held | None:
    """Name a step at or behind the position in the phase that must be done itself; None where there is none.

    That is one that needs a person's word, and every step that is no prompt.
    """
    if needs_confirmation(state, workflow):
        return Held(state.position, _PERSON)
    opened = workflow.places.get(keys.step_id(state.position))
    is_open = state.waiting is not None and state.waiting.kind is not WaitKind.VARIABLE
    if opened is not None and is_open and not isinstance(opened.step, PromptStep):
        return Held(opened.step.id, f"is of type {kind_of(opened.step)}")
    scope = scope_of(state, workflow)
    here = open_step(state, workflow)
    for step in _all(_ahead(state, workflow), scope):
        if not isinstance(step, PromptStep | LoopStep | IfStep):
            return Held(step.id, f"is of type {kind_of(step)}")
        confirm = step.confirm if isinstance(step, PromptStep | LoopStep) else False
        is_known = here is not None and step is here and state.confirm is not None
        if not is_known and _may_hold(confirm, scope):
            return Held(step.id, _PERSON)
    return None


_PERSON: Final = "needs a person's word"


def _may_hold(condition: Condition | bool, scope: Scope) -> bool:  # noqa: FBT001 - the document's own value
    """Tell whether a condition holds, or may yet."""
    return condition if isinstance(condition, bool) else not _is_out(condition, scope)


def _is_out(condition: Condition, scope: Scope) -> bool:
    """Tell whether a condition does not hold now; one that cannot be decided yet may hold when its time comes."""
    try:
        return weigh(condition, scope) is False
    except CriterionError:
        return False


def _reported(state: State) -> set[str]:
    """Give the ids of the steps reported since the phase began, newest reports first."""
    found: set[str] = set()
    began = state.phases[-1].began_version
    for key in reversed(tuple(state.reports)):
        if state.reports[key].version <= began:
            break
        found.add(keys.unmarked(key).rpartition("::")[2])
    return found


def _ahead(state: State, workflow: Workflow) -> tuple[Step, ...]:
    """Give the top-level steps of the phase from the position on; a loop it lies in is one of them."""
    spot = spot_of(state, workflow)
    return () if spot is None else workflow.steps[spot.levels[0].at : phase_of(workflow, state.phase).end]


def _all(steps: tuple[Step, ...], scope: Scope) -> Iterator[Step]:
    """Give the steps that run or may yet run, those in loops included."""
    for step in steps:
        if step.run_condition is None or not _is_out(step.run_condition, scope):
            yield step
            if isinstance(step, LoopStep):
                yield from _all(step.body, scope)
            elif isinstance(step, IfStep):
                for branch in step.branches:
                    yield from _all(branch.steps, scope)


def _prompts(steps: tuple[Step, ...], scope: Scope) -> Iterator[PromptStep]:
    return (step for step in _all(steps, scope) if isinstance(step, PromptStep))
