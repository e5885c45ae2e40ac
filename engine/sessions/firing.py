"""Firing: what the clock does to a session - deadlines, waits, tries anew, leases. Each thing is done once.

Above: decide, step_decisions (fire_first). Below: waits, failing, due, the decisions on tasks, children and effects.
What is due in a run inside the session is done in it; the run around it is told.
"""

from collections.abc import Iterator
from typing import Final

from engine import keys
from engine.definition import WaitStep
from engine.sessions.child_decisions import child_changed
from engine.sessions.draft import Draft
from engine.sessions.due import due_at, leased, timer_at
from engine.sessions.effect_decisions import claim_expired
from engine.sessions.events import Event
from engine.sessions.failing import fail_step
from engine.sessions.faults import StepFault
from engine.sessions.flow_family import RETRY, TIMEOUT, SessionTimedOut, TimerFired
from engine.sessions.model import NestedKind, TaskStatus
from engine.sessions.nesting import UNDER_WAY
from engine.sessions.onward import go_on, redo
from engine.sessions.outcomes import kind_of, on_error_of
from engine.sessions.task_ending import task_changed
from engine.sessions.task_leases import return_overdue
from engine.sessions.waits import TIME, end_wait, look_again

MAX_ROUNDS: Final = 1_000
"""Times a run is looked at in one call: what is due after that is done with the next."""


def decide_fire(draft: Draft) -> tuple[Event, ...]:
    """Do everything that is due at the draft's time; nothing where nothing is."""
    fire_first(draft)
    if _is_due(due_at(draft.state), draft):
        _return_claims(draft)
    return draft.finish()


def fire_first(draft: Draft) -> None:
    """Do what is due before anything else is decided: deadlines, waits, tries anew. Leases and claims stay."""
    for _ in range(MAX_ROUNDS):
        if not _is_due(timer_at(draft.state), draft):
            return
        _fire(draft)


def _is_due(at: float | None, draft: Draft) -> bool:
    return at is not None and at <= draft.now


def _fire(draft: Draft) -> None:
    """Do what was due first in a run; of what is due at the same time, the outermost limit."""
    state, at = draft.state, timer_at(draft.state)
    if state.deadline == at:
        _time_out(draft)
    elif state.step_deadline == at:
        _fail_late(draft)
    elif state.waiting is not None and state.waiting.until == at:
        _end_rest(draft, is_retry=state.waiting.what == RETRY)
    else:
        run = next(run for run, each in leased(state) if timer_at(each.state) == at)
        _fire(draft.inner(run))
        tell(draft, run)


def tell(draft: Draft, run: str) -> None:
    """Tell a run that something happened in one inside it."""
    if draft.state.nested[run].kind is NestedKind.CHILD:
        child_changed(draft, run)
    else:
        task_changed(draft, run)


def _time_out(draft: Draft) -> None:
    """End a run whose time is over."""
    state = draft.state
    message = f"Workflow {draft.workflow.id} ran out of time at {_where(draft)}"
    draft.add(TimerFired(state.position, "deadline"))
    draft.add(SessionTimedOut(state.deadline or 0.0, message))


def _where(draft: Draft) -> str:
    position = keys.unmarked(draft.state.position)
    place = draft.workflow.places.get(keys.step_id(position))
    return f"{position or 'its beginning'}" if place is None else f"step {position} ({kind_of(place.step)})"


def _fail_late(draft: Draft) -> None:
    """Fail the step that was not done within its limit."""
    key = draft.state.position
    draft.add(TimerFired(key, "timeout"))
    step = draft.workflow.places[keys.step_id(key)].step
    fail_step(draft, key, on_error_of(step), StepFault(TIMEOUT, "it was not done within its timeout"))


def _end_rest(draft: Draft, *, is_retry: bool) -> None:
    """End a wait, or try a failed step again."""
    key = draft.state.position
    draft.add(TimerFired(key, RETRY if is_retry else "wait"))
    step = draft.workflow.places[keys.step_id(key)].step
    if is_retry or not isinstance(step, WaitStep):
        redo(draft)
    else:
        end_wait(draft, step, TIME, None)
        go_on(draft)


def _return_claims(draft: Draft) -> None:
    """Take back what nobody finished within its lease: tasks, and commands under way; inside runs too."""
    state = draft.state
    if state.effect is not None and state.effect.lease_until is not None and state.effect.lease_until <= draft.now:
        claim_expired(draft)
    return_overdue(draft)
    for run in leased_runs(draft):
        inner = draft.inner(run)
        before = inner.state.version
        if _is_due(due_at(inner.state), inner):
            _return_claims(inner)
        if inner.state.version != before:
            tell(draft, run)


def look_everywhere(draft: Draft) -> None:
    """Look at every wait of a session again, as something changed that their conditions may read."""
    if draft.state.status not in UNDER_WAY:
        return
    if look_again(draft):
        go_on(draft)
    for run in leased_runs(draft):
        inner = draft.inner(run)
        before = inner.state.version
        look_everywhere(inner)
        if inner.state.version != before:
            tell(draft, run)


def leased_runs(draft: Draft) -> Iterator[str]:
    """Give the runs that are under way, as long as they are: what is done with one may end another."""
    for run in [run for run, _ in leased(draft.state)]:
        nested = draft.state.nested.get(run)
        if nested is not None and nested.status is TaskStatus.LEASED:
            yield run
