"""What makes the dynamic phases of a folder: its templates, the gate they share, and where tasks.md comes from.

Above: phased, phased_dynamic. Below: phased_metadata, phased_gate. Pure.
"""

import re
from typing import Final, NamedTuple

from engine.formats.phased_files import DYNAMIC, Files
from engine.formats.phased_gate import read_gate_file
from engine.formats.phased_metadata import METADATA, DynamicEntry
from engine.formats.phased_report import Report
from engine.formats.phased_tasks import MAX_TITLE, short
from schema.values import JsonObject

PHASE_NAMES: Final = ("PHASE_NUMBER", "PHASE_NAME", "PHASE_DESCRIPTION", "ESTIMATED_DURATION", "TASK_COUNT",
                      "NEXT_PHASE_NUMBER", "VALIDATION_GATE")  # fmt: skip
"""What a phase template may hold in brackets; a task template may hold these too."""
TASK_NAMES: Final = ("TASK_ID", "TASK_NAME", "TASK_DESCRIPTION", "ESTIMATED_TIME", "DEPENDENCIES",
                     "ACCEPTANCE_CRITERIA", "NEXT_TASK_NUMBER")  # fmt: skip
_TASK_NAME: Final = re.compile(r"\[(?:" + "|".join(TASK_NAMES) + r")\]")


class Recipe(NamedTuple):
    """How dynamic phases are made. `first` is the number of the first one; `gate` what all their gates share.

    `document` is the native document they are added to.
    """

    option: str
    phase_template: str
    task_template: str
    gate: JsonObject | None
    first: int
    title: str
    purpose: str
    document: JsonObject

    def stand_in(self) -> JsonObject:
        """Give the phase shown where a workflow has only dynamic phases and no session has made them yet."""
        title = self.title or "Phases made from tasks.md"
        phase: JsonObject = {"number": self.first, "title": short(title, MAX_TITLE), "tasks": []}
        return {**phase, "purpose": self.purpose} if self.purpose else phase


def recipe_of(entry: DynamicEntry, last: int | None, files: Files, report: Report) -> Recipe | None:
    """Give the recipe; None (and critical findings) where a template is missing.

    `last` is the number of the last phase that stands in the folder, None where none does.
    """
    phase = _template(entry.phase_template, "phase-template.md", files, report)
    task = _template(entry.task_template, "task-template.md", files, report)
    if phase is None or task is None:
        return None
    if found := _TASK_NAME.search(phase):
        message = f"the phase template holds {found[0]}, which only task templates fill"
        report.major(DYNAMIC, "left-over", message, "move it into the task template")
    path = files.gate_file(DYNAMIC)
    content = files.contents[path] if path is not None else None
    gate = (
        read_gate_file(content, path, report, may_be_empty=True) if path is not None and content is not None else None
    )
    return Recipe(entry.option, phase, task, gate, _first(entry, last, report), entry.title, entry.purpose, {})


def _template(named: str, usual: str, files: Files, report: Report) -> str | None:
    """Find a template by its name in metadata, else by its usual name."""
    path = files.named(DYNAMIC, named, METADATA) if named else None
    if path is None:
        path = f"{DYNAMIC}/{usual}"
        if named and path in files.contents:
            message = f"the template {named!r} is missing; {path} is used"
            report.major(METADATA, "missing-template", message, "correct its name in metadata.json")
    text = files.text(path)
    if text is None:
        message = "phases come from tasks.md, but this template is missing"
        report.critical(path, "missing-template", message, f"write {DYNAMIC}/{usual}")
    return text


def _first(entry: DynamicEntry, last: int | None, report: Report) -> int:
    """Give the number behind the last phase of the folder, else the one metadata says, else 1."""
    if last is None:
        return entry.first if entry.first is not None else 1
    first = last + 1
    if entry.first not in (None, first):
        message = f"dynamic phases are said to begin with {entry.first}; they begin with {first}"
        report.minor(METADATA, "phase-number", message, f'write "{first}-N"')
    return first
