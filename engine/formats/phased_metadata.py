"""metadata.json of a phased folder -> typed values; both of its shapes, and every key it may carry.

Above: phased, phased_root. Below: schema.source. Pure. Nothing is refused for being unknown: what has no place in a
native document is kept as it stands.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from engine.formats.phased_report import Report, quoted
from schema import source
from schema.values import Json, JsonObject

METADATA: Final = "metadata.json"
SOURCE_OPTION: Final = "spec_path"
"""The session option that says where tasks.md is, unless dynamic_config.source_path_key names another."""
REQUIRED_EVIDENCE: Final = "Required evidence"
_DYNAMIC_NUMBER: Final = re.compile(r"([0-9]{1,4})\s{0,8}(?:-|to|\.\.)\s{0,8}[Nn]")
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_TASK_KEYS: Final = frozenset(
    ("task_number", "number", "name", "title", "file", "purpose", "estimated_time", "estimated_effort", "artifacts")
)
_LISTED: Final = (
    ("Estimated effort", ("estimated_effort", "estimated_time")),
    ("Skip condition", ("skip_condition",)),
    ("Key deliverables", ("key_deliverables",)),
    ("Validation criteria", ("validation_criteria",)),
)
_PLAIN: Final = (str, int, float)


class TaskEntry(NamedTuple):
    """A task as metadata lists it; texts are "" and the number None where it says nothing."""

    number: int | None
    title: str
    file: str
    purpose: str
    time: str
    artifacts: tuple[str, ...]


class PhaseEntry(NamedTuple):
    """A phase as metadata lists it. `facts`: (heading, texts) worth telling whoever works on the phase.

    `rest` is what has no place in a native phase.
    """

    number: int
    title: str
    purpose: str
    file: str
    tasks: tuple[TaskEntry, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    flags: JsonObject
    rest: JsonObject


class DynamicEntry(NamedTuple):
    """What metadata says of phases made from tasks.md. `first` is the number of the first, None where not said."""

    first: int | None
    option: str
    phase_template: str
    task_template: str
    title: str
    purpose: str


class Metadata(NamedTuple):
    """The whole file: its object, the phases listed in it, and the dynamic ones."""

    value: JsonObject
    phases: tuple[PhaseEntry, ...]
    dynamic: DynamicEntry | None


def read_metadata(content: bytes, report: Report) -> Metadata | None:
    """Read the file; None (and critical findings) where it is no JSON object."""
    parsed = source.read(content, source.Syntax.JSON)
    report.foreign(METADATA, parsed.findings)
    value = parsed.documents[0].value if parsed.documents else None
    if not isinstance(value, dict):
        if not parsed.findings:
            report.critical(METADATA, "metadata-shape", "this is no JSON object", "write the workflow's keys in { }")
        return None
    entries = list(_entries(value, report))
    numbered = _numbered(entries, report)
    return Metadata(value, numbered, _dynamic(value, [entry for number, entry in entries if number is None], report))


def text_of(value: Json) -> str:
    """Give a text or number as text without blanks around it; "" for everything else.

    >>> text_of(" a "), text_of(2), text_of(True), text_of(None)
    ('a', '2', '', '')
    """
    return str(value).strip() if isinstance(value, _PLAIN) and not isinstance(value, bool) else ""


def texts_of(value: Json) -> tuple[str, ...]:
    """Give the texts of a list, or of a single text; members of other kinds are written as they are.

    >>> texts_of(["a", 2]), texts_of("b"), texts_of(None)
    (('a', '2'), ('b',), ())
    """
    members = value if isinstance(value, list) else [value]
    return tuple(each for each in map(_member, members) if each)


def _member(value: Json) -> str:
    return text_of(value) or ("" if value is None else str(value))


def first_of(value: JsonObject, *keys: str) -> Json:
    """Give the first of these keys that is there and not null."""
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _entries(value: JsonObject, report: Report) -> Iterator[tuple[int | None, JsonObject]]:
    """Give the listed phases with their numbers; None marks the dynamic ones."""
    phases = value.get("phases")
    if phases is None or (isinstance(phases, int) and not isinstance(phases, bool)):
        return  # the older shape: only how many there are
    if not isinstance(phases, list):
        report.critical(METADATA, "metadata-shape", "phases is neither a list nor a number", "list the phases")
        return
    for position, entry in enumerate(phases):
        if not isinstance(entry, dict):
            report.critical(METADATA, "metadata-shape", f"phases[{position}] is no object", "write {phase_number, ...}")
            continue
        number = _number(first_of(entry, "phase_number", "number"), position, report)
        if number != -1:
            yield number, entry


def _number(value: Json, position: int, report: Report) -> int | None:
    """Give a phase's number: None for "1-N", -1 (and a finding) where it cannot be understood."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = text_of(value)
    if _NUMBER.fullmatch(text):
        return int(text)
    if _DYNAMIC_NUMBER.fullmatch(text):
        return None
    said = f"phases[{position}] has the number {quoted(text)}" if text else f"phases[{position}] has no phase_number"
    report.critical(METADATA, "phase-number", said, 'write a whole number, or "1-N" for phases made from tasks.md')
    return -1


