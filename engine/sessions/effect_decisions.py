"""Decisions on commands that were asked for: who runs one, what its outcome means, and what is done about a lost one.

Above: decide, firing, the runner (open_effects). Below: onward, failing, effect_results, child_decisions, task_ending.
An effect may lie in a run inside the session: what happens to it happens there, and the runs around it are told.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from engine import keys
from engine.definition import Outcome, Strategy
from engine.sessions.child_decisions import child_changed
from engine.sessions.draft import Draft
from engine.sessions.due import leased
from engine.sessions.effect_family import (
    ClaimEffect,
    EffectClaimed,
    EffectFinished,
    EffectReleased,
    FinishEffect,
)
from engine.sessions.effect_model import INTERRUPTED, CommandOutcome
from engine.sessions.effect_results import COMMAND_ERROR, result_of
from engine.sessions.effect_rules import refused, strange
from engine.sessions.failing import fail_step
from engine.sessions.failures import final
from engine.sessions.faults import StepFault
from engine.sessions.flow_family import TimerFired
from engine.sessions.model import FINISHED, Effect, NestedKind, State, Status
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.onward import go_on
from engine.sessions.outcomes import outcome_of
from engine.sessions.phase_decisions import Decided
from engine.sessions.refusals import Refusal, refusal
from engine.sessions.storing import store_result
from engine.sessions.task_ending import task_changed

MAX_CLAIMS: Final = 3
"""Times a repeatable command is begun whose process was lost each time: it may well be what ends the process."""
UNKNOWN_ERROR: Final = "OutcomeUnknownError"
"""The kind of error of a command that was begun and of which nothing was heard any more."""
CLAIM: Final = "claim"
"""What a timer was about whose command nobody finished within its lease."""


class OpenEffect(NamedTuple):
    """An effect somebody has to see to: `id` as commands name it."""

    id: str
    effect: Effect


def open_effects(state: State) -> tuple[OpenEffect, ...]:
    """Give the effects of a session nobody has taken yet, and those whose outcome is not counted yet."""
    has_any = state.effect is not None or state.nested
    return tuple(_open(state, "")) if has_any and state.status in UNDER_WAY else ()


def _open(state: State, run: str) -> Iterator[OpenEffect]:
    effect = state.effect
    if effect is not None and effect.lease_until is None:
        yield OpenEffect(keys.inside(run, effect.id) if run else effect.id, effect)
    for name, nested in leased(state):
        yield from _open(nested.state, f"{run}/{name}" if run else name)


def effect_of(state: State, effect_id: str) -> Effect | None:
    """Give the effect of that id; None where it is no more."""
    run, key = keys.run_of(effect_id)
    if run:
        nested = dict(leased(state)).get(run)
        return None if nested is None else effect_of(nested.state, key)
    return state.effect if state.effect is not None and state.effect.id == key else None


def decide_claim(draft: Draft, command: ClaimEffect) -> Decided:
    """Let a process have an effect nobody has; where the operator does not allow it any more, the step fails."""
    state = draft.state
    effect = effect_of(state, command.effect_id)
    if state.status not in UNDER_WAY or effect is None or effect.lease_until is not None or effect.outcome is not None:
        return _gone(state)
    reason = refused(draft.policy.commands, state, effect.words, effect.line)

    def claim(inner: Draft) -> None:
        place = inner.workflow.places.get(keys.step_id(inner.state.position))
        wrong = reason or strange(None if place is None or effect.key != inner.state.position else place.step, effect)
        if wrong:
            fail_step(inner, inner.state.position, final(_outcome(inner).on_error), StepFault(COMMAND_ERROR, wrong))
        else:
            inner.add(EffectClaimed(effect.id, command.node, command.lease_until))

    _within(draft, command.effect_id, claim)
    return draft.finish()


def decide_finish(draft: Draft, command: FinishEffect) -> Decided:
    """Count the outcome of an effect, said by whoever has it; of a paused session it is kept until it goes on."""
    state = draft.state
    effect = effect_of(state, command.effect_id)
    if state.status in FINISHED or effect is None or effect.node != command.node:
        return _gone(state)

    def finish(inner: Draft) -> None:
        if state.status is Status.PAUSED:
            inner.add(EffectFinished(effect.id, command.outcome, is_counted=False))
        elif command.outcome.fault == INTERRUPTED:
            _lost(inner, effect)
        else:
            _count(inner, effect, command.outcome)

    _within(draft, command.effect_id, finish)
    return draft.finish()


def claim_expired(draft: Draft) -> None:
    """See to the run's own effect, which somebody had and did not finish within the lease."""
    effect = draft.state.effect
    if effect is not None:
        draft.add(TimerFired(effect.key, CLAIM))
        _lost(draft, effect)


def _gone(state: State) -> Refusal:
    return refusal(state, "conflict", "The command is not open any more, or another process has it")


def _within(draft: Draft, effect_id: str, work: Callable[[Draft], None]) -> None:
    """Do something in the run an effect lies in, and tell the runs around it, innermost first."""
    run, key = keys.run_of(effect_id)
    if not run:
        work(draft)
        return
    _within(draft.inner(run), key, work)
    if draft.state.nested[run].kind is NestedKind.CHILD:
        child_changed(draft, run)
    else:
        task_changed(draft, run, reported=True)


def _outcome(draft: Draft) -> Outcome:
    """Give what the document says about the result of the step at the position."""
    return outcome_of(draft.workflow.places[keys.step_id(draft.state.position)].step)


def _count(draft: Draft, effect: Effect, outcome: CommandOutcome) -> None:
    """Store what a command gave, or decide what follows its failure; then go on."""
    wanted = _outcome(draft)
    draft.add(EffectFinished(effect.id, outcome))
    value, fault = result_of(effect, outcome)
    if fault is None or wanted.on_error.strategy is Strategy.CONTINUE:
        try:
            store_result(draft, effect.key, wanted, value)
        except StepFault as wrong:
            fault = fault or wrong
    if fault is None:
        go_on(draft)
    else:
        fail_step(draft, effect.key, wanted.on_error, fault)


def _lost(draft: Draft, effect: Effect) -> None:
    """Let a command that may be run twice be taken again; another's step has failed, and nobody knows what it did."""
    if effect.repeatable and effect.attempt < MAX_CLAIMS:
        draft.add(EffectReleased(effect.id, effect.attempt + 1))
        return
    message = f"outcome unknown: the process that ran the command ended before it said what became of it{_LOOK}"
    fail_step(draft, effect.key, final(_outcome(draft).on_error), StepFault(UNKNOWN_ERROR, message))


_LOOK: Final = "; look at what it did, then retry the session or go on"
