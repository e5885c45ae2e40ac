"""Reads expressions for the time until engine.scripts is there; taken out with it.

Above: build_values, build_automation, build_loops, build_tasks. Below: definition, template, variables.
"""

from engine import template
from engine.definition import Computed, Constant, ErrorPolicy, ListOf, ObjectOf, Slot, Template, Value
from engine.scripts import ScriptFault, read_script
from engine.variables import loose_path
from schema.values import Json


def parse(text: str, *, scripted: bool) -> Template:
    """Read a text with slots."""
    read = template.parse(text)
    return Template(tuple(_slot(part) if scripted and isinstance(part, Slot) else part for part in read.parts))


def _slot(part: Slot) -> Slot:
    try:
        return part if part.path is not None else part._replace(script=read_script(part.written[2:-2]))
    except ScriptFault:
        return part


def read_value(value: Json) -> Value:
    """Read any value with slots in its texts."""
    if isinstance(value, str):
        return parse(value, scripted=True) if "{{" in value else Constant(value)
    if isinstance(value, list):
        return ListOf(tuple(read_value(each) for each in value))
    if isinstance(value, dict):
        return ObjectOf(tuple((name, read_value(each)) for name, each in value.items()))
    return Constant(value)


def read_computed(value: Json) -> tuple[Computed, ...]:
    """Read computed fields in the order they are written."""
    found = []
    for name, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, dict):
            refs = each["from"] if isinstance(each["from"], list) else [each["from"]]
            paths = tuple(loose_path(str(ref)) for ref in refs)
            script = read_script(str(each["expression"]))
            policy = ErrorPolicy(str(each.get("onError", "propagate")))
            reads = frozenset(".".join(path[:2]) for path in paths)
            found.append(Computed(name, paths, len(refs) == 1, script, reads, policy, each.get("fallback")))
    return tuple(found)
