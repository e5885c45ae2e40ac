"""The step family, the way to a step: conditions decided, passes entered, loops left.

Above: step_family, evolve names one function per case here; scanning holds the rules. Below: model.
"""

from typing import Final, NamedTuple

from engine import keys
from engine.sessions.model import Failure, Frame, State
from schema.values import Json, JsonObject

CONFIRMATION: Final = "requireConfirmation"
"""What is decided of a step when it is handed out, or with the report that gives the variables for it."""


class ConditionDecided(NamedTuple):
    """A condition was decided and is not asked again: `what` is runCondition, test or requireConfirmation.

    `variables`: the values it was decided on, by the name its author wrote; `expression` where it is one.
    """

    key: str
    what: str
    value: bool
    variables: JsonObject
    expression: str = ""


class PassEntered(NamedTuple):
    """A loop began a pass: `key` of the loop, number from 0, total where known, item of a forEach.

    `items`: with the first pass of a forEach in a document with automation keys, the list it goes through.
    """

    key: str
    number: int
    total: int | None
    item: Json
    items: tuple[Json, ...] | None = None


class LoopLeft(NamedTuple):
    """A loop ended after so many passes; `reason` in words."""

    key: str
    passes: int
    reason: str


WayEvent = ConditionDecided | PassEntered | LoopLeft


def evolve_decided(state: State, event: ConditionDecided, _at: float) -> State:
    """Keep whether the step that comes next needs a person's word; other decisions are acted on at once."""
    return state._replace(confirm=event.value) if event.what == CONFIRMATION else state


def evolve_pass_entered(state: State, event: PassEntered, _at: float) -> State:
    """Enter a pass: it takes the place of the one before it."""
    level = keys.depth(event.key)
    before = state.frames[level] if len(state.frames) > level else None
    frame = Frame(
        loop=keys.step_id(event.key),
        number=event.number,
        total=event.total,
        item=event.item,
        has_work=False,
        has_begun=before is not None and before.has_begun,
        items=before.items if event.items is None and before is not None else event.items,
    )
    return state._replace(frames=(*state.frames[:level], frame), failing=_outside(state, level))


def evolve_loop_left(state: State, event: LoopLeft, _at: float) -> State:
    """Leave a loop, to stand behind it."""
    level = keys.depth(event.key)
    return state._replace(position=event.key, waiting=None, frames=state.frames[:level], failing=_outside(state, level))


def _outside(state: State, level: int) -> tuple[Failure, ...]:
    """Give the failures not dealt with yet that do not lie in a pass that is over."""
    return tuple(each for each in state.failing if keys.depth(each.key) <= level) if state.failing else ()
