"""The tasks of a parallel step as a session keeps them: those not begun and those that ended.

Above: model (State.fans), task_family, the task decisions. Below: model_values. A task that has begun and not ended is
a Nested of its session; everything else of it stands here, so that what happens in one task copies little.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.sessions.model_values import Failure, Reported, TaskStatus
from schema.values import Json, JsonObject

NO_VALUES: Final[JsonObject] = {}
NO_REPORTS: Final[Mapping[str, Reported]] = {}


class Opening(NamedTuple):
    """What one nested run begins with; `fault` says why it cannot begin."""

    item: Json
    inputs: JsonObject = NO_VALUES
    computed: JsonObject = NO_VALUES
    fault: Failure | None = None


class Ended(NamedTuple):
    """A task that ended: `value` is what it gives to `collect`, until the step is joined.

    `attempts`: times it was handed out. `reports`: those accepted in it, by the keys it knew them by.
    """

    number: int
    status: TaskStatus
    attempts: int
    error: Failure | None = None
    value: Json = None
    reports: Mapping[str, Reported] = NO_REPORTS


class Fan(NamedTuple):
    """The tasks of one parallel step.

    `tasks`: the name of each, or one for all; `states`: what they begin with, likewise. `limit`: how many are handed
    out at a time; `serial`: one by one, because the server runs in serial mode. `begun`: those with a number below are
    in State.nested or in `ended`, which is in the order of ending. `marks`: the highest number of tries that a key of
    theirs was marked with. `joined`: the step is done; what has not ended is cancelled.
    """

    tasks: tuple[str, ...]
    states: tuple[JsonObject, ...]
    openings: tuple[Opening, ...]
    limit: int
    serial: bool = False
    begun: int = 0
    ended: tuple[Ended, ...] = ()
    succeeded: int = 0
    base: int = 0
    marks: int = 0
    joined: bool = False
