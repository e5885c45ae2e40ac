"""Serving: the steps a session carries out itself and at once - messages, updates, jumps - and how many it may.

Above: carrying. Below: storing, failures, flow_family.
"""

from typing import Final

from engine import keys
from engine.definition import FAIL, JumpKind, JumpStep, MessageStep, SetStep
from engine.errors import DomainError
from engine.expression import ExpressionError
from engine.sessions.draft import MAX_SERVED, Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.flow_family import MessageShown, PassEnded, SessionFailed
from engine.sessions.storing import TEMPLATE_ERROR, changed_state, resolved_updates
from engine.sessions.way_family import LoopLeft
from engine.template import as_text, fill

MAX_MESSAGES: Final = 262_144
"""Characters of all messages of one answer."""
STEP_LIMIT: Final = "StepLimitError"
"""The type of error of a session that walks on without an end."""
MESSAGE_LIMIT: Final = "MessageLimitError"


def show(draft: Draft, step: MessageStep, key: str) -> None:
    """Show a message; what has no value stays visible, and a warning names it."""
    try:
        filled = fill(step.text, draft.scope())
    except (DomainError, ExpressionError) as error:
        note_failure(draft, key, FAIL, fault_of(error, TEMPLATE_ERROR))
        return
    text = as_text(filled.value)
    if len(text) + sum(len(each.text) for each in draft.state.messages) > MAX_MESSAGES:
        message = f"the messages of one answer would have more than {MAX_MESSAGES} characters"
        note_failure(draft, key, FAIL, StepFault(MESSAGE_LIMIT, message))
        return
    draft.warnings.extend(f"message {step.id}: {name} has no value" for name in filled.missing)
    draft.add(MessageShown(key, text, step.level, step.format, step.long))


def change(draft: Draft, step: SetStep, key: str) -> None:
    """Make the updates of a set."""
    try:
        updated = changed_state(draft, key, resolved_updates(step.updates, draft.scope()), is_settled=True)
    except StepFault as fault:
        note_failure(draft, key, step.on_error, fault)
        return
    draft.add(updated)


def jump(draft: Draft, step: JumpStep, key: str) -> None:
    """End the pass under way of the innermost loop; with break the loop as well."""
    frames = keys.unmarked(key).rpartition("::")[0]
    around, _, last = frames.rpartition("/")
    loop_key = keys.marked(keys.instance(around, last.rpartition("@")[0]), draft.state.rollbacks)
    draft.add(PassEnded(loop_key))
    if step.kind is JumpKind.BREAK:
        draft.add(LoopLeft(loop_key, draft.state.frames[-1].number + 1, f"{keys.step_id(key)} broke it off"))


def is_exhausted(draft: Draft) -> bool:
    """Count one more step that the server carries out; True where there were too many in this call."""
    root = draft.root
    root.work += 1
    return root.work > MAX_SERVED


def exhaust(draft: Draft, key: str) -> None:
    """Fail a run that walks on without an end, at the step that comes next, and say where it goes round."""
    draft.add(SessionFailed(key, STEP_LIMIT, _diagnosis(draft, key), 0))


def _diagnosis(draft: Draft, key: str) -> str:
    """Say which loops are under way, in which pass, and what their tests were decided on last."""
    loops = draft.workflow.places[keys.step_id(key)].loops
    parts: list[str] = []
    frames = ""
    for loop, frame in zip(loops, draft.state.frames, strict=False):
        test = draft.tests.get(keys.instance(frames, loop.id))
        values = "" if test is None else f", its test was last decided on {as_text(test.variables)}"
        parts.append(f"loop {loop.id} is in pass {frame.number + 1} of at most {loop.max_iterations}{values}")
        frames = keys.frame(frames, loop.id, frame.number)
    where = "; ".join(parts) or "no loop is under way"
    return (
        f"The server carried out more than {MAX_SERVED} steps in one call and no step for an agent or a person came: "
        f"{where}. A retry goes on from here; mend the state with workflow_session update first where it would go on "
        "for ever"
    )
