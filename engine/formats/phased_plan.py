"""tasks.md -> phases and tasks, with acceptance criteria and validation gates complete.

Above: phased_dynamic. Below: phased_plan_lines (which line is what), markdown. Pure. Overviews, timelines and graphs
that name a phase again are not new phases; a gate section further down still gives its phase its gate.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.formats.phased_places import MAX_PHASES
from engine.formats.phased_plan_lines import Part, PartKind, parts_of
from engine.formats.phased_report import Report, quoted

TASKS_FILE: Final = "tasks.md"
MAX_NAMED: Final = 10
"""Sections a finding names."""


class PlannedTask(NamedTuple):
    """A task: its id as written ("1.2"), its texts ("" = not stated), its acceptance criteria in order."""

    id: str
    name: str
    description: str
    time: str
    dependencies: str
    criteria: tuple[str, ...]


class PlannedPhase(NamedTuple):
    """A phase: its number as written, its texts ("" = not stated), its tasks and the items of its gate in order."""

    number: int
    name: str
    description: str
    duration: str
    tasks: tuple[PlannedTask, ...]
    gate: tuple[str, ...]


def read_plan(text: str, report: Report) -> tuple[PlannedPhase, ...]:
    r"""Read a tasks.md; no phases (and a critical finding) where it holds none.

    >>> plan = "## Phase 1: Set up\n### Task 1.1: Go\n**Acceptance Criteria:**\n- [ ] It runs\n"
    >>> (phase,) = read_plan(plan, Report())
    >>> phase.name, phase.tasks[0].criteria
    ('Set up', ('It runs',))
    """
    parts = parts_of(text)
    by_number: dict[int, list[Part]] = {}
    for part in parts:
        by_number.setdefault(part.number, []).append(part)
    numbers = sorted({part.number for part in parts if part.kind in (PartKind.PHASE, PartKind.TASK)})
    if not numbers:
        advice = 'write "## Phase 1: Name" and below it "### Task 1.1: Name"'
        report.critical(TASKS_FILE, "no-phases", "there is no phase", advice)
    if len(numbers) > MAX_PHASES:
        message = f"{len(numbers)} phases; at most {MAX_PHASES} are read"
        report.critical(TASKS_FILE, "too-many-phases", message, "split the plan")
        numbers = numbers[:MAX_PHASES]
    mains = {number: _main(by_number[number]) for number in numbers}
    _note_unread(parts, mains, report)
    return tuple(_phase(number, mains[number], by_number[number], report) for number in numbers)


def _main(parts: list[Part]) -> Part | None:
    """Choose of several sections that name a phase the one with its tasks, else the one that says most."""
    headed = [part for part in parts if part.kind is PartKind.PHASE]
    return max(headed, key=lambda part: (part.has_tasks, 0 if part.has_tasks else part.weight()), default=None)


def _phase(number: int, main: Part | None, parts: list[Part], report: Report) -> PlannedPhase:
    """Bring together everything that is said of one phase: its own section, and what stands elsewhere."""
    headed = [part for part in parts if part.kind is PartKind.PHASE]
    own = [part for part in parts if part.kind is PartKind.TASK]
    if main is None:
        message = f"the tasks of phase {number} stand under no heading of that phase"
        report.major(TASKS_FILE, "no-heading", message, f'write "## Phase {number}: Name"', own[0].line)
    elif not own:
        report.minor(TASKS_FILE, "no-tasks", f"phase {number} has no tasks", "add them or remove it", main.line)
    gate = dict.fromkeys(item for part in parts for item in part.gate)
    durations = [part.time for part in ([main] if main is not None else []) + headed if part.time]
    return PlannedPhase(
        number=number,
        name=(main.name if main is not None else "") or f"Phase {number}",
        description=main.description() if main is not None else "",
        duration=durations[0] if durations else "",
        tasks=_tasks(own, report),
        gate=tuple(gate),
    )


def _tasks(parts: list[Part], report: Report) -> tuple[PlannedTask, ...]:
    """Give the tasks in order; one whose id stands twice is taken from where it says most."""
    found: dict[str, Part] = {}
    for part in parts:
        old = found.get(part.id)
        if old is None:
            found[part.id] = part
            continue
        better, other = (part, old) if part.weight() > old.weight() else (old, part)
        found[part.id] = better
        if other.weight():
            message = f"task {part.id} is written twice; lines {better.line} and following count"
            report.major(TASKS_FILE, "repeated-task", message, "merge the two or renumber one", other.line)
    for part in found.values():
        if not part.criteria:
            message = f"task {part.id} has no acceptance criteria"
            report.minor(TASKS_FILE, "no-criteria", message, "add **Acceptance Criteria:** and a list", part.line)
    return tuple(
        PlannedTask(
            id=part.id,
            name=part.name or f"Task {part.id}",
            description=part.description(),
            time=part.time,
            dependencies="\n".join(part.dependencies),
            criteria=tuple(part.criteria),
        )
        for part in found.values()
    )


def _note_unread(parts: list[Part], mains: Mapping[int, Part | None], report: Report) -> None:
    """Name the sections that go into no phase, and gates of phases that are not there."""
    for part in parts:
        if part.gate and part.number not in mains:
            which = "no phase" if part.number < 0 else f"phase {part.number}, which is not there"
            message = f"a validation gate is given for {which}"
            report.major(TASKS_FILE, "stray-gate", message, "correct its number", part.line)
        if part.kind is PartKind.TASK and part.inside not in (None, part.number):
            message = f"task {part.id} stands under phase {part.inside}; it counts for phase {part.number}"
            report.minor(TASKS_FILE, "stray-task", message, "move it or renumber it", part.line)
    others = [
        quoted(part.name or f"Phase {part.number}")
        for part in parts
        if part.description() and _is_unread(part, mains) and (part.name or part.number >= 0)
    ]
    if others:
        more = f" and {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
        message = f"these sections belong to no phase and are not handed out: {', '.join(others[:MAX_NAMED])}{more}"
        report.minor(TASKS_FILE, "overview", message, "move into a phase what its worker must read")


def _is_unread(part: Part, mains: Mapping[int, Part | None]) -> bool:
    """Tell whether what a part says reaches nobody."""
    if part.kind is PartKind.PHASE:
        return mains.get(part.number) is not part
    return part.kind is PartKind.OTHER
