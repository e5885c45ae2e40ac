"""The session family: beginning, pausing, resuming, rolling back, ending a session, and approval codes.

Above: decide and evolve name one function per case here. Below: model. Commands are imperative, events past tense.
"""

from typing import NamedTuple

from engine.sessions.model import State
from schema.values import JsonObject


class StartSession(NamedTuple):
    """Begin a run of a workflow.

    `document`: SHA-256 (hex) of the pinned document's canonical JSON; `variables`: where the walk begins;
    `imported_from`: the id the session had in an earlier tool.
    """

    session_id: str
    workflow_version: str
    document: str
    target_file: str
    workspace: str
    options: JsonObject
    variables: JsonObject
    imported_from: str | None = None


class PauseSession(NamedTuple):
    """Let an active session rest until it is resumed; `note` says where it was."""

    note: str


class ResumeSession(NamedTuple):
    """Go on with a paused session."""


class RollBack(NamedTuple):
    """Go back to a version of the log.

    `restored` is the fold of the log up to `to_version`, given by the runner; None where position.began_version knows
    no such phase. `to_phase` is the phase asked for; `reason` is required where steps marked irreversible are crossed.
    """

    to_version: int
    to_phase: int
    restored: State | None
    reason: str


class IssueCode(NamedTuple):
    """Allow one approval by code at the open position: salt and scrypt hash (hex) of the code shown to a person."""

    salt: str
    hash: str


class SessionStarted(NamedTuple):
    """A session began: `workflow_id` and what StartSession says."""

    session_id: str
    workflow_id: str
    workflow_version: str
    document: str
    target_file: str
    workspace: str
    options: JsonObject
    variables: JsonObject
    imported_from: str | None


class SessionPaused(NamedTuple):
    """A session was paused in a phase, with a note."""

    phase: int
    note: str


class SessionResumed(NamedTuple):
    """A paused session goes on."""


class SessionCompleted(NamedTuple):
    """Nothing is left to do; `warnings` of the walk to the end."""

    warnings: tuple[str, ...]


class RolledBack(NamedTuple):
    """A session went back: `restored` is the state it has now but for its version; `cleared` phases lost their work.

    `crossed`: stepKeys of reported steps marked irreversible that it went back over.
    """

    to_version: int
    to_phase: int
    restored: State
    cleared: tuple[int, ...]
    crossed: tuple[str, ...]
    reason: str


class CodeIssued(NamedTuple):
    """A person was shown a code for the position `key` opened at `version`; only salt and hash are kept."""

    key: str
    version: int
    salt: str
    hash: str
    expires_at: float


class CodeRefused(NamedTuple):
    """A wrong, expired or spent code was offered for `key`; `tries` counts those of the code in force."""

    key: str
    tries: int


SessionCommand = StartSession | PauseSession | ResumeSession | RollBack | IssueCode
SessionEvent = (
    SessionStarted | SessionPaused | SessionResumed | SessionCompleted | RolledBack | CodeIssued | CodeRefused
)
