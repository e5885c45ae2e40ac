"""The phases of a workflow: those its document has, or each top-level step as one.

Above: build, build_tasks. Below: definition, gates.
"""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from engine.build_values import whole
from engine.definition import Phase, PromptStep, Step
from engine.gates import LENIENT, read_gate
from schema.values import JsonObject


class Phases(NamedTuple):
    """The top level of a workflow: its steps, and the phases that cover them."""

    steps: tuple[Step, ...]
    phases: tuple[Phase, ...]


def phases(documents: Iterable[tuple[JsonObject, tuple[Step, ...]]]) -> Phases:
    """Put together phases from their documents, each with its steps."""
    found: list[Phase] = []
    sequences: list[tuple[Step, ...]] = []
    first = 0
    for document, steps in documents:
        found.append(_phase(document, first, first + len(steps)))
        sequences.append(steps)
        first += len(steps)
    return Phases(tuple(chain.from_iterable(sequences)), tuple(found))


def _phase(document: JsonObject, first: int, end: int) -> Phase:
    gate = document.get("gate")
    return Phase(
        number=whole(document["number"]),
        title=str(document["title"]),
        purpose=str(document.get("purpose", "")),
        first=first,
        end=end,
        gate=read_gate(gate) if isinstance(gate, dict) else LENIENT,
        shown=document,
    )


def singles(steps: tuple[Step, ...]) -> Phases:
    """Read each top-level step as a phase."""
    return Phases(steps, tuple(_single(number, step) for number, step in enumerate(steps, 1)))


def _single(number: int, step: Step) -> Phase:
    gate = step.gate if isinstance(step, PromptStep) and step.gate is not None else LENIENT
    return Phase(number, step.title, "", number - 1, number, gate, {})
