"""The phase family: completing a phase through its gate, failing, retrying.

Above: evolve names one function per case here, phase_decisions holds the rules. Below: records, model. A phase is
entered by StepOpened.phase and, where no gate of its own decides, completed by StepReported.completes.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.sessions import records
from engine.sessions.model import (
    Approval,
    Attempt,
    Issue,
    PhaseStatus,
    Problem,
    Refused,
    Reported,
    State,
    Status,
)
from schema.values import JsonObject

MEND_EVIDENCE: Final = "Mend the evidence as the issues say and send it again"
RETRY: Final = "All attempts are used up: retry the phase, or roll back"


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


class PhaseEntered(NamedTuple):
    """A phase of a workflow with automation keys began, before it was known what is to be done in it."""

    number: int


class PhaseSkipped(NamedTuple):
    """A phase was passed over: the runCondition of its only step was false."""

    number: int


PhaseCommand = CompletePhase | RetryPhase
PhaseEvent = GateRefused | PhaseCompleted | PhaseRetried | PhaseEntered | PhaseSkipped


def evolve_gate_refused(state: State, event: GateRefused, at: float) -> State:
    """Note a failed attempt at a gate; the last one allowed fails the session."""
    message = f"The gate {event.key} did not pass: {event.issues[0].message}"
    problem = Problem(
        event.phase, at, "ValidationError", message, event.issues, RETRY if event.failed else MEND_EVIDENCE
    )
    refused = Refused(event.key, event.digest, state.version, event.issues)
    last = state.phases[-1]
    if keys.is_gate(event.key):
        last = last._replace(failures=last.failures + 1, supplied=event.evidence)
        state = state._replace(history=records.closed(state, "failed", at))
        if not event.failed:
            state, last = _next_attempt(state, at), last._replace(attempt=last.attempt + 1)
    else:
        state = state._replace(failures={**state.failures, event.key: state.failures.get(event.key, 0) + 1})
    state = records.refused(state, refused, problem)
    if event.failed:
        last = last._replace(status=PhaseStatus.FAILED)
        state = state._replace(status=Status.FAILED, completed_at=at, history=records.closed(state, "failed", at))
    return state._replace(phases=records.with_last(state.phases, last))


def _next_attempt(state: State, at: float) -> State:
    last = state.phases[-1]
    row = Attempt(last.number, last.attempt + 1, at, state.paused_seconds, None, None, "active")
    return state._replace(history=records.with_row(state.history, row))


def evolve_phase_completed(state: State, event: PhaseCompleted, at: float) -> State:
    """Note a phase that is complete by its gate."""
    reported = Reported(event.digest, event.settled, at, records.line(None, event.evidence))
    state = records.approved(state, event.key, event.approval, event.findings, at)
    state = state._replace(
        reports={**state.reports, event.key: reported},
        variables={**state.variables, **event.context} if event.context else state.variables,
        confirm=None,
        waiting=None,
        status=Status.RUNNING,
        step_deadline=None,
        messages=(),
        warnings=records.told(event.findings),
    )
    return records.completed(state, event.evidence, event.findings, event.unreported, at)


def evolve_phase_retried(state: State, event: PhaseRetried, at: float) -> State:
    """Begin the row of attempts anew; the position stays."""
    last = state.phases[-1]._replace(status=PhaseStatus.ACTIVE, failures=0)
    if event.reset_evidence:
        last = last._replace(supplied=None)
    if state.status is Status.FAILED:
        state, last = _next_attempt(state, at), last._replace(attempt=last.attempt + 1)
    return records.open_again(state)._replace(
        completed_at=None,
        phases=records.with_last(state.phases, last),
        failures={},
        refused=None,
    )


def evolve_phase_entered(state: State, event: PhaseEntered, at: float) -> State:
    """Stand at the beginning of the phase."""
    return records.entered(state, event.number, at, has_work=False)


def evolve_phase_skipped(state: State, event: PhaseSkipped, at: float) -> State:
    """Pass over a phase; where it was waited in, it was not reached after all."""
    is_entered = bool(state.phases) and state.phases[-1].number == event.number
    state = state if is_entered else records.left(state, at)
    phases, history = state.phases, state.history
    if is_entered:
        state = state._replace(waiting=None, status=Status.RUNNING)
        phases, history = phases[:-1], records.closed(state, "skipped", at)
    return state._replace(phase=event.number, phases=phases, history=history, skipped=(*state.skipped, event.number))
