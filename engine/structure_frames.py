"""What names there are for the steps of a workflow, and for those of each of its tasks.

Above: structure_readings, structure_references, structure_updates. Below: structure_sites, updates.
A document or task that declares `state` declares it whole: other names are there only where something writes them.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from engine.build_tasks import PROMPT_ID
from engine.structure_sites import Site, mapping, mappings
from engine.updates import UpdateError, read_path
from schema.values import Json, JsonObject, pointer

MAIN: Final = ""
"""The frame of the workflow's own steps."""
TASK_INPUTS: Final = frozenset(("item", "index", "total"))
"""Inputs every task has, declared or not."""
ANSWERING: Final = frozenset(("prompt", "input", "call", "command", "parallel", "workflow", "wait"))
"""Types of steps that give an output."""


class Frame(NamedTuple):
    """The names one run of steps can read; `task` is "" for the workflow's own steps.

    `declared`: the state it begins with; `state`: its names and those that steps write, produce or require.
    `is_closed`: it declares its state, so that a name in no list is wrong. `steps`: ids, and whether there is an
    output.
    """

    task: str
    inputs: frozenset[str]
    declared: JsonObject
    state: frozenset[str]
    computed: frozenset[str]
    is_closed: bool
    steps: Mapping[str, bool]


class Write(NamedTuple):
    """A place where a step writes: the pointer below the step, the path, and the update (None where it stores)."""

    pointer: str
    path: str
    change: JsonObject | None


def frames(document: JsonObject, sites: list[Site]) -> dict[str, Frame]:
    """Give the frames of a document by task; that of the workflow itself is named MAIN."""
    holders = {MAIN: document, **{name: mapping(task) for name, task in mapping(document.get("tasks")).items()}}
    inside: dict[str, list[JsonObject]] = {name: [] for name in holders}
    for site in sites:
        inside[site.task].append(site.step)
    return {name: _frame(name, holder, inside[name]) for name, holder in holders.items()}


def _frame(name: str, holder: JsonObject, steps: list[JsonObject]) -> Frame:
    state = mapping(holder.get("state"))
    written = {head for step in steps for head in _written(step)}
    ids = {str(step["id"]): step.get("type", "prompt") in ANSWERING for step in steps}
    if name != MAIN and "prompt" in holder:
        ids[PROMPT_ID] = True
    return Frame(
        task=name,
        inputs=frozenset(mapping(holder.get("inputs"))) | (TASK_INPUTS if name != MAIN else frozenset()),
        declared=state,
        state=frozenset(state) | written,
        computed=frozenset(mapping(holder.get("computed"))),
        is_closed="state" in holder,
        steps=ids,
    )


def _written(step: JsonObject) -> Iterator[str]:
    yield from mapping(step.get("produces"))
    yield from mapping(step.get("requires"))
    for write in writes(step):
        try:
            yield str(read_path(write.path)[0])
        except UpdateError:
            continue


def writes(step: JsonObject) -> Iterator[Write]:
    """Give every path a step writes at.

    >>> [write.path for write in writes({"store": "a", "update": [{"path": "b"}], "collect": {"store": "c"}})]
    ['a', 'b', 'c']
    """
    if "store" in step:
        yield Write("store", str(step["store"]), None)
    for index, change in enumerate(mappings(step.get("update"))):
        yield Write(f"update/{index}/path", str(change["path"]), change)
    collect: Json = step.get("collect")
    if isinstance(collect, str):
        yield Write("collect", collect, None)
    elif isinstance(collect, dict):
        yield Write("collect/store", str(collect["store"]), None)
    for path in mapping(step.get("outputs")):
        yield Write(f"outputs{pointer((path,))}", path, None)
