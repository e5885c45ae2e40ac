"""Conditions a second: expressions of automation documents through the whole path, from the condition to its verdict.

Above: tests.bench.__main__. Below: engine.conditions. Absolute numbers of this machine, for the bar is one.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Final

from engine.conditions import holds, read_condition
from engine.definition import Condition
from engine.scripts import evaluate, read_script
from engine.variables import Values, outermost
from schema.values import Json, JsonObject
from tests.bench.rows import Row
from tests.bench.scratch import Scratch

TIMES: Final = 2_000  # evaluations in one slice
ITEMS: Final = 250  # objects of the list a loop goes over
BAR: Final = 20_000.0
STRETCH: Final = 100_000.0
NOTHING: Final = Values({}, {}, None, {}, {}, 0.0)
UNITS: Final = 1 << 30  # of work, so that no budget ends the measure


def rows(_scratch: Scratch, rounds: int) -> Iterator[Row]:
    """Give the conditions one process decides in a second: simple ones, and over a list with a changing item."""
    simple = read_condition('state.n > 3 && state.name === "x"')
    state: JsonObject = {"n": 5, "name": "x", "files": [_file(number) for number in range(ITEMS)]}
    yield _row("simple conditions that are expressions", _deciding(simple, state), rounds, STRETCH)
    within = "expressions of a loop's pass: its item, and the length of its list"
    yield _row(within, _passing(state), rounds, None)


def _file(number: int) -> Json:
    return {"name": f"file-{number}.md", "size": number, "tags": ["a", "b"]}


def _deciding(condition: Condition, state: JsonObject) -> Callable[[], None]:
    scope = outermost(state, values=NOTHING)
    scope.budget.allow(UNITS, UNITS)

    def one() -> None:
        assert holds(condition, scope)

    return one


def _passing(state: JsonObject) -> Callable[[], None]:
    script = read_script("item.tags.includes('b') && state.files.length > 3")
    scope = outermost(state, values=NOTHING)
    scope.budget.allow(UNITS, UNITS)
    items = state["files"]
    assert isinstance(items, list)
    passes = iter(range(UNITS))

    def one() -> None:
        assert evaluate(script, scope, {"item": items[next(passes) % ITEMS]}) is True

    return one


def _row(measure: str, one: Callable[[], None], rounds: int, stretch: float | None) -> Row:
    """Give how many of it there are in a second, the median of all slices."""
    seconds = statistics.median(_slice(one) for _ in range(rounds))
    detail = f"{seconds * 1e6:.1f} us each"
    return Row(measure, "the issue's bar", 1 / seconds, " a second", BAR, stretch, at_least=True, detail=detail)


def _slice(one: Callable[[], None]) -> float:
    started = time.perf_counter()
    for _ in range(TIMES):
        one()
    return (time.perf_counter() - started) / TIMES
