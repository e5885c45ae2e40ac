"""What a phase still holds when somebody wants to complete it at once: tasks not reported, steps that need a person.

Above: phase_decisions. Below: position, conditions.
"""

from collections.abc import Iterator

from engine import keys
from engine.conditions import weigh
from engine.definition import CallStep, Condition, InputStep, LoopStep, PromptStep, Step, Workflow
from engine.sessions.model import State
from engine.sessions.position import needs_confirmation, open_step, phase_of, scope_of, spot_of
from engine.variables import Scope


def unreported(state: State, workflow: Workflow) -> tuple[str, ...]:
    """Name the tasks of the phase that are at or behind the position and were never reported in it."""
    done = _reported(state)
    prompts = _prompts(_ahead(state, workflow), scope_of(state, workflow))
    return tuple(step.id for step in prompts if step.id not in done)


def for_person(state: State, workflow: Workflow) -> str | None:
    """Name a step at or behind the position in the phase that needs a person's word; None where there is none."""
    if needs_confirmation(state, workflow):
        return state.position
    scope = scope_of(state, workflow)
    here = open_step(state, workflow)
    for step in _all(_ahead(state, workflow), scope):
        is_known = here is not None and step is here and state.confirm is not None
        confirm = step.confirm if isinstance(step, PromptStep | LoopStep | InputStep | CallStep) else False
        if not is_known and _may_hold(confirm, scope):
            return step.id
    return None


def _may_hold(condition: Condition | bool, scope: Scope) -> bool:  # noqa: FBT001 - the document's own value
    """Tell whether a condition holds, or may yet."""
    return condition if isinstance(condition, bool) else weigh(condition, scope) is not False


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
    return () if spot is None else workflow.steps[spot.indexes[0] : phase_of(workflow, state.phase).end]


def _all(steps: tuple[Step, ...], scope: Scope) -> Iterator[Step]:
    """Give the steps that run or may yet run, those in loops included."""
    for step in steps:
        if step.run_condition is None or weigh(step.run_condition, scope) is not False:
            yield step
            if isinstance(step, LoopStep):
                yield from _all(step.body, scope)


def _prompts(steps: tuple[Step, ...], scope: Scope) -> Iterator[PromptStep]:
    return (step for step in _all(steps, scope) if isinstance(step, PromptStep))
