"""`--format text`: one block a finding - file:line:column, severity, place, message, source frame, suggestion.

Above: verbs.validate. Below: reports.model, reports.frame.
"""

from schema.finding import Severity
from server.reports.frame import frame, split_lines
from server.reports.model import FileReport, Note, Say, Totals, Unreadable, plain

MAX_POINTER = 200  # characters of a place; only documents nested without sense have longer ones
COLOURS = {Severity.CRITICAL: "31;1", Severity.MAJOR: "33;1", Severity.MINOR: "36"}


class TextReport:
    """Says each finding as it comes, and a line of totals."""

    def __init__(self, say: Say, *, colour: bool = False) -> None:
        """Take where lines go, and whether severities are coloured."""
        self._say = say
        self._colour = colour

    def file(self, report: FileReport) -> None:
        """Show one file's findings; a clean file says nothing."""
        lines = split_lines(report.text) if report.notes else []
        for note in report.notes:
            self._note(report, note, lines)

    def unreadable(self, entry: Unreadable) -> None:
        """Show one file that could not be read."""
        self._say(f"{plain(entry.name)}: {self._severity(Severity.CRITICAL, 'cannot read')}: {plain(entry.reason)}\n")

    def finish(self, totals: Totals, exit_code: int) -> None:
        """Show the totals."""
        del exit_code
        parts = [f"{totals.files} {_plural('file', totals.files)}", f"{totals.invalid} invalid"]
        if totals.documents != totals.files:
            parts.insert(1, f"{totals.documents} documents")
        if totals.passed_over:
            parts.append(f"{totals.passed_over} passed over (no workflow)")
        if totals.unreadable:
            parts.append(f"{totals.unreadable} not readable")
        counts = f"{totals.critical} critical, {totals.major} major, {totals.minor} minor"
        self._say(f"{', '.join(parts)}; findings: {counts}\n")

    def _note(self, report: FileReport, note: Note, lines: list[str]) -> None:
        finding = note.finding
        place = f"{plain(report.name)}:{finding.line or 1}:{finding.column or 1}"
        severity = self._severity(finding.severity, finding.severity.value)
        pointer = f" at {plain(finding.pointer[:MAX_POINTER])}" if finding.pointer else ""
        document = f" (document {note.document + 1})" if report.documents > 1 and note.document is not None else ""
        block = [f"{place}: {severity}: {plain(finding.message)} [{finding.rule}]{pointer}{document}"]
        if finding.line is not None:
            block += frame(lines, finding.line, finding.column or 1)
        if finding.suggestion:
            block.append(f"    -> {plain(finding.suggestion)}")
        self._say("\n".join(block) + "\n")

    def _severity(self, severity: Severity, words: str) -> str:
        return f"\x1b[{COLOURS[severity]}m{words}\x1b[0m" if self._colour else words


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"
