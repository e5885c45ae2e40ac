"""What the state of a session is made of, below State itself.

Above: engine.sessions.model, which hands it on. Below: schema.values. Everything here travels as JSON (codec). Times
are seconds since 1970, UTC; keys are stepKeys as handed out, `~n` included.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from engine.sessions.effect_model import CommandOutcome
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
    TIMER = "timer"
    SIGNAL = "signal"
    TASKS = "tasks"
    CHILD = "child"
    COMMAND = "command"


class Gap(NamedTuple):
    """A variable a session waits for: values that would let the step run (none where none can be named)."""

    variable: str
    values: tuple[Json, ...]


class Waiting(NamedTuple):
    """What a session waits for at its position: `key` is the stepKey to report.

    For kind variable: `gaps`, and `what` cannot be decided without them (runCondition, test or items). For kind
    confirmation: `digest` of the report a person is asked about. `until`: when the wait, or a try anew, is due, in
    seconds since 1970. `signal`: the name of the signal that ends it.
    """

    kind: WaitKind
    key: str
    gaps: tuple[Gap, ...] = ()
    what: str = ""
    digest: str = ""
    until: float | None = None
    signal: str = ""


class Frame(NamedTuple):
    """One loop pass the position lies in, as it was when the pass was entered; `loop` is the loop's step id.

    `has_work`: a step of this pass was handed out; `has_begun`: a step of the loop was, in this pass or before it.
    `items`: of a forEach in a document with automation keys the list as it was when the loop began, else None.
    """

    loop: str
    number: int
    total: int | None
    item: Json
    has_work: bool
    has_begun: bool
    items: tuple[Json, ...] | None = None


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


class Message(NamedTuple):
    """A text for the user that travels with the next answer: `id` of its step; the rest as in the document."""

    id: str
    text: str
    level: str
    format: str
    long: str = "full"


class Effect(NamedTuple):
    """A command that was asked for and whose outcome is not counted yet; `id` is the `key` of its step as handed out.

    `words`, `line`, `cwd`, `env`, `timeout` (seconds): what is to be run, resolved. `node` that claimed it ("" = none)
    until `lease_until`; `attempt` counts, from 1, the claims that are over. `outcome`: of a session that was paused
    meanwhile, counted when it goes on.
    """

    id: str
    key: str
    attempt: int
    words: tuple[str, ...]
    line: str
    cwd: str
    env: Mapping[str, str]
    timeout: float
    parse: str
    repeatable: bool
    node: str = ""
    lease_until: float | None = None
    outcome: CommandOutcome | None = None


class Checkpoint(NamedTuple):
    """A place somebody may go back to: the version of the log, its label, when."""

    label: str
    version: int
    at: float


class Failure(NamedTuple):
    """Why a session failed: the step's key, what kind of error, in words; `tries` made."""

    key: str
    error_type: str
    message: str
    tries: int


class TaskStatus(StrEnum):
    """What became of a task."""

    PENDING = "pending"
    LEASED = "leased"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class NestedKind(StrEnum):
    """What runs inside a session: a task of a parallel step, or a child workflow."""

    TASK = "task"
    CHILD = "child"
