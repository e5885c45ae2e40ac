"""Where a session's scan goes on: the loops around its position, with the steps behind each.

Above: onward, position. Below: engine.walk, engine.keys. Nothing before the position is looked at again.
"""

from collections.abc import Iterator
from typing import NamedTuple

from engine import keys
from engine.definition import LoopStep, Step, Workflow
from engine.sessions.model import Frame
from engine.variables import Scope, Turn
from engine.walk import RUN_CONDITION, Around, Instance, Scan


class Place(NamedTuple):
    """A place to go on from: behind the position, or where `what` (runCondition, test, items) was unknown at it.

    `end`: the index behind the last top-level step of the phase.
    """

    position: str
    frames: tuple[Frame, ...]
    what: str
    end: int


class _Here(NamedTuple):
    """The innermost place: frames as text, the scope, and the loops that begin with what comes next."""

    frames: str
    scope: Scope
    entering: tuple[LoopStep, ...]


def resumed(scan: Scan, place: Place, workflow: Workflow, scope: Scope) -> Iterator[Instance]:
    """Give every instance that comes behind a place, in walk order; `scope` is the outermost one."""
    plain = keys.unmarked(place.position)
    where = workflow.places[plain.rpartition("::")[2]]
    around: list[Around] = []
    here = _Here("", scope, ())
    steps = workflow.steps[: place.end]
    for level, loop in enumerate(where.loops):
        frame, key = place.frames[level], keys.instance(here.frames, loop.id)
        index = where.indexes[level]
        around.append(Around(loop, key, *here, steps[index + 1 :], frame.number, frame.has_work))
        if frame.has_begun:
            scan.done.reached[key] = frame.number
        here = _inside(here, loop, frame)
        steps = loop.body
    rest = _rest(scan, place, here, steps[where.indexes[-1] :])
    return scan.climb(rest, around) if around else rest


def _inside(here: _Here, loop: LoopStep, frame: Frame) -> _Here:
    entering = () if frame.has_begun else (*here.entering, loop)
    turn = Turn(loop, frame.number, frame.total, frame.item)
    return _Here(keys.frame(here.frames, loop.id, frame.number), here.scope.inside(turn), entering)


def _rest(scan: Scan, place: Place, here: _Here, steps: tuple[Step, ...]) -> Iterator[Instance]:
    """Go on in the innermost sequence; `steps` begin with the one at the position."""
    frames, scope, entering = here
    if place.what and place.what != RUN_CONDITION and isinstance(loop := steps[0], LoopStep):
        key = keys.instance(frames, loop.id)
        level = keys.depth(key)
        finished = place.frames[level] if len(place.frames) > level else None
        if finished is not None and finished.has_begun:
            scan.done.reached[key] = finished.number
        yield from scan.loop(loop, key, frames, scope, entering, finished.number + 1 if finished else 0)
    first = 0 if place.what == RUN_CONDITION else 1
    yield from scan.sequence(steps[first:], frames, scope, entering)
