"""Every place in a document of the automation language that reads names: expressions, templates, conditions.

Above: structure_references. Below: structure_frames, structure_sites, template, variables.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from engine import template
from engine.build_loops import loop_names
from engine.definition import Slot, VarPath
from engine.structure_frames import MAIN, Frame
from engine.structure_sites import Site, items, mapping, mappings
from engine.variables import loose_path, parse_path
from schema.values import Json, JsonObject, pointer

RESULT: Final = frozenset(("exitCode", "stdout", "stderr", "data", "timedOut"))
"""What `result` holds behind a command."""
_NESTED: Final = ("and", "or", "not")
_SHOWN: Final = ("agentRole", "prompt", "message", "guidance", "context")
_ACTED: Final = ("parameters", "default", "run", "cwd", "env", "for")
_CONDITIONS: Final = ("runCondition", "requireConfirmation", "condition")
Local = Mapping[str, frozenset[str] | None]


class Sight(NamedTuple):
    """The names that can be read at a place: a frame's, those of loops, local ones (with their keys, if known).

    `has_loop`: `loop` is there. `is_shown`: it is text somebody reads, in which what is unknown stays as written.
    `is_child`: read in the scope of another workflow, whose names are not known here.
    """

    frame: Frame
    loops: frozenset[str]
    has_loop: bool
    local: Local
    is_shown: bool = False
    is_child: bool = False


class Reading(NamedTuple):
    """One place: an expression, or (`is_slot`) what stands in `{{ }}`; `path` where it is read as a dotted path only.

    `text` "" stands for a `{{` that never closes.
    """

    pointer: str
    text: str
    path: VarPath | None
    is_slot: bool
    sight: Sight


_NOTHING: Final[Local] = MappingProxyType({})


def of_document(document: JsonObject, frames: Mapping[str, Frame]) -> Iterator[Reading]:
    """Give the readings outside steps: computed fields, checks of inputs, prompts of tasks."""
    yield from _of_holder(document, "", frames[MAIN])
    for name, task in mapping(document.get("tasks")).items():
        where, frame = pointer(("tasks", name)), frames[name]
        yield from _of_holder(mapping(task), where, frame)
        shown = Sight(frame, frozenset(), has_loop=False, local=_NOTHING, is_shown=True)
        yield from _value(f"{where}/prompt", mapping(task).get("prompt"), shown)


def _of_holder(holder: JsonObject, where: str, frame: Frame) -> Iterator[Reading]:
    sight = Sight(frame, frozenset(), has_loop=False, local=_NOTHING)
    for name, declared in mapping(holder.get("inputs")).items():
        yield from _validation(where + pointer(("inputs", name)), mapping(declared), sight)
    for name, each in mapping(holder.get("computed")).items():
        place, computed = where + pointer(("computed", name)), mapping(each)
        refs = computed["from"]
        for index, ref in enumerate(refs if isinstance(refs, list) else [refs]):
            spot = f"{place}/from/{index}" if isinstance(refs, list) else f"{place}/from"
            path = parse_path(str(ref).strip())
            if path is not None:
                yield Reading(spot, str(ref), path, is_slot=False, sight=sight)
        made = sight._replace(local={"input": None})
        yield from _expression(f"{place}/expression", computed["expression"], made)


def of_site(site: Site, frames: Mapping[str, Frame]) -> Iterator[Reading]:
    """Give the readings of one step, those of the steps inside it left out."""
    step, where = site.step, site.pointer
    around = frozenset(name for loop in site.loops for name in loop_names(mapping(loop.get("loop"))))
    sight = Sight(frames[site.task], around, has_loop=bool(site.loops), local=_NOTHING)
    for key in _CONDITIONS:
        yield from _condition(f"{where}/{key}", step.get(key), sight)
    for index, case in enumerate(mappings(step.get("cases"))):
        yield from _condition(f"{where}/cases/{index}/when", case["when"], sight)
    for key in _SHOWN:
        yield from _value(f"{where}/{key}", step.get(key), sight._replace(is_shown=True))
    for key in _ACTED:
        yield from _value(f"{where}/{key}", step.get(key), sight)
    yield from _expression(f"{where}/until", step.get("until"), sight)
    yield from _outcome(site, sight)
    yield from _question(where, step, sight)
    yield from _loop(site, sight)
    yield from _parallel(site, sight, frames)
    if "workflowId" in step:
        yield from _value(f"{where}/inputs", step.get("inputs"), sight)
        yield from _value(f"{where}/outputs", step.get("outputs"), sight._replace(is_child=True))


def _outcome(site: Site, sight: Sight) -> Iterator[Reading]:
    """Give the values of updates, in which `result` is there, and of a fallback."""
    step, where = site.step, site.pointer
    kind = step.get("type", "prompt")
    local: Local = {} if kind == "set" else {"result": RESULT if kind == "command" else None}
    for index, change in enumerate(mappings(step.get("update"))):
        yield from _value(f"{where}/update/{index}/value", change.get("value"), sight._replace(local=local))
    fallback = mapping(step.get("onError")).get("fallbackValue")
    yield from _value(f"{where}/onError/fallbackValue", fallback, sight)


def _question(where: str, step: JsonObject, sight: Sight) -> Iterator[Reading]:
    """Give what a question reads; a condition and a rule of a field know the other fields."""
    yield from _choices(where, step, sight)
    yield from _validation(where, step, sight)
    fields = mappings(step.get("fields"))
    names = sight._replace(local={str(field["name"]): None for field in fields})
    for index, field in enumerate(fields):
        place = f"{where}/fields/{index}"
        yield from _value(f"{place}/prompt", field.get("prompt"), sight._replace(is_shown=True))
        yield from _choices(place, field, sight)
        yield from _value(f"{place}/default", field.get("default"), sight)
        yield from _validation(place, field, names)
        yield from _condition(f"{place}/visibleWhen", field.get("visibleWhen"), names)


def _choices(where: str, holder: JsonObject, sight: Sight) -> Iterator[Reading]:
    yield from _expression(f"{where}/choices", holder.get("choices"), sight)
    yield from _value(f"{where}/choices", items(holder.get("choices")), sight)


def _validation(where: str, holder: JsonObject, sight: Sight) -> Iterator[Reading]:
    rule = mapping(holder.get("validation")).get("expression")
    yield from _expression(f"{where}/validation/expression", rule, sight._replace(local={**sight.local, "value": None}))


def _loop(site: Site, sight: Sight) -> Iterator[Reading]:
    """Give what a loop reads; its condition is tested inside it, its amount is read outside."""
    loop = mapping(site.loop)
    within = sight._replace(loops=sight.loops | {*loop_names(loop)}, has_loop=True)
    yield from _condition(f"{site.pointer}/loop/condition", loop.get("condition"), within)
    for key in ("items", "count"):
        yield from _expression(f"{site.pointer}/loop/{key}", loop.get(key), sight)


def _parallel(site: Site, sight: Sight, frames: Mapping[str, Frame]) -> Iterator[Reading]:
    """Give what a parallel step reads; inputs are read with `loop` as the item, what is collected in the task."""
    step, where = site.step, site.pointer
    if step.get("type") != "parallel":
        return
    at_item = sight._replace(has_loop=True)
    yield from _expression(f"{where}/items", step.get("items"), sight)
    yield from _value(f"{where}/inputs", step.get("inputs"), at_item)
    branches = mappings(step.get("branches"))
    for index, branch in enumerate(branches):
        yield from _value(f"{where}/branches/{index}/inputs", branch.get("inputs"), at_item)
    value = mapping(step.get("collect")).get("value")
    for name in dict.fromkeys(str(each["task"]) for each in branches or (step,)):
        if name in frames:
            inside = Sight(frames[name], frozenset(), has_loop=False, local=_NOTHING)
            yield from _value(f"{where}/collect/value", value, inside)


def _condition(where: str, condition: Json, sight: Sight) -> Iterator[Reading]:
    """Give an expression, or every variable that a structured condition looks at."""
    yield from _expression(where, condition, sight)
    waiting = [(where, condition)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, list):
            waiting.extend((f"{place}/{index}", each) for index, each in enumerate(part))
        elif isinstance(part, dict):
            if isinstance(name := part.get("var"), str):
                yield Reading(f"{place}/var", name, loose_path(name), is_slot=False, sight=sight)
            waiting.extend((f"{place}/{key}", part[key]) for key in _NESTED if key in part)


def _expression(where: str, text: Json, sight: Sight) -> Iterator[Reading]:
    if isinstance(text, str):
        yield Reading(where, text, None, is_slot=False, sight=sight)


def _value(where: str, value: Json, sight: Sight) -> Iterator[Reading]:
    """Give the slots of every text in a value."""
    waiting = [(where, value)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, list):
            waiting.extend((f"{place}/{index}", each) for index, each in enumerate(part))
        elif isinstance(part, dict):
            waiting.extend((place + pointer((key,)), each) for key, each in part.items())
        elif isinstance(part, str) and "{{" in part:
            if not template.is_closed(part):
                yield Reading(place, "", None, is_slot=True, sight=sight)
            slots = [each for each in template.parse(part).parts if isinstance(each, Slot)]
            yield from (Reading(place, slot.written[2:-2], slot.path, is_slot=True, sight=sight) for slot in slots)
