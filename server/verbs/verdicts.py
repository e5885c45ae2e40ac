"""The text of one file -> its report: as workflows, or against a schema of the user's.

Above: verbs.validate. Below: schema.source (text -> documents), engine.review, schema.check.
"""

from collections.abc import Callable
from typing import NamedTuple

from engine.library_model import AUTOMATION_YAML, NO_WORKFLOW
from engine.library_read import check, kind_of, stem_of
from engine.review import review
from schema.check import Checker
from schema.finding import Finding, Severity
from schema.source import Parsed, SourceDocument, Syntax, syntax_of
from schema.source import read as read_source
from server.reports.model import FileReport, Note

MAX_WORKFLOW_BYTES = 1_000_000  # what the library reads
MAX_DATA_BYTES = 64_000_000  # a document for `--schema`: parsed it takes about ten times that
MAX_NOTES = 1_000  # findings shown of one file: a report stays readable, memory stays bounded

MARKS = frozenset({"id", "steps", "phases"})  # keys by one of which a workflow is known

Judge = Callable[[SourceDocument, Syntax, str], tuple[Finding, ...]]


class Rules(NamedTuple):
    """What files are held against: `is_meant` says whether a searched file counts.

    `judge` checks one document, given the syntax and the name of its file.

    `with_folders`: phased workflow folders are documents too.
    """

    judge: Judge
    is_meant: Callable[[Parsed, Syntax], bool]
    max_bytes: int
    with_folders: bool = False


def workflow_rules() -> Rules:
    """Files are workflows: schema and structure; searched files of another kind are passed over."""
    return Rules(_judge_workflow, _holds_workflow, MAX_WORKFLOW_BYTES, with_folders=True)


def _judge_workflow(document: SourceDocument, syntax: Syntax, name: str) -> tuple[Finding, ...]:
    """Check one document; an object of another kind is one finding, not one for each key."""
    value = document.value
    if kind_of(value, syntax) == AUTOMATION_YAML:
        return check(document, AUTOMATION_YAML, stem_of(name)).findings
    if not isinstance(value, dict) or value.keys() & MARKS:
        return review(document).findings
    message = "this is no workflow: it has neither id, steps nor phases"
    advice = "`workflow-lookup new ID` makes one to start from"
    return (Finding(Severity.CRITICAL, "no-workflow", message, "", *document.locate(""), advice),)


def schema_rules(checker: Checker) -> Rules:
    """Files are data for one schema; every violation is critical."""

    def judge(document: SourceDocument, _syntax: Syntax, _name: str) -> tuple[Finding, ...]:
        found = []
        if not checker.accepts(document.value):
            for violation in checker.explain(document.value):
                line, column = document.locate(violation.pointer)
                finding = Finding(Severity.CRITICAL, violation.rule, violation.message, violation.pointer, line, column)
                found.append(finding._replace(suggestion=violation.suggestion))
        return tuple(found)

    return Rules(judge, lambda _parsed, _syntax: True, MAX_DATA_BYTES)


def report(
    name: str, data: bytes, rules: Rules, *, syntax: Syntax | None = None, found: bool = False
) -> FileReport | None:
    """Judge one file; None when it was found by search and is nothing the rules are about."""
    text = data.decode("utf-8-sig", "replace")  # for frames; what is not UTF-8 is a finding of read_source
    syntax = syntax or syntax_of(name) or guess(text)
    parsed = read_source(data, syntax, rules.max_bytes)
    if found and not rules.is_meant(parsed, syntax):
        return None
    notes = [Note(None, finding) for finding in parsed.findings]
    if not parsed.documents and not notes:
        notes.append(Note(None, Finding(Severity.CRITICAL, "empty", "the file holds no document", "", 1, 1)))
    for number, document in enumerate(parsed.documents):
        notes.extend(Note(number, finding) for finding in rules.judge(document, syntax, name))
    return FileReport(name, text, len(parsed.documents), bounded(notes))


def too_large(name: str, most: int) -> FileReport:
    """Give the report of a file beyond the limit; `size` is the rule schema.source has for it."""
    finding = Finding(Severity.CRITICAL, "size", f"more than {most:,} bytes", suggestion="split the file")
    return FileReport(name, "", 0, (Note(None, finding),))


def guess(text: str) -> Syntax:
    """Choose the syntax of a text without a file name: JSON where it looks like it, else YAML.

    >>> guess(' {"id": 1}'), guess("id: 1")
    (<Syntax.JSON: 'json'>, <Syntax.YAML: 'yaml'>)
    """
    return Syntax.JSON if text.lstrip().startswith(("{", "[")) else Syntax.YAML


def _holds_workflow(parsed: Parsed, syntax: Syntax) -> bool:
    """Say whether a searched file is to be judged: it cannot be parsed, or holds a workflow."""
    critical = any(finding.severity is Severity.CRITICAL for finding in parsed.findings)
    return critical or any(kind_of(document.value, syntax) != NO_WORKFLOW for document in parsed.documents)


def bounded(notes: list[Note]) -> tuple[Note, ...]:
    """Order by position and keep at most MAX_NOTES; the last one then says how many more there are."""
    notes.sort(key=lambda note: (note.finding.line or 0, note.finding.column or 0))
    if len(notes) > MAX_NOTES:
        worst = Severity.CRITICAL if any(n.finding.severity is Severity.CRITICAL for n in notes) else Severity.MAJOR
        message = f"{len(notes) - MAX_NOTES} more findings in this file are not shown; mend these first"
        notes[MAX_NOTES:] = [Note(None, Finding(worst, "more-findings", message))]
    return tuple(notes)
