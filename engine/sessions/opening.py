"""Opening: a step is handed out, or a phase's gate, and whether it needs a person's word is decided.

Above: onward, carrying. Below: answering (what must be resolved first), deadlines, failures, step_family.
"""

from typing import TypeAlias

from engine import keys
from engine.conditions import holds, weigh
from engine.definition import CallStep, Condition, InputStep, Phase, PromptStep, Script
from engine.errors import DomainError
from engine.expression import ExpressionError
from engine.scan import Found
from engine.sessions.answering import check_opening
from engine.sessions.deadlines import step_deadline
from engine.sessions.deciding import values_of
from engine.sessions.draft import Draft
from engine.sessions.failures import note_failure
from engine.sessions.faults import StepFault, fault_of
from engine.sessions.phase_family import PhaseEntered
from engine.sessions.scanning import CONDITION_ERROR
from engine.sessions.step_family import StepOpened
from engine.sessions.way_family import CONFIRMATION, ConditionDecided
from schema.values import JsonObject

Reported: TypeAlias = PromptStep | InputStep | CallStep
"""Steps an agent reports."""


def open_gate(draft: Draft, phase: Phase) -> None:
    """Hand out the gate of a phase."""
    draft.add(StepOpened(keys.marked(keys.gate(phase.number), draft.state.rollbacks), phase.number, draft.told()))


def enter(draft: Draft, phase: int) -> None:
    """Enter a phase before anything is done in it."""
    state = draft.state
    if not state.phases or state.phases[-1].number != phase:
        draft.add(PhaseEntered(phase))


def hand_out(draft: Draft, step: Reported, found: Found, phase: int) -> None:
    """Hand out a step under the key draft.at; decide whether it needs a person's word, as far as that is known."""
    if draft.workflow.automation is None:
        _open(draft, step, found, phase)
        return
    try:
        check_opening(step, found.scope)
        _open(draft, step, found, phase)
    except (StepFault, DomainError, ExpressionError) as error:
        enter(draft, phase)
        note_failure(draft, draft.at, step.outcome.on_error, fault_of(error, CONDITION_ERROR))


def _open(draft: Draft, step: Reported, found: Found, phase: int) -> None:
    decided = _confirmation(draft.at, step, found)
    deadline = step_deadline(draft.state, step.outcome, draft.now)
    if decided is not None:
        draft.add(decided)
    draft.add(StepOpened(draft.at, phase, draft.told(), deadline))


def _confirmation(key: str, step: Reported, found: Found) -> ConditionDecided | None:
    """Decide on a person's word; None: the document's plain word holds, or the report's variables decide."""
    wanted = [loop.confirm for loop in found.entering if loop.confirm is not False]
    own, scope = step.confirm, found.scope
    if own is True or (own is False and not wanted):
        return None
    variables: JsonObject = {}
    for condition in (own, *wanted):
        if not isinstance(condition, bool):
            variables.update(values_of(condition, scope))
    text = _text(own, *wanted)
    if any(each is True or (not isinstance(each, bool) and holds(each, scope)) for each in (own, *wanted)):
        return ConditionDecided(key, CONFIRMATION, value=True, variables=variables, expression=text)
    if not isinstance(own, bool) and weigh(own, scope) is None:
        return None
    return ConditionDecided(key, CONFIRMATION, value=False, variables=variables, expression=text)


def _text(*conditions: bool | Condition) -> str:
    return " || ".join(each.text for each in conditions if isinstance(each, Script))
