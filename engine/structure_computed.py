"""Computed fields: what each is made of is named by a dotted path; none is made of itself, by whatever way.

Above: structure_automation. Below: circles, structure_sites, structure_rules, expression_proof, gate_rules.
"""

from collections.abc import Mapping
from typing import Final

from engine.circles import circle
from engine.errors import cut
from engine.expression_proof import prove_script
from engine.gate_rules import INHERITED
from engine.structure_rules import Report
from engine.structure_sites import mapping
from engine.variables import loose_path, parse_path
from schema.values import Json, JsonObject, pointer


def check_computed(document: JsonObject, report: Report) -> None:
    """Report every computed field, of the document or of a task, that is made of no path, or leads back to itself."""
    holders = {"": document}
    holders |= {pointer(("tasks", name)): mapping(task) for name, task in mapping(document.get("tasks")).items()}
    for where, holder in holders.items():
        fields = {name: mapping(field) for name, field in mapping(holder.get("computed")).items()}
        for name, field in fields.items():
            _check_paths(field["from"], where + pointer(("computed", name, "from")), report)
        own = _OWN if where else _OF_MAIN
        reads = {name: _reads(field, fields, own) for name, field in fields.items()}
        told: set[str] = set()
        for name in fields:
            way = circle(name, reads)
            if way and told.isdisjoint(way):
                told.update(way)
                message = f"the computed field {name!r} is made of itself: {' -> '.join((*way, name))}"
                place = where + pointer(("computed", name))
                report.add("computed-cycle", place, message, "let one of them be made of state or inputs")


def _check_paths(refs: Json, where: str, report: Report) -> None:
    places = [(where, refs)] if not isinstance(refs, list) else [(f"{where}/{at}", ref) for at, ref in enumerate(refs)]
    for place, ref in places:
        if parse_path(str(ref).strip()) is None:
            report.add("bad-expression", place, f"{cut(str(ref))!r} is no dotted path", _PATH)


_PATH: Final = "name a path, such as state.items; what is made of it stands in expression"
_OWN: Final = frozenset(("computed", "this"))
"""Scope words behind which a task's computed fields stand."""
_OF_MAIN: Final = _OWN | {"global"}
"""Those behind which the main run's do."""


def _reads(field: JsonObject, fields: Mapping[str, JsonObject], own: frozenset[str]) -> list[str]:
    """Name the computed fields a field is made of: all of them where it looks at all that a scope word stands for."""
    refs = field["from"]
    chains = [loose_path(str(ref)) for ref in (refs if isinstance(refs, list) else [refs])]
    chains += prove_script(str(field["expression"]), None).chains
    found: dict[str, None] = {}
    for path in chains:
        name = path[0]
        if name in own and (len(path) == 1 or path[1] in INHERITED):
            found.update(dict.fromkeys(fields))
            continue
        if name in own:
            name = path[1]
        if name in fields:
            found[name] = None
    return list(found)
