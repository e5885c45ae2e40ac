"""Effects of steps: a command is asked for, claimed by one process, and has one outcome.

Above: evolve names one function per case here; effect_decisions holds the rules. Below: model. Part of the step family.
"""

from typing import NamedTuple

from engine.sessions.model import Effect


class CommandOutcome(NamedTuple):
    """What became of a command: exit code (None: it never ran or was killed), what it wrote, seconds it took.

    `fault` says why it did not run or what was cut off ("" = nothing); `timed_out`: it was killed at its time limit.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    timed_out: bool
    duration: float
    fault: str


class ClaimEffect(NamedTuple):
    """Take the open effect for a process, until `lease_until`."""

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
    """A process took the effect."""

    effect_id: str
    node: str
    lease_until: float


class EffectFinished(NamedTuple):
    """The effect has its outcome."""

    effect_id: str
    outcome: CommandOutcome


EffectCommand = ClaimEffect | FinishEffect
EffectEvent = CommandRequested | EffectClaimed | EffectFinished
