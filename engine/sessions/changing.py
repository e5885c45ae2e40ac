"""Changing the state from outside: updates, all or none, with the computed fields that follow.

Above: change_decisions, polling. Below: engine.updates, storing, limits.
"""

from typing import Final

from engine.definition import Operation
from engine.sessions.draft import Draft
from engine.sessions.faults import StepFault
from engine.sessions.refusals import Refusal, refusal
from engine.sessions.storing import changed_state
from engine.updates import Update, UpdateError, read_path
from schema.values import JsonObject

READ_ONLY: Final = ("inputs", "computed", "global", "loop", "steps", "session")
"""Scopes a path may not lead into: only the state can be written."""
MAX_UPDATES: Final = 1_000
"""Updates of one call."""


def change_state(draft: Draft, updates: tuple[Update, ...]) -> Refusal | None:
    """Change the state of a run; a refusal where one of the updates cannot be made: then none is."""
    state = draft.state
    if not 0 < len(updates) <= MAX_UPDATES:
        return refusal(state, "argument", f"updates must hold 1 to {MAX_UPDATES} updates; there are {len(updates)}")
    try:
        _check_paths(draft, updates)
        draft.add(changed_state(draft, "", updates, is_settled=False))
    except UpdateError as error:
        return refusal(state, "argument", f"The state was not changed: {error}")
    except StepFault as fault:
        return refusal(state, "argument", f"The state was not changed: {fault.message}")
    return None


def _check_paths(draft: Draft, updates: tuple[Update, ...]) -> None:
    if draft.workflow.automation is None:
        return
    hidden = {*draft.state.inputs, *draft.state.computed}
    for update in updates:
        head = read_path(update.path)[0]
        if head in READ_ONLY or (head in hidden and not update.path.startswith(("state.", "state["))):
            raise UpdateError(update.path, f"{head} is read-only; a path leads into state, such as state.total")


def take_context(draft: Draft, context: JsonObject) -> Refusal | None:
    """Take the variables that come with a poll."""
    if not context:
        return None
    return change_state(
        draft, tuple(Update(f'state["{name}"]', Operation.SET, value) for name, value in context.items())
    )
