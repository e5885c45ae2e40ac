"""What an older workflow document is as a current one: mended, its loops' functions moved up, its version said.

Above: verbs.migrate. Below: engine.formats.native (what the library mends on reading anyway). Pure.
"""

from typing import NamedTuple

from engine.formats.native import STRICT_VERSION, normalise
from schema.values import Json, JsonObject

FUNCTIONS = "functionDefinitions"


class Current(NamedTuple):
    """A document as it should be, and what changes, in words; without a reason it is the same document."""

    document: JsonObject
    reasons: tuple[str, ...] = ()


def current_form(document: JsonObject) -> Current:
    """Give the current form of a valid document; phases have no older form, so those stay as they are.

    >>> current_form({"schemaVersion": "1.0.0"}).reasons, current_form({"phases": []}).reasons
    ((), ())
    >>> current_form({"schemaVersion": "0.2.0", "version": "1.0.0"}).document
    {'schemaVersion': '1.0.0', 'version': '1.0.0'}
    """
    declared = document.get("schemaVersion")
    if "phases" in document or (isinstance(declared, str) and not declared.startswith("0.")):
        return Current(document)
    normal = normalise(document)
    lifted = _lifted(normal.document)
    reasons = [f"schemaVersion becomes {STRICT_VERSION}", *(finding.message for finding in normal.findings)]
    first: JsonObject = {"schemaVersion": STRICT_VERSION}
    return Current(first | lifted.document | first, (*reasons, *lifted.reasons))


def _lifted(document: JsonObject) -> Current:
    """Move functions that loops define (loops no longer may) to the workflow, where no other of that name is."""
    steps = document.get("steps")
    known = document.get(FUNCTIONS)
    names = {str(each["name"]): each for each in known if isinstance(each, dict)} if isinstance(known, list) else {}
    count = len(names)
    lift = _Lift(names)
    mended = lift.steps(steps)
    if not lift.moved:
        return Current(document)
    functions: list[Json] = [*(known if isinstance(known, list) else ()), *list(names.values())[count:]]
    reasons = tuple(f"the function {name!r} moves from its loop to the workflow" for name in lift.moved)
    return Current({**document, FUNCTIONS: functions, "steps": mended}, reasons)


class _Lift:
    """One walk over the steps; `moved` names the functions that were taken from loops."""

    def __init__(self, names: dict[str, JsonObject]) -> None:
        self._names = names
        self.moved: list[str] = []

    def steps(self, steps: Json) -> Json:
        if not isinstance(steps, list):
            return steps
        return [self._step(step) if isinstance(step, dict) else step for step in steps]

    def _step(self, step: JsonObject) -> JsonObject:
        if "body" in step:
            step = {**step, "body": self.steps(step["body"])}
        own = step.get(FUNCTIONS)
        if step.get("type") != "loop" or not isinstance(own, list) or not all(self._fits(each) for each in own):
            return step
        for each in own:
            if isinstance(each, dict):
                self._names.setdefault(str(each["name"]), {**each, "scope": "workflow"})
                self.moved.append(str(each["name"]))
        return {key: value for key, value in step.items() if key != FUNCTIONS}

    def _fits(self, function: Json) -> bool:
        """Say whether a function may move: nothing else has its name."""
        if not isinstance(function, dict):
            return False
        other = self._names.get(str(function.get("name")))
        return other is None or {**other, "scope": None} == {**function, "scope": None}
