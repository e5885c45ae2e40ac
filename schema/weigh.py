"""How much work a stranger's schema can make, told before it is compiled: jsonschema-rs cannot be interrupted.

Above: schema.check (compile_foreign). Below: schema.messages.
Work is at most `weight` times the number of values in what is checked. That needs every recursion to lead on once for
each value: a definition that meets itself twice for the same value doubles the work with every level of nesting.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from schema.messages import Violation
from schema.turns import parts, turns
from schema.values import Json, JsonObject

MAX_WEIGHT: Final = 50_000
"""JSON values in a schema, each reference counted with all it leads to; schemas written by hand have hundreds."""
MAX_NESTING: Final = 64
"""Levels of schemas in schemas, as deep as any document may be."""
PATTERN_WEIGHT: Final = 100
"""A pattern, in JSON values compared: it runs in linear time."""
BACKTRACKING_WEIGHT: Final = 2_000
"""A pattern with look-around or a back-reference: it may need all the steps it is allowed."""
ERROR_COST: Final = 30
"""Units for one error that jsonschema-rs builds: 15 microseconds."""
RETRIES_A_UNIT: Final = 8
"""Alternatives tried anew in one unit."""
METASCHEMA_WEIGHT: Final = 500
"""The Draft 7 metaschema, which jsonschema-rs knows."""
MAX_SHOWN: Final = 80
"""Characters of a reference that a message repeats."""
METASCHEMA: Final = "http://json-schema.org/draft-07/schema#"
_BACKTRACKING: Final = ("(?=", "(?!", "(?<", "\\k", *(f"\\{digit}" for digit in range(1, 10)))


class Weighed(NamedTuple):
    """What came of weighing: the weight, and what is wrong (then the weight is 0)."""

    weight: int
    violations: tuple[Violation, ...]


class _Definition(NamedTuple):
    """The root or what a reference names: its schema, its weight by itself, how often it refers to what."""

    schema: JsonObject
    own: int
    refers: Counter[str]


class _UnweighableError(Exception):
    """A schema that cannot be weighed; `violation` says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation


def weigh(schema: Json) -> Weighed:
    """Weigh a schema that need not be sound; what is no schema in it weighs as the plain value it is.

    >>> weigh({"items": {"type": "string"}}).weight
    3
    >>> weigh({"anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}).violations[0].rule
    'branching-recursion'
    """
    if not isinstance(schema, dict):
        return Weighed(1, ())
    try:
        definitions = _walk(schema)
        order = _order(definitions)
        for place in sorted(order.cyclic):
            if turns(definitions[place].schema, order.cyclic).most() > 1:
                return Weighed(0, (_branching(place),))
    except _UnweighableError as refused:
        return Weighed(0, (refused.violation,))
    total = _total(definitions, order)
    return Weighed(total, ()) if total <= MAX_WEIGHT else Weighed(0, (_HEAVY,))


_HEAVY: Final = Violation(
    "", "heavy-schema", f"with all its references it weighs more than {MAX_WEIGHT} values", "check less, or split it"
)


def _branching(place: str) -> Violation:
    message = "it applies itself more than once to the same value, so the work doubles with every level of nesting"
    hint = "refer to it once for each item or property, for example by one anyOf inside items"
    return Violation(place[1:] if place.startswith("#") else "", "branching-recursion", message, hint)


def _walk(root: JsonObject) -> dict[str, _Definition]:
    """Look at the root and at everything references lead to, by reference."""
    definitions = {METASCHEMA: _Definition({}, METASCHEMA_WEIGHT, Counter())}
    moves, waiting, total = False, {"#": root}, 0
    while waiting:
        place, schema = waiting.popitem()
        look = _Look(schema, is_root=place == "#")
        definitions[place] = _Definition(schema, look.weight, look.refers)
        total += look.weight
        if total > MAX_WEIGHT:
            raise _UnweighableError(_HEAVY)
        moves = moves or look.moves
        for reference in look.refers.keys() - definitions.keys():
            waiting[reference] = _target(root, reference)
    if moves and any(each.refers for each in definitions.values()):
        hint = "remove it: references are followed inside the schema only"
        raise _UnweighableError(Violation("", "ref", "an '$id' inside it moves what its references mean", hint))
    return definitions


class _Look:
    """One pass over a definition, level by level; references are counted, not followed.

    `moves`: a part of it has an address of its own, from which references would be read.
    """

    def __init__(self, schema: JsonObject, *, is_root: bool) -> None:
        self.weight, self.refers, self.moves = 0, Counter[str](), not is_root and _has_address(schema)
        level: list[Json] = [schema]
        for _ in range(MAX_NESTING):
            level = [inner for each in level if isinstance(each, dict) for inner in self._parts(each)]
            if not level:
                return
            self.moves = self.moves or any(map(_has_address, level))
        message = f"its schemas nest deeper than {MAX_NESTING} levels"
        raise _UnweighableError(Violation("", "depth", message, "flatten it"))

    def _parts(self, schema: JsonObject) -> Iterator[Json]:
        if isinstance(reference := schema.get("$ref"), str):
            self.weight += 1
            self.refers[METASCHEMA if reference == METASCHEMA[:-1] else reference] += 1
            return
        self.weight += _weight(schema)
        yield from parts(schema)


