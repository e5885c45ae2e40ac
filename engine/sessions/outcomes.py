"""What a document says of the end of a step: where its result goes, how long it may take, what follows a failure.

Above: failures, deadlines, waits, the decisions on tasks. Below: engine.definition. Nothing here is random: the jitter
of a pause is drawn from session, step and try.
"""

import hashlib
from typing import Final, assert_never

from engine import keys
from engine.definition import (
    PLAIN,
    Backoff,
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
    Strategy,
    WaitStep,
    WorkflowStep,
)

_WORDS: Final = 2**64
"""How many values eight drawn bytes may have."""


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


def pause_before(backoff: Backoff, session_id: str, key: str, attempt: int) -> float:
    """Give the seconds between failed try number `attempt` (from 1) and the next; the same for the same arguments.

    >>> [pause_before(Backoff(1.0, 2.0, 5.0, 0.0), "wf_1", "pay", attempt) for attempt in (1, 2, 3, 4)]
    [1.0, 2.0, 4.0, 5.0]
    """
    try:
        pause = min(backoff.longest, backoff.initial * backoff.factor ** (attempt - 1))
    except OverflowError:
        pause = backoff.longest
    drawn = hashlib.sha256(f"{session_id}\n{keys.unmarked(key)}\n{attempt}".encode()).digest()
    return pause * (1 - backoff.jitter * (int.from_bytes(drawn[:8]) / _WORDS))


def final(on_error: OnError) -> OnError:
    """Give what follows a failure that no other try can mend."""
    return on_error._replace(strategy=end_of(on_error), max_retries=0)


def end_of(on_error: OnError) -> Strategy:
    """Give the strategy that counts once all tries are used up: retries end in the fallback, if there is one."""
    if on_error.strategy is not Strategy.RETRY:
        return on_error.strategy
    return Strategy.FAIL if on_error.fallback is None else Strategy.FALLBACK
