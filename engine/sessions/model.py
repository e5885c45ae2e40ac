"""The state of a session as frozen values: what the fold over its events gives, and all that answers are made of.

Above: the families (decide, evolve), the views. Below: schema.values. Everything here travels as JSON (codec), because
RolledBack carries a whole state. Times are seconds since 1970, UTC; keys are stepKeys as handed out, `~n` included.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from schema.values import Json, JsonObject


class Status(StrEnum):
    """What a session is doing, as stored; aos_workflow shows running and waiting as `active`."""

    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


FINISHED = frozenset((Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.TIMED_OUT))
"""Statuses of sessions that rest for good, unless somebody rolls back or retries."""


class WaitKind(StrEnum):
    """Why a session rests."""

    REPORT = "report"
    CONFIRMATION = "confirmation"
    VARIABLE = "variable"


class Gap(NamedTuple):
    """A variable a session waits for: values that would let the step run (none where none can be named)."""

    variable: str
    values: tuple[Json, ...]


class Waiting(NamedTuple):
    """What a session waits for at its position: `key` is the stepKey to report.

    For kind variable: `gaps`, and `what` cannot be decided without them (runCondition, test or items). For kind
    confirmation: `digest` of the report a person is asked about.
    """

    kind: WaitKind
    key: str
    gaps: tuple[Gap, ...] = ()
    what: str = ""
    digest: str = ""


class Frame(NamedTuple):
    """One loop pass the position lies in, as it was when the pass was entered; `loop` is the loop's step id.

    `has_work`: a step of this pass was handed out; `has_begun`: a step of the loop was, in this pass or before it.
    """

    loop: str
    number: int
    total: int | None
    item: Json
    has_work: bool
    has_begun: bool


class Reported(NamedTuple):
    """An accepted report: digest of its arguments, version of the log after it, one line of what it said."""

    digest: str
    version: int
    at: float
    line: str


class Issue(NamedTuple):
    """One thing wrong with a report; `expected` and `received` in words; `example` is a passing value where known.

    `has_example` tells a known null from no example.
    """

    field: str
    message: str
    expected: str
    received: str
    example: Json = None
    has_example: bool = False


class Refused(NamedTuple):
    """The last refused report at a position: its digest and what was wrong; cleared when the position moves."""

    key: str
    digest: str
    version: int
    issues: tuple[Issue, ...]


APPROVE: Final = "approve"
REJECT: Final = "reject"
OVERRIDE: Final = "override"


class Approval(NamedTuple):
    """A person's word on a step or gate: decision approve|reject|override; how elicitation|code|agent."""

    decision: str
    comment: str
    how: str


class Approved(NamedTuple):
    """An approval as it was recorded, for ever: where, when, what was known to be wrong (override)."""

    key: str
    at: float
    approval: Approval
    issues: tuple[Issue, ...]


class Code(NamedTuple):
    """A one-time approval code that was issued: its scrypt hash and salt (hex), the key and version it is bound to."""

    key: str
    version: int
    salt: str
    hash: str
    expires_at: float
    tries: int


class PhaseStatus(StrEnum):
    """What became of a phase."""

    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"


class PhaseState(NamedTuple):
    """A phase that was reached.

    `began_version`: the version of the log with which it began (rollback goes there). `evidence`: what was accepted
    (None: not completed). `attempt`: number of the attempt under way or of the one that passed, from 1. `failures`:
    failed attempts since the phase began or was last retried (counts against maxAttempts). `supplied`: evidence of
    the last failed attempt. `findings`: what a lenient gate or an override let pass. `unreported`: ids of tasks never
    reported when it was completed. `has_work`: something of it was handed out; without, it is skipped.
    """

    number: int
    began_version: int
    status: PhaseStatus
    attempt: int
    failures: int
    evidence: JsonObject | None
    supplied: JsonObject | None
    findings: tuple[Issue, ...]
    unreported: tuple[str, ...]
    has_work: bool


class Attempt(NamedTuple):
    """One row of a phase's history; open while `completed_at` is None. `paused_before`: State.paused_seconds then.

    status: active | completed | failed | skipped | rolled_back; `active_seconds` excludes pauses, set when the row
    closes.
    """

    phase: int
    attempt: int
    started_at: float
    paused_before: float
    completed_at: float | None
    active_seconds: float | None
    status: str


class Problem(NamedTuple):
    """Something that went wrong, for get_errors: error_type as in aos_workflow's errors."""

    phase: int
    at: float
    error_type: str
    message: str
    issues: tuple[Issue, ...]
    remediation: str


class Pause(NamedTuple):
    """One pause; `resumed_at` is None while it lasts."""

    phase: int
    at: float
    note: str
    resumed_at: float | None


class State(NamedTuple):
    """A session at one version of its log.

    `position`: the open stepKey as handed out; "" when there is none (completed). `frames`: the loop passes it lies in,
    outermost first; where a loop waits for what its next pass needs, its finished pass stands last. `opened_version`:
    the version with which the position was reached. `phase`: the number of the phase that holds the position (of a
    completed session: the last phase). `phases`: those reached, in order. `variables`: what older documents call
    context. `reports`: by stepKey. `done`: accepted prompt reports. `rollbacks`: how many; the `~n` of keys. `errors`:
    the last MAX_ERRORS; `error_count` counts all. `failures`: failed attempts at the gate of a step inside a phase, by
    key. `confirm`: whether the open step needs a person's word, where that is decided and not the document's plain
    word. `warnings`: of the last advance, what was let pass first. `document`: SHA-256 (hex) of the pinned document's
    canonical JSON. `skipped`: phases passed over because nothing in them was to be done.
    """

    session_id: str
    version: int
    workflow_id: str
    workflow_version: str
    document: str
    target_file: str
    workspace: str
    options: JsonObject
    imported_from: str | None
    status: Status
    created_at: float
    updated_at: float
    completed_at: float | None
    variables: JsonObject
    position: str
    frames: tuple[Frame, ...]
    opened_version: int
    waiting: Waiting | None
    phase: int
    phases: tuple[PhaseState, ...]
    skipped: tuple[int, ...]
    history: tuple[Attempt, ...]
    reports: Mapping[str, Reported]
    done: int
    failures: Mapping[str, int]
    refused: Refused | None
    confirm: bool | None
    errors: tuple[Problem, ...]
    error_count: int
    pauses: tuple[Pause, ...]
    paused_seconds: float
    rollbacks: int
    code: Code | None
    approvals: tuple[Approved, ...]
    warnings: tuple[str, ...]
