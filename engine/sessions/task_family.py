"""The task family: runs inside a session - tasks of parallel steps, and child workflows.

Above: task_evolve and child_* say what changes, the task_* decisions hold the rules. Below: task_model, model. A
nested run is a session state of its own with keys local to it; whatever happens in it is an event of the session,
wrapped in `Inside`.
"""

from typing import NamedTuple

from engine.sessions.model import Failure
from engine.sessions.task_model import Opening
from schema.values import Json, JsonObject


class Inside(NamedTuple):
    """Something happened in a nested run: the event as a log knows it, its type, version and JSON."""

    run: str
    type: str
    version: int
    data: JsonObject


class TasksOpened(NamedTuple):
    """The parallel step at `key` made its tasks: one for each opening, by its frame path and a number from 0.

    `tasks`: the name of each, or one for all; `states`: what they begin with, likewise. `limit`: how many are handed
    out at a time; `serial`: the server runs in serial mode, one task after another.
    """

    key: str
    phase: int
    tasks: tuple[str, ...]
    states: tuple[JsonObject, ...]
    openings: tuple[Opening, ...]
    limit: int
    serial: bool
    warnings: tuple[str, ...]


class TasksHandedOut(NamedTuple):
    """Tasks were given to whoever asks for them, until `lease_until`; by `deadline` they must be done."""

    runs: tuple[str, ...]
    lease_until: float
    deadline: float | None


class LeaseExtended(NamedTuple):
    """Whoever has the task was heard of; it goes back to the pool later."""

    run: str
    lease_until: float


class TaskReturned(NamedTuple):
    """A task is back in the pool: nobody reported it within its lease, and what was done of it is kept.

    With `error` a try failed and the task begins anew, not before `ready_at`.
    """

    run: str
    error: Failure | None = None
    ready_at: float | None = None


class TaskEnded(NamedTuple):
    """A task succeeded (`error` None) with what it gives to collect, or failed."""

    run: str
    error: Failure | None
    value: Json


class TasksJoined(NamedTuple):
    """The parallel step at `key` is done, or (`is_reached` false) fails; tasks not ended are cancelled.

    `is_kept`: the run fails with it, so that a retry needs what was done. `warnings`: which tasks failed, where the run
    goes on all the same.
    """

    key: str
    succeeded: int
    failed: int
    cancelled: int
    is_reached: bool
    is_kept: bool
    warnings: tuple[str, ...]


class TasksReopened(NamedTuple):
    """A session that failed at the parallel step is retried: what failed or was cancelled goes back to the pool."""

    key: str


class ChildEntered(NamedTuple):
    """The workflow step at `key` entered a child: the run's id, the workflow's, what it begins with."""

    key: str
    phase: int
    run: str
    workflow_id: str
    opening: Opening
    state: JsonObject
    deadline: float | None
    warnings: tuple[str, ...]


class ChildLeft(NamedTuple):
    """The child of the workflow step at `key` is done, or (`error`) failed.

    `state`: what it leaves of our state where the two share it.
    """

    key: str
    run: str
    error: Failure | None
    state: JsonObject | None = None


TaskEvent = (
    Inside
    | TasksOpened
    | TasksHandedOut
    | LeaseExtended
    | TaskReturned
    | TaskEnded
    | TasksJoined
    | TasksReopened
    | ChildEntered
    | ChildLeft
)
