"""A session's values, and expressions over them, for tests.

Above: test_scripts, test_script_outcomes. Below: engine.scripts.
"""

from typing import Final

import pytest

from engine.scripts import ScriptFault, evaluate, read_script
from engine.variables import Scope, Values, outermost
from schema.values import Json, JsonObject

NOW: Final = 1_700_000_000.5
STATE: Final[JsonObject] = {
    "n": 5,
    "name": "x",
    "empty": "",
    "none": None,
    "big": 2**40,
    "small": -(2**33),
    "half": 1.5,
    "flag": False,
    "list": [3, 1, 2],
    "people": [{"name": "Ann", "age": 30, "tags": ["a", "b"]}, {"name": "Bob", "age": 20, "tags": []}],
    "order": {"lines": [{"price": 29.99, "count": 2}, {"price": 49.99, "count": 1}], "paid": None},
    "odd name": 1,
    "__proto__": {"n": "poison"},
    "odd text": "a\0b\ud800",
    "umlaut": "Ää😀",
}
VALUES: Final = Values(
    inputs={"limit": 3, "n": "input"},
    computed={"total": 109.97, "name": "computed"},
    outside=None,
    outputs={"build": {"ok": True, "files": ["a"]}, "nothing": None},
    session={"id": "wf_1", "startedAt": "2024-01-01T00:00:00Z"},
    now=NOW,
)


def at(**state: Json) -> Scope:
    """Give the scope of the main run, with further variables."""
    return outermost({**STATE, **state}, values=VALUES)


def value_of(text: str, **local: Json) -> Json:
    """Evaluate an expression with these local names."""
    return evaluate(read_script(text), at(), local)


def refusal(text: str, **local: Json) -> ScriptFault:
    """Give the fault of an expression that has no value."""
    with pytest.raises(ScriptFault) as refused:
        value_of(text, **local)
    return refused.value
