"""Proves that a text is one JavaScript expression, and tells which names it reads, before anything runs it.

Above: expression, scripts. Below: expression_tree, expression_words, schema.suggest.
The grammar is a list of what is allowed: values, operators, calls, arrow functions. Nothing that assigns, loops or
waits is on it.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.expression_tree import FaultError, parsed, place_of, text_of
from engine.expression_words import (
    ABSENT,
    ALLOWED,
    BUILT_IN,
    CALLED,
    CLOCK,
    NAMES,
    PATTERNS,
    REFUSED_PROPERTIES,
    RESERVED,
    STATEMENTS,
    WORDS,
)
from schema.suggest import did_you_mean

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_PROOFS: Final = 1024
"""Proofs kept, each of some hundred bytes."""
MAX_CHAIN: Final = 32
"""Properties of one chain that are told."""


class Proof(NamedTuple):
    """What a text is: `fault` says why it is no expression that may run (None: it is one).

    `free`: the given names it reads, in order. `chains`: each with the properties it reads from there, such as
    ("evidence", "total"); a name used otherwise stands alone.
    """

    fault: str | None
    free: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]


class _Names(NamedTuple):
    """What a walk knows: the names given (None: any), the chains by where they begin, what it reads."""

    given: frozenset[str] | None
    chains: dict[int, tuple[str, ...]]
    is_script: bool


@lru_cache(maxsize=MAX_PROOFS)
def prove(text: str, names: frozenset[str]) -> Proof:
    """Prove that a text is one expression that names nothing but `names` and JavaScript's own values.

    >>> prove("evidence.passed <= evidence.total", frozenset({"evidence"})).chains
    (('evidence', 'passed'), ('evidence', 'total'))
    >>> prove("evidnce.passed", frozenset({"evidence"})).fault
    "there is no name 'evidnce'; did you mean 'evidence'? (line 1, column 1)"
    >>> prove("1); f(2", frozenset()).fault
    'it is not exactly one expression (line 1, column 1)'
    """
    return _proof(text, _Names(names, {}, is_script=False))


@lru_cache(maxsize=MAX_PROOFS)
def prove_script(text: str, names: frozenset[str] | None) -> Proof:
    """Prove the same of a script, which may read `this` and Date, and whose arrow functions may have statements.

    `names` None: any name may be read.

    >>> prove_script("this.files.map(f => { const n = f.size; return n > 1; })", None).chains
    (('this', 'files', 'map'),)
    """
    return _proof(text, _Names(names, {}, is_script=True))


def _proof(text: str, known: _Names) -> Proof:
    try:
        _walk(text, known)
    except FaultError as error:
        return Proof(error.words + place_of(text, error.node), (), ())
    chains = known.chains
    ordered = tuple(dict.fromkeys(chains[start] for start in sorted(chains)))
    return Proof(None, tuple(dict.fromkeys(chain[0] for chain in ordered)), ordered)


def _walk(text: str, known: _Names) -> None:
    waiting: list[tuple[Node, frozenset[str]]] = [(parsed(text), frozenset())]
    while waiting:
        node, bound = waiting.pop()
        waiting.extend(_look(node, bound, known))


def _look(node: "Node", bound: frozenset[str], known: _Names) -> "Iterator[tuple[Node, frozenset[str]]]":
    """Look at one node and give those inside it that are to be looked at, with the names bound there."""
    kind = node.type
    if kind not in ALLOWED and not (known.is_script and kind in STATEMENTS):
        what = CALLED.get(kind, kind.replace("_", " "))
        raise FaultError(node, f"{what} is not allowed in an expression")
    _refuse_words(node, known)
    if kind in ("identifier", "shorthand_property_identifier", "this"):
        _name(node, bound, known)
    elif kind == "arrow_function":
        yield from _arrow(node, bound)
    elif kind == "statement_block":
        yield from _block(node, bound)
    elif kind == "variable_declarator":
        values = [*_bind(node.child_by_field_name("name"), set()), node.child_by_field_name("value")]
        yield from ((each, bound) for each in values if each is not None)
    else:
        yield from ((child, bound) for child in node.named_children)


def _refuse_words(node: "Node", known: _Names) -> None:
    """Refuse what the kind of a node does not tell: delete, BigInt, new of anything but a name."""
    _refuse_name(node)
    text = text_of(node)
    if node.type == "array" and _has_hole(node):
        raise FaultError(node, "a list with a hole in it is not allowed in an expression")
    if node.type == "unary_expression" and text.startswith("delete"):
        raise FaultError(node, "delete is not allowed in an expression")
    if node.type == "number" and text.endswith("n"):
        raise FaultError(node, "a BigInt is not allowed in an expression")
    if node.type == "member_expression" and text in ("Math.random", "Math?.random"):
        raise FaultError(node, "Math.random is not there: an expression gives the same answer each time")
    if node.type == "new_expression" and not _is_made(node, known):
        raise FaultError(node, "only JavaScript's own Set, Map and the like can be made with new in an expression")


def _refuse_name(node: "Node") -> None:
    """Refuse code by its name, and names that are not written out."""
    text = text_of(node)
    key = node.child_by_field_name("key") if node.type == "pair" else None
    if "\\" in (text_of(key) if key is not None and key.type == "string" else text if node.type in NAMES else ""):
        raise FaultError(node, "a name written with a backslash is not allowed in an expression")
    if node.type in WORDS and text in REFUSED_PROPERTIES:
        raise FaultError(node, f"{text} is not allowed in an expression")


def _is_made(node: "Node", known: _Names) -> bool:
    """Tell whether what `new` makes is one of JavaScript's own."""
    maker = node.child_by_field_name("constructor")
    return maker is not None and text_of(maker) in _makers(known)


