"""A phased workflow folder -> one native document, findings, and what makes the phases that come from tasks.md.

Above: engine.library_phased. Below: phased_metadata, phased_tasks, phased_gate, phased_root. Pure. Unknown keys of
metadata go to `extra`; what a gate file says and cannot be honoured is critical.
"""

from collections.abc import Mapping
from typing import NamedTuple

from engine.formats.markdown import checkbox, heading, lines
from engine.formats.phased_files import PHASES, Files
from engine.formats.phased_gate import read_gate_file
from engine.formats.phased_metadata import METADATA, REQUIRED_EVIDENCE, PhaseEntry, read_metadata
from engine.formats.phased_pages import read_page
from engine.formats.phased_places import Place, places
from engine.formats.phased_recipe import Recipe, recipe_of
from engine.formats.phased_report import Report
from engine.formats.phased_root import check_start, check_total, root_of
from engine.formats.phased_tasks import MAX_TITLE, Gatherer, PhaseTasks, escaped, short, within_limit
from schema.finding import Finding
from schema.values import Json, JsonObject


class Imported(NamedTuple):
    """What a folder gave: its document (None where metadata.json cannot be read), every finding in the order made.

    `recipe` makes the dynamic phases; None where all phases are in the folder.
    """

    document: JsonObject | None
    findings: tuple[Finding, ...]
    recipe: Recipe | None


def read_folder(name: str, contents: Mapping[str, bytes | None]) -> Imported:
    """Read a phased folder called `name`; `contents` by path in it, None for files that were not read."""
    report = Report()
    files = Files(contents, report)
    files.used.add(METADATA)
    metadata = read_metadata(contents.get(METADATA) or b"", report)
    if metadata is None:
        return Imported(None, tuple(report.findings), None)
    root = root_of(metadata, name, report)
    phases: list[Json] = [
        _Phase(found, entry, files, report).native() for found, entry in places(metadata, files, report)
    ]
    rest = {str(entry.number): entry.rest for entry in metadata.phases if entry.rest}
    last = _number(phases[-1]) if phases else None
    recipe = recipe_of(metadata.dynamic, last, files, report) if metadata.dynamic is not None else None
    if recipe is None and metadata.dynamic is None:
        check_total(metadata, len(phases), report)
    if phases:
        check_start(metadata, _number(phases[0]), report)
    _note_unused(files, report)
    extra = _extra(root.pop("extra", {}), {**rest}, files)
    document = {**root, "phases": phases} | ({"extra": extra} if extra else {})
    return _finished(document, recipe, report)


def _finished(document: JsonObject, recipe: Recipe | None, report: Report) -> Imported:
    """Give a folder whose phases are all dynamic one empty phase to show; its templates stay in the recipe."""
    phases = document["phases"]
    if recipe is not None:
        recipe = recipe._replace(document=document)
        if not phases:
            document = {**document, "phases": [recipe.stand_in()]}
    elif not phases:
        report.critical(METADATA, "no-phases", "there is no phase", f"write {PHASES}/1/phase.md")
    return Imported(document, tuple(report.findings), recipe)


def _number(phase: Json) -> int:
    number = phase["number"] if isinstance(phase, dict) else 0
    return number if isinstance(number, int) else 0


