"""The session family: beginning, pausing, resuming, rolling back, ending a session, and approval codes.

Above: evolve names one function per case here, session_decisions holds the rules. Below: model. Commands are
imperative, events past tense.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.sessions.deadlines import moved
from engine.sessions.model import EMPTY, NOTHING, Code, Pause, State, Status, WaitKind
from engine.sessions.records import left
from schema.values import JsonObject

MAX_TRIES: Final = 5
"""Wrong codes after which an approval code is void."""
MAX_PAUSES: Final = 1_000
"""Pauses kept in a session, newest last; the log has them all."""


class StartSession(NamedTuple):
    """Begin a run of a workflow.

    `document`: SHA-256 (hex) of the pinned document's canonical JSON; `variables`: where the walk begins;
    `imported_from`: the id the session had in an earlier tool. `inputs`: as they were given. `children`: by workflow id
    the SHA-256 of the pinned documents of child workflows. `sources`: where those of the documents come from that run
    commands; `seal`: what the runner vouches for them with.
    """

    session_id: str
    workflow_version: str
    document: str
    target_file: str
    workspace: str
    options: JsonObject
    variables: JsonObject
    imported_from: str | None = None
    inputs: JsonObject = EMPTY
    children: Mapping[str, str] = NOTHING
    sources: tuple[str, ...] = ()
    seal: str = ""


class PauseSession(NamedTuple):
    """Let an active session rest until it is resumed; `note` says where it was."""

    note: str


class ResumeSession(NamedTuple):
    """Go on with a paused session."""


class RollBack(NamedTuple):
    """Go back to a version of the log.

    `restored` is the fold of the log up to `to_version`, given by the runner; None where there is no such phase,
    version or label. `to_phase`: the phase asked for, None where a version was, or (`label`) a checkpoint. `reason` is
    required where steps marked irreversible are crossed.
    """

    to_version: int
    to_phase: int | None
    restored: State | None
    reason: str
    label: str = ""


class IssueCode(NamedTuple):
    """Allow one approval by code at the open position: salt and scrypt hash (hex) of the code shown to a person.

    `key`: the open step, wherever it lies; "" = the session's own next step.
    """

    salt: str
    hash: str
    key: str = ""


class SessionStarted(NamedTuple):
    """A session began: `workflow_id` and what StartSession says; `inputs` with their defaults.

    `deadline`: when its time is over (seconds since 1970).
    """

    session_id: str
    workflow_id: str
    workflow_version: str
    document: str
    target_file: str
    workspace: str
    options: JsonObject
    variables: JsonObject
    imported_from: str | None
    inputs: JsonObject = EMPTY
    computed: JsonObject = EMPTY
    children: Mapping[str, str] = NOTHING
    deadline: float | None = None
    sources: tuple[str, ...] = ()
    seal: str = ""


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

    `crossed`: stepKeys of reported steps marked irreversible that it went back over; `undone`: of all reported ones.
    `label`: the checkpoint that was asked for, "" where none was.
    """

    to_version: int
    to_phase: int
    restored: State
    cleared: tuple[int, ...]
    crossed: tuple[str, ...]
    reason: str
    undone: tuple[str, ...] = ()
    label: str = ""


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
LaterSessionEvent = SessionPaused | SessionResumed | SessionCompleted | RolledBack | CodeIssued | CodeRefused
SessionEvent = SessionStarted | LaterSessionEvent


def evolve_started(event: SessionStarted, at: float) -> State:
    """Give the first state; nothing is handed out yet."""
    return _first(event, at)._replace(
        inputs=event.inputs,
        computed=event.computed,
        children=event.children,
        deadline=event.deadline,
        sources=event.sources,
        seal=event.seal,
    )


def _first(event: SessionStarted, at: float) -> State:
    return State(
        session_id=event.session_id,
        version=1,
        workflow_id=event.workflow_id,
        workflow_version=event.workflow_version,
        document=event.document,
        target_file=event.target_file,
        workspace=event.workspace,
        options=event.options,
        imported_from=event.imported_from,
        status=Status.RUNNING,
        created_at=at,
        updated_at=at,
        completed_at=None,
        variables=event.variables,
        position="",
        frames=(),
        opened_version=1,
        waiting=None,
        phase=0,
        phases=(),
        skipped=(),
        history=(),
        reports={},
        done=0,
        failures={},
        refused=None,
        confirm=None,
        errors=(),
        error_count=0,
        pauses=(),
        paused_seconds=0.0,
        rollbacks=0,
        code=None,
        approvals=(),
        warnings=(),
    )


def evolve_paused(state: State, event: SessionPaused, at: float) -> State:
    """Rest; what the session waits for is kept."""
    pauses = (*state.pauses[-(MAX_PAUSES - 1) :], Pause(event.phase, at, event.note, None))
    return state._replace(status=Status.PAUSED, pauses=pauses)


def evolve_resumed(state: State, _event: SessionResumed, at: float) -> State:
    """Go on as before the pause; limits end later by its length."""
    pause = state.pauses[-1]
    length = max(0.0, at - pause.at)
    return moved(state, length)._replace(
        status=resting_status(state),
        pauses=(*state.pauses[:-1], pause._replace(resumed_at=at)),
        paused_seconds=state.paused_seconds + length,
    )


def resting_status(state: State) -> Status:
    """Give the status of an active session: waiting where more than a report is missing."""
    is_report = state.waiting is None or state.waiting.kind is WaitKind.REPORT
    return Status.RUNNING if is_report else Status.WAITING


def evolve_completed(state: State, event: SessionCompleted, at: float) -> State:
    """End: nothing is open any more."""
    return left(state, at)._replace(
        status=Status.COMPLETED,
        completed_at=at,
        position="",
        frames=(),
        waiting=None,
        refused=None,
        code=None,
        warnings=(*state.warnings, *event.warnings),
    )


def evolve_rolled_back(state: State, event: RolledBack, at: float) -> State:
    """Take the state the event carries, at the version the log has now; who vouches for the session stays."""
    restored = event.restored._replace(version=state.version, opened_version=state.version, updated_at=at)
    return restored._replace(seal=state.seal)


def evolve_code_issued(state: State, event: CodeIssued, _at: float) -> State:
    """Keep hash and salt of a code; it takes the place of one issued before."""
    return state._replace(code=Code(event.key, event.version, event.salt, event.hash, event.expires_at, 0))


def evolve_code_refused(state: State, event: CodeRefused, _at: float) -> State:
    """Count a wrong code; after too many there is none in force."""
    code = None if state.code is None or event.tries >= MAX_TRIES else state.code._replace(tries=event.tries)
    return state._replace(code=code)
