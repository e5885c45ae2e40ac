"""What a loop's document means: the steps that are bodies, the names of its variables, its amount and its test.

Above: build_steps, the structure checks. Below: definition, conditions, scripts, variables.
"""

from typing import Final, NamedTuple

from engine.conditions import read_condition
from engine.definition import Condition, LoopKind, Negation, Script, VarPath
from engine.scripts import read_script
from engine.variables import loose_path
from schema.values import Json, JsonObject

DEFAULT_ITERATION_VAR: Final = "currentIteration"
DEFAULT_ITEM_VAR: Final = "currentItem"
DEFAULT_INDEX_VAR: Final = "currentIndex"
"""Names of a loop's variables where its document gives none."""


def body_references(documents: list[JsonObject]) -> set[str]:
    """Name the steps of a sequence that run only as the body of a loop beside them."""
    return {body for document in documents if isinstance(body := document.get("body"), str)}


def loop_names(loop: JsonObject) -> tuple[str, str, str]:
    """Give the names of a loop's variables: iteration, item, index."""
    return (
        str(loop.get("iterationVar") or DEFAULT_ITERATION_VAR),
        str(loop.get("itemVar") or DEFAULT_ITEM_VAR),
        str(loop.get("indexVar") or DEFAULT_INDEX_VAR),
    )


class Amount(NamedTuple):
    """How many passes: a `fixed` number, the variable that says so with its `name`, or the `script` that gives it."""

    fixed: int | None
    source: VarPath
    name: str
    script: Script | None


def amount(kind: LoopKind, loop: JsonObject, *, is_scripted: bool) -> Amount:
    """Read `items` or `count`; where the document is scripted, text that is no dotted path is an expression."""
    value = loop.get("items") if kind is LoopKind.FOR_EACH else loop.get("count") if kind is LoopKind.FOR else None
    if not isinstance(value, str):
        return Amount(_whole(value), ("",), "", None)
    if is_scripted:
        script = read_script(value)
        if script.path is None:
            return Amount(None, (), value, script)
    return Amount(None, loose_path(value), value, None)


def test(kind: LoopKind, loop: JsonObject) -> Condition | None:
    """Read the condition before each pass of a while or an until, whose is negated."""
    if kind is LoopKind.WHILE:
        return read_condition(loop["condition"])
    return Negation(read_condition(loop["condition"])) if kind is LoopKind.UNTIL else None


def _whole(value: Json) -> int:
    return int(value) if isinstance(value, int | float) else 0
