"""Proves that a text is one JavaScript expression, and tells which names it reads, before anything runs it.

Above: expression. Below: tree-sitter with its JavaScript grammar (loaded late), schema.suggest.
The grammar is a list of what is allowed: values, operators, calls, arrow functions of one expression. Nothing that
assigns, declares, loops or waits is on it, and no comment, which could hide where the text ends.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.suggest import did_you_mean

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_EXPRESSION: Final = 4096
"""Code points of an expression; the longest ones met have some hundred."""
MAX_PROOFS: Final = 1024
"""Proofs kept, each of some hundred bytes."""
MAX_CHAIN: Final = 32
"""Properties of one chain that are told."""
# fmt: off
BUILT_IN: Final = frozenset((
    "Object", "Array", "String", "Number", "Boolean", "Math", "JSON", "RegExp", "Map", "Set", "isNaN", "isFinite",
    "parseInt", "parseFloat", "Infinity", "NaN", "undefined",
))
"""Names of JavaScript's own that every expression may use."""
_ALLOWED: Final = frozenset((
    "parenthesized_expression", "identifier", "property_identifier", "shorthand_property_identifier", "number",
    "string", "string_fragment", "escape_sequence", "template_string", "template_substitution", "regex",
    "regex_pattern", "regex_flags", "true", "false", "null", "undefined", "array", "object", "pair",
    "computed_property_name",
    "spread_element", "member_expression", "subscript_expression", "optional_chain", "call_expression", "arguments",
    "binary_expression", "unary_expression", "ternary_expression", "arrow_function", "new_expression",
))
_PATTERNS: Final = frozenset((
    "identifier", "formal_parameters", "array_pattern", "object_pattern", "pair_pattern", "rest_pattern",
    "assignment_pattern", "object_assignment_pattern", "shorthand_property_identifier_pattern",
))
_REFUSED_PROPERTIES: Final = frozenset((
    "constructor", "__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
))
# fmt: on
_WORDS: Final = frozenset(
    (
        "property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "string_fragment",
    )
)
_NAMES: Final = frozenset(("identifier", *_WORDS)) - {"string_fragment"}
_ABSENT: Final = {
    "Date": "Date is not there: an expression gives the same answer at any time",
    "eval": "eval is not there: an expression cannot make code",
    "Function": "Function is not there: an expression cannot make code",
}
_CALLED: Final = {
    "assignment_expression": "an assignment",
    "augmented_assignment_expression": "an assignment",
    "update_expression": "++ or --",
    "function_expression": "a function with statements",
    "generator_function": "a function with statements",
    "statement_block": "a function with statements",
    "method_definition": "a function with statements",
    "sequence_expression": "a comma between expressions",
    "await_expression": "await",
    "yield_expression": "yield",
    "this": "this",
    "super": "super",
    "import": "import",
    "meta_property": "import or new.target",
    "class": "a class",
    "comment": "a comment",
    "html_comment": "a comment",
}


class Proof(NamedTuple):
    """What a text is: `fault` says why it is no expression that may run (None: it is one).

    `free`: the given names it reads, in order. `chains`: each with the properties it reads from there, such as
    ("evidence", "total"); a name used otherwise stands alone.
    """

    fault: str | None
    free: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]


class _FaultError(Exception):
    """What keeps a text from being an expression that may run."""

    def __init__(self, node: "Node | None", words: str) -> None:
        super().__init__(words)
        self.node = node
        self.words = words


class _Names(NamedTuple):
    """What a walk knows: the names given, and the chains found by where they begin."""

    given: frozenset[str]
    chains: dict[int, tuple[str, ...]]


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
    try:
        chains = _chains(text, names)
    except _FaultError as error:
        return Proof(error.words + _place(text, error.node), (), ())
    ordered = tuple(dict.fromkeys(chains[start] for start in sorted(chains)))
    return Proof(None, tuple(dict.fromkeys(chain[0] for chain in ordered)), ordered)


def _chains(text: str, names: frozenset[str]) -> dict[int, tuple[str, ...]]:
    if len(text) > MAX_EXPRESSION:
        raise _FaultError(None, f"it is longer than {MAX_EXPRESSION:,} characters")
    if not text.strip() or "\0" in text:
        raise _FaultError(None, "it is not exactly one expression")
    try:
        source = f"(\n{text}\n)".encode()
    except UnicodeEncodeError:
        raise _FaultError(None, "it has half of a surrogate pair in it") from None
    root = _parser().parse(source).root_node
    expression = _only(root)
    known = _Names(names, {})
    waiting: list[tuple[Node, frozenset[str]]] = [(expression, frozenset())]
    while waiting:
        node, bound = waiting.pop()
        waiting.extend(_look(node, bound, known))
    return known.chains


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    import tree_sitter_javascript  # noqa: PLC0415 - loaded with the first expression
    from tree_sitter import Language, Parser  # noqa: PLC0415 - as above

    return Parser(Language(tree_sitter_javascript.language()))


def _only(root: "Node") -> "Node":
    """Give the one expression the wrapper holds."""
    statements = root.named_children
    wrapper = statements[0].named_children if len(statements) == 1 else []
    is_whole = len(wrapper) == 1 and wrapper[0].type == "parenthesized_expression"
    if root.has_error or not is_whole or wrapper[0].byte_range != root.byte_range:
        raise _FaultError(_first_error(root), "it is not exactly one expression")
    return wrapper[0]


