"""Phased folders for tests: built in memory, written to disk, read through the importer.

Above: tests/unit/engine/test_phased*.py, test_library_phased.py. Below: engine.formats.phased.
"""

from pathlib import Path
from typing import Final

import orjson

from engine.formats.phased import Imported, read_folder
from engine.review import review
from schema.finding import Finding, Severity
from schema.values import Json, JsonObject

PHASE_PAGE: Final = "# Phase 1: Look\n\nLook before you leap.\n"
TASK_PAGE: Final = "# Task 1: Read\n\nRead it.\n"
GATE: Final = """
checkpoint:
  strict: true
  allow_override: false
evidence_schema:
  done: {type: boolean, required: true, description: It is done}
"""


def metadata(**keys: Json) -> JsonObject:
    """Give metadata of one phase with one task; `keys` are set on top, null takes a key away."""
    tasks: list[Json] = [{"task_number": 1, "name": "Read", "file": "task-1-read.md"}]
    whole: JsonObject = {
        "workflow_type": "look_v1",
        "version": "1.0.0",
        "name": "Look",
        "description": "Looks at things.",
        "phases": [{"phase_number": 1, "phase_name": "Look", "tasks": tasks}],
        **keys,
    }
    return {key: value for key, value in whole.items() if value is not None}


def folder(about: JsonObject | None = None, pages: dict[str, str | None] | None = None) -> dict[str, bytes | None]:
    """Give a sound folder by path; a page that is None is left out."""
    files: dict[str, bytes | None] = {
        "metadata.json": orjson.dumps(metadata() if about is None else about),
        "phases/1/phase.md": PHASE_PAGE.encode(),
        "phases/1/task-1-read.md": TASK_PAGE.encode(),
    }
    return with_pages(files, pages or {})


def with_pages(files: dict[str, bytes | None], pages: dict[str, str | None]) -> dict[str, bytes | None]:
    """Give the files with pages put in their place; a page that is None is taken away."""
    changed = {path: text.encode() for path, text in pages.items() if text is not None}
    return {path: content for path, content in (files | changed).items() if pages.get(path, "") is not None}


def imported(files: dict[str, bytes | None], name: str = "look_v1") -> Imported:
    """Read a folder, and make sure that what came of it is either valid or said to be invalid."""
    result = read_folder(name, files)
    if result.document is not None and not critical(result.findings):
        assert [each for each in review(result.document).findings if each.severity is not Severity.MINOR] == []
    return result


def document(files: dict[str, bytes | None], name: str = "look_v1") -> JsonObject:
    """Give the document of a folder that can be read."""
    result = imported(files, name).document
    assert result is not None
    return result


def phases(files: dict[str, bytes | None]) -> list[JsonObject]:
    """Give the native phases."""
    found = document(files)["phases"]
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, dict)]


def tasks(files: dict[str, bytes | None], phase: int = 0) -> list[JsonObject]:
    """Give the native tasks of one phase, by its position."""
    found = phases(files)[phase]["tasks"]
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, dict)]


def critical(findings: tuple[Finding, ...]) -> list[Finding]:
    """Give those that make a document invalid."""
    return [each for each in findings if each.severity is Severity.CRITICAL]


def rules(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Give (severity, rule) of each finding, in order."""
    return [(each.severity.value, each.rule) for each in findings]


def found(files: dict[str, bytes | None], rule: str) -> Finding:
    """Give the one finding of a rule."""
    (finding,) = (each for each in imported(files).findings if each.rule == rule)
    return finding


def write_folder(root: Path, files: dict[str, bytes | None]) -> Path:
    """Write a folder to disk and give its path."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content or b"")
    return root
