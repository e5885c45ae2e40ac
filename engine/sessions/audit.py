"""The audit view of a session: who did what, when, and what was decided on which grounds.

Above: the resource session://{id}, the CLI. Below: the families. Evidence and outputs are named and measured, not
repeated: they may be megabytes, and the log itself has them.
"""

from collections.abc import Callable, Mapping
from typing import Final

from engine import keys
from engine.sessions import phase_family as phase
from engine.sessions import session_family as session
from engine.sessions import step_family as step
from engine.sessions import way_family as way
from engine.sessions.audit_flow import CHANGES, EFFECTS, FLOW, RUNS
from engine.sessions.audit_lines import (
    MAX_LINE,
    MAX_NAMES,
    MAX_TIME,
    Entry,
    approval_of,
    iso,
    issues_of,
    line,
    names,
    short,
)
from engine.sessions.nested_events import within
from schema.values import Json, JsonObject

__all__ = ["FACTS", "MAX_LINE", "MAX_NAMES", "MAX_TIME", "Entry", "audit", "iso"]


def audit(entries: tuple[Entry, ...]) -> list[Json]:
    """Give every event as {version, at, by, event, ...facts}, oldest first."""
    return [_shown(entry) for entry in entries]


def _shown(entry: Entry) -> JsonObject:
    run, event = within(entry.event)
    shown: JsonObject = {"version": entry.version, "at": iso(entry.at), "by": entry.by, "event": type(event).__name__}
    facts = FACTS[type(event)](event)
    if run:
        key = facts.get("key")
        facts = {**facts, "key": keys.inside(run, key)} if isinstance(key, str) and key else {"run": run, **facts}
    return shown | {key: value for key, value in facts.items() if value not in (None, "", [], {})}


def _started(event: session.SessionStarted) -> JsonObject:
    return {
        "workflow": f"{event.workflow_id} {event.workflow_version}",
        "document": event.document,
        "target_file": event.target_file,
        "imported_from": event.imported_from,
        "options": names(event.options),
        "variables": names(event.variables),
    }


def _reported(event: step.StepReported) -> JsonObject:
    return {
        "key": event.key,
        "output": line(event.output),
        "evidence": names(event.evidence),
        "variables": names(event.context),
        "findings": issues_of(event.findings),
        "approval": approval_of(event.approval),
        "completes_phase": event.completes,
    }


def _gate_refused(event: phase.GateRefused) -> JsonObject:
    return {
        "key": event.key,
        "phase": event.phase,
        "evidence": names(event.evidence),
        "issues": issues_of(event.issues),
        "session_failed": event.failed or None,
    }


def _completed(event: phase.PhaseCompleted) -> JsonObject:
    return {
        "key": event.key,
        "phase": event.number,
        "evidence": names(event.evidence),
        "findings": issues_of(event.findings),
        "unreported": list(event.unreported),
        "approval": approval_of(event.approval),
    }


def _rolled_back(event: session.RolledBack) -> JsonObject:
    return {
        "to_version": event.to_version,
        "to_phase": event.to_phase,
        "cleared_phases": list(event.cleared),
        "irreversible": list(event.crossed),
        "reason": line(event.reason),
    }


def _awaited(event: step.VariablesAwaited) -> JsonObject:
    return {"key": event.key, "phase": event.phase, "variables": [gap.variable for gap in event.gaps]}


def _declined(event: step.ConfirmationDeclined) -> JsonObject:
    return {"key": event.key, "comment": line(event.comment), "how": event.how}


def _decided(event: way.ConditionDecided) -> JsonObject:
    grounds: JsonObject = {name: short(value) for name, value in list(event.variables.items())[:MAX_NAMES]}
    asked: JsonObject = {"key": event.key, "condition": event.what, "expression": line(event.expression)}
    return {**asked, "value": event.value, "variables": grounds}


def _entered(event: way.PassEntered) -> JsonObject:
    return {"key": event.key, "pass": event.number, "total": event.total, "item": short(event.item)}


FACTS: Final[Mapping[type, Callable[..., JsonObject]]] = {
    session.SessionStarted: _started,
    session.SessionPaused: lambda event: {"phase": event.phase, "note": line(event.note)},
    session.SessionResumed: lambda _: {},
    session.SessionCompleted: lambda event: {"warnings": list(event.warnings)},
    session.RolledBack: _rolled_back,
    session.CodeIssued: lambda event: {"key": event.key, "expires_at": iso(event.expires_at)},
    session.CodeRefused: lambda event: {"key": event.key, "tries": event.tries},
    phase.GateRefused: _gate_refused,
    phase.PhaseCompleted: _completed,
    phase.PhaseRetried: lambda event: {"phase": event.number, "evidence_reset": event.reset_evidence},
    phase.PhaseEntered: lambda event: {"phase": event.number},
    phase.PhaseSkipped: lambda event: {"phase": event.number},
    step.StepOpened: lambda event: {"key": event.key, "phase": event.phase, "warnings": list(event.warnings)},
    step.StepReported: _reported,
    step.StepRefused: lambda event: {"key": event.key, "output": line(event.output), "issues": issues_of(event.issues)},
    way.ConditionDecided: _decided,
    way.PassEntered: _entered,
    way.LoopLeft: lambda event: {"key": event.key, "passes": event.passes, "reason": event.reason},
    step.VariablesAwaited: _awaited,
    step.VariablesGiven: lambda event: {"key": event.key, "variables": names(event.context)},
    step.ConfirmationRequested: lambda event: {"key": event.key},
    step.ConfirmationDeclined: _declined,
    **FLOW,
    **RUNS,
    **EFFECTS,
    **CHANGES,
}
"""What a line says of each kind of event, `Inside` but, which is shown as what it holds; a test holds it complete."""