def _has_address(schema: Json) -> bool:
    address = schema.get("$id") if isinstance(schema, dict) else None
    return isinstance(address, str) and not address.startswith("#")


class _Order(NamedTuple):
    """Definitions that end, each behind what it refers to; those on cycles or between them; those that lead there.

    Of the last, each stands behind what refers to it.
    """

    ended: list[str]
    cyclic: frozenset[str]
    leading: list[str]


def _order(definitions: Mapping[str, _Definition]) -> _Order:
    ended = _peeled({place: each.refers.keys() for place, each in definitions.items()})
    endless = definitions.keys() - ended
    referring: dict[str, list[str]] = {place: [] for place in endless}
    for place in endless:
        for reference in definitions[place].refers.keys() & endless:
            referring[reference].append(place)
    leading = _peeled(referring)
    return _Order(ended, frozenset(endless.difference(leading)), leading)


def _peeled(edges: Mapping[str, Collection[str]]) -> list[str]:
    """Give the names from which no cycle can be reached, each behind all it has edges to."""
    backwards: dict[str, list[str]] = {name: [] for name in edges}
    for name, targets in edges.items():
        for target in targets:
            backwards[target].append(name)
    open_edges = {name: len(targets) for name, targets in edges.items()}
    order = [name for name, count in open_edges.items() if not count]
    for name in order:
        for before in backwards[name]:
            open_edges[before] -= 1
            if not open_edges[before]:
                order.append(before)
    return order


def _total(definitions: Mapping[str, _Definition], order: _Order) -> int:
    """Give the weight of the root with each reference counted as all it leads to, a cycle as all that is in it."""
    weights: dict[str, int] = {}

    def weight(place: str) -> int:
        own, refers = definitions[place].own, definitions[place].refers
        return own + sum(times * weights[name] for name, times in refers.items() if name in weights)

    for place in order.ended:
        weights[place] = weight(place)
    weights |= dict.fromkeys(order.cyclic, sum(map(weight, order.cyclic)))
    for place in reversed(order.leading):
        weights[place] = weight(place)
    return weights["#"]


def _weight(schema: JsonObject) -> int:
    """Count a schema and what it holds that is no schema: names, constants, patterns."""
    weight = 1
    for keyword, value in schema.items():
        if keyword in ("enum", "const", "required", "dependencies"):
            weight += size_of(value).values
        elif keyword == "pattern":
            weight += _pattern_weight(value)
        elif keyword == "patternProperties" and isinstance(value, dict):
            weight += sum(map(_pattern_weight, value))
        elif keyword == "type":
            weight += 1
    return weight


def _pattern_weight(pattern: Json) -> int:
    backtracks = isinstance(pattern, str) and any(mark in pattern for mark in _BACKTRACKING)
    return BACKTRACKING_WEIGHT if backtracks else PATTERN_WEIGHT


class Size(NamedTuple):
    """How large a JSON value is: values in it, itself too, and levels of nesting."""

    values: int
    levels: int


def size_of(value: Json) -> Size:
    """Measure a JSON value.

    >>> size_of({"a": [1, 2]})
    Size(values=4, levels=3)
    """
    values, levels = 0, 0
    level: list[Json] = [value]
    while level:
        values += len(level)
        levels += 1
        following: list[Json] = []
        for part in level:
            if isinstance(part, list | dict):
                following += part if isinstance(part, list) else part.values()
        level = following
    return Size(values, levels)


class Effort(NamedTuple):
    """What it costs at most to check one value, and to explain why it does not fit; one unit is half a microsecond."""

    check: int
    explain: int


def effort(weight: int, value: Json) -> Effort:
    """Estimate, never too low, what a schema of this weight costs for this value.

    jsonschema-rs builds every error before it gives the first, and tries nested alternatives anew at each level.

    >>> effort(10, [1, 2])
    Effort(check=30, explain=960)
    """
    size = size_of(value)
    check = weight * size.values
    return Effort(check, check * (ERROR_COST + weight * size.levels // RETRIES_A_UNIT))


def _target(root: JsonObject, reference: str) -> JsonObject:
    """Find what a reference names; a place that is not there is left to the compiler to refuse."""
    if not reference.startswith("#/"):
        message = f"the reference {reference[:MAX_SHOWN]!r} cannot be followed"
        hint = "references are followed inside the schema only, as #/definitions/name; nothing is fetched"
        raise _UnweighableError(Violation("", "ref", message, hint))
    value: Json = root
    for step in _steps(reference):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step[:9]) < len(value):
            value = value[int(step[:9])]
        else:
            return {}
    return value if isinstance(value, dict) else {}


def _steps(reference: str) -> Iterator[str]:
    from urllib.parse import unquote  # noqa: PLC0415 - only for schemas with references

    return (unquote(step).replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/"))
