"""Every row of the mapping of automation YAML, and its oddities: what is given, what comes of it, what is found.

A case is a member of a file in `rows/`: `given` (a document, or only its steps), `native` (the steps), `root` (what
the document has at least), `extra` (all of it), `findings` (severity, rule, place), none where it says nothing.
"""

from pathlib import Path

import pytest

from engine.formats.automation import Imported, read_automation
from schema.check import check_workflow
from schema.source import Syntax, read
from schema.values import Json, JsonObject

ROWS = Path(__file__).parent / "rows"


def cases() -> list[tuple[str, JsonObject]]:
    """Give every case with its sentence."""
    found: list[tuple[str, JsonObject]] = []
    for path in sorted(ROWS.glob("*.yaml")):
        parsed = read(path.read_bytes(), Syntax.YAML)
        assert not parsed.findings, parsed.findings
        value = parsed.documents[0].value
        assert isinstance(value, dict)
        found += [(f"{path.stem}: {name}", each) for name, each in value.items() if isinstance(each, dict)]
    return found


def document_of(case: JsonObject) -> JsonObject:
    """Give the document of a case."""
    given = case["given"]
    if isinstance(given, dict):
        return given
    return {"name": "test:case", "description": "A case.", "version": "1.0.0", "steps": given}


def findings_of(imported: Imported) -> list[Json]:
    return [[each.severity.value, each.rule, each.pointer] for each in imported.findings]


CASES = cases()


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_what_is_given_becomes_what_the_row_says(case: JsonObject) -> None:
    stem = "the-file" if isinstance(case.get("root"), dict) else ""
    imported = read_automation(document_of(case), stem)
    findings = case.get("findings", [])
    assert findings_of(imported) == findings
    if "native" in case:
        assert imported.document["steps"] == case["native"]
    root = case.get("root", {})
    assert isinstance(root, dict)
    assert {key: imported.document.get(key) for key in root} == root
    if "extra" in case:
        assert imported.document["extra"] == case["extra"]


SOUND = [(name, case) for name, case in CASES if "critical" not in str(case.get("findings"))]


@pytest.mark.parametrize("case", [case for _, case in SOUND], ids=[name for name, _ in SOUND])
def test_what_has_no_critical_finding_passes_the_schema(case: JsonObject) -> None:
    assert check_workflow(read_automation(document_of(case), "the-file").document) == ()


def test_what_is_given_is_never_changed() -> None:
    for _, case in CASES:
        given = document_of(case)
        before = repr(given)
        read_automation(given, "the-file")
        assert repr(given) == before
