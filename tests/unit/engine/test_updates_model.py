"""Updates held against the plainest model of them: a deep copy, changed in place."""

import copy
import itertools
import json
import math

from hypothesis import given
from hypothesis import strategies as st

from engine.definition import Operation
from engine.updates import LARGEST, Path, Update, UpdateError, applied
from schema.values import Json, JsonObject

SET, APPEND, MERGE, REMOVE = Operation.SET, Operation.APPEND, Operation.MERGE, Operation.REMOVE
INCREMENT, DECREMENT, MULTIPLY = Operation.INCREMENT, Operation.DECREMENT, Operation.MULTIPLY

PARTS: st.SearchStrategy[str | int] = st.sampled_from(["a", "b", "odd name"]) | st.integers(0, 2)
PATHS = st.tuples(st.sampled_from(["a", "b"]), st.lists(PARTS, max_size=3)).map(lambda each: (each[0], *each[1]))
NUMBERS = st.integers(-5, 5) | st.sampled_from([0.5, 1e300, LARGEST])
LEAVES = st.none() | st.booleans() | NUMBERS | st.just("text")
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "odd name"]), inner, max_size=3)
    ),
    max_leaves=8,
)
STATES: st.SearchStrategy[JsonObject] = st.dictionaries(st.sampled_from(["a", "b"]), VALUES, max_size=2)
UPDATES = st.lists(st.tuples(PATHS, st.sampled_from(list(Operation)), VALUES), max_size=4)


class _RefusedError(Exception):
    """The model refuses."""


def model(state: JsonObject, updates: list[tuple[Path, Operation, Json]]) -> JsonObject:
    """Do the same in the plainest way: walk a deep copy and change it in place."""
    whole: JsonObject = copy.deepcopy(state)
    for path, operation, value in updates:
        _change(whole, path, operation, value)
    return whole


def _change(whole: JsonObject, path: Path, operation: Operation, value: Json) -> None:
    here: Json = whole
    for part, behind in itertools.pairwise(path):
        inner = _get(here, part)
        if inner is None:
            if operation is REMOVE:
                return
            if isinstance(behind, int):
                raise _RefusedError
            inner = {}
            _set(here, part, inner)
        here = inner
    last = path[-1]
    old = _get(here, last)
    if operation is REMOVE:
        _remove(here, last)
    else:
        _set(here, last, _made(old, operation, value))


def _get(holder: Json, part: str | int) -> Json:
    if isinstance(part, int):
        if not isinstance(holder, list) or part >= len(holder):
            raise _RefusedError
        return holder[part]
    if not isinstance(holder, dict):
        raise _RefusedError
    return holder.get(part)


def _set(holder: Json, part: str | int, value: Json) -> None:
    if isinstance(holder, list):
        holder[int(part)] = value
    elif isinstance(holder, dict):
        holder[str(part)] = value


def _remove(holder: Json, part: str | int) -> None:
    if isinstance(holder, list):
        del holder[int(part)]
    elif isinstance(holder, dict):
        holder.pop(str(part), None)


def _made(old: Json, operation: Operation, value: Json) -> Json:
    if operation is SET:
        return value
    if operation is APPEND and (old is None or isinstance(old, list)):
        return [*(old or []), value]
    if operation is MERGE and (old is None or isinstance(old, dict)) and isinstance(value, dict):
        return {**(old or {}), **value}
    numbers = (0 if old is None else old, value)
    if operation in (APPEND, MERGE) or any(type(each) not in (int, float) for each in numbers):
        raise _RefusedError
    left, right = (float(str(each)) for each in numbers)
    result = {INCREMENT: left + right, DECREMENT: left - right, MULTIPLY: left * right}[operation]
    if not math.isfinite(result) or abs(result) > LARGEST:
        raise _RefusedError
    return int(result) if result.is_integer() else result


def written(path: Path) -> str:
    text = f"state.{path[0]}"
    for part in path[1:]:
        text += f"[{part}]" if isinstance(part, int) else f'["{part}"]' if " " in part else f".{part}"
    return text


@given(STATES, UPDATES)
def test_updates_do_what_the_plain_model_does_and_change_nothing_given(
    state: JsonObject, updates: list[tuple[Path, Operation, Json]]
) -> None:
    before = json.dumps(state)
    steps = [Update(written(path), operation, value) for path, operation, value in updates]
    try:
        expected: JsonObject | None = model(state, copy.deepcopy(updates))
    except _RefusedError:
        expected = None
    try:
        found: JsonObject | None = applied(state, steps)
    except UpdateError:
        found = None
    assert found == expected
    assert json.dumps(state) == before
