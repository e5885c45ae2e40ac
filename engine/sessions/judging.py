"""Judging: what is wrong with a report - its variables, its output, its evidence.

Above: step_decisions, phase_decisions. Below: engine.criteria, engine.gates, model.
"""

from typing import NamedTuple

from engine.criteria import validate_output
from engine.definition import Gate, PromptStep
from engine.gates import examine
from engine.sessions.limits import Said
from engine.sessions.model import Issue
from engine.variables import Scope, resolve
from schema.values import Json, JsonObject

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_EXAMPLES: JsonObject = {"string": "text", "number": 1.5, "integer": 1, "boolean": True, "array": [], "object": {}}
MAX_SHOWN = 80
"""Characters of a wrong value that an issue repeats."""


class Judged(NamedTuple):
    """A verdict: `issues` outside the gate, `gate` issues of it, and `findings` a lenient gate let pass."""

    issues: tuple[Issue, ...]
    gate: tuple[Issue, ...]
    findings: tuple[Issue, ...]


def judge_step(step: PromptStep, said: Said, scope: Scope, *, strict_gates: bool) -> Judged:
    """Judge the report of a step; `scope` has its variables already. CriterionError when it cannot be told."""
    issues = [*_variables(step, scope), *_output(step, said.output, scope)]
    if step.gate is None:
        return Judged(tuple(issues), (), ())
    if said.evidence is None and (missing := asked_for(step.gate)):
        return Judged((*issues, *missing), (), ())
    judged = judge_gate(step.gate, said.evidence or {}, strict_gates=strict_gates)
    return judged._replace(issues=tuple(issues))


def asked_for(gate: Gate) -> tuple[Issue, ...]:
    """Name what a gate asks for, as issues of an empty report."""
    return examine(gate, {}, strict_gates=True).issues


def judge_gate(gate: Gate, evidence: JsonObject, *, strict_gates: bool) -> Judged:
    """Judge evidence against a gate."""
    verdict = examine(gate, evidence, strict_gates=strict_gates)
    return Judged((), () if verdict.passed else verdict.issues, verdict.warnings)


def _variables(step: PromptStep, scope: Scope) -> list[Issue]:
    """Name the required and produced variables that are missing or of another type."""
    issues: list[Issue] = []
    for name in dict.fromkeys((*step.requires, *step.produces)):
        wanted = step.types[name]
        value = resolve((name,), scope)
        if value is None:
            verb = "produces" if name in step.produces else "requires"
            issues.append(_issue(name, f"The step {verb} the variable {name!r}, and it is missing", wanted, "nothing"))
        elif not _fits(value, wanted):
            message = f"The variable {name!r} has the wrong type"
            issues.append(_issue(name, message, wanted, _shown(value)))
    return issues


def _issue(name: str, message: str, wanted: str, received: str) -> Issue:
    expected = f"{wanted} in context under {name!r}"
    return Issue(f"context.{name}", message, expected, received, _EXAMPLES[wanted], has_example=True)


def _fits(value: Json, wanted: str) -> bool:
    """Tell whether a value is of a type; true is no number, 2.0 is an integer."""
    if isinstance(value, bool) and wanted != "boolean":
        return False
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[wanted])


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def _output(step: PromptStep, output: str | None, scope: Scope) -> list[Issue]:
    """Hold the output against the criteria; where evidence is asked for and nothing else, there need be none."""
    if output is None and step.gate is not None and step.criteria is None:
        return []
    verdict = validate_output(step.criteria, output or "", scope)
    if not verdict.issues:
        return []
    told = verdict.suggestions
    received = "nothing" if not output else f"{len(output)} characters: {_shown(output)}"
    return [
        Issue("output", message, told[number] if number < len(told) else message, received)
        for number, message in enumerate(verdict.issues)
    ]
