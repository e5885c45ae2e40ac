"""What a document says of the end of a step: where its result goes, how long it may take, what follows a failure.

Above: failing, deadlines, waits. Below: engine.definition.
"""

from typing import assert_never

from engine.definition import (
    PLAIN,
    CallStep,
    CommandStep,
    IfStep,
    InputStep,
    JumpStep,
    LoopStep,
    MessageStep,
    OnError,
    Outcome,
    ParallelStep,
    PromptStep,
    SetStep,
    Step,
    WaitStep,
    WorkflowStep,
)


def outcome_of(step: Step) -> Outcome:
    """Give what becomes of a step's answer; nothing for steps that have none."""
    match step:
        case PromptStep() | InputStep() | CallStep() | CommandStep() | ParallelStep() | WaitStep() | WorkflowStep():
            return step.outcome
        case SetStep():
            return PLAIN._replace(on_error=step.on_error)
        case MessageStep() | IfStep() | JumpStep() | LoopStep():
            return PLAIN
        case _:
            assert_never(step)


def on_error_of(step: Step) -> OnError:
    """Give what follows a failure of a step; where a document says nothing, the run fails."""
    return outcome_of(step).on_error


def kind_of(step: Step) -> str:
    """Give the type of a step as documents name it.

    >>> kind_of(SetStep("totals", "", None, ()))
    'set'
    """
    if isinstance(step, JumpStep):
        return step.kind.value
    return type(step).__name__.removesuffix("Step").lower()
