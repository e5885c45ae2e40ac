"""Session files of the earlier tool, both shapes: JSON -> one typed value, and findings for what is odd in it.

Above: engine.importing. Below: schema.values. No disk. What has no place of its own in our sessions is kept aside, in
the options of the imported session under `imported`; nothing is dropped without a finding.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from engine.sessions.audit import MAX_TIME
from engine.sessions.ids import is_session_id
from schema.finding import Finding, Severity
from schema.values import Json, JsonObject

MAX_ENTRIES: Final = 1_000
"""Phases and errors that are read of one file."""
MAX_TARGET: Final = 1_024
"""Characters of a target file, as workspace.confined takes them."""
MAX_MESSAGE: Final = 1_000
"""Characters that are kept of an error's message."""

READ_WHOLE: Final = frozenset(
    {
        "session_id", "workflow_type", "target_file", "current_phase", "completed_phases", "session_status", "options",
        "created_at", "updated_at", "last_updated", "completed_at", "paused_at", "checkpoint_note",
    }
)  # fmt: skip
"""Keys whose whole content comes into the log; of the others is kept aside what does not."""
EVIDENCE: Final = frozenset(("evidence", "artifacts", "phase_artifacts"))
"""Keys that hold evidence by phase."""


class EarlierPhase(NamedTuple):
    """What the file says of a phase: its evidence, when it was completed, passed | failed | pending | skipped | ""."""

    evidence: JsonObject
    completed_at: float | None
    checkpoint: str


class EarlierError(NamedTuple):
    """An error the file lists; `at` is None where it has no time."""

    phase: int
    at: float | None
    message: str


class Earlier(NamedTuple):
    """A session of the earlier tool; times in seconds since 1970. `status`: as the file has it, "" in shape A.

    `said`: the file itself.
    """

    session_id: str
    workflow_type: str
    target_file: str
    current_phase: int
    status: str
    completed: frozenset[int]
    phases: Mapping[int, EarlierPhase]
    errors: tuple[EarlierError, ...]
    created_at: float
    updated_at: float
    completed_at: float | None
    paused_at: float | None
    note: str
    options: JsonObject
    said: JsonObject


class Read(NamedTuple):
    """What was read: no session where a finding is critical."""

    session: Earlier | None
    findings: tuple[Finding, ...]


def read_earlier(said: Json, utc_offset: float) -> Read:
    """Read a session file. `utc_offset`: seconds its local times are ahead of UTC; times with a zone need it not."""
    if not isinstance(said, dict):
        return Read(None, (_finding(Severity.CRITICAL, "earlier-shape", "the file is no JSON object"),))
    return _Reader(said, utc_offset).read()


def aside_of(earlier: Earlier, told: frozenset[int]) -> JsonObject:
    """Give what does not come into the log; the evidence of the phases in `told` does."""
    aside: JsonObject = {}
    for key, value in earlier.said.items():
        left = _untold(_object(value), told) if key in EVIDENCE and isinstance(value, dict) else value
        if key not in READ_WHOLE and left not in ({}, []):
            aside[key] = left
    return aside


