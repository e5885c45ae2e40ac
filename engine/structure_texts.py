"""Structure of the texts in steps: patterns, schemas, templates.

Above: engine.structure. Below: structure_sites, structure_rules, patterns, template.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from engine import template
from engine.build_loops import loop_names
from engine.checks import CHECKS
from engine.definition import Slot
from engine.patterns import fault
from engine.scopes import SCOPE_WORDS
from engine.structure_rules import Report
from engine.structure_sites import Site, items, mapping, mappings
from engine.variables import parse_path
from schema.check import BadSchemaError, compile_foreign
from schema.values import Json, JsonObject

_NESTED: Final = ("and", "or", "not")


class _Names(NamedTuple):
    """Names of variables: those that steps declare, those of the loops a step is in, those of all loops."""

    declared: set[str]
    inside: set[str]
    of_loops: set[str]


def check_patterns(sites: list[Site], report: Report) -> None:
    """Every pattern in conditions and criteria is a regular expression, every schema in criteria a sound one."""
    for site in sites:
        for where, condition in _conditions(site):
            pattern = condition.get("matches")
            if isinstance(pattern, str):
                _check_pattern(pattern, "i", f"{where}/matches", report)
        if "validationCriteria" not in site.step:
            continue
        for where, rule in _rules(site.step["validationCriteria"], f"{site.pointer}/validationCriteria"):
            _check_rule(rule, where, report)


def _check_rule(rule: JsonObject, where: str, report: Report) -> None:
    kind = str(rule["type"])
    needs = CHECKS[kind].needs
    if not any(need in rule for need in needs):
        message = f"the {kind} rule has no {' or '.join(needs)} and is not applied"
        report.add("incomplete-rule", where, message, f"add {' or '.join(needs)}")
    elif kind == "regex":
        _check_pattern(str(rule["pattern"]), str(rule.get("flags", "")), f"{where}/pattern", report)
    elif kind == "schema" and not report.is_full("bad-schema"):
        try:
            compile_foreign(mapping(rule["schema"]))
        except BadSchemaError as error:
            for each in error.violations:
                report.add("bad-schema", f"{where}/schema{each.pointer}", each.message, each.suggestion)


def _check_pattern(pattern: str, flags: str, where: str, report: Report) -> None:
    reason = fault(pattern, flags)
    if reason is not None:
        report.add("bad-pattern", where, f"the pattern cannot be used: {reason}", "write an ECMAScript pattern")


def _conditions(site: Site) -> Iterator[tuple[str, JsonObject]]:
    """Give every condition of a step with its pointer, those inside and, or, not too."""
    step, where = site.step, site.pointer
    for key in ("runCondition", "requireConfirmation"):
        if key in step:
            yield from _parts(step[key], f"{where}/{key}")
    if "loop" in step:
        yield from _parts(mapping(step["loop"]).get("condition"), f"{where}/loop/condition")
    yield from _parts(step.get("condition"), f"{where}/condition")
    for key, name in (("cases", "when"), ("fields", "visibleWhen")):
        for index, part in enumerate(mappings(step.get(key))):
            yield from _parts(part.get(name), f"{where}/{key}/{index}/{name}")
    if "validationCriteria" in step:
        for place, rule in _rules(step["validationCriteria"], f"{where}/validationCriteria"):
            yield from _parts(rule.get("condition"), f"{place}/condition")


def _rules(criteria: Json, where: str) -> Iterator[tuple[str, JsonObject]]:
    """Give every rule of criteria with its pointer."""
    for place, part in _parts(criteria, where):
        if "type" in part:
            yield place, part


def _parts(value: Json, where: str) -> Iterator[tuple[str, JsonObject]]:
    """Give an object, and what its and, or, not hold; a list stands for an `and`."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _parts(item, f"{where}/{index}")
    elif isinstance(value, dict):
        yield where, value
        for key in _NESTED:
            if key in value:
                yield from _parts(value[key], f"{where}/{key}")


def check_templates(telling: list[Site], templated: list[Site], report: Report) -> None:
    """Every `{{ }}` closes, holds a dotted path, and names no variable of a loop the step is not in.

    `telling`: at least every step that declares variables or is a loop; `templated`: those with a `{{`.
    """
    declared = _declared(telling)
    of_loops = {name for site in telling if site.loop is not None for name in loop_names(site.loop)}
    for site in templated:
        texts = [(where, text) for where, text in _texts(site) if "{{" in text]
        inside = {name for loop in site.loops if texts for name in loop_names(mapping(loop.get("loop")))}
        for where, text in texts:
            _check_text(text, where, report)
            for slot in template.parse(text).parts:
                if isinstance(slot, Slot):
                    _check_slot(slot, where, _Names(declared, inside, of_loops), report)


def check_condition_names(telling: list[Site], report: Report) -> None:
    """No condition, `items` or `count` names a variable that is a slip away from one the document declares.

    `telling`: at least every step that declares variables, is a loop, or has a condition. Names that are like no
    declared one are the caller's own variables.
    """
    declared = _declared(telling)
    for site in telling:
        around = {name for loop in site.loops for name in loop_names(mapping(loop.get("loop")))}
        own = loop_names(site.loop) if site.loop is not None else ()
        for where, written in _names_in_conditions(site):
            path = parse_path(written)
            inside = {*around, *own} if where.startswith(f"{site.pointer}/loop/condition") else around
            if path is None or path[0] in SCOPE_WORDS or path[0] in declared or path[0] in inside:
                continue
            near = report.near(path[0], declared, inside)
            if near is not None:
                message = f"{path[0]!r} is not among the variables this document declares"
                report.add("condition-name", where, message, near)


def _declared(telling: list[Site]) -> set[str]:
    return {name for site in telling for key in ("produces", "requires") for name in mapping(site.step.get(key))}


def _names_in_conditions(site: Site) -> Iterator[tuple[str, str]]:
    """Give every variable that conditions, `items` and `count` of a step name, with its pointer."""
    for where, condition in _conditions(site):
        if isinstance(name := condition.get("var"), str):
            yield f"{where}/var", name
    for key in ("items", "count"):
        if site.loop is not None and isinstance(name := site.loop.get(key), str):
            yield f"{site.pointer}/loop/{key}", name


def _texts(site: Site) -> Iterator[tuple[str, str]]:
    for key in ("agentRole", "prompt"):
        if isinstance(text := site.step.get(key), str):
            yield f"{site.pointer}/{key}", text
    for index, line in enumerate(items(site.step.get("guidance"))):
        yield f"{site.pointer}/guidance/{index}", str(line)


def _check_text(text: str, where: str, report: Report) -> None:
    if not template.is_closed(text):
        report.add("unclosed-template", where, "a {{ never finds its }}, so it stays text", "close it, or write \\{{")


def _check_slot(slot: Slot, where: str, names: _Names, report: Report) -> None:
    if slot.path is None:
        message = f"{slot.written} is no dotted path, so it stays as written"
        report.add("template-expression", where, message, "name a variable, or write \\{{ for a literal one")
        return
    name = slot.path[0]
    if name in names.declared or name in names.inside:
        return
    if name in names.of_loops:
        message = f"{name!r} is a variable of a loop this step is not in"
        report.add("template-name", where, message, "move the step into the loop, or name another variable")
    elif name not in SCOPE_WORDS:
        near = report.near(name, names.declared, names.inside)
        if near is not None:
            report.add("template-name", where, f"{name!r} is not among the variables this document declares", near)