def _first_error(root: "Node") -> "Node | None":
    """Give the first place where the grammar failed; None where the text is sound and yet not one expression."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return node
        waiting.extend(child for child in reversed(node.children) if child.has_error or child.is_missing)
    return None


def _look(node: "Node", bound: frozenset[str], known: _Names) -> "Iterator[tuple[Node, frozenset[str]]]":
    """Look at one node and give those inside it that are to be looked at, with the names bound there."""
    if node.type not in _ALLOWED:
        what = _CALLED.get(node.type, node.type.replace("_", " "))
        raise _FaultError(node, f"{what} is not allowed in an expression")
    _refuse_words(node)
    if node.type in ("identifier", "shorthand_property_identifier"):
        _name(node, bound, known)
    elif node.type == "arrow_function":
        yield from _arrow(node, bound)
    else:
        yield from ((child, bound) for child in node.named_children)


def _refuse_words(node: "Node") -> None:
    """Refuse what the kind of a node does not tell: code by its name, delete, BigInt, new of anything but a name."""
    text = _text(node)
    key = node.child_by_field_name("key") if node.type == "pair" else None
    if "\\" in (_text(key) if key is not None and key.type == "string" else text if node.type in _NAMES else ""):
        raise _FaultError(node, "a name written with a backslash is not allowed in an expression")
    if node.type in _WORDS and text in _REFUSED_PROPERTIES:
        raise _FaultError(node, f"{text} is not allowed in an expression")
    if node.type == "array" and _has_hole(node):
        raise _FaultError(node, "a list with a hole in it is not allowed in an expression")
    if node.type == "unary_expression" and text.startswith("delete"):
        raise _FaultError(node, "delete is not allowed in an expression")
    if node.type == "number" and text.endswith("n"):
        raise _FaultError(node, "a BigInt is not allowed in an expression")
    if node.type == "member_expression" and text in ("Math.random", "Math?.random"):
        raise _FaultError(node, "Math.random is not there: an expression gives the same answer each time")
    maker = node.child_by_field_name("constructor") if node.type == "new_expression" else None
    if node.type == "new_expression" and (maker is None or _text(maker) not in BUILT_IN):
        raise _FaultError(node, "only JavaScript's own Set, Map and the like can be made with new in an expression")


def _has_hole(node: "Node") -> bool:
    """Tell whether a list leaves an item out, as [1, , 2] does; a comma behind the last item leaves none out."""
    marks = [child.type for child in node.children]
    return any(here in ("[", ",") and after == "," for here, after in pairwise(marks))


def _name(node: "Node", bound: frozenset[str], known: _Names) -> None:
    name = _text(node)
    if name in bound:
        return
    if name in known.given:
        known.chains[node.start_byte] = _chain(node, name)
    elif name in _ABSENT:
        raise _FaultError(node, _ABSENT[name])
    elif name not in BUILT_IN:
        near = did_you_mean(name, sorted(known.given | BUILT_IN | bound))
        raise _FaultError(node, f"there is no name {name!r}{f'; {near}' if near else ''}")


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
        chain.append(_text(part))
        node = parent
    return tuple(chain)


def _arrow(node: "Node", bound: frozenset[str]) -> "Iterator[tuple[Node, frozenset[str]]]":
    """Bind an arrow function's parameters and give its body and the values its parameters have by default."""
    if any(child.type == "async" for child in node.children):
        raise _FaultError(node, "async is not allowed in an expression")
    inner = set(bound)
    values: list[Node] = []
    waiting = [node.child_by_field_name("parameter") or node.child_by_field_name("parameters")]
    while waiting:
        part = waiting.pop()
        if part is None or part.type not in _PATTERNS:
            raise _FaultError(part, "this is no parameter of an arrow function")
        if part.type in ("identifier", "shorthand_property_identifier_pattern"):
            _refuse_words(part)
            inner.add(_text(part))
        elif part.type in ("assignment_pattern", "object_assignment_pattern"):
            waiting.append(part.child_by_field_name("left"))
            values.extend(each for each in [part.child_by_field_name("right")] if each is not None)
        elif part.type == "pair_pattern":
            waiting.append(part.child_by_field_name("value"))
            values.extend(each for each in [part.child_by_field_name("key")] if each is not None)
        else:
            waiting.extend(part.named_children)
    body = node.child_by_field_name("body")
    for each in [*values, *([body] if body is not None else [])]:
        yield each, frozenset(inner)


def _text(node: "Node") -> str:
    return (node.text or b"").decode()


def _place(text: str, node: "Node | None") -> str:
    """Say where in the text a node begins; a place in the wrapper is moved into the text."""
    row, column = (node.start_point.row - 1, node.start_point.column) if node is not None else (0, 0)
    lines = text.split("\n")
    if not 0 <= row < len(lines):
        row, column = len(lines) - 1, len(lines[-1].encode(errors="replace"))
    before = lines[row].encode(errors="replace")[:column].decode(errors="replace")
    return f" (line {row + 1}, column {len(before) + 1})"