def _makers(known: _Names) -> frozenset[str]:
    """Give the names of JavaScript's own."""
    return BUILT_IN | {CLOCK} if known.is_script else BUILT_IN


def _has_hole(node: "Node") -> bool:
    """Tell whether a list leaves an item out, as [1, , 2] does; a comma behind the last item leaves none out."""
    marks = [child.type for child in node.children]
    return any(here in ("[", ",") and after == "," for here, after in pairwise(marks))


def _name(node: "Node", bound: frozenset[str], known: _Names) -> None:
    name = text_of(node)
    if name in bound:
        return
    given = known.given
    if name == "this" or (given is not None and name in given):
        known.chains[node.start_byte] = _chain(node, name)
    elif name in _makers(known):
        return
    elif name in ABSENT:
        raise FaultError(node, ABSENT[name])
    elif given is None and name in RESERVED:
        raise FaultError(node, f"{name} is a word of JavaScript's own, so nothing can have it as its name")
    elif given is None:
        known.chains[node.start_byte] = _chain(node, name)
    else:
        near = did_you_mean(name, sorted(given | BUILT_IN | bound))
        raise FaultError(node, f"there is no name {name!r}{f'; {near}' if near else ''}")


def _chain(node: "Node", name: str) -> tuple[str, ...]:
    """Give a name and the properties read from there, as far as they are written out."""
    chain = [name]
    while (parent := node.parent) is not None and len(chain) < MAX_CHAIN:
        if parent.child_by_field_name("object") != node:
            break
        step = parent.child_by_field_name("property") or parent.child_by_field_name("index")
        if step is None or (step.type == "string" and len(step.named_children) != 1):
            break
        if step.type not in ("property_identifier", "string"):
            break
        part = step.named_children[0] if step.type == "string" else step
        if part.type not in ("property_identifier", "string_fragment"):
            break
        chain.append(text_of(part))
        node = parent
    return tuple(chain)


def _arrow(node: "Node", bound: frozenset[str]) -> "Iterator[tuple[Node, frozenset[str]]]":
    """Bind an arrow function's parameters and give its body and the values its parameters have by default."""
    if any(child.type == "async" for child in node.children):
        raise FaultError(node, "async is not allowed in an expression")
    inner = set(bound)
    values = _bind(node.child_by_field_name("parameter") or node.child_by_field_name("parameters"), inner)
    body = node.child_by_field_name("body")
    for each in [*values, *([body] if body is not None else [])]:
        yield each, frozenset(inner)


def _block(node: "Node", bound: frozenset[str]) -> "Iterator[tuple[Node, frozenset[str]]]":
    """Bind what a block declares, wherever in it, and give its statements."""
    inner = set(bound)
    for statement in node.named_children:
        if statement.type == "lexical_declaration":
            for each in statement.named_children:
                _bind(each.child_by_field_name("name"), inner)
    yield from ((child, frozenset(inner)) for child in node.named_children)


def _bind(pattern: "Node | None", names: set[str]) -> "list[Node]":
    """Add the names a pattern gives to `names`; give the values in it: defaults, and keys that are computed."""
    values: list[Node] = []
    waiting = [pattern]
    while waiting:
        part = waiting.pop()
        if part is None or part.type not in PATTERNS:
            raise FaultError(part, "this is no parameter of an arrow function")
        if part.type in ("identifier", "shorthand_property_identifier_pattern"):
            _refuse_name(part)
            names.add(text_of(part))
        elif part.type in ("assignment_pattern", "object_assignment_pattern"):
            waiting.append(part.child_by_field_name("left"))
            values.extend(each for each in [part.child_by_field_name("right")] if each is not None)
        elif part.type == "pair_pattern":
            waiting.append(part.child_by_field_name("value"))
            values.extend(each for each in [part.child_by_field_name("key")] if each is not None)
        else:
            waiting.extend(part.named_children)
    return values
