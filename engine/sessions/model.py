"""The state of a session as frozen values: what the fold over its events gives, and all that answers are made of.

Above: the families (decide, evolve), the views. Below: model_values (handed on from here). Everything here travels as
JSON (codec), because RolledBack carries a whole state; a field with a default is left out where it has it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Never

from engine.sessions.model_values import (
    APPROVE,
    FINISHED,
    OVERRIDE,
    REJECT,
    Approval,
    Approved,
    Attempt,
    Checkpoint,
    Code,
    Effect,
    Failure,
    Frame,
    Gap,
    Issue,
    Message,
    NestedKind,
    Pause,
    PhaseState,
    PhaseStatus,
    Problem,
    Refused,
    Reported,
    Status,
    TaskStatus,
    Waiting,
    WaitKind,
)
from engine.sessions.task_model import Fan
from schema.values import Json, JsonObject

__all__ = [
    "APPROVE",
    "FINISHED",
    "OVERRIDE",
    "REJECT",
    "Approval",
    "Approved",
    "Attempt",
    "Checkpoint",
    "Code",
    "Effect",
    "Failure",
    "Frame",
    "Gap",
    "Issue",
    "Message",
    "Nested",
    "NestedKind",
    "Pause",
    "PhaseState",
    "PhaseStatus",
    "Problem",
    "Refused",
    "Reported",
    "State",
    "Status",
    "TaskStatus",
    "WaitKind",
    "Waiting",
]

EMPTY: Final[JsonObject] = {}
"""No values; never changed, as no value of a state is."""
NOTHING: Final[Mapping[str, Never]] = MappingProxyType({})
"""Nothing by any name."""


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

    `inputs`: what the run began with. `computed`: computed fields by name. `messages`: those that travel with the
    answer. `nested`: tasks and children that have begun and not ended, by id (frame path, no mark). `effect`: a command
    under way. `outputs`: latest outputs of the steps named in Automation.kept, by id (nested runs have their own).
    `tries`: failed tries by key without marks, by "" those that count for every key. `deadline`: when the run is timed
    out; `step_deadline`: when the open step has failed. `cause`: why the session failed. `children`: hashes of the
    pinned documents of child workflows, by workflow id. `outside`: for nested runs, and only while something is
    decided: state and computed fields of the main run {state, computed}.
    `failing`: steps whose failure is not dealt with yet, because what comes first is under way (onError.then),
    innermost last. `forgiven`: tries that no longer count, as the session was retried since, by key without marks.
    `fans`: parallel steps, open and done, by the frame path of their tasks up to the number, such as `files@2/check#`:
    the tasks that have not begun and those that ended.
    `sources`: where those of its documents come from that run commands; `seal`: what the server that began the session
    vouches for them with.
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
    inputs: JsonObject = EMPTY
    computed: JsonObject = EMPTY
    messages: tuple[Message, ...] = ()
    nested: Mapping[str, "Nested"] = NOTHING
    effect: Effect | None = None
    outputs: JsonObject = EMPTY
    tries: Mapping[str, int] = NOTHING
    deadline: float | None = None
    step_deadline: float | None = None
    cause: Failure | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    children: Mapping[str, str] = NOTHING
    sources: tuple[str, ...] = ()
    seal: str = ""
    outside: JsonObject | None = None
    failing: tuple[Failure, ...] = ()
    forgiven: Mapping[str, int] = NOTHING
    fans: Mapping[str, Fan] = NOTHING


class Nested(NamedTuple):
    """A run inside a session: a task of a parallel step, or a child workflow. Its keys are local to it.

    `id`: the frame path of the run in what it lies in, such as `files@2/check#7` (no mark); a child's is `setup#0`.
    `step`: key of the parallel or workflow step. `number` counts from 0. `task`: name of its task, or id of its
    workflow. `attempts`: times it was handed out. `lease_until`: when it goes back to the pool; of a task that is
    there: when it may be handed out again. `error`: why it failed, or why its last try did. `state`: a session's, as it
    is; its inputs are the task's. `tries`: how many failed.
    """

    id: str
    kind: NestedKind
    step: str
    task: str
    number: int
    total: int
    item: Json
    status: TaskStatus
    attempts: int
    lease_until: float | None
    error: Failure | None
    state: State
    tries: int = 0


_PLACES: Final = {name: place for place, name in enumerate(State._fields)}


def _replaced(state: State, **changes: object) -> State:
    """Give the state with other values in some fields, three times as fast as a NamedTuple of so many fields does."""
    values: list[object] = list(state)
    for name, value in changes.items():
        values[_PLACES[name]] = value
    return tuple.__new__(State, values)


setattr(State, "_replace", _replaced)  # noqa: B010 - each event of a session does this several times
