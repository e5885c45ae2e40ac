"""Computed fields: none is made of itself, by whatever way.

Above: structure_automation. Below: circles, structure_sites, structure_rules, expression_proof.
"""

from collections.abc import Mapping

from engine.circles import circle
from engine.expression_proof import prove_script
from engine.structure_rules import Report
from engine.structure_sites import mapping
from engine.variables import loose_path
from schema.values import JsonObject, pointer


def check_computed(document: JsonObject, report: Report) -> None:
    """Report every computed field, of the document or of a task, that leads back to itself."""
    holders = {"": document}
    holders |= {pointer(("tasks", name)): mapping(task) for name, task in mapping(document.get("tasks")).items()}
    for where, holder in holders.items():
        fields = {name: mapping(field) for name, field in mapping(holder.get("computed")).items()}
        reads = {name: _reads(field, fields) for name, field in fields.items()}
        told: set[str] = set()
        for name in fields:
            way = circle(name, reads)
            if way and told.isdisjoint(way):
                told.update(way)
                message = f"the computed field {name!r} is made of itself: {' -> '.join((*way, name))}"
                place = where + pointer(("computed", name))
                report.add("computed-cycle", place, message, "let one of them be made of state or inputs")


def _reads(field: JsonObject, fields: Mapping[str, JsonObject]) -> list[str]:
    """Name the computed fields a field is made of."""
    refs = field["from"]
    chains = [loose_path(str(ref)) for ref in (refs if isinstance(refs, list) else [refs])]
    chains += prove_script(str(field["expression"]), None).chains
    found: dict[str, None] = {}
    for path in chains:
        name = path[0]
        if len(path) > 1 and name in ("computed", "this"):
            name = path[1]
        if name in fields:
            found[name] = None
    return list(found)
