"""The phase family: completing a phase through its gate, failing, retrying.

Above: decide and evolve name one function per case here. Below: model. A phase is entered by StepOpened.phase and,
where no gate of its own decides, completed by StepReported.completes.
"""

from typing import NamedTuple

from engine.sessions.model import Approval, Issue
from schema.values import JsonObject


class CompletePhase(NamedTuple):
    """Report the gate of a phase, whatever of its tasks was reported; `code` is a person's one-time code."""

    phase: int
    evidence: JsonObject
    approval: Approval | None = None
    code: str | None = None


class RetryPhase(NamedTuple):
    """Try a phase again after a failed attempt: a new row of maxAttempts."""

    phase: int
    reset_evidence: bool


class GateRefused(NamedTuple):
    """Evidence did not pass the gate `key`: gate:<phase>, whichever tool reported it, or a stepKey inside a phase.

    `failed`: maxAttempts is used up and the session has failed.
    """

    key: str
    phase: int
    digest: str
    evidence: JsonObject
    issues: tuple[Issue, ...]
    failed: bool


class PhaseCompleted(NamedTuple):
    """A phase is complete by its gate.

    `key`: gate:<phase>. `context`: variables sent with the evidence. `findings`: what a lenient gate or an override
    let pass. `unreported`: ids of tasks never reported. `approval`: whose word allowed it, where one was needed.
    `settled`: version of the log after the whole append; the recorded answer is rendered there.
    """

    number: int
    key: str
    digest: str
    evidence: JsonObject
    context: JsonObject
    findings: tuple[Issue, ...]
    unreported: tuple[str, ...]
    approval: Approval | None
    settled: int


class PhaseRetried(NamedTuple):
    """A phase is tried again; with `reset_evidence` what the last attempt supplied is dropped."""

    number: int
    reset_evidence: bool


class PhaseSkipped(NamedTuple):
    """A phase was passed over: the runCondition of its only step was false."""

    number: int


PhaseCommand = CompletePhase | RetryPhase
PhaseEvent = GateRefused | PhaseCompleted | PhaseRetried | PhaseSkipped
