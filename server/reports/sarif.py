"""`--format sarif`: SARIF 2.1.0, the format code scanning services read. critical, major, minor = error, warning, note.

Above: verbs.validate. Below: reports.model, plain_json.dump.
"""

from pathlib import PurePath
from urllib.parse import quote

from schema.finding import Finding, Severity
from schema.values import Json, JsonObject
from server.reports.frame import WINDOW, split_lines
from server.reports.model import FileReport, Note, Say, Totals, Unreadable
from server.reports.plain_json import dump

LEVELS: dict[Severity, str] = {Severity.CRITICAL: "error", Severity.MAJOR: "warning", Severity.MINOR: "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class SarifReport:
    """Collects, and says one SARIF log at the end."""

    def __init__(self, say: Say, version: str) -> None:
        """Take where the text goes and the version of this program."""
        self._say = say
        self._version = version
        self._rules: dict[str, int] = {}
        self._results: list[Json] = []
        self._notifications: list[Json] = []

    def file(self, report: FileReport) -> None:
        """Keep one file's findings as results."""
        lines = split_lines(report.text) if report.notes else []
        self._results.extend(self._result(report, note, lines) for note in report.notes)

    def unreadable(self, entry: Unreadable) -> None:
        """Keep one file that could not be read as a notification of the run."""
        self._notifications.append(
            {
                "level": "error",
                "message": {"text": f"{entry.name}: {entry.reason}"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(entry.name)}}}],
            }
        )

    def finish(self, totals: Totals, exit_code: int) -> None:
        """Say it all."""
        driver: JsonObject = {
            "name": "workflow-lookup",
            "version": self._version,
            "rules": [{"id": rule} for rule in self._rules],
        }
        invocation: JsonObject = {
            "executionSuccessful": totals.unreadable == 0,
            "exitCode": exit_code,
            "toolExecutionNotifications": self._notifications,
        }
        run: JsonObject = {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": self._results,
        }
        self._say(dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))

    def _result(self, report: FileReport, note: Note, lines: list[str]) -> JsonObject:
        finding = note.finding
        text = finding.message + (f". {finding.suggestion}" if finding.suggestion else "")
        physical: JsonObject = {"artifactLocation": {"uri": uri(report.name)}}
        if finding.line is not None:
            physical["region"] = _region(finding, lines)
        location: JsonObject = {"physicalLocation": physical}
        if finding.pointer:
            location["logicalLocations"] = [{"fullyQualifiedName": finding.pointer}]
        return {
            "ruleId": finding.rule,
            "ruleIndex": self._rules.setdefault(finding.rule, len(self._rules)),
            "level": LEVELS[finding.severity],
            "message": {"text": text},
            "locations": [location],
        }


def _region(finding: Finding, lines: list[str]) -> JsonObject:
    line = finding.line or 1
    region: JsonObject = {"startLine": line, "startColumn": finding.column or 1}
    if line <= len(lines) and len(lines[line - 1]) <= WINDOW:
        region["snippet"] = {"text": lines[line - 1]}
    return region


def uri(name: str) -> str:
    """Give a file's name as a URI reference: relative stays relative, absolute becomes file://.

    >>> uri("a b/ü.json"), uri("/x.json"), uri("-")
    ('a%20b/%C3%BC.json', 'file:///x.json', 'stdin')
    """
    if name == "-":
        return "stdin"
    quoted = quote(PurePath(name).as_posix(), errors="surrogateescape")
    return f"file://{quoted}" if quoted.startswith("/") else quoted
