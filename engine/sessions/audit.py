"""The audit view of a session: who did what, when, and what was decided on which grounds.

Above: the resource session://{id}, the CLI. Below: the families. Evidence and outputs are named and measured, not
repeated: they may be megabytes, and the log itself has them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from engine.sessions import phase_family as phase
from engine.sessions import session_family as session
from engine.sessions import step_family as step
from engine.sessions.events import Event
from engine.sessions.model import Approval, Issue
from schema.values import Json, JsonObject

MAX_LINE: Final = 200
"""Characters of a text an agent or person wrote that a line of the view repeats."""
MAX_NAMES: Final = 50
"""Names of evidence or variables one line lists."""
MAX_TIME: Final = 253_402_300_799.0
"""Seconds since 1970 at the end of the year 9999: what comes from files is between 0 and this, so `iso` can show it."""


class Entry(NamedTuple):
    """One event of a log: its version, when (seconds since 1970), by whom."""

    version: int
    at: float
    by: str
    event: Event


def iso(at: float) -> str:
    """Give a time as answers show it: ISO 8601, UTC, milliseconds.

    >>> iso(1_800_000_000.5)
    '2027-01-15T08:00:00.500Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def audit(entries: tuple[Entry, ...]) -> list[Json]:
    """Give every event as {version, at, by, event, ...facts}, oldest first."""
    return [_shown(entry) for entry in entries]


def decisions(entries: tuple[Entry, ...]) -> list[Json]:
    """Give what was decided on the way and why, newest first: conditions, passes, gates, people."""
    return [_shown(entry) for entry in reversed(entries) if isinstance(entry.event, DECIDING)]


DECIDING: Final = (
    step.ConditionDecided,
    step.PassEntered,
    step.LoopLeft,
    step.VariablesAwaited,
    step.StepRefused,
    step.ConfirmationRequested,
    step.ConfirmationDeclined,
    phase.GateRefused,
    phase.PhaseCompleted,
    phase.PhaseSkipped,
    session.RolledBack,
)


def _shown(entry: Entry) -> JsonObject:
    name = type(entry.event).__name__
    line: JsonObject = {"version": entry.version, "at": iso(entry.at), "by": entry.by, "event": name}
    facts = FACTS[type(entry.event)](entry.event)
    return line | {key: value for key, value in facts.items() if value not in (None, "", [], {})}


def _started(event: session.SessionStarted) -> JsonObject:
    return {
        "workflow": f"{event.workflow_id} {event.workflow_version}",
        "document": event.document,
        "target_file": event.target_file,
        "imported_from": event.imported_from,
        "options": _names(event.options),
        "variables": _names(event.variables),
    }


def _reported(event: step.StepReported) -> JsonObject:
    return {
        "key": event.key,
        "output": _line(event.output),
        "evidence": _names(event.evidence),
        "variables": _names(event.context),
        "findings": _issues(event.findings),
        "approval": _approval(event.approval),
        "completes_phase": event.completes,
    }


def _gate_refused(event: phase.GateRefused) -> JsonObject:
    return {
        "key": event.key,
        "phase": event.phase,
        "evidence": _names(event.evidence),
        "issues": _issues(event.issues),
        "session_failed": event.failed or None,
    }


def _completed(event: phase.PhaseCompleted) -> JsonObject:
    return {
        "key": event.key,
        "phase": event.number,
        "evidence": _names(event.evidence),
        "findings": _issues(event.findings),
        "unreported": list(event.unreported),
        "approval": _approval(event.approval),
    }


def _rolled_back(event: session.RolledBack) -> JsonObject:
    return {
        "to_version": event.to_version,
        "to_phase": event.to_phase,
        "cleared_phases": list(event.cleared),
        "irreversible": list(event.crossed),
        "reason": _line(event.reason),
    }


def _awaited(event: step.VariablesAwaited) -> JsonObject:
    return {"key": event.key, "phase": event.phase, "variables": [gap.variable for gap in event.gaps]}


def _declined(event: step.ConfirmationDeclined) -> JsonObject:
    return {"key": event.key, "comment": _line(event.comment), "how": event.how}


def _decided(event: step.ConditionDecided) -> JsonObject:
    grounds: JsonObject = {name: _short(value) for name, value in list(event.variables.items())[:MAX_NAMES]}
    return {"key": event.key, "condition": event.what, "value": event.value, "variables": grounds}


def _entered(event: step.PassEntered) -> JsonObject:
    return {"key": event.key, "pass": event.number, "total": event.total, "item": _short(event.item)}


FACTS: Final[Mapping[type, Callable[..., JsonObject]]] = {
    session.SessionStarted: _started,
    session.SessionPaused: lambda event: {"phase": event.phase, "note": _line(event.note)},
    session.SessionResumed: lambda _: {},
    session.SessionCompleted: lambda event: {"warnings": list(event.warnings)},
    session.RolledBack: _rolled_back,
    session.CodeIssued: lambda event: {"key": event.key, "expires_at": iso(event.expires_at)},
    session.CodeRefused: lambda event: {"key": event.key, "tries": event.tries},
    phase.GateRefused: _gate_refused,
    phase.PhaseCompleted: _completed,
    phase.PhaseRetried: lambda event: {"phase": event.number, "evidence_reset": event.reset_evidence},
    phase.PhaseSkipped: lambda event: {"phase": event.number},
    step.StepOpened: lambda event: {"key": event.key, "phase": event.phase, "warnings": list(event.warnings)},
    step.StepReported: _reported,
    step.StepRefused: lambda event: {"key": event.key, "output": _line(event.output), "issues": _issues(event.issues)},
    step.ConditionDecided: _decided,
    step.PassEntered: _entered,
    step.LoopLeft: lambda event: {"key": event.key, "passes": event.passes, "reason": event.reason},
    step.VariablesAwaited: _awaited,
    step.VariablesGiven: lambda event: {"key": event.key, "variables": _names(event.context)},
    step.ConfirmationRequested: lambda event: {"key": event.key},
    step.ConfirmationDeclined: _declined,
}
"""What a line says of each kind of event; a test holds it complete."""


def _names(values: JsonObject | None) -> list[Json]:
    names: list[Json] = [*(values or ())]
    return names[:MAX_NAMES]


def _line(text: str | None) -> str | None:
    if text is None:
        return None
    first = text.strip().partition("\n")[0]
    return first if len(first) <= MAX_LINE else first[:MAX_LINE] + "…"


def _short(value: Json) -> Json:
    """Give a small value as it is, a large one by its kind and size."""
    if isinstance(value, str):
        return _line(value)
    if isinstance(value, list | dict):
        return f"{'list' if isinstance(value, list) else 'object'} of {len(value)}"
    return value


def _issues(issues: tuple[Issue, ...]) -> list[Json]:
    return [f"{issue.field}: {issue.message}" if issue.field else issue.message for issue in issues[:MAX_NAMES]]


def _approval(approval: Approval | None) -> Json:
    if approval is None:
        return None
    return {"decision": approval.decision, "how": approval.how, "comment": _line(approval.comment)}
