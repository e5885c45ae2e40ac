"""What a report is made of: files with their findings, the count of everything, and the shape of a reporter.

Above: verbs.validate fills these; the reporters (text, plain_json, sarif, github) show them. Below: schema.finding.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from schema.finding import Finding, Severity

OK = 0
CRITICAL = 1
CANNOT_READ = 3


class Note(NamedTuple):
    """A finding and the document of its file (from 0) it belongs to; None: to the file as a whole."""

    document: int | None
    finding: Finding


class FileReport(NamedTuple):
    """One file that was read: its name as shown, its text, how many documents it holds, the findings in text order."""

    name: str
    text: str
    documents: int
    notes: tuple[Note, ...]

    @property
    def valid(self) -> bool:
        """True without a critical finding."""
        return all(note.finding.severity is not Severity.CRITICAL for note in self.notes)


class Unreadable(NamedTuple):
    """A file that could not be read, and why."""

    name: str
    reason: str


class Totals(NamedTuple):
    """The count of a whole run."""

    files: int = 0
    documents: int = 0
    invalid: int = 0
    unreadable: int = 0
    passed_over: int = 0
    critical: int = 0
    major: int = 0
    minor: int = 0

    def plus(self, report: FileReport) -> "Totals":
        """Count one more file."""
        severities = [note.finding.severity for note in report.notes]
        return self._replace(
            files=self.files + 1,
            documents=self.documents + report.documents,
            invalid=self.invalid + (not report.valid),
            critical=self.critical + severities.count(Severity.CRITICAL),
            major=self.major + severities.count(Severity.MAJOR),
            minor=self.minor + severities.count(Severity.MINOR),
        )

    def exit_code(self, *, strict: bool) -> int:
        """Give 3 when something could not be read, else 1 for a critical finding (`strict`: any), else 0."""
        if self.unreadable:
            return CANNOT_READ
        return CRITICAL if self.critical or (strict and (self.major or self.minor)) else OK


class Reporter(Protocol):
    """Shows a run as it goes; `say` is where the text goes."""

    def file(self, report: FileReport) -> None:
        """Show one file."""
        ...

    def unreadable(self, entry: Unreadable) -> None:
        """Show one file that could not be read."""
        ...

    def finish(self, totals: Totals, exit_code: int) -> None:
        """Show the end."""
        ...


Say = Callable[[str], None]


def plain(text: str) -> str:
    r"""Replace what could steer a terminal (control and invisible characters, tabs excepted) by the replacement sign.

    >>> plain("a\x1b[31mb")
    'a\ufffd[31mb'
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)
