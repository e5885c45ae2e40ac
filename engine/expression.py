"""Expressions of documents: JavaScript that reads the values it is given and gives one back, nothing else.

Above: gates' rules, script_running. Below: expression_proof, expression_program, javascript.
Values go in and come out as JSON. Every expression is proven before it runs, its context is frozen and holds no clock,
no randomness and no way to make code, so the same values always give the same answer.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from engine.errors import cut
from engine.expression_program import MAX_DEPTH, PROGRAM
from engine.expression_proof import Proof, prove
from engine.expression_words import BUILT_IN
from engine.javascript import TIME_LIMIT, Interpreter, ScriptError
from schema.values import Json, is_deeper

__all__ = [
    "ExpressionError",
    "Proof",
    "encode",
    "evaluate",
    "explained",
    "prove",
    "refuse_number",
    "refuse_size",
    "run",
    "written",
]

MAX_SENT: Final = 512 * 1024
"""Characters of JSON sent to an expression; reading it takes some milliseconds of its time."""
LARGEST: Final = 2**53 - 1
"""The largest integer that JavaScript's numbers hold exactly."""
_PLACE: Final = re.compile(r"\(<input>:(\d+):(\d+)\)")
_FIRST_LINE: Final = 4
"""The line of a compiled function on which the expression begins."""
_interpreter: Final = Interpreter(PROGRAM, tuple(sorted(BUILT_IN)))


class ExpressionError(Exception):
    """An expression that gave no value: the text says why and where; `expression` is the expression itself."""

    def __init__(self, expression: str, details: str, place: tuple[int, int] | None = None) -> None:
        """Take the expression, what went wrong, and the line and column, from 1, where that is known."""
        where = f" (line {place[0]}, column {place[1]})" if place else ""
        super().__init__(f"{details}{where}" + (f" in {cut(expression)}" if expression else ""))
        self.expression = expression
        self.details = details
        self.place = place

    def said(self) -> str:
        """Give what went wrong and where, without the expression."""
        return str(self).removesuffix(f" in {cut(self.expression)}")


def evaluate(text: str, scopes: Mapping[str, Json]) -> Json:
    """Evaluate an expression whose names are those of `scopes`; ExpressionError when it gives no value.

    >>> evaluate("evidence.items.filter(item => item > 1).length", {"evidence": {"items": [1, 2, 3]}})
    2
    >>> evaluate("evidence.total.size", {"evidence": {}})
    Traceback (most recent call last):
    engine.expression.ExpressionError: evidence.total is undefined (line 1, column 1) in evidence.total.size
    """
    return run(text, frozenset(scopes), encode(scopes))


def encode(scopes: Mapping[str, Json]) -> str:
    """Write values as they travel to expressions: a list, in the order of their names. ExpressionError when too large.

    An integer that JavaScript would round, NaN and infinities are refused.
    """
    return written([scopes[name] for name in sorted(scopes)], MAX_DEPTH + 1)


def written(value: Json, deepest: int = MAX_DEPTH) -> str:
    """Write a value as it travels to expressions; ExpressionError where it would not arrive as it is."""
    if is_deeper(value, deepest):
        raise ExpressionError("", f"the values it reads are nested deeper than {MAX_DEPTH}")
    waiting: list[Json] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend(each.values())
        else:
            refuse_number(each)
    sent = json.dumps(value)
    refuse_size(len(sent))
    return sent


def refuse_number(value: Json) -> None:
    """Refuse a number that JavaScript does not have, or not exactly."""
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ExpressionError("", "the values it reads have an integer beyond 2^53 - 1 among them")
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError("", "the values it reads have a number among them that JSON cannot say")


def refuse_size(characters: int) -> None:
    """Refuse more than may be sent to one expression."""
    if characters > MAX_SENT:
        raise ExpressionError("", f"the values it reads are larger than {MAX_SENT:,} characters of JSON")


def run(text: str, names: frozenset[str], sent: str) -> Json:
    """Evaluate an expression over encoded values of these names; ExpressionError when it gives no value."""
    proof = prove(text, names)
    if proof.fault is not None:
        raise ExpressionError(text, proof.fault)
    try:
        answer = _interpreter.call(",".join(sorted(names)), text, sent)
    except ScriptError as error:
        raise _explained(text, names, sent, error) from error
    value: Json = json.loads(str(answer))
    return value


def _explained(text: str, names: frozenset[str], sent: str, error: ScriptError) -> ExpressionError:
    """Say in our words why an expression gave no value."""
    scopes = dict(zip(sorted(names), json.loads(sent), strict=True))
    return explained(text, error, lambda: _undefined(prove(text, names), scopes))


def explained(text: str, error: ScriptError, absent: Callable[[], str | None]) -> ExpressionError:
    """Say in our words why an expression gave no value; `absent` tells what it reads that is not there, if anything."""
    if error.limit == "time":
        return ExpressionError(text, f"it needs more than {round(TIME_LIMIT * 1000)} ms")
    if error.limit == "memory":
        return ExpressionError(text, "it needs more memory or calls itself deeper than an expression may")
    kind, _, words = error.reason.partition(": ")
    if words.startswith("result: "):
        return ExpressionError(text, f"its result has {words.removeprefix('result: ')} in it")
    if words.startswith("work: "):
        return ExpressionError(text, f"it needs more work than an expression may: {words.removeprefix('work: ')}")
    missing = absent() if kind == "TypeError" else None
    places = ((int(found[1]) - _FIRST_LINE + 1, int(found[2])) for found in _PLACE.finditer(error.stack))
    place = next((place for place in places if 0 < place[0] <= text.count("\n") + 1), None)
    return ExpressionError(text, missing or cut(words or kind), place)


def _undefined(proof: Proof, scopes: Mapping[str, Json]) -> str | None:
    """Say of the first thing the expression reads a property of, and which is not there, that it is not."""
    for chain in proof.chains:
        value: Json = scopes[chain[0]]
        for end, name in enumerate(chain[1:], 1):
            if value is None:
                return f"{'.'.join(chain[:end])} is null"
            if not isinstance(value, dict):
                break
            if name not in value and end + 1 < len(chain):
                return f"{'.'.join(chain[: end + 1])} is undefined"
            value = value.get(name, 0)
    return None
