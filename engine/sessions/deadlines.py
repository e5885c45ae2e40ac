"""Deadlines: when a step has failed and when a run is over; the most restrictive limit wins.

Above: onward (hands steps out), the views, firing, change_family. Below: model, definition. A limit inside a run never
lies behind the run's own; a pause moves all limits by its length.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.definition import Outcome, Workflow
from engine.sessions.model import State, Status
from engine.sessions.outcomes import outcome_of

WARN_FROM: Final = 0.8
"""The share of a limit that is used up when answers begin to warn."""


class Remaining(NamedTuple):
    """Seconds until the nearest limit, and a warning once most of it is used up ("" before)."""

    seconds: float
    warning: str


def step_deadline(state: State, outcome: Outcome, now: float) -> float | None:
    """Give when a step handed out now has failed; None where only the run's own limit holds."""
    return None if outcome.timeout is None else _nearest(now + outcome.timeout, state.deadline)


def run_deadline(workflow: Workflow, now: float, outer: float | None = None) -> float | None:
    """Give when a run that begins now is over; `outer`: the limit of what it runs in."""
    own = None if workflow.automation is None else workflow.automation.timeout
    return outer if own is None else _nearest(now + own, outer)


def _nearest(point: float, other: float | None) -> float:
    return point if other is None else min(point, other)


def moved(state: State, seconds: float) -> State:
    """Move every limit of a run, and of what runs inside it, by so many seconds; waits stay where they are."""
    if not seconds:
        return state
    nested = {
        run: each._replace(lease_until=_later(each.lease_until, seconds), state=moved(each.state, seconds))
        for run, each in state.nested.items()
    }
    return state._replace(
        deadline=_later(state.deadline, seconds),
        step_deadline=_later(state.step_deadline, seconds),
        nested=nested or state.nested,
    )


def _later(point: float | None, seconds: float) -> float | None:
    return None if point is None else point + seconds


class _Limit(NamedTuple):
    """A limit in force: when, how many seconds it is in all, what it limits, and what happens then."""

    at: float
    span: float
    what: str
    then: str


def remaining(state: State, workflow: Workflow, now: float) -> Remaining | None:
    """Give how long the session may still take at its position; None where nothing limits it.

    In a pause the clock stands still.
    """
    limits = _limits(state, workflow)
    if not limits:
        return None
    if state.status is Status.PAUSED:
        now = state.pauses[-1].at
    nearest = min(limits)
    left = max(0.0, nearest.at - now)
    if nearest.span - left < WARN_FROM * nearest.span:
        return Remaining(left, "")
    return Remaining(left, f"{left:.0f} of {nearest.span:.0f} seconds are left for {nearest.what}; then {nearest.then}")


def _limits(state: State, workflow: Workflow) -> list[_Limit]:
    limits = []
    if state.deadline is not None:
        own = None if workflow.automation is None else workflow.automation.timeout
        span = state.deadline - state.created_at - state.paused_seconds if own is None else own
        limits.append(_Limit(state.deadline, span, f"the workflow {workflow.id}", "it is ended as timed out"))
    if state.step_deadline is not None:
        step_id = keys.step_id(state.position)
        span = outcome_of(workflow.places[step_id].step).timeout or 0.0
        limits.append(_Limit(state.step_deadline, span, f"the step {step_id}", "it has failed and its onError decides"))
    return limits
