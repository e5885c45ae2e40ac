"""Generators of documents as sessions meet them: phases, gates, confirmations, criteria, irreversible steps.

Above: the property tests of sessions. Below: any_flow, hypothesis.
"""

from hypothesis import strategies as st

from schema.values import Json, JsonObject
from tests.unit.engine.any_flow import conditions, flows

GATES: list[JsonObject] = [
    {"evidence": {"ok": {"type": "boolean"}}},
    {"evidence": {"ok": {"type": "boolean"}}, "maxAttempts": 2},
    {"evidence": {"ok": {"type": "boolean"}}, "maxAttempts": 1, "allowOverride": True},
    {"evidence": {"ok": {"type": "boolean"}}, "strict": False},
    {"evidence": {"ok": {"type": "boolean", "required": False}}, "allowOverride": True},
]
CRITERIA: Json = [{"type": "contains", "value": "done", "message": "Say that it is done."}]
MOST_PHASES = 4


@st.composite
def documents(draw: st.DrawFn) -> JsonObject:
    """Give a document, in phases or not, with everything a report may meet."""
    flow = draw(flows())
    _decorate(draw, flow["steps"])
    if draw(st.booleans()):
        return flow
    steps = flow.pop("steps")
    assert isinstance(steps, list)
    return {**flow, "schemaVersion": "1.1.0", "phases": _phases(draw, steps)}


def _decorate(draw: st.DrawFn, steps: Json) -> None:
    for step in steps if isinstance(steps, list) else []:
        assert isinstance(step, dict)
        if step.get("type") == "loop":
            _decorate(draw, step["body"])
        else:
            _decorate_prompt(draw, step)
        if draw(st.sampled_from([False, False, False, True])):
            step["requireConfirmation"] = draw(st.just(value=True) | conditions())


def _decorate_prompt(draw: st.DrawFn, step: JsonObject) -> None:
    kind = draw(st.sampled_from(["", "", "evidence", "criteria", "produces", "irreversible"]))
    if kind == "evidence":
        step["evidence"] = draw(st.sampled_from(GATES))
    elif kind == "criteria":
        step["validationCriteria"] = CRITERIA
    elif kind == "produces":
        step["produces"] = {"plan": "object"}
    elif kind == "irreversible":
        step["irreversible"] = True


def _phases(draw: st.DrawFn, steps: list[Json]) -> list[Json]:
    first = draw(st.sampled_from([1, 0]))
    count = draw(st.integers(1, MOST_PHASES))
    cuts = sorted(draw(st.lists(st.integers(0, len(steps)), min_size=count - 1, max_size=count - 1)))
    edges = [0, *cuts, len(steps)]
    return [_phase(draw, first + index, steps[edges[index] : edges[index + 1]]) for index in range(count)]


def _phase(draw: st.DrawFn, number: int, tasks: list[Json]) -> JsonObject:
    phase: JsonObject = {"number": number, "title": f"Phase {number}", "purpose": "To be tested.", "tasks": tasks}
    if draw(st.booleans()):
        phase["gate"] = draw(st.sampled_from(GATES))
    return phase
