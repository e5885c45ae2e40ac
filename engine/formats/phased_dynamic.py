"""A recipe and a tasks.md -> the whole native document of one session.

Above: engine.library_phased. Below: phased_plan, phased_recipe. Pure. Exactly the placeholders of the format are
replaced; values are never looked into again.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from engine.formats.phased_plan import TASKS_FILE, PlannedPhase, PlannedTask, read_plan
from engine.formats.phased_recipe import PHASE_NAMES, TASK_NAMES, Recipe
from engine.formats.phased_report import Report
from engine.formats.phased_tasks import MAX_DURATION, MAX_TITLE, escaped, short
from engine.library_model import PLAN_NOTES
from schema.finding import Finding
from schema.values import Json, JsonObject

MAX_FIELD_NAME: Final = 60
"""Characters of an evidence field's name made from a checklist item; the rest stands in its description."""
MAX_DESCRIPTION: Final = 8192
"""Characters of an evidence field's description; the schema's limit."""
MAX_NOTES: Final = 20
"""Findings about a tasks.md that a session's document keeps; who has more must read `tasks.md` again anyway."""
MAX_NOTE: Final = 500
"""Characters of one of them."""
NOT_STATED: Final = "not stated"
_PLACEHOLDER: Final = re.compile(r"\[(" + "|".join((*PHASE_NAMES, *TASK_NAMES)) + r")\]")
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


class Made(NamedTuple):
    """The document with all its phases, and what was found in tasks.md."""

    document: JsonObject
    findings: tuple[Finding, ...]


def make_phases(recipe: Recipe, text: str) -> Made:
    """Add the phases of a tasks.md to the recipe's document."""
    report = Report()
    plan = read_plan(text, report)
    phases = recipe.document["phases"]
    made: list[Json] = [*phases] if isinstance(phases, list) else []
    for position, phase in enumerate(plan):
        number = recipe.first + position
        if phase.number != number:
            message = f"phase {phase.number} of tasks.md is phase {number} of the session"
            report.minor(TASKS_FILE, "phase-number", message, f"number the phases from {recipe.first} on")
        made.append(_phase(recipe, phase, number, report))
    notes: list[Json] = [_noted(each) for each in report.findings[:MAX_NOTES]]
    document = {**recipe.document, "phases": made}
    if notes:
        extra = document.get("extra")
        document["extra"] = {**(extra if isinstance(extra, dict) else {}), PLAN_NOTES: notes}
    return Made(document, tuple(report.findings))


def _noted(finding: Finding) -> str:
    """Say a finding in a line, as whoever starts a session reads it."""
    place = f"line {finding.line}: " if finding.line is not None else ""
    return short(place + finding.message, MAX_NOTE)


def _phase(recipe: Recipe, phase: PlannedPhase, number: int, report: Report) -> JsonObject:
    values = {
        "PHASE_NUMBER": str(number),
        "PHASE_NAME": phase.name,
        "PHASE_DESCRIPTION": phase.description or NOT_STATED,
        "ESTIMATED_DURATION": phase.duration or NOT_STATED,
        "TASK_COUNT": str(len(phase.tasks)),
        "NEXT_PHASE_NUMBER": str(number + 1),
        "VALIDATION_GATE": _checklist(phase.gate),
    }
    purpose = _fill(recipe.phase_template, values)
    if phase.description and "[PHASE_DESCRIPTION]" not in recipe.phase_template:
        purpose += f"\n\n{phase.description}"
    if phase.gate and "[VALIDATION_GATE]" not in recipe.phase_template:
        purpose += f"\n\n**Validation Gate:**\n{_checklist(phase.gate)}"
    native: JsonObject = {"number": number, "title": short(phase.name, MAX_TITLE), "purpose": purpose.strip()}
    native["tasks"] = [_task(recipe, task, position, values) for position, task in enumerate(phase.tasks, 1)]
    gate = _gate(recipe, phase)
    if gate is None:
        message = f"phase {phase.number} has no validation gate; it asks for a summary only"
        report.minor(TASKS_FILE, "no-gate", message, f"add **Phase {phase.number} Validation Gate:** and a list")
        return native
    return {**native, "gate": gate}


def _task(recipe: Recipe, task: PlannedTask, position: int, phase_values: Mapping[str, str]) -> JsonObject:
    values = {
        **phase_values,
        "TASK_ID": task.id,
        "TASK_NAME": task.name,
        "TASK_DESCRIPTION": task.description or NOT_STATED,
        "ESTIMATED_TIME": task.time or NOT_STATED,
        "DEPENDENCIES": task.dependencies or NOT_STATED,
        "ACCEPTANCE_CRITERIA": _checklist(task.criteria),
        "NEXT_TASK_NUMBER": str(position + 1),
    }
    prompt = _fill(recipe.task_template, values)
    if task.description and "[TASK_DESCRIPTION]" not in recipe.task_template:
        prompt += f"\n\n{task.description}"
    if task.criteria and "[ACCEPTANCE_CRITERIA]" not in recipe.task_template:
        prompt += f"\n\n**Acceptance Criteria:**\n{_checklist(task.criteria)}"
    native: JsonObject = {"id": f"p{phase_values['PHASE_NUMBER']}-t{position}", "title": short(task.name, MAX_TITLE)}
    native["prompt"] = escaped(prompt.strip() or task.name)
    return {**native, "estimatedDuration": short(task.time, MAX_DURATION)} if task.time else native


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders that have a value, in one pass: what a value says is not looked at again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def _checklist(items: tuple[str, ...]) -> str:
    return "\n".join(f"- [ ] {item}" for item in items) or NOT_STATED


def _gate(recipe: Recipe, phase: PlannedPhase) -> JsonObject | None:
    """Give the gate: what the template's gate file says, and a field for each item of the phase's checklist."""
    shared = recipe.gate or {"strict": False, "allowOverride": True, "evidence": {}}
    own = shared["evidence"]
    fields: JsonObject = dict(own) if isinstance(own, dict) else {}
    names = field_names(phase.gate, fields)
    for name, item in zip(names, phase.gate, strict=True):
        fields[name] = {
            "type": "boolean",
            "required": True,
            "description": short(item, MAX_DESCRIPTION),
            "example": True,
            "validators": [{"name": "equals", "params": {"value": True}}],
        }
    return {**shared, "evidence": fields} if fields else None


def field_names(items: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Make names of evidence fields from the items of a checklist, each once.

    >>> field_names(["All tests pass!", "All tests pass?", "90 % covered", "..."])
    ('all_tests_pass', 'all_tests_pass_2', 'item_90_covered', 'item')
    """
    used = set(taken)
    names = []
    for item in items:
        words = _NO_LETTER.sub("_", item.lower()).strip("_")
        plain = words if words[:1].isalpha() else f"item_{words}".rstrip("_")
        name = base = plain[:MAX_FIELD_NAME].rstrip("_")
        number = 1
        while name in used:
            number += 1
            name = f"{base}_{number}"
        used.add(name)
        names.append(name)
    return tuple(names)
