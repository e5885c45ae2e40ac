"""What a workflow declares for its sessions: inputs, state, computed fields, tasks for sub-agents.

Above: build. Below: build_steps, build_values, build_places, computed, definition.
A task is a workflow of its own that knows the tasks its own parallel steps name; one with a prompt has one step.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.build_phases import singles
from engine.build_places import places, produced
from engine.build_steps import StepBuilder
from engine.build_values import Reading, checks, mapping, objects
from engine.computed import read_computed
from engine.definition import (
    Automation,
    CallStep,
    CommandStep,
    Declared,
    InputStep,
    ParallelStep,
    Place,
    PromptStep,
    TaskDefinition,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from engine.passes import plain_from
from engine.scripts import read_script
from schema.values import Json, JsonObject

PROMPT_ID: Final = "prompt"
"""The id of the only step of a task that is a prompt."""
_ANSWERING: Final = (PromptStep, InputStep, CallStep, CommandStep, ParallelStep, WaitStep, WorkflowStep)
_OUTPUT: Final = re.compile(r"""\bsteps\s*(?:\?\.\s*)?(?:\[\s*(["'`])([^"'`]*)\1\s*\]|\.\s*([A-Za-z0-9_$-]+))""")


def outputs_named(document: Json) -> frozenset[str]:
    """Look through every text of a document for steps["id"] and give the ids; a little too much is no harm.

    >>> sorted(outputs_named({"a": 'steps["one"].output.x', "b": ["{{ steps.two.output }}"]}))
    ['one', 'two']
    """
    ids: set[str] = set()
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, str) and "steps" in part:
            ids.update(match[2] or match[3] or "" for match in _OUTPUT.finditer(part))
    return frozenset(ids)


def automation(document: JsonObject, found: Mapping[str, Place], reading: Reading) -> Automation:
    """Read what a document declares for its sessions; `found` are the places of its own steps."""
    kept = outputs_named(document).intersection(found)
    tasks = _Tasks(mapping(document.get("tasks")), reading)
    config = mapping(document.get("config"))
    return _declared(document, config.get("timeout"), tasks.of(found), kept)


def _declared(
    document: JsonObject, timeout: Json, tasks: Mapping[str, TaskDefinition], kept: frozenset[str]
) -> Automation:
    declared = mapping(document.get("inputs")).items()
    return Automation(
        inputs=tuple(_input(name, mapping(each)) for name, each in declared),
        state=mapping(document.get("state")),
        computed=read_computed(document.get("computed")),
        timeout=float(timeout) if isinstance(timeout, int | float) else None,
        tasks=tasks,
        kept=kept,
    )


def _input(name: str, document: JsonObject) -> Declared:
    validation = mapping(document.get("validation"))
    return Declared(
        name=name,
        kind=str(document["type"]),
        description=str(document.get("description", "")),
        required=document.get("required") is not False and "default" not in document,
        default=document.get("default"),
        has_default="default" in document,
        checks=checks(validation),
        rule=read_script(str(validation["expression"])) if "expression" in validation else None,
    )


class _Tasks:
    """The tasks of one document, each built once."""

    def __init__(self, documents: JsonObject, reading: Reading) -> None:
        self._documents = documents
        self._reading = reading
        self._built: dict[str, TaskDefinition] = {}

    def of(self, found: Mapping[str, Place]) -> Mapping[str, TaskDefinition]:
        """Give the tasks that parallel steps name; of tasks that lead to themselves none is built (none may be)."""
        parallel = [place.step for place in found.values() if isinstance(place.step, ParallelStep)]
        named = {part.task: None for step in parallel for part in step.parts}
        return MappingProxyType({name: self._task(name) for name in named})

    def _task(self, name: str) -> TaskDefinition:
        if name not in self._built:
            document = mapping(self._documents[name])
            self._built[name] = TaskDefinition(
                name, str(document.get("description", "")), self._workflow(name, document)
            )
        return self._built[name]

    def _workflow(self, name: str, document: JsonObject) -> Workflow:
        told: JsonObject = {key: document[key] for key in ("prompt", "expect") if key in document}
        prompt: JsonObject = {"id": PROMPT_ID, "title": name, **told}
        steps = StepBuilder(self._reading).sequence(objects(document.get("steps", [prompt])))
        found = places(steps)
        answering = frozenset(key for key, place in found.items() if isinstance(place.step, _ANSWERING))
        return Workflow(
            id=name,
            name=name,
            steps=steps,
            places=found,
            is_strict=True,
            produced=produced(found),
            phases=singles(steps).phases,
            is_phased=False,
            plain_from=plain_from(steps),
            automation=_declared(document, document.get("timeout"), self.of(found), answering),
        )
