"""The rules of reports: what is open, what was said before, what is wrong, who must agree.

Above: reporting. Below: judging, answering, approving, phase_decisions (gates), storing, onward. The key of a
report is local here to the run the draft is of.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.definition import InputStep, PromptStep, WaitStep
from engine.sessions import answering
from engine.sessions.agreeing import Agreed, agreed, override_of
from engine.sessions.approving import Word
from engine.sessions.draft import Draft
from engine.sessions.expecting import OUTPUT
from engine.sessions.failing import fail_step
from engine.sessions.faults import StepFault
from engine.sessions.flow_family import RETRY, StateUpdated
from engine.sessions.judging import Judged, judge_step
from engine.sessions.limits import Said
from engine.sessions.model import Approval, Issue, State, WaitKind
from engine.sessions.onward import go_on
from engine.sessions.opening import Reported
from engine.sessions.phase_decisions import Shown, Stopped, close, gate_refused, refused_before, unshown
from engine.sessions.polling import decide_poll
from engine.sessions.position import gate_key, open_gate, open_step
from engine.sessions.refusals import NOT_REPORTED, Refusal, Repeated, refusal, resting
from engine.sessions.report_context import context_refused
from engine.sessions.session_family import CodeRefused
from engine.sessions.step_family import ReportStep, StepRefused, StepReported, VariablesGiven
from engine.sessions.storing import computed_with, store_result
from engine.variables import Scope
from schema.values import Json

INPUT_ERROR: Final = "InputError"
"""The type of error of an input whose answers were refused too often."""


class Report(NamedTuple):
    """A report on its way: what was asked, what it shows, and its digest."""

    command: ReportStep
    said: Said
    digest: str


def decide_report(draft: Draft, report: Report) -> Stopped:
    """Accept or refuse the report of the open step, gate, wait or missing variables; what follows is on the draft."""
    state, said = draft.state, report.said
    known = state.reports.get(report.command.key)
    if known is not None and not known.digest and said == Said(None, None, {}):
        return None  # the poll of a wait that is over
    refused = _before(draft, report) or resting(draft.root.state) or _not_open(state, report.command.key)
    refused = refused or context_refused(draft, said.context)
    if refused is not None:
        return refused
    if state.waiting is not None and state.waiting.kind is WaitKind.VARIABLE:
        return _give(draft, report)
    step = open_step(state, draft.workflow)
    if isinstance(step, WaitStep):
        return decide_poll(draft, step, said)
    word = Word(report.command.approval, report.command.code, draft.now, draft.policy)
    shown = Shown(said, report.digest, word)
    return _show(draft, shown) if step is None else _report(draft, step, shown)


def _show(draft: Draft, shown: Shown) -> Stopped:
    """Take what is shown for the gate of the phase."""
    missing = unshown(draft.state, draft.workflow, shown.said.evidence)
    if not missing:
        return close(draft, shown)
    draft.add(StepRefused(draft.state.position, shown.digest, shown.said.output, missing))
    return None


def _before(draft: Draft, report: Report) -> Repeated | None:
    """Recognise a report that was accepted or refused before."""
    state, command = draft.state, report.command
    known = state.reports.get(command.key)
    if known is not None and known.digest == report.digest:
        return Repeated(known.version)
    if command.key != state.position or state.refused is None:
        return None
    is_gated = open_gate(state, draft.workflow) is not None
    return refused_before(state, report.digest, command.approval, is_gated=is_gated)


def _not_open(state: State, key: str) -> Refusal | None:
    shown, waiting = key[: keys.MAX_SHOWN], state.waiting
    if key != state.position:
        if key in state.reports:
            return refusal(state, "not_open", f"The step {shown} was reported already, with other arguments")
        return refusal(state, "not_open", f"The step {shown} is not open; open is {state.position}")
    if waiting is not None and waiting.what == RETRY:
        return refusal(state, "not_open", f"The step {shown} has failed; it is tried again later, under another key")
    if waiting is not None and waiting.kind in NOT_REPORTED:
        return refusal(state, "not_open", f"The step {shown} is not reported itself: {NOT_REPORTED[waiting.kind]}")
    return None


def _give(draft: Draft, report: Report) -> Stopped:
    """Take the variables that were waited for, and walk on; without any nothing has changed."""
    state, said = draft.state, report.said
    if not said.context:
        waiting = () if state.waiting is None else state.waiting.gaps
        issues = tuple(_missing(gap.variable, gap.values[0] if gap.values else None) for gap in waiting)
        draft.add(StepRefused(state.position, report.digest, said.output, issues))
        return None
    draft.add(VariablesGiven(state.position, report.digest, said.context, None, settled=1))
    refused = _recompute(draft, state.position, said)
    if refused is None:
        go_on(draft)
    return refused


def _recompute(draft: Draft, key: str, said: Said) -> Refusal | None:
    """Make the computed fields anew that read what a report has brought; a refusal where one cannot be made."""
    if not said.context or not draft.state.computed:
        return None
    try:
        computed = computed_with(draft, said.context)
    except StepFault as fault:
        return refusal(draft.state, "argument", f"context: {fault.message}")
    if computed:
        draft.add(StateUpdated(key, (), computed, settled=False))
    return None


def _missing(name: str, example: object) -> Issue:
    value = example if isinstance(example, str | int | float | bool) else None
    message = f"The variable {name!r} must be known before the workflow can go on"
    return Issue(f"context.{name}", message, f"a value in context under {name!r}", "nothing", value, value is not None)


def _report(draft: Draft, step: Reported, shown: Shown) -> Stopped:
    """Judge the report of the open step, see whether a person agrees, and take it."""
    scope = draft.scope_with(shown.said.context)
    try:
        judged, value = _judged(draft, step, shown, scope)
    except StepFault as fault:
        return _failed(draft, step, shown, fault)
    override = override_of(draft.state, step, judged, shown)
    if isinstance(override, CodeRefused):
        draft.add(override)
        return None
    if isinstance(override, Refusal):
        return override
    if judged.gate and isinstance(step, PromptStep) and step.gate is not None and override is None:
        issues = (*judged.issues, *judged.gate)
        key = gate_key(draft.state, draft.workflow)
        draft.add(gate_refused(draft.state, step.gate, key, shown.said, shown.digest, issues))
        return None
    if judged.issues:
        _refuse(draft, step, shown, judged.issues)
        return None
    word = agreed(draft, step, shown, override, scope)
    return _accept(draft, step, shown, _Accepted(judged, word.approval, value)) if isinstance(word, Agreed) else word


def _judged(draft: Draft, step: Reported, shown: Shown, scope: Scope) -> tuple[Judged, Json]:
    """Give what is wrong with a report, and the value it stands for; StepFault where the step failed by it."""
    said = shown.said
    if not isinstance(step, PromptStep):
        answered = answering.judge(step, said, scope)
        return Judged(answered.issues, (), ()), answered.value
    judged = judge_step(step, said, scope, strict_gates=draft.policy.strict_gates)
    if step.expect is None:
        return judged, said.output
    answered = answering.judge(step, said, scope)
    others = judged.issues if step.criteria is not None else tuple(i for i in judged.issues if i.field != OUTPUT)
    return judged._replace(issues=(*answered.issues, *others)), answered.value


def _failed(draft: Draft, step: Reported, shown: Shown, fault: StepFault) -> Stopped:
    """Take a report that says, or shows, that the step failed."""
    key = draft.state.position
    draft.add(_reported(key, shown, (), None))
    fail_step(draft, key, step.outcome.on_error, fault)
    return None


def _refuse(draft: Draft, step: Reported, shown: Shown, issues: tuple[Issue, ...]) -> None:
    """Refuse a report; an input whose answers are used up has failed."""
    key, output = draft.state.position, shown.said.output
    if not isinstance(step, InputStep):
        draft.add(StepRefused(key, shown.digest, output, issues))
        return
    attempt = draft.state.failures.get(key, 0) + 1
    is_last = attempt >= step.max_attempts
    draft.add(StepRefused(key, shown.digest, output, issues, attempt, settled=1 if is_last else 0))
    if is_last:
        message = f"{attempt} answers were refused, the last one because: {issues[0].message}"
        fail_step(draft, key, step.outcome.on_error, StepFault(INPUT_ERROR, message))


class _Accepted(NamedTuple):
    """What was found of a report that is accepted: findings that were let pass, a person's word, its value."""

    judged: Judged
    approval: Approval | None
    value: Json


def _accept(draft: Draft, step: Reported, shown: Shown, accepted: _Accepted) -> Stopped:
    """Record the report, put its value where the document says, and walk on."""
    key, judged = draft.state.position, accepted.judged
    draft.add(_reported(key, shown, (*judged.gate, *judged.findings), accepted.approval))
    refused = _recompute(draft, key, shown.said)
    if refused is not None:
        return refused
    try:
        store_result(draft, key, step.outcome, accepted.value)
    except StepFault as fault:
        fail_step(draft, key, step.outcome.on_error, fault)
        return None
    go_on(draft)
    return None


def _reported(key: str, shown: Shown, findings: tuple[Issue, ...], approval: Approval | None) -> StepReported:
    said = shown.said
    return StepReported(
        key=key,
        digest=shown.digest,
        output=said.output,
        evidence=said.evidence,
        context=said.context,
        findings=findings,
        approval=approval,
        completes=None,
        settled=1,
    )
