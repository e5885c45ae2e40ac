"""Agreeing: whether a person must agree to a report, whether one did, and who lets a gate pass that did not.

Above: step_decisions. Below: approving, phase_decisions (a person's no), draft.
"""

from typing import NamedTuple

from engine.conditions import holds
from engine.definition import PromptStep, Script
from engine.sessions.approving import asked, overridden, proven
from engine.sessions.deciding import values_of
from engine.sessions.draft import Draft
from engine.sessions.judging import Judged
from engine.sessions.model import REJECT, Approval, State
from engine.sessions.opening import Reported
from engine.sessions.phase_decisions import Shown, Stopped, declined
from engine.sessions.refusals import Refusal
from engine.sessions.session_family import CodeRefused
from engine.sessions.way_family import CONFIRMATION, ConditionDecided
from engine.variables import Scope


def override_of(state: State, step: Reported, judged: Judged, shown: Shown) -> Approval | Refusal | CodeRefused | None:
    """Give the word that overrides the step's gate; none is looked at where something else is wrong as well."""
    gate = step.gate if isinstance(step, PromptStep) else None
    if not judged.gate or gate is None or judged.issues:
        return None
    return overridden(state, gate, shown.word)


class Agreed(NamedTuple):
    """The word that let a report through; None: none was needed."""

    approval: Approval | None


def agreed(draft: Draft, step: Reported, shown: Shown, override: Approval | None, scope: Scope) -> Agreed | Stopped:
    """Find out whether a person must agree, and whether one did."""
    state, word = draft.state, shown.word
    if override is not None:
        return Agreed(override)
    if word.approval is not None and word.approval.decision == REJECT:
        return declined(draft, shown, word.approval)
    decided: ConditionDecided | None = None
    needed = state.confirm
    if needed is None and isinstance(step.confirm, bool):
        needed = step.confirm
    elif needed is None and not isinstance(step.confirm, bool):
        needed = holds(step.confirm, scope)
        text = step.confirm.text if isinstance(step.confirm, Script) else ""
        decided = ConditionDecided(state.position, CONFIRMATION, needed, values_of(step.confirm, scope), text)
    if needed:
        return _confirmed(draft, shown, decided)
    if decided is not None:
        draft.add(decided)
    return Agreed(None)


def _confirmed(draft: Draft, shown: Shown, decided: ConditionDecided | None) -> Agreed | Stopped:
    """Take the word a report came with, or ask for it."""
    state, word = draft.state, shown.word
    if word.approval is None or (word.policy.verified and word.code is None):
        request = asked(state, shown.digest, word)
        if isinstance(request, Refusal):
            return request
        for event in (decided, *request) if request else ():
            if event is not None:
                draft.add(event)
        return None
    approval = proven(state, word, word.approval)
    if isinstance(approval, Refusal):
        return approval
    if isinstance(approval, CodeRefused):
        draft.add(approval)
        return None
    if decided is not None:
        draft.add(decided)
    return Agreed(approval)
