"""The rules of reports: what is open, what was said before, what is wrong, who must agree.

Above: decide. Below: judging, approving, phase_decisions (gates), onward.
"""

from typing import NamedTuple

from engine import keys
from engine.conditions import holds
from engine.definition import PromptStep, Workflow
from engine.sessions import onward
from engine.sessions.approving import Word, asked, overridden, proven
from engine.sessions.deciding import values_of
from engine.sessions.events import Event
from engine.sessions.judging import Judged, judge_step
from engine.sessions.limits import Said, digest_of, oversized
from engine.sessions.model import REJECT, Approval, Issue, State, WaitKind
from engine.sessions.phase_decisions import Decided, Shown, close, declined, gate_refused, refused_before, unshown
from engine.sessions.position import gate_key, open_step, scope_of
from engine.sessions.refusals import Policy, Refusal, Repeated, refusal, resting
from engine.sessions.session_family import CodeRefused
from engine.sessions.step_family import (
    CONFIRMATION,
    ConditionDecided,
    ReportStep,
    StepRefused,
    StepReported,
    VariablesGiven,
)


def decide_report(state: State, command: ReportStep, workflow: Workflow, now: float, policy: Policy) -> Decided:
    """Accept or refuse the report of the open step, gate or missing variables."""
    said = Said(command.output, command.evidence, command.context)
    digest = digest_of(state, said)
    if isinstance(digest, Refusal):
        return digest
    refused = _before(state, command, digest) or resting(state) or _not_open(state, command.key)
    refused = refused or oversized(state, command.context)
    if refused is not None:
        return refused
    if state.waiting is not None and state.waiting.kind is WaitKind.VARIABLE:
        return _give(state, workflow, said, digest)
    shown = Shown(said, digest, Word(command.approval, command.code, now, policy))
    step = open_step(state, workflow)
    if step is not None:
        return _report(_Report(state, workflow, step, shown))
    missing = unshown(state, workflow, command.evidence)
    return (StepRefused(state.position, digest, said.output, missing),) if missing else close(state, workflow, shown)


def _before(state: State, command: ReportStep, digest: str) -> Repeated | None:
    """Recognise a report that was accepted or refused before."""
    known = state.reports.get(command.key)
    if known is not None and known.digest == digest:
        return Repeated(known.version)
    is_again = command.key == state.position and command.approval is None
    return refused_before(state, digest) if is_again else None


def _not_open(state: State, key: str) -> Refusal | None:
    if key == state.position:
        return None
    shown = key[: keys.MAX_SHOWN]
    if key in state.reports:
        return refusal(state, "not_open", f"The step {shown} was reported already, with other arguments")
    return refusal(state, "not_open", f"The step {shown} is not open; open is {state.position}")


def _give(state: State, workflow: Workflow, said: Said, digest: str) -> Decided:
    """Take the variables that were waited for, and walk on; without any nothing has changed."""
    if not said.context:
        waiting = () if state.waiting is None else state.waiting.gaps
        issues = tuple(_missing(gap.variable, gap.values[0] if gap.values else None) for gap in waiting)
        return (StepRefused(state.position, digest, said.output, issues),)
    following = onward.again(workflow, state, said.context)
    settled = state.version + 1 + len(following.events)
    given = VariablesGiven(state.position, digest, said.context, following.completes, settled)
    return (given, *following.events)


def _missing(name: str, example: object) -> Issue:
    value = example if isinstance(example, str | int | float | bool) else None
    message = f"The variable {name!r} must be known before the workflow can go on"
    return Issue(f"context.{name}", message, f"a value in context under {name!r}", "nothing", value, value is not None)


class _Report(NamedTuple):
    """A report on its way: of which step, in which state, and what it shows."""

    state: State
    workflow: Workflow
    step: PromptStep
    shown: Shown


class _Agreed(NamedTuple):
    """The word that let a report through (None: none was needed), and what was decided on the way."""

    approval: Approval | None
    decided: tuple[Event, ...]


def _report(report: _Report) -> Decided:
    state, workflow, step, (said, digest, word) = report
    merged = state._replace(variables={**state.variables, **said.context}) if said.context else state
    scope = scope_of(merged, workflow)
    judged = judge_step(step, said, scope, strict_gates=word.policy.strict_gates)
    override = _override(report, judged)
    if isinstance(override, CodeRefused):
        return (override,)
    if isinstance(override, Refusal):
        return override
    if judged.gate and step.gate is not None and override is None:
        issues = (*judged.issues, *judged.gate)
        return (gate_refused(state, step.gate, gate_key(state, workflow), said, digest, issues),)
    if judged.issues:
        return (StepRefused(state.position, digest, said.output, judged.issues),)
    agreed = _agreed(report, override, merged)
    return agreed if not isinstance(agreed, _Agreed) else _accepted(report, judged, agreed)


def _override(report: _Report, judged: Judged) -> Approval | Refusal | CodeRefused | None:
    """Give the word that overrides the step's gate; none is looked at where something else is wrong as well."""
    gate = report.step.gate
    if not judged.gate or gate is None or judged.issues:
        return None
    return overridden(report.state, gate, report.shown.word)


def _agreed(report: _Report, override: Approval | None, merged: State) -> _Agreed | Decided:
    """Find out whether a person must agree, and whether one did."""
    state, workflow, step, (_, digest, word) = report
    if override is not None:
        return _Agreed(override, ())
    if word.approval is not None and word.approval.decision == REJECT:
        return declined(state, digest, word, word.approval)
    decided: tuple[Event, ...] = ()
    needed = state.confirm
    if needed is None and isinstance(step.confirm, bool):
        needed = step.confirm
    elif needed is None and not isinstance(step.confirm, bool):
        scope = scope_of(merged, workflow)
        needed = holds(step.confirm, scope)
        decided = (ConditionDecided(state.position, CONFIRMATION, needed, values_of(step.confirm, scope)),)
    if not needed:
        return _Agreed(None, decided)
    return _confirmed(state, digest, word, decided)


def _confirmed(state: State, digest: str, word: Word, decided: tuple[Event, ...]) -> _Agreed | Decided:
    """Take the word a report came with, or ask for it."""
    if word.approval is None or (word.policy.verified and word.code is None):
        request = asked(state, digest, word)
        return request if isinstance(request, Refusal) else (*decided, *request) if request else ()
    approval = proven(state, word, word.approval)
    if isinstance(approval, Refusal):
        return approval
    return (approval,) if isinstance(approval, CodeRefused) else _Agreed(approval, decided)


def _accepted(report: _Report, judged: Judged, agreed: _Agreed) -> tuple[Event, ...]:
    state, workflow, _, (said, digest, _) = report
    following = onward.behind(workflow, state, said.context)
    reported = StepReported(
        key=state.position,
        digest=digest,
        output=said.output,
        evidence=said.evidence,
        context=said.context,
        findings=(*judged.gate, *judged.findings),
        approval=agreed.approval,
        completes=following.completes,
        settled=state.version + len(agreed.decided) + 1 + len(following.events),
    )
    return (*agreed.decided, reported, *following.events)
