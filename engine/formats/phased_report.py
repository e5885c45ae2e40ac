"""What the readers of a phased folder find wrong, each with the file it stands in.

Above: the readers of phased folders. Below: schema.finding.
"""

from typing import Final

from schema.finding import Finding, Severity

MAX_QUOTED: Final = 100
"""Characters of a foreign text that a message repeats."""


class Report:
    """Findings in the order they were made."""

    def __init__(self) -> None:
        """Begin with none."""
        self.findings: list[Finding] = []

    def critical(self, file: str, rule: str, message: str, suggestion: str, line: int | None = None) -> None:
        """Note what makes the document invalid."""
        self._add(Severity.CRITICAL, file, rule, (message, suggestion), line)

    def major(self, file: str, rule: str, message: str, suggestion: str, line: int | None = None) -> None:
        """Note what works but is surely not meant."""
        self._add(Severity.MAJOR, file, rule, (message, suggestion), line)

    def minor(self, file: str, rule: str, message: str, suggestion: str, line: int | None = None) -> None:
        """Note what works and is worth knowing."""
        self._add(Severity.MINOR, file, rule, (message, suggestion), line)

    def foreign(self, file: str, findings: tuple[Finding, ...]) -> None:
        """Take over the findings of a reader that knows no file names."""
        self.findings += [each._replace(message=f"{file}: {each.message}", pointer="") for each in findings]

    def _add(self, severity: Severity, file: str, rule: str, said: tuple[str, str], line: int | None) -> None:
        message, suggestion = said
        self.findings.append(Finding(severity, rule, f"{file}: {message}", line=line, suggestion=suggestion))


def quoted(text: str) -> str:
    """Give a foreign text as messages repeat it, in quotes and not too long."""
    return repr(text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "...")
