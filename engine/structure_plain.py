"""Places of the automation language that take what is written as it is, so that a `{{ }}` there stays text.

Above: structure_automation. Below: structure_sites, structure_rules.
"""

from collections.abc import Iterator
from typing import Final

from engine.structure_rules import Report
from engine.structure_sites import Site, mapping
from schema.values import Json, JsonObject, pointer

_INSTEAD: Final = "let a set step or an expression give the value, if it is meant as one"
_WHOLE: Final = "let an expression give the whole object, as {{ ({[state.name]: 1}) }}"
_FILLED: Final = ("parameters", "context", "inputs", "update", "branches")
"""Keys of steps in whose values, but not in the names of their members, a `{{ }}` is filled in."""


def check_plain(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Report every `{{` in initial state, defaults of inputs, fallbacks, lists of items, titles, names of members."""
    for where, value in (*_declared(document), *_of_steps(sites)):
        for place in _templates(where, value):
            report.add("plain-template", place, "this is taken as it is written, so the {{ stays text", _INSTEAD)
    for site in sites:
        for key in _FILLED:
            for place in _names(f"{site.pointer}/{key}", site.step.get(key)):
                report.add("plain-template", place, "names are taken as they are written, so the {{ stays text", _WHOLE)


def _declared(document: JsonObject) -> Iterator[tuple[str, Json]]:
    holders = {"": document}
    holders |= {pointer(("tasks", name)): mapping(task) for name, task in mapping(document.get("tasks")).items()}
    for where, holder in holders.items():
        yield f"{where}/state", holder.get("state")
        for key, part in (("inputs", "default"), ("computed", "fallback")):
            for name, each in mapping(holder.get(key)).items():
                yield where + pointer((key, name, part)), mapping(each).get(part)


def _of_steps(sites: list[Site]) -> Iterator[tuple[str, Json]]:
    for site in sites:
        if isinstance(items := site.step.get("items"), list):
            yield f"{site.pointer}/items", items
        for key in ("title", "tool"):
            yield f"{site.pointer}/{key}", site.step.get(key)


def _templates(where: str, value: Json) -> Iterator[str]:
    """Give the pointer of every text in a value that has an opening."""
    waiting = [(where, value)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, list):
            waiting.extend((f"{place}/{index}", each) for index, each in enumerate(part))
        elif isinstance(part, dict):
            waiting.extend((place + pointer((key,)), each) for key, each in part.items())
        elif isinstance(part, str) and "{{" in part:
            yield place


def _names(where: str, value: Json) -> Iterator[str]:
    """Give the pointer of every member of an object in a value whose name has an opening."""
    waiting = [(where, value)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, list):
            waiting.extend((f"{place}/{index}", each) for index, each in enumerate(part))
        elif isinstance(part, dict):
            inside = [(name, place + pointer((name,)), each) for name, each in part.items()]
            yield from (spot for name, spot, _ in inside if "{{" in name)
            waiting.extend((spot, each) for _, spot, each in inside)
