"""What there is at a step: the scopes names are found in, from the innermost loop out to the session's values.

Above: variables, which hands it on. Below: definition; budget, which a scope hands down.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, Literal, NamedTuple, Optional, TypeAlias

from engine.budget import Budget
from engine.definition import LoopKind, LoopStep
from schema.values import Json, JsonObject

SCOPE_WORDS: Final = frozenset(("inputs", "state", "computed", "this", "global", "loop", "steps", "session"))
"""What a name may begin with in a session of a document that uses automation keys."""


class Missing(Enum):
    """What stands for a value that is not there, where null is a value."""

    IT = "missing"


MISSING: Final = Missing.IT
Found: TypeAlias = Json | Literal[Missing.IT]
"""A value, null included, or MISSING."""


class Values(NamedTuple):
    """What a session knows beside its state: inputs, computed fields, latest outputs by step id, the session's facts.

    `outside`: of the main run {"state", "computed"} while something is read in a task or child; None in the main run.
    `session`: {"id", "startedAt"}; `now`: what the clock of expressions shows, in seconds since 1970.
    """

    inputs: JsonObject
    computed: JsonObject
    outside: JsonObject | None
    outputs: JsonObject
    session: JsonObject
    now: float


_NONE: Final = Values({}, {}, None, {}, {}, 0.0)


def _facts(number: int, total: int | None, item: Json) -> JsonObject:
    return {"item": item, "index": number, "iteration": number + 1, "total": total}


class Turn(NamedTuple):
    """One pass of a loop: `number` from 0; `total` is None while the number of passes is open."""

    loop: LoopStep
    number: int
    total: int | None
    item: Json = None

    def variables(self) -> JsonObject:
        """Give the loop's own variables under the names its author chose."""
        loop = self.loop
        if loop.kind is LoopKind.FOR_EACH:
            return {loop.iteration_var: self.number + 1, loop.item_var: self.item, loop.index_var: self.number}
        return {loop.iteration_var: self.number + 1}

    def facts(self) -> JsonObject:
        """Give what the scope word `loop` stands for."""
        return _facts(self.number, self.total, self.item)


class Scope(NamedTuple):
    """The names in force at a step: those of its innermost loop, then outwards, at last the caller's context.

    `budget` counts what the call does; `is_strict`: scope words go before names of the same spelling. `values`: what
    there is beside the state, None for documents without automation keys. `item`: what `loop` stands for in a scope
    that is no pass of a loop but an item of a parallel step.
    """

    names: JsonObject
    budget: Budget
    is_strict: bool
    turn: Turn | None = None
    outer: Optional["Scope"] = None
    values: Values | None = None
    item: JsonObject | None = None

    def inside(self, turn: Turn) -> "Scope":
        """Give the scope of one pass of a loop."""
        return Scope(turn.variables(), self.budget, self.is_strict, turn, self, self.values)

    def at_item(self, number: int, total: int, item: Json) -> "Scope":
        """Give the scope of an item of a parallel step: it has no names of its own, `loop` stands for the item."""
        return Scope({}, self.budget, self.is_strict, None, self, self.values, _facts(number, total, item))

    def loop(self) -> JsonObject | None:
        """Give what `loop` stands for: the innermost pass or item; None outside."""
        return self.item if self.turn is None else self.turn.facts()

    def state(self) -> JsonObject:
        """Give the state: the names outside all loops."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope.names

    def with_state(self, state: JsonObject) -> "Scope":
        """Give the same place with another state, as when several updates are made one after another."""
        outer = self.outer
        return self._replace(names=state) if outer is None else self._replace(outer=outer.with_state(state))


def outermost(context: JsonObject, *, is_strict: bool = True, values: Values | None = None) -> Scope:
    """Give the scope outside all loops, with a budget of its own: one for each call."""
    return Scope(context, Budget(), is_strict, values=values)


def bare(name: str, scope: Scope) -> Found:
    """Find a name without a scope word: loop variables, innermost first, then computed > inputs > state."""
    level = scope
    while level.outer is not None:
        if name in level.names:
            return level.names[name]
        level = level.outer
    values = _values(scope)
    return _first((values.computed, values.inputs, level.names), name)


def member(word: str, name: str, scope: Scope) -> Found:
    """Find a name behind a scope word; every step is there, with or without an output."""
    if word == "steps":
        outputs = _values(scope).outputs
        return {"output": outputs[name]} if name in outputs else {}
    return _first(holders(word, scope), name)


def whole(word: str, scope: Scope) -> Found:
    """Find all that a scope word stands for, as one object; `loop` is MISSING outside loops, `steps` everywhere."""
    merged: JsonObject | None = None
    for holder in reversed(holders(word, scope)):
        if not merged:
            merged = holder
        elif holder:
            merged = {**merged, **holder}
    return MISSING if merged is None else merged


def holders(word: str, scope: Scope) -> tuple[JsonObject, ...]:
    """Give the objects in which a scope word looks, in this order."""
    if word == "state":
        return (scope.state(),)
    if word == "loop":
        facts = scope.loop()
        return () if facts is None else (facts,)
    values = _values(scope)
    if word == "this" or (word == "global" and values.outside is None):
        return values.computed, scope.state()
    if word == "global":
        return _outside(values)
    return _PLACES[word](values)


def _outside(values: Values) -> tuple[JsonObject, ...]:
    outside = values.outside or {}
    return tuple(each for name in ("computed", "state") if isinstance(each := outside.get(name), dict))


_PLACES: Final[Mapping[str, Callable[[Values], tuple[JsonObject, ...]]]] = {
    "inputs": lambda values: (values.inputs,),
    "computed": lambda values: (values.computed,),
    "session": lambda values: (values.session,),
    "steps": lambda _values: (),
}


def _values(scope: Scope) -> Values:
    return _NONE if scope.values is None else scope.values


def _first(holders: tuple[JsonObject, ...], name: str) -> Found:
    for holder in holders:
        if name in holder:
            return holder[name]
    return MISSING
