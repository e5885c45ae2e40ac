"""A finding: one thing wrong in a document, said so that its author can mend it.

Above: every layer (checks produce findings; tools and the CLI show them).
Below: schema.values.
"""

from enum import StrEnum
from typing import NamedTuple

from schema.values import JsonObject


class Severity(StrEnum):
    """How much a finding matters: `critical` = the document is invalid; `major`, `minor` = it works and is listed."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Finding(NamedTuple):
    """Something wrong in a document.

    `pointer` is a JSON Pointer into the document ("" = the whole); `line` and `column` are 1-based positions of the
    offending value in its source text, None where there is no text; `rule` is a stable kebab-case name;
    `suggestion` says what to do next.
    """

    severity: Severity
    rule: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None

    def as_json(self) -> JsonObject:
        """Give the finding as a JSON object; absent parts are left out.

        >>> Finding(Severity.MINOR, "missing-version", "version is missing").as_json()
        {'severity': 'minor', 'pointer': '', 'rule': 'missing-version', 'message': 'version is missing'}
        """
        answer: JsonObject = {"severity": self.severity.value, "pointer": self.pointer}
        if self.line is not None:
            answer["line"] = self.line
        if self.column is not None:
            answer["column"] = self.column
        answer["rule"] = self.rule
        answer["message"] = self.message
        if self.suggestion is not None:
            answer["suggestion"] = self.suggestion
        return answer
