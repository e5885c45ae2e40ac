"""produces and requires: one forward pass over a document's steps.

Above: engine.structure. Below: structure_sites, structure_rules.
After a step with a runCondition, after a loop and after a phase that may be skipped, only what was there before is sure
- but behind the very same condition the step's variables count; inside a body, what earlier body steps produce counts;
behind an if, what each of its branches produces. What a document declares is there from the start.
"""

import json
from typing import NamedTuple

from engine.build_loops import body_references, loop_names
from engine.structure_rules import Report
from engine.structure_sites import branches, mapping, mappings, sequences
from schema.values import Json, JsonObject, pointer

_ANY = ""


class _Known(NamedTuple):
    """Variables with their types: surely there, and by a condition's text those there if it held."""

    sure: dict[str, str]
    guarded: dict[str, dict[str, str]]

    def copied(self) -> "_Known":
        """Give a copy to go into a loop with."""
        return _Known(dict(self.sure), {guard: dict(names) for guard, names in self.guarded.items()})


def check_dataflow(document: JsonObject, report: Report) -> None:
    """Every required variable is produced before, in a type that fits. Call it for documents with sound bodies only."""
    lists = sequences(document)
    skippable = [phase.get("skippable") is True for phase in mappings(document.get("phases"))] or [False]
    tasks = {name: mapping(task) for name, task in mapping(document.get("tasks")).items()}
    inner = {name: mappings(task.get("steps")) for name, task in tasks.items()}
    every = [*(steps for _, steps in lists), *inner.values()]
    produced = {name for steps in every for step in _all(steps) for name in mapping(step.get("produces"))}
    going = _Pass(report, produced)
    known = _Known(_declared(document), {})
    for (where, steps), may_be_skipped in zip(lists, skippable, strict=True):
        going.sequence(steps, where, known.copied() if may_be_skipped else known)
    for name, steps in inner.items():
        going.sequence(steps, pointer(("tasks", name, "steps")), _Known(_declared(tasks[name]), {}))


def _declared(holder: JsonObject) -> dict[str, str]:
    """Give the variables that are there from the start, with those types that are sure to stay."""
    inputs = {name: str(mapping(each).get("type")) for name, each in mapping(holder.get("inputs")).items()}
    others = (*mapping(holder.get("state")), *mapping(holder.get("computed")))
    return {**inputs, **dict.fromkeys(others, _ANY)}


def _all(steps: tuple[JsonObject, ...]) -> list[JsonObject]:
    found: list[JsonObject] = []
    for step in steps:
        found.append(step)
        for _, inner in branches(step):
            found.extend(_all(inner))
    return found


class _Pass:
    """One pass over one document; `produced` is every name any step produces."""

    def __init__(self, report: Report, produced: set[str]) -> None:
        self._report = report
        self._produced = produced

    def sequence(self, steps: tuple[JsonObject, ...], where: str, known: _Known) -> None:
        """Go through a list of steps; `known` grows."""
        inside = body_references(list(steps))
        places = {str(step["id"]): (f"{where}/{index}", step) for index, step in enumerate(steps)}
        for index, step in enumerate(steps):
            if step["id"] not in inside:
                self._step(step, f"{where}/{index}", known, places)

    def _step(self, step: JsonObject, where: str, known: _Known, places: dict[str, tuple[str, JsonObject]]) -> None:
        if step.get("type") == "loop":
            self._loop(step, where, known.copied(), places)
            return
        if step.get("type") == "if":
            self._if(step, where, known)
            return
        for key, inner in branches(step):
            self.sequence(inner, f"{where}/{key}", known.copied())
        guard = _guard(step.get("runCondition"))
        self._require(step, where, {**known.sure, **known.guarded.get(guard, {})})
        produces = {name: str(kind) for name, kind in mapping(step.get("produces")).items()}
        (known.guarded.setdefault(guard, {}) if guard else known.sure).update(produces)

    def _loop(self, step: JsonObject, where: str, known: _Known, places: dict[str, tuple[str, JsonObject]]) -> None:
        known.sure.update(dict.fromkeys(loop_names(mapping(step.get("loop"))), _ANY))
        known.sure.update(known.guarded.get(_guard(step.get("runCondition")), {}))
        body = step.get("body")
        if isinstance(body, str):
            place, sibling = places[body]
            self._step(sibling, place, known, places)
        else:
            self.sequence(mappings(body), f"{where}/body", known)

    def _if(self, step: JsonObject, where: str, known: _Known) -> None:
        ends: list[dict[str, str]] = []
        for key, inner in branches(step):
            within = known.copied()
            self.sequence(inner, f"{where}/{key}", within)
            ends.append(within.sure)
        if "else" in step and "runCondition" not in step:
            sure = {name for name in ends[0] if all(name in end for end in ends)}
            known.sure.update({name: _same([end[name] for end in ends]) for name in sure})

    def _require(self, step: JsonObject, where: str, known: dict[str, str]) -> None:
        for name, kind in mapping(step.get("requires")).items():
            place = f"{where}/requires/{name}"
            if name not in known:
                self._missing(name, place)
            elif not _fits(known[name], str(kind)):
                message = f"{name!r} is produced as {known[name]} and required as {kind}"
                self._report.add("other-type", place, message, "make both types the same")

    def _missing(self, name: str, place: str) -> None:
        message = f"no step before this one surely produces {name!r}; context must hold it from the start"
        near = self._report.near(name, self._produced)
        self._report.add("not-produced", place, message, near or "let an earlier step produce it")


def _same(kinds: list[str]) -> str:
    """Give the type that all branches agree on."""
    return kinds[0] if len(set(kinds)) == 1 else _ANY


def _guard(condition: Json) -> str:
    """Give a condition as text; the empty text stands for no condition."""
    return json.dumps(condition, sort_keys=True) if condition else ""


def _fits(produced: str, required: str) -> bool:
    return produced in (required, _ANY) or (produced, required) == ("integer", "number")
