"""Polling: somebody asks whether a wait is over. One that waits for nothing else is over by that.

Above: step_decisions. Below: waits, changing, onward.
"""

from engine.definition import WaitStep
from engine.sessions.changing import take_context
from engine.sessions.draft import Draft
from engine.sessions.flow_family import POLL
from engine.sessions.limits import Said
from engine.sessions.onward import go_on
from engine.sessions.refusals import Refusal, refusal
from engine.sessions.waits import end_wait, look_again


def decide_poll(draft: Draft, step: WaitStep, said: Said) -> Refusal | None:
    """Take a report of `step`, the wait at the position; what follows is on the draft.

    Nothing is where it goes on resting. Variables that come with it are taken first: a condition may wait for them.
    """
    if said.output is not None or said.evidence:
        sent = "evidence" if said.output is None else "output"
        message = f"{sent} is not taken by step {step.id} (wait): report its stepKey alone to ask if it is over"
        return refusal(draft.state, "argument", message)
    refused = take_context(draft, said.context)
    if refused is not None:
        return refused
    is_over = look_again(draft)
    if not is_over and step.seconds is None and step.until is None and not step.signal:
        end_wait(draft, step, POLL, None)
        is_over = True
    if is_over:
        go_on(draft)
    return None
