"""The rules of phases: passing a gate or not, completing a phase at once, trying again.

Above: decide, step_decisions (a gate that comes as a step). Below: judging, approving, onward, remaining.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.definition import Gate, Workflow
from engine.sessions.approving import Word, overridden, proven
from engine.sessions.draft import Draft
from engine.sessions.events import Event
from engine.sessions.judging import asked_for, judge_gate
from engine.sessions.limits import Said, digest_of
from engine.sessions.model import OVERRIDE, REJECT, Approval, Issue, State, Status, WaitKind
from engine.sessions.onward import go_on
from engine.sessions.phase_family import CompletePhase, GateRefused, PhaseCompleted, PhaseRetried, RetryPhase
from engine.sessions.position import failures_at, phase_of
from engine.sessions.refusals import Refusal, Remedy, Repeated, acting, refusal, resting
from engine.sessions.remaining import held_up, unreported
from engine.sessions.session_family import CodeRefused
from engine.sessions.step_family import WORD, ConfirmationDeclined, no
from schema.values import JsonObject

Decided = tuple[Event, ...] | Refusal | Repeated
"""What a command means: events, or why there are none."""
Stopped = Refusal | Repeated | None
"""Why nothing was decided; None: what was decided is on the draft."""

_NOT_CURRENT: Final = "Phase {asked} is not the current one, which is {current}"
_HELD: Final = (
    "Phase {phase} still holds the step {step}, which {why}: report its steps one by one with workflow_next, as its "
    "answers name them"
)


class Shown(NamedTuple):
    """What is shown for a phase's gate: what the report says, its digest, a person's word."""

    said: Said
    digest: str
    word: Word


def decide_complete(draft: Draft, command: CompletePhase) -> Stopped:
    """Complete the current phase by its gate, whatever of its tasks was reported; what follows is on the draft."""
    state = draft.state
    said = Said(None, command.evidence, {})
    digest = digest_of(state, said)
    if isinstance(digest, Refusal):
        return digest
    refused = _before(state, command, digest) or resting(state) or _not_current(state, command.phase)
    if refused is not None:
        return refused
    held = held_up(state, draft.workflow)
    if held is not None:
        message = _HELD.format(phase=command.phase, step=held.step_id, why=held.why)
        return refusal(state, "state", message)
    return close(draft, Shown(said, digest, Word(command.approval, command.code, draft.now, draft.policy)))


def _before(state: State, command: CompletePhase, digest: str) -> Repeated | None:
    """Recognise evidence that was accepted or refused before."""
    for rollbacks in range(state.rollbacks, -1, -1):
        known = state.reports.get(keys.marked(keys.gate(command.phase), rollbacks))
        if known is not None:
            return Repeated(known.version) if known.digest == digest else None
    return refused_before(state, digest, command.approval) if command.phase == state.phase else None


def refused_before(state: State, digest: str, word: Approval | None, *, is_gated: bool = True) -> Repeated | None:
    """Recognise the report that was refused last at this position, with no word on it that says something new."""
    last = state.refused
    if last is None or last.digest != digest or (not keys.is_gate(last.key) and last.key != state.position):
        return None
    if word is not None and last.issues[0].field == WORD:
        return Repeated(last.version) if word.decision == REJECT and last.issues == (no(word.comment),) else None
    return None if word is not None and word.decision == OVERRIDE and is_gated else Repeated(last.version)


def _not_current(state: State, phase: int) -> Refusal | None:
    if phase == state.phase:
        return None
    message = _NOT_CURRENT.format(asked=phase, current=state.phase)
    return refusal(state, "state", message, acting(state, "get_phase"))


def unshown(state: State, workflow: Workflow, evidence: JsonObject | None) -> tuple[Issue, ...]:
    """Name what the gate of the current phase asks for, where no evidence was sent: that is no attempt."""
    return () if evidence is not None else asked_for(phase_of(workflow, state.phase).gate)


def close(draft: Draft, shown: Shown) -> Stopped:
    """Hold evidence against the gate of the current phase; complete the phase where it passes."""
    state, workflow, (said, digest, word) = draft.state, draft.workflow, shown
    evidence = said.evidence or {}
    phase = phase_of(workflow, state.phase)
    judged = judge_gate(phase.gate, evidence, strict_gates=word.policy.strict_gates)
    approval: Approval | Refusal | CodeRefused | None = None
    if judged.gate:
        approval = overridden(state, phase.gate, word)
        if approval is None:
            draft.add(gate_refused(state, phase.gate, _gate_key(state), said, digest, judged.gate))
            return None
    elif word.approval is not None and word.approval.decision == REJECT:
        return declined(draft, shown, word.approval)
    if isinstance(approval, CodeRefused):
        draft.add(approval)
        return None
    if isinstance(approval, Refusal):
        return approval
    completed = PhaseCompleted(
        number=state.phase,
        key=_gate_key(state),
        digest=digest,
        evidence=evidence,
        context=said.context,
        findings=(*judged.gate, *judged.findings),
        unreported=unreported(state, workflow),
        approval=approval,
        settled=1,
    )
    draft.add(completed)
    go_on(draft)
    return None


def _gate_key(state: State) -> str:
    return keys.marked(keys.gate(state.phase), state.rollbacks)


def gate_refused(state: State, gate: Gate, key: str, said: Said, digest: str, issues: tuple[Issue, ...]) -> GateRefused:
    """Note a failed attempt at a gate; the last one its document allows fails the session."""
    failed = gate.max_attempts is not None and failures_at(state, key) + 1 >= gate.max_attempts
    return GateRefused(key, state.phase, digest, said.evidence or {}, issues, failed)


def declined(draft: Draft, shown: Shown, approval: Approval) -> Stopped:
    """Note a person's no."""
    state = draft.state
    said = proven(state, shown.word, approval)
    if isinstance(said, Refusal):
        return said
    if isinstance(said, CodeRefused):
        draft.add(said)
        return None
    draft.add(ConfirmationDeclined(state.position, shown.digest, said.comment, said.how))
    return None


def decide_retry(draft: Draft, command: RetryPhase) -> Stopped:
    """Open a new row of attempts at the current phase."""
    state = draft.state
    refused = None if state.status is Status.FAILED else resting(state)
    refused = refused or _not_current(state, command.phase)
    if refused is not None:
        return refused
    if state.status is Status.FAILED and state.cause is not None:
        again = Remedy("workflow_session", {"action": "retry", "sessionId": state.session_id})
        return refusal(state, "state", f"The session failed at the step {state.cause.key}, not at a gate", again)
    if state.status is not Status.FAILED and state.phases[-1].attempt == 1 and not state.failures:
        message = f"Phase {command.phase} has no failed attempt to retry"
        return refusal(state, "state", message, acting(state, "get_phase"))
    if state.status is not Status.FAILED and state.waiting is not None and state.waiting.kind not in _REPORTS:
        message = f"Phase {command.phase} does not rest at a report, so there is no attempt to make anew"
        return refusal(state, "state", message)
    draft.add(PhaseRetried(command.phase, command.reset_evidence))
    return None


_REPORTS: Final = frozenset((WaitKind.REPORT, WaitKind.CONFIRMATION, WaitKind.VARIABLE))
