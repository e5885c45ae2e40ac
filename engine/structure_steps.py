"""Structure of the steps: ids, bodies given as ids, limits of loops, steps that nothing can reach.

Above: engine.structure. Below: structure_sites, structure_rules, contradiction.
"""

from collections import Counter

from engine.budget import MAX_PASSES
from engine.conditions import read_condition
from engine.contradiction import is_never
from engine.definition import Comparison, Condition, Negation
from engine.scripts import ScriptFault
from engine.structure_rules import Report
from engine.structure_sites import MAX_NESTING, Site, mapping
from schema.values import Json, JsonObject


def check_ids(sites: list[Site], report: Report) -> None:
    """Every id once in the whole document."""
    if len({site.step["id"] for site in sites if isinstance(site.step["id"], str)}) == len(sites):
        return
    first: dict[str, str] = {}
    for site in sites:
        earlier = first.setdefault(site.id, site.pointer)
        if earlier != site.pointer:
            message = f"the id {site.id!r} is already used at {earlier}"
            report.add("duplicate-id", f"{site.pointer}/id", message, "give each step an id of its own")


def check_phases(phases: tuple[JsonObject, ...], report: Report) -> None:
    """Numbers follow one another from 0 or 1."""
    first = _number(phases[0], "number") if phases else 0
    for index, phase in enumerate(phases):
        expected = index + (first if first in (0, 1) else 1)
        if phase.get("number") != expected:
            message = f"phase number {phase.get('number')} stands where {expected} is due"
            hint = f"number the phases from 0 or 1 without a gap; here {expected}"
            report.add("phase-number", f"/phases/{index}/number", message, hint)


def check_bodies(sites: list[Site], report: Report) -> None:
    """Bodies given as ids: a sibling, used once, in no circle; and no endless nesting."""
    everywhere = {site.id for site in sites}
    beside: dict[int, dict[str, JsonObject]] = {}
    uses = Counter((id(site.siblings), site.step["body"]) for site in sites if isinstance(site.step.get("body"), str))
    for site in sites:
        if len(site.loops) > MAX_NESTING:
            message = f"{site.id!r} lies in more than {MAX_NESTING} loops"
            report.add("deep-loops", site.pointer, message, "split the workflow")
        body = site.step.get("body")
        if isinstance(body, str):
            if id(site.siblings) not in beside:
                beside[id(site.siblings)] = {str(step["id"]): step for step in site.siblings}
            _check_reference(site, beside[id(site.siblings)], everywhere, report)
            if uses[id(site.siblings), body] > 1:
                message = f"{body!r} is the body of more than one loop"
                report.add("shared-body", f"{site.pointer}/body", message, "give each loop a body of its own")


def _check_reference(site: Site, beside: dict[str, JsonObject], everywhere: set[str], report: Report) -> None:
    where, body = f"{site.pointer}/body", str(site.step["body"])
    if body not in beside:
        place = "stands in another list than" if body in everywhere else "is no step beside"
        near = report.near(body, beside, but=site.id)
        report.add("unknown-body", where, f"{body!r} {place} the loop {site.id!r}", near)
    elif _is_circular(site.id, beside):
        message = f"the body of {site.id!r} leads back to {site.id!r}"
        report.add("circular-body", where, message, "give one of these loops its steps as a list")


def _is_circular(start: str, beside: dict[str, JsonObject]) -> bool:
    """Tell whether bodies lead back to `start`; a circle longer than MAX_NESTING is found as loops too deep."""
    seen: set[str] = set()
    current: str = start
    while current in beside and current not in seen and len(seen) <= MAX_NESTING:
        seen.add(current)
        body = beside[current].get("body")
        if body == start:
            return True
        if not isinstance(body, str):
            return False
        current = body
    return False


def check_loops(sites: list[Site], report: Report) -> None:
    """Hold counts against maxIterations."""
    for site in sites:
        loop = mapping(site.step.get("loop"))
        count, most = loop.get("count"), _number(loop, "maxIterations")
        if loop.get("type") == "for" and isinstance(count, int | float) and count > most:
            message = f"count is {count}, but the loop ends after maxIterations, {most}"
            report.add("loop-limit", f"{site.pointer}/loop/count", message, f"set maxIterations to {count}")


def check_passes(sites: list[Site], report: Report) -> None:
    """Hold nested loops against the passes one stateless call looks at."""
    for site in sites:
        product = _passes(mapping(site.step.get("loop")))
        for outer in site.loops:
            product *= _passes(mapping(outer.get("loop")))
        if product > MAX_PASSES:
            message = f"this loop and those around it may make {product} passes; one call looks at {MAX_PASSES}"
            report.add("many-passes", f"{site.pointer}/loop/maxIterations", message, "lower maxIterations")


def check_reachable(sites: list[Site], report: Report) -> None:
    """No condition that nothing can satisfy, no loop that can never make a pass."""
    for site in sites:
        condition = site.step.get("runCondition")
        if condition is not None and is_never(sound_condition(condition)):
            where = f"{site.pointer}/runCondition"
            report.add("unreachable-step", where, f"{site.id!r} never runs: its condition contradicts itself")
        if (reason := _never_begins(site.loop)) is not None:
            where, why = reason
            report.add("unreachable-step", f"{site.pointer}/loop/{where}", f"the body of {site.id!r} never runs: {why}")


def _never_begins(loop: JsonObject | None) -> tuple[str, str] | None:
    """Say which key keeps a loop from ever making a pass, and why."""
    if loop is None:
        return None
    kind = loop.get("type")
    if kind == "for":
        return ("count", "its count is 0") if loop.get("count") == 0 else None
    if kind not in ("while", "until"):
        return None
    test = sound_condition(loop.get("condition"))
    if is_never(test if kind == "while" else Negation(test)):
        return "condition", "its condition never lets it begin"
    return None


def sound_condition(condition: Json) -> Condition:
    """Read a condition; one that is no expression, which is reported elsewhere, is taken for one of two outcomes.

    >>> sound_condition("1 +")
    Comparison(path=('',), name='', operator='truthy', operand=None, weight=1)
    """
    try:
        return read_condition(condition)
    except ScriptFault:
        return Comparison(("",), "", "truthy", None, 1)


def _passes(loop: JsonObject) -> int:
    """Give the most passes of a loop."""
    most, count = _number(loop, "maxIterations"), loop.get("count")
    return min(most, max(1, int(count))) if isinstance(count, int | float) else most


def _number(loop: JsonObject, key: str) -> int:
    value = loop.get(key)
    return int(value) if isinstance(value, int | float) else 1