class _Reader:
    """One file, and the findings so far."""

    def __init__(self, said: JsonObject, utc_offset: float) -> None:
        self._said = said
        self._offset = utc_offset
        self._findings: list[Finding] = []

    def read(self) -> Read:
        """Read everything."""
        session_id, current = self._text("session_id"), self._said.get("current_phase")
        workflow_type = self._text("workflow_type")
        if not is_session_id(session_id):
            self._note("session_id", "it is no session id, so the session could not be found again", is_critical=True)
        if not workflow_type:
            self._note("workflow_type", "it is missing", is_critical=True)
        if isinstance(current, bool) or not isinstance(current, int):
            self._note("current_phase", "it is no phase number", is_critical=True)
            current = 0
        created = self._time("created_at")
        updated = self._time("last_updated" if "last_updated" in self._said else "updated_at")
        if created is None and updated is None:
            self._note("created_at", "neither beginning nor last change of the session is known", is_critical=True)
        if any(finding.severity is Severity.CRITICAL for finding in self._findings):
            return Read(None, tuple(self._findings))
        begun = created if created is not None else updated or 0.0
        session = Earlier(
            session_id=session_id,
            workflow_type=workflow_type,
            target_file=self._target(),
            current_phase=current,
            status=self._text("session_status"),
            completed=frozenset(self._completed()),
            phases=self._phases(),
            errors=self._errors(),
            created_at=begun,
            updated_at=max(begun, updated if updated is not None else begun),
            completed_at=self._time("completed_at"),
            paused_at=self._time("paused_at"),
            note=self._text("checkpoint_note"),
            options=self._object("options"),
            said=self._said,
        )
        return Read(session, tuple(self._findings))

    def _completed(self) -> list[int]:
        """Give the numbers of the completed phases."""
        found = self._said.get("completed_phases", [])
        entries = found if isinstance(found, list) else [None]
        numbers = [_number(each) for each in entries]
        if None in numbers:
            self._note("completed_phases", "what is no phase number in it is left out")
        return [number for number in numbers if number is not None]

    def _phases(self) -> dict[int, EarlierPhase]:
        """Give what is known of each phase, from either shape."""
        artifacts, evidence = self._object("phase_artifacts"), self._object("evidence")
        named, checkpoints = self._object("artifacts"), self._object("checkpoints")
        ends = self._ends()
        numbers = {_number(key) for key in (*artifacts, *evidence, *named, *checkpoints)} | set(ends)
        phases: dict[int, EarlierPhase] = {}
        for number in sorted(number for number in numbers if number is not None)[:MAX_ENTRIES]:
            key = str(number)
            artifact = _object(artifacts.get(key))
            shown = (
                _object(artifact.get("evidence")) or _object(evidence.get(key)) or _object(named.get(f"phase_{key}"))
            )
            stamp = self._moment(artifact["timestamp"], key) if "timestamp" in artifact else ends.get(number)
            phases[number] = EarlierPhase(shown, stamp, str(checkpoints.get(key, "")))
        if None in numbers:
            self._note("", "entries of phases without a number are only kept aside")
        return phases

    def _ends(self) -> dict[int, float]:
        """Give when phases were completed, as shape B's history has it; the last attempt counts."""
        ends = {}
        for row in self._list("phase_history"):
            entry = _object(row)
            number = _number(entry.get("phase", entry.get("phase_number")))
            end = self._moment(entry["completed_at"], "phase_history") if entry.get("completed_at") else None
            if number is not None and end is not None and entry.get("status", "completed") == "completed":
                ends[number] = end
        return ends

    def _errors(self) -> tuple[EarlierError, ...]:
        """Give the errors shape B lists."""
        errors = []
        for entry in self._list("errors"):
            facts = _object(entry)
            number = _number(facts.get("phase", facts.get("phase_number", self._said.get("current_phase"))))
            stamp = facts.get("timestamp")
            message = str(facts.get("message") or facts.get("error") or entry)[:MAX_MESSAGE]
            if number is not None:
                errors.append(EarlierError(number, self._moment(stamp, "errors") if stamp else None, message))
        return tuple(errors)

    def _target(self) -> str:
        """Give the file the session is about; it is shown, never opened."""
        target = self._text("target_file")
        if len(target) > MAX_TARGET or any(character < " " for character in target):
            self._note("target_file", f"it is no path of at most {MAX_TARGET} plain characters; it is left out")
            return ""
        return target

    def _time(self, key: str) -> float | None:
        value = self._said.get(key)
        return None if value is None else self._moment(value, key)

    def _moment(self, value: Json, key: str) -> float | None:
        """Read a time; one without a zone is local time of the machine the file was written on."""
        at = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else self._told(value)
        if at is None or not 0 <= at <= MAX_TIME:
            self._note(key, "it holds no time")
            return None
        return at

    def _told(self, value: Json) -> float | None:
        try:
            moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            return None
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC).timestamp() - self._offset
        return moment.timestamp()

    def _text(self, key: str) -> str:
        value = self._said.get(key, "")
        if value is not None and not isinstance(value, str):
            self._note(key, "it is no text")
        return value if isinstance(value, str) else ""

    def _object(self, key: str) -> JsonObject:
        value = self._said.get(key, {})
        if value is not None and not isinstance(value, dict):
            self._note(key, "it is no object")
        return _object(value)

    def _list(self, key: str) -> list[Json]:
        value = self._said.get(key, [])
        if value is not None and not isinstance(value, list):
            self._note(key, "it is no list")
        entries = value if isinstance(value, list) else []
        if len(entries) > MAX_ENTRIES:
            self._note(key, f"entries beyond {MAX_ENTRIES} are only kept aside")
        return entries[:MAX_ENTRIES]

    def _note(self, key: str, message: str, *, is_critical: bool = False) -> None:
        severity = Severity.CRITICAL if is_critical else Severity.MINOR
        finding = _finding(severity, "earlier-shape", message, f"/{key}" if key else "")
        if finding not in self._findings:
            self._findings.append(finding)


def _finding(severity: Severity, rule: str, message: str, pointer: str = "") -> Finding:
    return Finding(severity, rule, message, pointer)


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _untold(phases: JsonObject, told: frozenset[int]) -> JsonObject:
    """Give what an object by phase holds beside the evidence of the phases in `told`."""
    left: JsonObject = {}
    for key, value in phases.items():
        if _number(key) not in told or not isinstance(value, dict):
            left[key] = value
        elif "evidence" in value:
            is_told = isinstance(value["evidence"], dict)
            left[key] = {name: each for name, each in value.items() if name != "evidence" or not is_told}
    return left


def _number(value: Json) -> int | None:
    """Give a phase's number, from 3, "3" or "phase_3"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < MAX_ENTRIES else None
    text = value.removeprefix("phase_") if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ENTRIES)) else None
