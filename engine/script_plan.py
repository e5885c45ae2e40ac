"""What an expression needs of what there is: its variables, and the text of the call that hands them to it.

Above: script_running. Below: scopes, definition. Only what an expression names is sent; a scope word that it uses as a
value (`Object.keys(state)`) is sent whole.
"""

import json
from typing import Final, NamedTuple

from engine.definition import Script
from engine.expression_words import CLOCK
from engine.scopes import MISSING, SCOPE_WORDS, Found, Scope, bare, member, whole
from schema.values import Json, JsonObject

MAX_VARIABLES: Final = 100
"""Variables of one expression; people name some ten."""
THIS: Final = "this"
INHERITED: Final = frozenset(
    ("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toString", "toLocaleString", "valueOf")
)
"""What every object has; an expression that calls one of these looks at all of it."""
_STEPS: Final = "steps"
_OUTPUT: Final = "output"


class Variable(NamedTuple):
    """One value an expression reads: `name` behind the scope word `word`; word "": a bare name; name None: all."""

    word: str
    name: str | None


class Plan(NamedTuple):
    """What an expression reads: the variables to be sent, in order, and the JavaScript names it reads them by."""

    variables: tuple[Variable, ...]
    heads: tuple[str, ...]


def planned(script: Script) -> Plan:
    """Say what an expression reads.

    >>> planned(Script("", (("state", "n"), ("state", "n", "x"), ("item", "x")), None)).variables
    (Variable(word='state', name='n'), Variable(word='', name='item'))
    """
    found: dict[Variable, None] = {}
    for chain in script.chains:
        found[_variable(chain)] = None
    wholes = {each.word for each in found if each.name is None}
    variables = tuple(each for each in found if each.name is None or not each.word or each.word not in wholes)
    heads = dict.fromkeys(each.word or str(each.name) for each in variables)
    return Plan(variables, tuple(heads))


def _variable(chain: tuple[str, ...]) -> Variable:
    head = chain[0]
    if head not in SCOPE_WORDS:
        return Variable("", head)
    is_whole = len(chain) == 1 or chain[1] in INHERITED
    return Variable(head, None if is_whole else chain[1])


def value_of(variable: Variable, scope: Scope, local: JsonObject | None) -> Found:
    """Give what a variable is at this place; local names go before all bare ones."""
    word, name = variable
    if name is None:
        return whole(word, scope)
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
    """
    members: dict[str, list[str]] = {head: [] for head in plan.heads}
    alone: dict[str, str] = {}
    for at, (word, name) in enumerate(plan.variables):
        is_missing = missing >> at & 1
        if not word or name is None:
            alone[word or str(name)] = "undefined" if is_missing else f"a{at}"
        elif word == _STEPS:
            members[word].append(f"[{quoted(name)}]: {{{'' if is_missing else f'{_OUTPUT}: a{at}'}}}")
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
