"""Reporting: a report is taken to the run its key lies in, and the runs around it are told what came of it.

Above: decide. Below: step_decisions (the rules), firing (what is due first), task_reading, task_ending, children.
"""

from engine.sessions.child_decisions import child_changed
from engine.sessions.draft import Draft
from engine.sessions.firing import fire_first
from engine.sessions.limits import Said, digest_of
from engine.sessions.model import NestedKind
from engine.sessions.nesting import path_of
from engine.sessions.phase_decisions import Stopped
from engine.sessions.refusals import Refusal, Repeated, resting
from engine.sessions.step_decisions import Report, decide_report
from engine.sessions.step_family import ReportStep
from engine.sessions.task_ending import task_changed
from engine.sessions.task_reading import open_keys, unreportable


def decide_reported(draft: Draft, command: ReportStep) -> Stopped:
    """Decide on a report, wherever its step lies; what follows is on the draft."""
    said = Said(command.output, command.evidence, command.context)
    digest = digest_of(draft.state, said)
    if isinstance(digest, Refusal):
        return digest
    if draft.workflow.automation is None:
        return decide_report(draft, Report(command, said, digest))
    fire_first(draft)
    run, local = path_of(command.key)
    refused = unreportable(draft.state, command.key, digest)
    if refused is not None:
        return refused if isinstance(refused, Repeated) else resting(draft.state) or refused
    inner = draft.inner(run) if run else draft
    before = inner.state.version
    stopped = decide_report(inner, Report(command._replace(key=local), said, digest))
    if isinstance(stopped, Refusal):
        return _seen_from(draft, stopped)
    if inner.state.version != before:
        _tell(inner)
    return stopped


def _seen_from(draft: Draft, refused: Refusal) -> Refusal:
    """Name what is open by the keys the session knows it by."""
    opened = open_keys(draft.state)
    return refused._replace(open=opened) if opened else refused


def _tell(inner: Draft) -> None:
    """Tell each run around the one that was reported, from the inside out."""
    while inner.outer is not None:
        outer = inner.outer
        if outer.state.nested[inner.run].kind is NestedKind.CHILD:
            child_changed(outer, inner.run)
        else:
            task_changed(outer, inner.run, reported=True)
        inner = outer