def _numbered(entries: list[tuple[int | None, JsonObject]], report: Report) -> tuple[PhaseEntry, ...]:
    found: dict[int, PhaseEntry] = {}
    for number, entry in entries:
        if number is None:
            continue
        if number in found:
            report.critical(METADATA, "repeated-phase", f"phase {number} is listed twice", "give each its own number")
        found.setdefault(number, _phase(number, entry, report))
    return tuple(found[number] for number in sorted(found))


def _phase(number: int, entry: JsonObject, report: Report) -> PhaseEntry:
    """Read one entry; what has a place in a native phase leaves `rest`."""
    flags: JsonObject = {}
    used = {"phase_number", "number", "phase_name", "name", "purpose", "tasks", "file", "phase_file"}
    for theirs, ours in (("skippable", "skippable"), ("requires_restart", "requiresRestart")):
        if isinstance(entry.get(theirs), bool):
            flags[ours] = entry[theirs]
            used.add(theirs)
    tasks = entry.get("tasks")
    rest = {key: value for key, value in entry.items() if key not in used}
    members = tasks if isinstance(tasks, list) else []
    left = [_left_of(each) for each in members]
    if any(left) or (tasks is not None and not isinstance(tasks, list)):
        rest["tasks"] = [*left] if isinstance(tasks, list) else tasks
    return PhaseEntry(
        number=number,
        title=text_of(first_of(entry, "phase_name", "name")),
        purpose=text_of(entry.get("purpose")),
        file=text_of(first_of(entry, "phase_file", "file")),
        tasks=tuple(_task(number, each, report) for each in members),
        facts=tuple(_facts(entry)),
        flags=flags,
        rest=rest,
    )


def _left_of(task: Json) -> Json:
    """Give what of a listed task has no place in a native one."""
    return {key: each for key, each in task.items() if key not in _TASK_KEYS} if isinstance(task, dict) else task


def _facts(entry: JsonObject) -> Iterator[tuple[str, tuple[str, ...]]]:
    for heading, keys in _LISTED:
        texts = texts_of(first_of(entry, *keys))
        if texts:
            yield heading, texts
    for holder, key, heading in (
        ("checkpoint", "required_evidence", REQUIRED_EVIDENCE),
        ("task_execution", "approach", "Approach"),
        ("task_execution", "description", "How the tasks are done"),
    ):
        inner = entry.get(holder)
        texts = texts_of(inner.get(key)) if isinstance(inner, dict) else ()
        if texts:
            yield heading, texts


def _task(phase: int, value: Json, report: Report) -> TaskEntry:
    if not isinstance(value, dict):
        if not isinstance(value, str):
            report.major(METADATA, "metadata-shape", f"phase {phase} lists a task that is no object", "write {name}")
        return TaskEntry(None, text_of(value), "", "", "", ())
    number = first_of(value, "task_number", "number")
    return TaskEntry(
        number=number if isinstance(number, int) and not isinstance(number, bool) else None,
        title=text_of(first_of(value, "name", "title")),
        file=text_of(value.get("file")),
        purpose=text_of(value.get("purpose")),
        time=text_of(first_of(value, "estimated_time", "estimated_effort")),
        artifacts=texts_of(value.get("artifacts")),
    )


def _dynamic(value: JsonObject, entries: list[JsonObject], report: Report) -> DynamicEntry | None:
    """Bring together the three places that may speak of dynamic phases; None where none does."""
    config = value.get("dynamic_config")
    if not entries and value.get("dynamic_phases") is not True and value.get("total_phases") != "dynamic":
        return None
    if len(entries) > 1:
        report.critical(METADATA, "repeated-phase", "two entries speak of dynamic phases", "merge them into one")
    entry = entries[0] if entries else {}
    execution = entry.get("task_execution")
    execution = execution if isinstance(execution, dict) else {}
    config = config if isinstance(config, dict) else {}
    templates = config.get("templates")
    templates = templates if isinstance(templates, dict) else {}
    found = _DYNAMIC_NUMBER.fullmatch(text_of(first_of(entry, "phase_number", "number")))
    return DynamicEntry(
        first=int(found[1]) if found else None,
        option=text_of(config.get("source_path_key")) or SOURCE_OPTION,
        phase_template=text_of(templates.get("phase")) or text_of(execution.get("phase_template")),
        task_template=text_of(templates.get("task")) or text_of(execution.get("template")),
        title=text_of(first_of(entry, "phase_name", "name")),
        purpose=text_of(entry.get("purpose")),
    )
