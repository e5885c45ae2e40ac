"""The step a key is about, those in runs inside a session included, whether they are still under way or not.

Above: restoring. Below: engine.keys, engine.definition.
"""

from engine import keys
from engine.definition import CallStep, CommandStep, ParallelStep, PromptStep, Step, Workflow, WorkflowStep


def step_of(key: str, workflow: Workflow) -> Step | None:
    """Give the step of a key; None where the workflow has none of it, as for a gate."""
    run, local = keys.run_of(key)
    if run:
        inner = _inside(run, workflow)
        return None if inner is None else step_of(local, inner)
    place = workflow.places.get(keys.step_id(local))
    return None if place is None else place.step


def _inside(run: str, workflow: Workflow) -> Workflow | None:
    """Give the workflow of a run by its path, such as `files@2/check#7`."""
    step_id, _, number = run.rpartition("/")[2].partition("#")
    place = workflow.places.get(step_id)
    step = None if place is None else place.step
    if isinstance(step, WorkflowStep):
        inner = workflow.children.get(step.workflow_id)
    elif isinstance(step, ParallelStep) and workflow.automation is not None:
        part = step.parts[int(number) if step.items is None else 0]
        inner = workflow.automation.tasks[part.task].workflow
    else:
        return None
    return None if inner is None else inner._replace(children=workflow.children)


def is_irreversible(key: str, workflow: Workflow) -> bool:
    """Tell whether the document says that what the step of a key does cannot be undone."""
    step = step_of(key, workflow)
    return isinstance(step, PromptStep | CallStep | CommandStep) and step.irreversible
