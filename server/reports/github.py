"""`--format github`: workflow commands that GitHub Actions shows beside the lines of a change.

Above: verbs.validate. Below: reports.model.
"""

from schema.finding import Severity
from server.reports.model import FileReport, Say, Totals, Unreadable

LEVELS = {Severity.CRITICAL: "error", Severity.MAJOR: "warning", Severity.MINOR: "notice"}


class GithubReport:
    """Says one command a finding."""

    def __init__(self, say: Say) -> None:
        """Take where lines go."""
        self._say = say

    def file(self, report: FileReport) -> None:
        """Show one file's findings."""
        for _, finding in report.notes:
            properties = {"file": report.name}
            if finding.line is not None:
                properties |= {"line": str(finding.line), "col": str(finding.column or 1)}
            properties["title"] = finding.rule
            text = finding.message + (f" ({finding.pointer})" if finding.pointer else "")
            suggestion = f"\n{finding.suggestion}" if finding.suggestion else ""
            self._say(_command(LEVELS[finding.severity], properties, text + suggestion))

    def unreadable(self, entry: Unreadable) -> None:
        """Show one file that could not be read."""
        self._say(_command("error", {"file": entry.name, "title": "cannot-read"}, entry.reason))

    def finish(self, totals: Totals, exit_code: int) -> None:
        """Say nothing: the job's exit code tells."""


def _command(level: str, properties: dict[str, str], text: str) -> str:
    r"""Make one command; `%`, line ends and, in properties, `:` and `,` are escaped.

    >>> _command("error", {"file": "a,b"}, "50%")
    '::error file=a%2Cb::50%25\n'
    """
    shown = ",".join(f"{name}={_escape(value, ':,')}" for name, value in properties.items())
    return f"::{level} {shown}::{_escape(text, '')}\n"


def _escape(text: str, more: str) -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
