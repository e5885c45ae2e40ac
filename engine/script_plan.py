"""What an expression needs of what there is: its variables, and the text of the call that hands them to it.

Above: script_running. Below: scopes, definition. Only what an expression names is sent; a scope word that it uses as a
value (`Object.keys(state)`) is sent whole.
"""

import json
from typing import Final, NamedTuple

from engine.definition import Script
from engine.expression_words import CLOCK
from engine.scopes import MISSING, SCOPE_WORDS, Found, Scope, bare, holders, member
from schema.values import Json, JsonObject

MAX_VARIABLES: Final = 100
"""Variables of one expression; people name some ten."""
THIS: Final = "this"
INHERITED: Final = frozenset(
    ("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toString", "toLocaleString", "valueOf")
)
"""What every object has; an expression that calls one of these looks at all of it."""
LOOP_FACTS: Final = ("item", "index", "iteration", "total")
_DOUBLE: Final = frozenset((THIS, "global"))
"""Scope words that stand for two objects, the first going before the second."""
_LOOP: Final = "loop"
_STEPS: Final = "steps"
_OUTPUT: Final = "output"


class Variable(NamedTuple):
    """One value an expression reads: `name` behind the scope word `word`; word "": a bare name.

    name None: all the scope word stands for, or of the two objects that may be, the one at `part`.
    """

    word: str
    name: str | None
    part: int = 0


class Plan(NamedTuple):
    """What an expression reads: the variables to be sent, in order, and the JavaScript names it reads them by."""

    variables: tuple[Variable, ...]
    heads: tuple[str, ...]


def planned(script: Script) -> Plan:
    """Say what an expression reads.

    >>> planned(Script("", (("state", "n"), ("state", "n", "x"), ("item", "x")), None)).variables
    (Variable(word='state', name='n', part=0), Variable(word='', name='item', part=0))
    """
    found: dict[Variable, None] = {}
    for chain in script.chains:
        found.update(dict.fromkeys(_variables(chain)))
    wholes = {each.word for each in found if each.name is None}
    variables = tuple(each for each in found if each.name is None or each.word not in wholes)
    heads = dict.fromkeys(each.word or str(each.name) for each in variables)
    return Plan(variables, tuple(heads))


def _variables(chain: tuple[str, ...]) -> tuple[Variable, ...]:
    head = chain[0]
    if head not in SCOPE_WORDS:
        return (Variable("", head),)
    if len(chain) > 1 and chain[1] not in INHERITED:
        return (Variable(head, chain[1]),)
    if head == _LOOP:
        return tuple(Variable(head, name) for name in LOOP_FACTS)
    return (Variable(head, None), Variable(head, None, 1)) if head in _DOUBLE else (Variable(head, None),)


def value_of(variable: Variable, scope: Scope, local: JsonObject | None) -> Found:
    """Give what a variable is at this place; local names go before all bare ones."""
    word, name, part = variable
    if name is None:
        objects = holders(word, scope)
        return objects[part] if part < len(objects) else MISSING
    if word == _STEPS:
        step = member(word, name, scope)
        return step.get(_OUTPUT, MISSING) if isinstance(step, dict) else MISSING
    if word:
        return member(word, name, scope)
    return local[name] if local is not None and name in local else bare(name, scope)


def shape(plan: Plan, missing: int) -> str:
    """Give the arguments of the call, `this` first and the clock last; a0, a1, ... are the values.

    `missing` has a bit for each that is not there.

    >>> shape(planned(Script("", (("this", "n"), ("x",), ("state", "a"), ("state", "b")), None)), 0b1000)
    '{["n"]: a0}, a1, {["a"]: a2}, Date'
    >>> shape(planned(Script("", (("this",), ("inputs",), ("steps", "one")), None)), 0b1000)
    '{...a1, ...a0}, {...a2}, {["one"]: {}}, Date'
    """
    members: dict[str, list[str]] = {head: [] for head in plan.heads}
    alone: dict[str, str] = {}
    for at, (word, name, _) in enumerate(plan.variables):
        is_missing = missing >> at & 1
        if not word:
            alone[str(name)] = "undefined" if is_missing else f"a{at}"
        elif word == _STEPS:
            members[word].append(f"[{quoted(name)}]: {{{'' if is_missing else f'{_OUTPUT}: a{at}'}}}")
        elif not is_missing and name is None:
            members[word].insert(0, f"...a{at}")
        elif not is_missing:
            members[word].append(f"[{quoted(name)}]: a{at}")
    texts = {head: alone.get(head) or f"{{{', '.join(members[head])}}}" for head in plan.heads}
    return ", ".join((texts.pop(THIS, "undefined"), *texts.values(), CLOCK))


def names(plan: Plan) -> str:
    """Give the parameters of the expression as a function: all its names but `this`, and the clock."""
    return ",".join((*(head for head in plan.heads if head != THIS), CLOCK))


def parameters(plan: Plan) -> str:
    """Give the parameters of the function that calls it, one for each value."""
    return ",".join(f"a{at}" for at in range(len(plan.variables)))


def quoted(name: Json) -> str:
    """Give a text as JavaScript writes it."""
    return json.dumps(name)
