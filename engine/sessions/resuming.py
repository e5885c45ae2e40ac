"""Where a session's scan goes on: what lies around its position, with the steps behind each.

Above: scanning, progress. Below: engine.scan, engine.keys. Nothing before the position is looked at again.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine import keys
from engine.definition import IfStep, LoopStep, Step, Workflow
from engine.scan import RUN_CONDITION, WHEN, Around, Found, Here, Scan
from engine.sessions.model import Frame
from engine.sessions.outcomes import on_error_of
from engine.variables import Scope, Turn

THEN: Final = "then"
"""The steps that follow the failure of the step at the position come next."""


class Place(NamedTuple):
    """A place to go on from: behind the position, or where `what` (runCondition, when, test, items) was unknown at it.

    `what` may also be THEN. `end`: the index behind the last top-level step of the phase.
    """

    position: str
    frames: tuple[Frame, ...]
    what: str
    end: int


def resumed(scan: Scan, place: Place, workflow: Workflow, scope: Scope) -> Iterator[Found]:
    """Give every step that comes behind a place, in walk order; `scope` is the outermost one."""
    *outer, last = workflow.places[keys.step_id(place.position)].levels
    here = Here("", scope, ())
    end: int | None = place.end
    around: list[Around] = []
    for level in outer:
        owner = level.steps[level.at]
        key, behind = keys.instance(here.frames, owner.id), level.steps[level.at + 1 : end]
        end = None
        if isinstance(owner, LoopStep):
            frame = place.frames[keys.depth(key)]
            around.append(Around(owner, key, here, behind, frame.number, frame.has_work))
            if frame.has_begun:
                scan.done.reached[key] = frame.number
            here = _inside(here, owner, frame)
        else:
            around.append(Around(owner, key, here, behind))
    rest = _rest(scan, place, here, last.steps[last.at : end])
    return scan.climb(rest, around) if around else rest


def _inside(here: Here, loop: LoopStep, frame: Frame) -> Here:
    entering = () if frame.has_begun else (*here.entering, loop)
    turn = Turn(loop, frame.number, frame.total, frame.item)
    return Here(keys.frame(here.frames, loop.id, frame.number), here.scope.inside(turn), entering)


def _rest(scan: Scan, place: Place, here: Here, steps: tuple[Step, ...]) -> Iterator[Found]:
    """Go on in the innermost sequence; `steps` begin with the one at the position."""
    step, what = steps[0], place.what
    key = keys.instance(here.frames, step.id)
    if what == RUN_CONDITION:
        yield from scan.sequence(steps, here)
    elif what == THEN:
        then = scan.sequence(on_error_of(step).then, here)
        yield from scan.climb(then, (Around(step, key, here, steps[1:]),))
    else:
        if isinstance(step, LoopStep):
            yield from _passes(scan, place, step, here)
        elif what == WHEN and isinstance(step, IfStep):
            yield from scan.sequence(scan.chosen(step, key, here.scope), here)
        yield from scan.sequence(steps[1:], here)


def _passes(scan: Scan, place: Place, loop: LoopStep, here: Here) -> Iterator[Found]:
    """Go on with a loop whose next pass could not be decided on, or whose pass was ended; else it is left."""
    key = keys.instance(here.frames, loop.id)
    level = keys.depth(key)
    finished = place.frames[level] if len(place.frames) > level else None
    if finished is None and not place.what:
        return
    if finished is not None and finished.has_begun:
        scan.done.reached[key] = finished.number
    yield from scan.loop(loop, key, here, finished.number + 1 if finished else 0)
