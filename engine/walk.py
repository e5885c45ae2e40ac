"""The walk: which step is next. A pure function of the workflow, what is done, and the context.

Above: guidance, tools. Below: scan (the one machine), completed. The stateless form remembers nothing, so a step passed
over is offered as soon as its condition holds. It knows prompt, loop and if; other steps need a session.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

from engine.completed import MAX_ENTRIES, read_completed
from engine.definition import IfStep, LoopStep, PromptStep, Workflow
from engine.errors import ArgumentError, DomainError
from engine.scan import Found, Gap, Here, Scan
from engine.variables import outermost
from schema.values import JsonObject


class Next(NamedTuple):
    """Where a run stands: the next `instance`, or what it waits for (`gaps`), or neither: it is complete.

    `done` and `total` count prompt steps; `total` is None where it cannot be known yet.
    """

    instance: Found | None
    gaps: tuple[Gap, ...]
    done: int
    total: int | None
    warnings: tuple[str, ...]

    @property
    def step(self) -> JsonObject | None:
        """The next step as its document has it."""
        return None if self.instance is None else prompt(self.instance).shown

    @property
    def is_complete(self) -> bool:
        """True when nothing is left to do and nothing waits."""
        return self.instance is None and not self.gaps


def needs_session(workflow: Workflow) -> str:
    """Name the first step that only a session can carry out, by its id; "" where the stateless form will do."""
    if workflow.automation is None:
        return ""
    steps = (place.step for place in workflow.places.values())
    return next((step.id for step in steps if not isinstance(step, PromptStep | LoopStep | IfStep)), "")


def next_step(workflow: Workflow, completed: Sequence[str], context: JsonObject) -> Next:
    """Find the next step.

    `completed`: stepKeys or ids in order of completion. StepNotFoundError for one that names nothing; ArgumentError
    for a workflow that needs a session, beyond 10,000 entries or passes, for more work than a budget allows and for an
    id that could mean several passes; CriterionError for a condition whose pattern hits a limit.
    """
    step_id = needs_session(workflow)
    if step_id:
        raise ArgumentError("workflowId", _STATEFUL.format(step=step_id, workflow=workflow.id))
    scope = outermost(context, is_strict=workflow.is_strict)
    done, warnings = read_completed(workflow, completed, scope)
    scan = Scan(done, scope.budget)
    upcoming = scan.sequence(workflow.steps, Here("", scope, ()))
    first = next(upcoming, None)
    warnings = (*warnings, *scan.warnings)
    if first is None:
        total = None if scan.missing else done.prompts
        return Next(None, scan.gaps(), done.prompts, total, warnings)
    total = _total(scan, upcoming) if workflow.plain_from else _bounded(len(workflow.steps))
    return Next(first, (), done.prompts, total, warnings)


def prompt(found: Found) -> PromptStep:
    """Give the prompt step that was found; in a workflow that needs no session there is nothing else."""
    return cast("PromptStep", found.step)


def _total(scan: Scan, upcoming: Iterator[Found]) -> int | None:
    """Count what is done and to come; None where a test or a missing variable decides, or a limit is hit."""
    total = scan.done.prompts + 1
    left = scan.budget.left
    try:
        while not scan.is_open_ended and total <= MAX_ENTRIES and next(upcoming, None) is not None:
            total += 1
    except DomainError:
        return None
    finally:
        scan.budget.left = left  # guidance spends from it too, and its answer must not depend on how far counting came
    return None if scan.is_open_ended or scan.missing else _bounded(total)


def _bounded(total: int) -> int | None:
    return total if total <= MAX_ENTRIES else None


_STATEFUL: Final = (
    "the step {step} needs a session, so this workflow cannot be walked without one: call workflow_session with action "
    "start and workflowId {workflow}, then workflow_next with the sessionId it gives"
)
