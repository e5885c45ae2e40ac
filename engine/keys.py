"""stepKeys: the one form of a position. `stepId`, or `frame/frame::stepId` with a frame `loopId@pass` (from 0).

Above: completed, walk, sessions. Below: definition, errors.
In sessions a phase's gate is `gate:<phase>`, a nested run adds the frame `stepId#item`, a key handed out after n failed
tries ends in `+n`, and after n rollbacks in `~n`.
"""

import re
from typing import Final, NamedTuple

from engine.definition import LoopStep, Place, Workflow
from engine.errors import StepNotFoundError
from schema.suggest import closest

_FRAME: Final = re.compile(r"([^@/#:]+)@(0|[1-9][0-9]{0,8})")
MAX_SHOWN: Final = 80
"""Code points of a caller's text that an error repeats."""
_GATE: Final = "gate:"
END: Final = 1 << 30
"""Stands in a position where a pass would: behind every pass."""

Position = tuple[int, ...]
"""Walk order as a number: index in the sequence, pass, index in the body, pass, ... A closed loop ends with END."""


class Read(NamedTuple):
    """A stepKey that was understood: the `place` of its step and the pass of each loop around it."""

    key: str
    place: Place
    passes: tuple[int, ...]

    @property
    def position(self) -> Position:
        """Where the instance stands in walk order."""
        return position(self.place, self.passes)


def frame(frames: str, loop_id: str, index: int) -> str:
    """Give the frames of one pass of a loop that itself stands in `frames` ("" = outside loops).

    >>> frame("", "outer", 2), frame("outer@2", "inner", 0)
    ('outer@2', 'outer@2/inner@0')
    """
    return f"{frames}/{loop_id}@{index}" if frames else f"{loop_id}@{index}"


def instance(frames: str, step_id: str) -> str:
    """Give the stepKey of a step inside `frames`.

    >>> instance("", "check"), instance("outer@2", "check")
    ('check', 'outer@2::check')
    """
    return f"{frames}::{step_id}" if frames else step_id


def gate(phase: int) -> str:
    """Give the key of a phase's gate.

    >>> gate(2)
    'gate:2'
    """
    return f"{_GATE}{phase}"


def is_gate(key: str) -> bool:
    """Tell whether a key is that of a phase's gate.

    >>> is_gate("gate:2~1"), is_gate("check")
    (True, False)
    """
    return key.startswith(_GATE)


def gate_number(key: str) -> int:
    """Give the phase a gate's key is of.

    >>> gate_number("gate:2~1")
    2
    """
    return int(unmarked(key).removeprefix(_GATE))


def marked(key: str, rollbacks: int, tries: int = 0) -> str:
    """Give a key as it is handed out after so many rollbacks of the session and failed tries of the step.

    >>> marked("check", 0), marked("check", 2), marked("check", 2, 1)
    ('check', 'check~2', 'check+1~2')
    """
    tried = f"{key}+{tries}" if tries else key
    return f"{tried}~{rollbacks}" if rollbacks else tried


def unmarked(key: str) -> str:
    """Give a key without the marks of tries and rollbacks; the one place that reads them. Step ids have neither sign.

    >>> unmarked("outer@2::check~3"), unmarked("check+1~3")
    ('outer@2::check', 'check')
    """
    return key.partition("~")[0].partition("+")[0] if "~" in key or "+" in key else key


def step_id(key: str) -> str:
    """Give the id of the step a key is about.

    >>> step_id("outer@2::check+1~3")
    'check'
    """
    return unmarked(key).rpartition("::")[2]


def inside(run: str, key: str) -> str:
    """Give the key of a step of a nested run as the session it lies in knows it; `key` is local to the run.

    >>> inside("files@2/check#7", "read"), inside("check#7", "loop@1::read~2"), inside("check#7", "sub#0::read")
    ('files@2/check#7::read', 'check#7/loop@1::read~2', 'check#7/sub#0::read')
    """
    return f"{run}/{key}" if "::" in key else f"{run}::{key}"


def run_of(key: str) -> tuple[str, str]:
    """Give the nested run a key lies in ("" = in none) and the key within it; the other way round of `inside`.

    >>> run_of("files@2/check#7/sub#0::read~2"), run_of("check#7::read"), run_of("loop@1::read"), run_of("no#run")
    (('files@2/check#7', 'sub#0::read~2'), ('check#7', 'read'), ('', 'loop@1::read'), ('', 'no#run'))
    """
    if "#" not in key:
        return "", key
    frames, separator, step = key.rpartition("::")
    parts = frames.split("/") if separator else []
    end = next((number for number, part in enumerate(parts, 1) if "#" in part), 0)
    if not end:
        return "", key
    rest = "/".join(parts[end:])
    return "/".join(parts[:end]), f"{rest}::{step}" if rest else step


def depth(key: str) -> int:
    """Count the loop passes a key lies in.

    >>> depth("check"), depth("outer@2/inner@0::check")
    (0, 2)
    """
    frames, separator, _ = key.rpartition("::")
    return frames.count("/") + 1 if separator else 0


def position(place: Place, passes: tuple[int, ...]) -> Position:
    """Give the walk order of an instance; a loop's own stands behind its passes."""
    indexes = place.indexes
    mixed = tuple(number for pair in zip(indexes, passes, strict=False) for number in pair)
    whole = (*mixed, indexes[-1])
    return (*whole, END) if isinstance(place.step, LoopStep) else whole


def read(key: str, workflow: Workflow) -> Read:
    """Understand a stepKey; StepNotFoundError says which part is off.

    A key without frames is read for steps outside loops only; a plain id inside loops is engine.completed's to judge.
    """
    frames, separator, step_id = key.rpartition("::")
    place = workflow.places.get(step_id)
    if place is None:
        raise StepNotFoundError(key[:MAX_SHOWN], workflow.id, _meant(step_id, workflow))
    given = frames.split("/") if separator else []
    if len(given) != len(place.loops):
        raise StepNotFoundError(key[:MAX_SHOWN], workflow.id, f"its key is {_form(place)}")
    passes = tuple(_pass(text, loop, key, workflow) for text, loop in zip(given, place.loops, strict=True))
    return Read(key, place, passes)


def _pass(text: str, loop: LoopStep, key: str, workflow: Workflow) -> int:
    match = _FRAME.fullmatch(text)
    if match is None or match[1] != loop.id:
        reason = f"the frame {text[:MAX_SHOWN]!r} should be {loop.id}@ and the number of the pass, from 0"
        raise StepNotFoundError(key[:MAX_SHOWN], workflow.id, reason)
    if int(match[2]) >= loop.max_iterations:
        most = loop.max_iterations
        reason = f"the last pass of {loop.id} is {most - 1}, because its maxIterations is {most}"
        raise StepNotFoundError(key[:MAX_SHOWN], workflow.id, reason)
    return int(match[2])


def _form(place: Place) -> str:
    frames = "/".join(f"{loop.id}@N" for loop in place.loops)
    return f"{instance(frames, place.step.id)}, N being the number of the pass, from 0" if frames else place.step.id


def _meant(step_id: str, workflow: Workflow) -> str:
    near = closest(step_id[:MAX_SHOWN], tuple(workflow.places))
    return f"did you mean {' or '.join(repr(each) for each in near)}?" if near else ""
