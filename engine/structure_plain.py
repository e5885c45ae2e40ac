"""Texts of the automation language that stay text, though their author may have meant a value.

Above: structure_automation. Below: structure_sites, structure_rules. A `{{ }}` where none is filled in, and an
expression without `{{ }}`.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine.structure_rules import Report
from engine.structure_sites import Site, mapping, mappings
from schema.values import Json, JsonObject, pointer

_INSTEAD: Final = "let a set step or an expression give the value, if it is meant as one"
_WHOLE: Final = "let an expression give the whole object, as {{ ({[state.name]: 1}) }}"
_FILLED: Final = ("parameters", "context", "inputs", "update", "branches")
"""Keys of steps in whose values, but not in the names of their members, a `{{ }}` is filled in."""
_SCOPED: Final = re.compile(r"\s*(?:inputs|state|computed|this|global|loop|steps|session)(?:\.[A-Za-z_$]|\[)")
_VALUES: Final = (*_FILLED, "outputs", "default", "env", "for")


def check_plain(document: JsonObject, sites: list[Site], report: Report) -> None:
    """Report every `{{` in initial state, defaults of inputs, fallbacks, lists of items, titles, names of members."""
    for where, value in (*_declared(document), *_of_steps(sites)):
        for place in _templates(where, value):
            report.add("plain-template", place, "this is taken as it is written, so the {{ stays text", _INSTEAD)
    for site in sites:
        for key in _FILLED:
            for place in _names(f"{site.pointer}/{key}", site.step.get(key)):
                report.add("plain-template", place, "names are taken as they are written, so the {{ stays text", _WHOLE)
        _check_bare(site, report)


def _check_bare(site: Site, report: Report) -> None:
    """Report every value that is the text of an expression, where only what stands in `{{ }}` is one."""
    values = [(key, site.step.get(key)) for key in _VALUES if key != "update"]
    values += [(f"update/{at}/value", each.get("value")) for at, each in enumerate(mappings(site.step.get("update")))]
    values.append(("collect/value", mapping(site.step.get("collect")).get("value")))
    values.append(("onError/fallbackValue", mapping(site.step.get("onError")).get("fallbackValue")))
    for key, value in values:
        for where, text in _texts(f"{site.pointer}/{key}", value):
            if "{{" not in text and _SCOPED.match(text):
                report.add("plain-expression", where, "this is text, not the value of an expression", _BRACES)


_BRACES: Final = "write it in {{ }}, if its value is meant"


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
    return (place for place, text in _texts(where, value) if "{{" in text)


def _texts(where: str, value: Json) -> Iterator[tuple[str, str]]:
    """Give every text in a value with its pointer."""
    waiting = [(where, value)]
    while waiting:
        place, part = waiting.pop()
        if isinstance(part, list):
            waiting.extend((f"{place}/{index}", each) for index, each in enumerate(part))
        elif isinstance(part, dict):
            waiting.extend((place + pointer((key,)), each) for key, each in part.items())
        elif isinstance(part, str):
            yield place, part


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
