"""The variables a report brings along: refused where they cannot be merged into the state as they are.

Above: step_decisions. Below: limits, refusals, draft. In documents without automation keys only their size counts.
"""

from typing import Final

from engine import keys
from engine.definition import Automation
from engine.scopes import SCOPE_WORDS
from engine.sessions.draft import Draft
from engine.sessions.limits import oversized
from engine.sessions.refusals import Refusal, refusal
from engine.updates import ROUNDED, is_exact
from schema.values import JsonObject


def context_refused(draft: Draft, context: JsonObject) -> Refusal | None:
    """Refuse names that cannot be written, integers that would be rounded, and more than a state may hold."""
    automation = draft.workflow.automation
    if context and automation is not None:
        wrong = _wrong(automation, context)
        if wrong:
            return refusal(draft.state, "argument", f"context: {wrong}")
    return oversized(draft.state, context)


def _wrong(automation: Automation, context: JsonObject) -> str:
    """Say what is wrong with the names and values of a context; "" where nothing is."""
    fixed = {each.name for each in automation.inputs} | {each.name for each in automation.computed}
    taken = [name for name in context if name in fixed]
    if taken:
        return f"{_shown(taken)} cannot be written: inputs and computed fields are not"
    scoped = [name for name in context if name.partition(".")[0] in SCOPE_WORDS]
    if scoped:
        return f"{_shown(scoped)} names no variable: {_PLAIN}"
    rounded = [name for name, value in context.items() if not is_exact(value)]
    return f"{_shown(rounded)}: {ROUNDED}" if rounded else ""


def _shown(names: list[str]) -> str:
    return ", ".join(names)[: keys.MAX_SHOWN]


_PLAIN: Final = 'give each variable by its plain name, such as {"total": 1} for state.total'
