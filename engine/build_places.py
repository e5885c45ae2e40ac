"""Where each step of a workflow stands: the sequences on the way to it, and its index in walk order.

Above: build, build_tasks. Below: definition.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import NamedTuple

from engine.definition import PLAIN, IfStep, JumpStep, Level, LoopStep, MessageStep, Place, PromptStep, SetStep, Step


class Inner(NamedTuple):
    """A sequence inside a step: a branch of an if (by its number), a loop's body, what is done when it has failed."""

    branch: int
    steps: tuple[Step, ...]


def inner(step: Step) -> tuple[Inner, ...]:
    """Give the sequences inside a step, in document order."""
    if isinstance(step, PromptStep) and step.outcome is PLAIN:
        return ()
    if isinstance(step, LoopStep):
        return (Inner(0, step.body),)
    if isinstance(step, IfStep):
        return tuple(Inner(number, branch.steps) for number, branch in enumerate(step.branches))
    if isinstance(step, MessageStep | JumpStep):
        return ()
    failure = step.on_error if isinstance(step, SetStep) else step.outcome.on_error
    return (Inner(0, failure.then),) if failure.then else ()


class _Around(NamedTuple):
    """What lies around a sequence: as in Place, the step it is inside of, and the indexes that are still free."""

    loops: tuple[LoopStep, ...]
    indexes: tuple[int, ...]
    levels: tuple[Level, ...]
    owner: Step | None
    branch: int
    free: Iterator[int]


def places(steps: tuple[Step, ...]) -> dict[str, Place]:
    """Give the place of every step by its id, in document order."""
    found: dict[str, Place] = {}
    _index(_Around((), (), (), None, 0, count()), steps, found)
    return found


def _index(around: _Around, steps: tuple[Step, ...], found: dict[str, Place]) -> None:
    for at, step in enumerate(steps):
        here = (*around.indexes, next(around.free))
        levels = (*around.levels, Level(around.owner, around.branch, steps, at))
        found[step.id] = Place(step, around.loops, here, levels)
        for branch, inside in inner(step):
            if isinstance(step, LoopStep):
                within = _Around((*around.loops, step), here, levels, step, branch, count())
            else:
                within = around._replace(levels=levels, owner=step, branch=branch)
            _index(within, inside, found)


def produced(found: Mapping[str, Place]) -> dict[str, tuple[str, ...]]:
    """Give the variables that steps produce, by step id; steps that produce none are left out."""
    prompts = (place.step for place in found.values() if isinstance(place.step, PromptStep))
    return {step.id: step.produces for step in prompts if step.produces}
