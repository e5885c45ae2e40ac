"""The task family: runs inside a session - tasks of parallel steps, and child workflows.

Above: evolve names one function per case here; task_decisions holds the rules. Below: model. A nested run is a session
state of its own with keys local to it; whatever happens in it is an event of the session, wrapped in `Inside`.
"""

from typing import NamedTuple

from engine.sessions.model import Failure
from schema.values import Json, JsonObject


class Inside(NamedTuple):
    """Something happened in a nested run: the event as a log knows it, its type, version and JSON."""

    run: str
    type: str
    version: int
    data: JsonObject


class Opening(NamedTuple):
    """What one nested run begins with."""

    item: Json
    inputs: JsonObject
    computed: JsonObject


class TasksOpened(NamedTuple):
    """The parallel step at `key` made its tasks, `prefix` + number from 0; `state`: what each of them begins with.

    `warnings`: of the walk here. `deadline`: when the whole step has failed.
    """

    key: str
    phase: int
    prefix: str
    tasks: tuple[str, ...]
    openings: tuple[Opening, ...]
    states: tuple[JsonObject, ...]
    warnings: tuple[str, ...]


class TasksHandedOut(NamedTuple):
    """Tasks were given to whoever asks for them, until a time at which they go back to the pool."""

    runs: tuple[str, ...]
    lease_until: float


class TaskReturned(NamedTuple):
    """Nobody reported a task within its lease; it is back in the pool, with all that was done of it."""

    run: str


class TaskEnded(NamedTuple):
    """A task succeeded (`error` None) or failed."""

    run: str
    error: Failure | None


class TasksJoined(NamedTuple):
    """The parallel step at `key` is done; tasks not ended are cancelled and their reports refused."""

    key: str
    cancelled: tuple[str, ...]


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
    """The child of the workflow step at `key` is done, or (`error`) failed."""

    key: str
    run: str
    error: Failure | None


TaskEvent = Inside | TasksOpened | TasksHandedOut | TaskReturned | TaskEnded | TasksJoined | ChildEntered | ChildLeft
