"""Computed fields: read in the order of what they depend on, computed anew when what they read has changed.

Above: build, structure, sessions. Below: scripts, variables. `input` is the value where `from` is one reference, else
the list of values; the result of a field is seen by those behind it.
"""

import json
from typing import Final, assert_never

from engine.definition import Automation, Computed, ErrorPolicy, VarPath
from engine.scopes import Scope, Values
from engine.scripts import ScriptFault, evaluate, read_script
from engine.variables import MISSING, SCOPE_WORDS, find, loose_path
from schema.values import Json, JsonObject

ALL: Final = "*"
"""Stands for every name behind a scope word: `state.*`."""
_OWN: Final = ("computed", "inputs", "state")
_INPUT: Final = "input"


class ComputedError(ScriptFault):
    """A computed field whose expression failed, with the policy propagate; `field` is its name."""

    def __init__(self, field: str, fault: ScriptFault) -> None:
        """Take the field's name and why its expression gave no value."""
        super().__init__(fault.expression, f"the computed field {field} has no value: {fault.details}", fault.place)
        self.field = field


def read_computed(fields: Json) -> tuple[Computed, ...]:
    """Read the fields of a checked document, in dependency order; absent (None) is none.

    ScriptFault for an expression that is none. Circles are findings of engine.structure_computed.

    >>> fields = read_computed({"b": {"from": "computed.a", "expression": "input + 1"},
    ...                         "a": {"from": ["state.n"], "expression": "-input"}})
    >>> [field.name for field in fields], fields[1].sources
    (['a', 'b'], (('computed', 'a'),))
    """
    if not isinstance(fields, dict):
        return ()
    found = {name: _field(name, each) for name, each in fields.items() if isinstance(each, dict)}
    return tuple(found[name] for name in _sorted({name: field.reads for name, field in found.items()}))


def recomputed(automation: Automation, scope: Scope, changed: frozenset[str] | None) -> JsonObject:
    """Give the computed fields that have another value now; ComputedError on the policy propagate.

    `scope`: an outermost one, with the new state and the old computed fields. `changed`: what changed, as `state.x`,
    `inputs.x` or `this.x`; None: all, as at the start. A field that is ignored for its error is null.
    """
    values = scope.values
    if values is None or not automation.computed:
        return {}
    dirty = None if changed is None else set(changed)
    computed = values.computed
    different: JsonObject = {}
    for field in automation.computed:
        if dirty is not None and not _is_stale(field, dirty, values):
            continue
        value = _value(field, scope._replace(values=values._replace(computed=computed)))
        if field.name in computed and _is_same(computed[field.name], value):
            continue
        computed = {**computed, field.name: value}
        different[field.name] = value
        if dirty is not None:
            dirty.add(f"computed.{field.name}")
    return different


def _field(name: str, document: JsonObject) -> Computed:
    sources, is_single = _sources(document.get("from"))
    script = read_script(str(document.get("expression")))
    return Computed(
        name,
        sources,
        is_single,
        script,
        frozenset(_name(path) for path in (*sources, *script.chains) if path[0] != _INPUT),
        ErrorPolicy(str(document.get("onError", ErrorPolicy.PROPAGATE.value))),
        document.get("fallback"),
    )


def _sources(references: Json) -> tuple[tuple[VarPath, ...], bool]:
    """Give the paths a field is made from, and whether `input` is the value of the only one."""
    listed = references if isinstance(references, list) else [] if references is None else [references]
    return tuple(loose_path(str(each)) for each in listed), len(listed) == 1


def _name(path: VarPath) -> str:
    """Name a variable as changes are named; a bare name may be any of ours."""
    head = path[0]
    if head not in SCOPE_WORDS:
        return f"this.{head}"
    return f"{head}.{path[1] if len(path) > 1 else ALL}"


def _sorted(reads: dict[str, frozenset[str]]) -> list[str]:
    """Put fields behind those they need, else as they stand; one that looks at all of them stands behind the others."""
    placed: list[str] = []
    left = list(reads)
    while left:
        ready = next((name for name in left if not _needs(reads[name], reads).intersection(left)), None)
        if ready is None:
            return [*placed, *left]
        left.remove(ready)
        placed.append(ready)
    return placed


def _needs(names: frozenset[str], reads: dict[str, frozenset[str]]) -> frozenset[str]:
    """Give the computed fields among names."""
    found: set[str] = set()
    for each in names:
        word, _, name = each.partition(".")
        if word in ("computed", "this", "global"):
            found.update(reads if name == ALL else {name} & reads.keys())
    return frozenset(found)


def _is_stale(field: Computed, dirty: set[str], values: Values) -> bool:
    """Tell whether something a field reads has changed; outputs, and the main run seen from a task, always may have."""
    for each in field.reads:
        word, _, name = each.partition(".")
        if word == "steps" or (word == "global" and values.outside is not None):
            return True
        words = _OWN if word in ("this", "global") else (word,)
        if any(_is_dirty(own, name, dirty) for own in words):
            return True
    return False


def _is_dirty(word: str, name: str, dirty: set[str]) -> bool:
    if name == ALL:
        return any(each.startswith((f"{word}.", "this.")) for each in dirty)
    return f"{word}.{name}" in dirty or f"this.{name}" in dirty


def _value(field: Computed, scope: Scope) -> Json:
    given = [None if (found := find(path, scope)) is MISSING else found for path in field.sources]
    try:
        return evaluate(field.script, scope, {_INPUT: given[0] if field.is_single else list(given)})
    except ScriptFault as fault:
        match field.on_error:
            case ErrorPolicy.FALLBACK:
                return field.fallback
            case ErrorPolicy.IGNORE:
                return None
            case ErrorPolicy.PROPAGATE:
                raise ComputedError(field.name, fault) from fault
            case _:
                assert_never(field.on_error)


def _is_same(old: Json, new: Json) -> bool:
    """Tell whether two values are the same to JSON: 1 is not true."""
    if old is new:
        return True
    return old == new and (json.dumps(old) == json.dumps(new))
