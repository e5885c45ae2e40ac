"""One document, fully checked: brought into native form, held against the schema, its structure looked at.

Above: engine.library_read, tools.workflow_validate, the CLI. Below: formats.native, formats.automation, schema.check,
structure, retired_types.
"""

from typing import NamedTuple

from engine.formats.native import normalise
from engine.retired_types import retired
from engine.structure import structure_findings
from schema.check import Violation, check_workflow
from schema.finding import Finding, Severity
from schema.source import SourceDocument
from schema.values import Json, JsonObject


class Review(NamedTuple):
    """What checking gave: the native document (None where the value is no object), and every finding, in order."""

    native: JsonObject | None
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """True when no finding is critical: the document can be used."""
        return not any(finding.severity is Severity.CRITICAL for finding in self.findings)


def review(document: SourceDocument | Json) -> Review:
    """Check one workflow document; with a SourceDocument the findings carry lines and columns.

    >>> review({"id": "greet", "name": "Greet", "description": "Says hello.", "steps": []}).is_valid
    False
    """
    value: Json = document.value if isinstance(document, SourceDocument) else document
    native, findings = _checked(value)
    if isinstance(document, SourceDocument):
        findings = tuple(sorted((_located(finding, document) for finding in findings), key=_place))
    return Review(native, findings)


def review_automation(document: SourceDocument | JsonObject, stem: str = "") -> Review:
    """Check an automation document (library_read.kind_of says what is one), `stem` the name of its file.

    Findings point into the document as written. The schema and the structure are looked at when the importer has no
    critical finding: what it could not read would only be missed there.

    >>> review_automation({"name": "say:hello", "steps": [{"type": "user_mesage"}]}).findings[-1].suggestion
    "did you mean 'user_message'?"
    """
    from engine.formats.automation import read_automation  # noqa: PLC0415 - a dozen modules, for documents that need it

    value = document.value if isinstance(document, SourceDocument) else document
    native, findings, origins = read_automation(value if isinstance(value, dict) else {}, stem)
    if not any(finding.severity is Severity.CRITICAL for finding in findings):
        violations = check_workflow(native)
        others = map(_critical, violations) if violations else structure_findings(native)
        findings = (*findings, *(each._replace(pointer=origins.of(each.pointer)) for each in others))
    if isinstance(document, SourceDocument):
        findings = tuple(sorted((_located(finding, document) for finding in findings), key=_place))
    return Review(native, findings)


def _checked(value: Json) -> tuple[JsonObject | None, tuple[Finding, ...]]:
    native, notes = normalise(value) if isinstance(value, dict) else (None, ())
    checked = value if native is None else native
    violations = check_workflow(checked)
    if violations:
        return native, (*notes, *(retired(checked, each) or _critical(each) for each in violations))
    return native, (*notes, *(structure_findings(native) if native is not None else ()))


def _place(finding: Finding) -> tuple[int, int]:
    return finding.line or 0, finding.column or 0


def _critical(violation: Violation) -> Finding:
    """Give a violation of the schema as a finding."""
    pointer, rule, message, suggestion = violation
    return Finding(Severity.CRITICAL, rule, message, pointer, suggestion=suggestion)


def _located(finding: Finding, document: SourceDocument) -> Finding:
    line, column = document.locate(finding.pointer)
    return finding._replace(line=line, column=column)