class _Phase:
    """One phase on its way into the native document."""

    def __init__(self, found: Place, entry: PhaseEntry, files: Files, report: Report) -> None:
        self._found = found
        self._entry = entry
        self._files = files
        self._report = report

    def native(self) -> JsonObject:
        """Give the native phase."""
        path, number = self._found.page, self._found.number
        text = self._files.text(path) if path is not None else None
        if path is not None and text is not None:
            self._files.check_links(path, text)
        page = read_page(text) if text is not None else None
        gathered = Gatherer(number, self._found.folder, self._files, self._report).gather(
            self._entry.tasks, page, path or METADATA
        )
        told = page.without(gathered.moved, gathered.listed) if page is not None else ""
        title = self._entry.title or (page.title if page is not None else "") or f"Phase {number}"
        if not gathered.tasks and self._found.is_one_page and text and text.strip():
            gathered, told = self._whole(text, title), ""
        if not gathered.tasks:
            self._no_tasks(path)
        phase: JsonObject = {"number": number, "title": short(title, MAX_TITLE)}
        purpose = self._purpose(told)
        if purpose:
            phase["purpose"] = within_limit(purpose, path or METADATA, self._report)
        phase["tasks"] = [*gathered.tasks]
        return {**phase, **self._gate(text or ""), **self._entry.flags}

    def _no_tasks(self, path: str | None) -> None:
        """Note a phase without tasks; one that says nothing at all cannot be worked on."""
        message, advice = f"phase {self._found.number} has no tasks", "add task-1-<name>.md"
        if path is None and not self._entry.purpose:
            self._report.critical(self._found.folder, "empty-phase", f"{message}, no page and no purpose", advice)
        else:
            self._report.minor(path or METADATA, "no-tasks", message, advice)

    def _whole(self, text: str, title: str) -> PhaseTasks:
        """Make the page of a phase without tasks its one task."""
        task: JsonObject = {"id": f"p{self._found.number}-t1", "title": short(title, MAX_TITLE)}
        prompt = within_limit(escaped(text.strip()), self._found.page or METADATA, self._report)
        return PhaseTasks(({**task, "prompt": prompt},), (), ())

    def _purpose(self, told: str) -> str:
        """Give what metadata and the page say of the phase; what stands in both is said once."""
        parts = [self._entry.purpose] if self._entry.purpose not in told else []
        parts.append(told)
        for name, texts in self._entry.facts:
            if not all(text in told for text in texts):
                parts.append(f"**{name}:** {texts[0]}" if len(texts) == 1 else _listed(name, texts))
        return "\n\n".join(part for part in parts if part)

    def _gate(self, text: str) -> JsonObject:
        """Give the gate of the phase's gate file; a checklist without one is text, and a note says so."""
        path = self._files.gate_file(self._found.folder)
        content = self._files.contents[path] if path is not None else None
        if path is not None and content is not None:
            gate = read_gate_file(content, path, self._report)
            return {"gate": gate} if gate is not None else {}
        advice = f"write {self._found.folder}/gate-definition.yaml"
        if any(name == REQUIRED_EVIDENCE for name, _ in self._entry.facts):
            message = f"phase {self._found.number}: checkpoint.required_evidence is shown, but no gate enforces it"
            self._report.minor(METADATA, "loose-evidence", message, advice)
        number = _checklist(text)
        if number is not None and self._found.page is not None:
            message = (
                "the validation gate is a checklist for readers; nothing enforces it without a gate-definition.yaml"
            )
            self._report.minor(self._found.page, "loose-checklist", message, advice, number)
        return {}


def _listed(name: str, texts: tuple[str, ...]) -> str:
    return "\n".join([f"**{name}:**", *(f"- {text}" for text in texts)])


def _checklist(text: str) -> int | None:
    """Give the line of the first checkbox under a "Validation Gate" heading."""
    is_inside = False
    for line in lines(text):
        found = heading(line)
        if found is not None:
            is_inside = "validation gate" in found.title.lower()
        elif is_inside and checkbox(line) is not None:
            return line.number
    return None


def _note_unused(files: Files, report: Report) -> None:
    """Note what lies among the phases and belongs to none; a gate under another name guards nothing."""
    for path in sorted(files.contents):
        if path in files.used or not path.startswith(PHASES + "/"):
            continue
        if path.endswith((".yaml", ".yml")):
            report.major(path, "unused-file", "no phase takes this file", "a gate must be called gate-definition.yaml")
        else:
            report.minor(path, "unused-file", "no phase takes this file", "call it task-<number>-<name>.md or move it")


def _extra(left: Json, rest: JsonObject, files: Files) -> JsonObject:
    """Give what has no native key: the rest of metadata, of its phases, and the names of files that are no pages."""
    extra: JsonObject = dict(left) if isinstance(left, dict) else {}
    if rest:
        key = "phases" if "phases" not in extra else "phase_entries"
        extra[key] = rest
    others: list[Json] = [path for path in sorted(files.contents) if path not in files.used]
    if others:
        extra["files" if "files" not in extra else "folder_files"] = others
    return extra
