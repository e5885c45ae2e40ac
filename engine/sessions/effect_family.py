"""Effects of steps: a command is asked for, claimed by one process, and has one outcome.

Above: evolve names one function per case here; effect_decisions holds the rules. Below: records, model. Part of the
step family.
"""

from typing import NamedTuple

from engine.sessions import records
from engine.sessions.effect_model import CommandOutcome
from engine.sessions.flow_family import reached
from engine.sessions.model import Effect, Reported, State, Status, Waiting, WaitKind


class ClaimEffect(NamedTuple):
    """Take an effect for a process, until `lease_until` (seconds since 1970).

    `effect_id`: its key, as the session knows it: with the run it lies in.
    """

    effect_id: str
    node: str
    lease_until: float


class FinishEffect(NamedTuple):
    """Say what became of the effect a process had claimed."""

    effect_id: str
    node: str
    outcome: CommandOutcome


class CommandRequested(NamedTuple):
    """The step asks for a command to be run; nobody has it yet."""

    effect: Effect
    phase: int
    warnings: tuple[str, ...]


class EffectClaimed(NamedTuple):
    """A process took the effect; `effect_id` is local to the run it lies in."""

    effect_id: str
    node: str
    lease_until: float


class EffectReleased(NamedTuple):
    """Whoever had the effect was not heard of any more, or ended: it may be taken again, for the `attempt`-th time."""

    effect_id: str
    attempt: int


class EffectFinished(NamedTuple):
    """The effect has its outcome; not `is_counted` where the session is paused, which then waits for going on."""

    effect_id: str
    outcome: CommandOutcome
    is_counted: bool = True


EffectCommand = ClaimEffect | FinishEffect
EffectEvent = CommandRequested | EffectClaimed | EffectReleased | EffectFinished


def evolve_requested(state: State, event: CommandRequested, at: float) -> State:
    """Rest until the command has its outcome."""
    state = records.worked(records.entered(state, event.phase, at, has_work=True))
    key = event.effect.key
    return state._replace(
        status=Status.WAITING,
        position=key,
        opened_version=state.version,
        waiting=Waiting(WaitKind.COMMAND, key),
        effect=event.effect,
        step_deadline=None,
        refused=None,
        code=None,
        warnings=(*state.warnings, *event.warnings),
    )


def evolve_claimed(state: State, event: EffectClaimed, _at: float) -> State:
    """Note who has it."""
    effect = state.effect
    if effect is None:
        return state
    return state._replace(effect=effect._replace(node=event.node, lease_until=event.lease_until))


def evolve_released(state: State, event: EffectReleased, _at: float) -> State:
    """Let it be taken again."""
    effect = state.effect
    if effect is None:
        return state
    return state._replace(effect=effect._replace(node="", lease_until=None, attempt=event.attempt))


def evolve_finished(state: State, event: EffectFinished, at: float) -> State:
    """Stand behind the step; or keep the outcome for later."""
    effect = state.effect
    if effect is not None and not event.is_counted:
        return state._replace(effect=effect._replace(lease_until=None, outcome=event.outcome))
    noted = Reported("-", state.version, at, said(event.outcome))
    key = state.position
    return reached(state, key)._replace(effect=None, reports={**state.reports, key: noted})


def said(outcome: CommandOutcome) -> str:
    """Give one line of what became of a command.

    >>> said(CommandOutcome(2, "", "", False, 0.25, "")), said(CommandOutcome(None, "", "", True, 60.0, ""))
    ('exit code 2 after 0.2 s', 'ended at its time limit after 60.0 s')
    """
    if outcome.fault:
        return records.line(outcome.fault, None)
    how = "ended at its time limit" if outcome.timed_out else f"exit code {outcome.exit_code}"
    return f"{how} after {outcome.duration:.1f} s"
