"""`--format json`: one object for a program - files with findings, what could not be read, a summary.

Above: verbs.validate. Below: reports.model.
"""

import orjson

from schema.values import Json, JsonObject
from server.reports.model import FileReport, Say, Totals, Unreadable


class JsonReport:
    """Collects, and says one JSON object at the end."""

    def __init__(self, say: Say) -> None:
        """Take where the text goes."""
        self._say = say
        self._files: list[Json] = []
        self._unreadable: list[Json] = []

    def file(self, report: FileReport) -> None:
        """Keep one file: {file, valid, documents, findings[]}; `document` counts from 0 where there are several."""
        findings: list[Json] = []
        for note in report.notes:
            document: JsonObject = (
                {"document": note.document} if report.documents > 1 and note.document is not None else {}
            )
            findings.append(document | note.finding.as_json())
        self._files.append(
            {"file": report.name, "valid": report.valid, "documents": report.documents, "findings": findings}
        )

    def unreadable(self, entry: Unreadable) -> None:
        """Keep one file that could not be read: {file, reason}."""
        self._unreadable.append({"file": entry.name, "reason": entry.reason})

    def finish(self, totals: Totals, exit_code: int) -> None:
        """Say it all."""
        summary: JsonObject = {"exitCode": exit_code}
        for name, count in totals._asdict().items():
            summary["passedOver" if name == "passed_over" else name] = count
        answer: JsonObject = {"files": self._files, "unreadable": self._unreadable, "summary": summary}
        self._say(dump(answer))


def dump(value: Json) -> str:
    """Give indented JSON and a line end; what JSON cannot carry (lone surrogates in names) is replaced."""
    try:
        data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        import json  # noqa: PLC0415 - only for what orjson refuses

        return json.dumps(value, indent=2) + "\n"
    return data.decode()
