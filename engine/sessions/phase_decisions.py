"""The rules of phases: passing a gate or not, completing a phase at once, trying again.

Above: decide, step_decisions (a gate that comes as a step). Below: judging, approving, onward, remaining.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.definition import Gate, Workflow
from engine.sessions import onward
from engine.sessions.approving import Word, overridden, proven
from engine.sessions.events import Event
from engine.sessions.judging import asked_for, judge_gate
from engine.sessions.limits import Said, digest_of
from engine.sessions.model import REJECT, Approval, Issue, State, Status
from engine.sessions.phase_family import CompletePhase, GateRefused, PhaseCompleted, PhaseRetried, RetryPhase
from engine.sessions.position import failures_at, phase_of
from engine.sessions.refusals import Policy, Refusal, Repeated, acting, refusal, resting
from engine.sessions.remaining import for_person, unreported
from engine.sessions.session_family import CodeRefused
from engine.sessions.step_family import ConfirmationDeclined
from schema.values import JsonObject

Decided = tuple[Event, ...] | Refusal | Repeated

_NOT_CURRENT: Final = "Phase {asked} is not the current one, which is {current}"
_PERSON: Final = (
    "Phase {phase} still holds the step {step}, which needs a person's word: report its steps one by one with "
    "workflow_next"
)


class Shown(NamedTuple):
    """What is shown for a phase's gate: what the report says, its digest, a person's word."""

    said: Said
    digest: str
    word: Word


def decide_complete(state: State, command: CompletePhase, workflow: Workflow, now: float, policy: Policy) -> Decided:
    """Complete the current phase by its gate, whatever of its tasks was reported."""
    said = Said(None, command.evidence, {})
    digest = digest_of(state, said)
    if isinstance(digest, Refusal):
        return digest
    before = _before(state, command, digest)
    refused = before or resting(state) or _not_current(state, command.phase)
    if refused is not None:
        return refused
    step = for_person(state, workflow)
    if step is not None:
        return refusal(state, "state", _PERSON.format(phase=command.phase, step=step))
    return close(state, workflow, Shown(said, digest, Word(command.approval, command.code, now, policy)))


def _before(state: State, command: CompletePhase, digest: str) -> Repeated | None:
    """Recognise evidence that was accepted or refused before."""
    for rollbacks in range(state.rollbacks, -1, -1):
        known = state.reports.get(keys.marked(keys.gate(command.phase), rollbacks))
        if known is not None:
            return Repeated(known.version) if known.digest == digest else None
    return refused_before(state, digest) if command.phase == state.phase and command.approval is None else None


def refused_before(state: State, digest: str) -> Repeated | None:
    """Recognise the report that was refused last at this position."""
    last = state.refused
    return Repeated(last.version) if last is not None and last.digest == digest else None


def _not_current(state: State, phase: int) -> Refusal | None:
    if phase == state.phase:
        return None
    message = _NOT_CURRENT.format(asked=phase, current=state.phase)
    return refusal(state, "state", message, acting(state, "get_phase"))


def unshown(state: State, workflow: Workflow, evidence: JsonObject | None) -> tuple[Issue, ...]:
    """Name what the gate of the current phase asks for, where no evidence was sent: that is no attempt."""
    return () if evidence is not None else asked_for(phase_of(workflow, state.phase).gate)


def close(state: State, workflow: Workflow, shown: Shown) -> Decided:
    """Hold evidence against the gate of the current phase; complete the phase where it passes."""
    said, digest, word = shown
    evidence = said.evidence or {}
    phase = phase_of(workflow, state.phase)
    judged = judge_gate(phase.gate, evidence, strict_gates=word.policy.strict_gates)
    approval: Approval | Refusal | CodeRefused | None = None
    if judged.gate:
        approval = overridden(state, phase.gate, word)
        if approval is None:
            return (gate_refused(state, phase.gate, _gate_key(state), said, digest, judged.gate),)
    elif word.approval is not None and word.approval.decision == REJECT:
        return declined(state, digest, word, word.approval)
    if isinstance(approval, CodeRefused):
        return (approval,)
    if isinstance(approval, Refusal):
        return approval
    following = onward.behind_phase(workflow, state, said.context)
    completed = PhaseCompleted(
        number=state.phase,
        key=_gate_key(state),
        digest=digest,
        evidence=evidence,
        context=said.context,
        findings=(*judged.gate, *judged.findings),
        unreported=unreported(state, workflow),
        approval=approval,
        settled=state.version + 1 + len(following.events),
    )
    return (completed, *following.events)


def _gate_key(state: State) -> str:
    return keys.marked(keys.gate(state.phase), state.rollbacks)


def gate_refused(state: State, gate: Gate, key: str, said: Said, digest: str, issues: tuple[Issue, ...]) -> GateRefused:
    """Note a failed attempt at a gate; the last one its document allows fails the session."""
    failed = gate.max_attempts is not None and failures_at(state, key) + 1 >= gate.max_attempts
    return GateRefused(key, state.phase, digest, said.evidence or {}, issues, failed)


def declined(state: State, digest: str, word: Word, approval: Approval) -> Decided:
    """Note a person's no."""
    said = proven(state, word, approval)
    if isinstance(said, Refusal):
        return said
    if isinstance(said, CodeRefused):
        return (said,)
    return (ConfirmationDeclined(state.position, digest, said.comment, said.how),)


def decide_retry(state: State, command: RetryPhase) -> Decided:
    """Open a new row of attempts at the current phase."""
    refused = None if state.status is Status.FAILED else resting(state)
    refused = refused or _not_current(state, command.phase)
    if refused is not None:
        return refused
    if state.status is not Status.FAILED and state.phases[-1].attempt == 1 and not state.failures:
        message = f"Phase {command.phase} has no failed attempt to retry"
        return refusal(state, "state", message, acting(state, "get_phase"))
    return (PhaseRetried(command.phase, command.reset_evidence),)
