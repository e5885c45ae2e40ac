"""Generators of valid workflows with loops in loops and conditions of every kind, and of contexts for them.

Above: the property tests of the walk. Below: hypothesis.
"""

from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from schema.values import Json, JsonObject
from tests.unit.engine.flows import document, loop, phase, phased, prompt

MOST_PASSES = 3  # per loop: three levels of three steps stay far below a walk's limits
MOST_STEPS = 3  # in one sequence
MOST_LEVELS = 2  # loops within loops
NAMES = ("on", "size", "count", "files", "plan.done", "currentItem", "currentIndex", "currentIteration", "gone")
LOCAL = {name for name in NAMES if name.startswith("current")}

SCALARS: list[Json] = [True, "Large", 1, 2, "large ", "1", "yes", 2.5, 0, False, "", None]
LISTS: list[Json] = [[1, 2], ["a", True, "Large"], [None, 0, 1, 2], [], [[1], [2, 3]]]
COMPARISONS: list[tuple[str, Json]] = [
    *(("equals", value) for value in SCALARS),
    *(("not_equals", value) for value in SCALARS),
    *((operator, bound) for operator in ("gt", "gte", "lt", "lte") for bound in (0, 1, 2, 3)),
    *(("in", values) for values in LISTS),
    *(("contains", value) for value in SCALARS),
    *((operator, text) for operator in ("startsWith", "endsWith") for text in ("l", "LARGE", "e ", "1")),
    *(("matches", pattern) for pattern in ("^l", "e$", "[0-9]", ".")),
]
EARLY: JsonObject = {"var": "currentIteration", "lte": 2}
USUAL: list[JsonObject] = [{"var": "on"}, EARLY, {"var": "size", "equals": "large"}, {"var": "currentIndex", "gt": 0}]

anything: st.SearchStrategy[Json] = st.sampled_from([*SCALARS, *LISTS])
contexts: st.SearchStrategy[JsonObject] = st.fixed_dictionaries(
    {
        "on": st.sampled_from([True, "yes", False, None]),
        "files": st.sampled_from([*LISTS, "no list", None]),
        "count": st.sampled_from([2, 3, "1", 0, 4, -1, None, "many"]),
    },
    optional={"size": anything, "plan": anything | st.fixed_dictionaries({"done": anything}), "currentItem": anything},
)
leaves = st.builds(
    lambda name, comparison: {"var": name, comparison[0]: comparison[1]},
    st.sampled_from(NAMES),
    st.sampled_from(COMPARISONS),
)


@st.composite
def conditions(draw: st.DrawFn, level: int = 0) -> JsonObject:
    """Give a condition: one comparison most often, ranges and compositions too."""
    shape = draw(st.sampled_from(["usual", "leaf", "bare", "range", "and", "or", "not", "empty"]))
    if shape == "usual":
        return draw(st.sampled_from(USUAL))
    if shape == "leaf" or level == MOST_LEVELS:
        return draw(leaves)
    if shape == "range":
        return {**draw(leaves), **dict(draw(st.lists(st.sampled_from(COMPARISONS), max_size=2)))}
    if shape == "not":
        return {"not": draw(conditions(level + 1))}
    if shape in ("and", "or"):
        parts: list[Json] = [*draw(st.lists(conditions(level + 1), max_size=2))]
        return {shape: parts}
    return {} if shape == "empty" else {"var": draw(st.sampled_from(NAMES))}


class _Writer:
    """Writes one document; numbers its steps."""

    def __init__(self, draw: st.DrawFn, *, is_plain: bool, has_branches: bool = False) -> None:
        self.draw = draw
        self.number = 0
        self.is_plain = is_plain
        self.kinds = ["loop", "prompt", "loop", *(["if", "if"] if has_branches else [])]

    def sequence(self, level: int) -> list[Json]:
        return [self.step(level) for _ in range(self.draw(st.sampled_from([2, 1, MOST_STEPS])))]

    def step(self, level: int) -> JsonObject:
        self.number += 1
        number = self.number
        optional: JsonObject = {}
        if self.draw(st.sampled_from([False, False, True])):
            optional["runCondition"] = self.draw(conditions())
        kind = "prompt" if level == MOST_LEVELS else self.draw(st.sampled_from(self.kinds))
        if kind == "prompt":
            return prompt(f"step-{number}", **optional)
        if kind == "if":
            return {"id": f"if-{number}", "type": "if", **self.branches(level), **optional}
        return loop(f"loop-{number}", self.rules(level), self.sequence(level + 1), **optional)

    def branches(self, level: int) -> JsonObject:
        otherwise: JsonObject = {"else": self.sequence(level + 1)} if self.draw(st.booleans()) else {}
        if self.draw(st.booleans()):
            return {"condition": self.draw(conditions()), "then": self.sequence(level + 1), **otherwise}
        cases: list[Json] = [
            {"when": self.draw(conditions()), "then": self.sequence(level + 1)}
            for _ in range(self.draw(st.sampled_from([1, 2])))
        ]
        return {"cases": cases, **otherwise}

    def rules(self, level: int) -> JsonObject:
        kinds = ["forEach", "for"] if self.is_plain and level else ["forEach", "for", "while", "until"]
        kind = self.draw(st.sampled_from(kinds))
        rules: JsonObject = {"type": kind, "maxIterations": self.draw(st.sampled_from([MOST_PASSES, 2, 1]))}
        if kind in ("while", "until"):
            rules["condition"] = self.draw(conditions())
        elif kind == "for":
            rules["count"] = self.draw(st.sampled_from([2, "count", 3, 4, 1, 0, "gone"]))
        else:
            rules["items"] = self.draw(st.sampled_from(["files", "currentItem", "gone"]))
            rules.update(self.draw(st.sampled_from([{}, {"itemVar": "size"}, {"indexVar": "count"}])))
        return rules


@st.composite
def flows(draw: st.DrawFn, *, is_plain: bool = False) -> JsonObject:
    """Give a document of any shape; `is_plain` ones have no while or until inside another loop."""
    return document(*_Writer(draw, is_plain=is_plain).sequence(0))


@st.composite
def branching_flows(draw: st.DrawFn, *, is_plain: bool = False) -> JsonObject:
    """Give a document of prompts, loops and ifs; `is_plain` as in flows."""
    steps = _Writer(draw, is_plain=is_plain, has_branches=True).sequence(0)
    return document(*steps, schemaVersion="1.2.0", state={})


class Twins(NamedTuple):
    """One flow written twice: as steps, and with the same steps as tasks of phases."""

    flat: JsonObject
    phased: JsonObject


@st.composite
def twins(draw: st.DrawFn) -> Twins:
    """Give a document of any shape, and the same in phases, some of which may be empty."""
    flat = draw(flows())
    steps = flat["steps"]
    assert isinstance(steps, list)
    first = draw(st.sampled_from([0, 1]))
    cuts = sorted(draw(st.lists(st.integers(0, len(steps)), max_size=MOST_STEPS)))
    parts = [steps[start:end] for start, end in pairwise([0, *cuts, len(steps)])]
    return Twins(flat, phased(*(phase(number, *part) for number, part in enumerate(parts, first))))
