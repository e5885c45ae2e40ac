"""Carrying out: what becomes of a step the walk has come to, by its kind.

Above: onward. Below: opening, serving, and the modules of each kind; all of them only add events, or note a failure.
"""

from collections.abc import Callable
from typing import assert_never

from engine.definition import (
    CallStep,
    CommandStep,
    InputStep,
    JumpStep,
    MessageStep,
    ParallelStep,
    PromptStep,
    SetStep,
    WaitStep,
    WorkflowStep,
)
from engine.scan import Found
from engine.sessions.child_opening import enter_child
from engine.sessions.draft import Draft
from engine.sessions.effect_requests import request
from engine.sessions.opening import Reported, enter, hand_out
from engine.sessions.position import key_of
from engine.sessions.serving import change, exhaust, is_exhausted, jump, show
from engine.sessions.task_opening import open_tasks
from engine.sessions.waits import begin_wait


def carry_out(draft: Draft, found: Found, phase: int, walk: Callable[[Draft], None]) -> None:
    """Hand a step out, or carry it out; `walk` goes on in the runs it begins."""
    key = key_of(draft.state, found.key)
    if not isinstance(found.step, Reported):
        enter(draft, phase)
        if is_exhausted(draft):
            exhaust(draft, key)
            return
    draft.at = key
    try:
        _carry_out(draft, found, phase, walk)
    finally:
        draft.at = ""


def _carry_out(draft: Draft, found: Found, phase: int, walk: Callable[[Draft], None]) -> None:  # noqa: C901 - a pure dispatch
    match found.step:
        case PromptStep() | InputStep() | CallStep() as step:
            hand_out(draft, step, found, phase)
        case MessageStep() as step:
            show(draft, step, draft.at)
        case SetStep() as step:
            change(draft, step, draft.at)
        case JumpStep() as step:
            jump(draft, step, draft.at)
        case WaitStep() as step:
            begin_wait(draft, step, draft.at, draft.told())
        case CommandStep() as step:
            request(draft, step, draft.at, draft.told())
        case ParallelStep() as step:
            open_tasks(draft, step, draft.at, draft.told(), walk)
        case WorkflowStep() as step:
            enter_child(draft, step, draft.at, walk)
        case _:
            assert_never(found.step)
