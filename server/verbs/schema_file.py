"""`validate --schema FILE`: reads a Draft 7 schema and the local files it refers to; nothing is ever fetched.

Above: verbs.validate. Below: schema.source, schema.check.
"""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import click

from schema.check import BadSchemaError, Checker, draft7_checker
from schema.finding import Finding, Severity
from schema.source import SourceDocument, syntax_of
from schema.source import read as read_source
from schema.values import Json
from server.reports.model import FileReport, Note, Unreadable
from server.reports.text import TextReport
from server.verbs.inputs import Input, TooLarge, read
from server.verbs.verdicts import MAX_DATA_BYTES, guess

CANNOT_READ = 3
MAX_DOCUMENTS = 200  # schema files one schema may draw in; real families have a dozen


class SchemaError(click.ClickException):
    """The schema cannot be used."""

    exit_code = CANNOT_READ


class _Loaded(NamedTuple):
    """One schema file: its path, its text, its document."""

    path: Path
    text: str
    document: SourceDocument


def checker_of(name: str, *, formats: bool) -> Checker:
    """Give the checker of a schema file; `formats` asserts `format`. Raises SchemaError with all that is wrong."""
    loaded = _load(Path(name))
    schema = loaded.document.value
    if isinstance(schema, dict):
        schema = {**schema, "$id": _base(schema, loaded.path.absolute().as_uri())}
    try:
        return draft7_checker(schema, _family(schema, loaded.path), formats=formats)
    except BadSchemaError as error:
        raise SchemaError(_explained(loaded, error)) from None


def _load(path: Path) -> _Loaded:
    data = read(Input(str(path), path), MAX_DATA_BYTES)
    if isinstance(data, Unreadable):
        raise SchemaError(f"the schema {path} cannot be read: {data.reason}")
    if isinstance(data, TooLarge):
        raise SchemaError(f"the schema {path} is larger than {data.most:,} bytes")
    text = data.decode("utf-8-sig", "replace")
    parsed = read_source(data, syntax_of(str(path)) or guess(text), MAX_DATA_BYTES)
    if parsed.findings:
        raise SchemaError(_said(path, text, parsed.findings))
    if len(parsed.documents) != 1:
        raise SchemaError(f"the schema {path} must hold one document, not {len(parsed.documents)}")
    return _Loaded(path, text, parsed.documents[0])


def _family(schema: Json, path: Path) -> dict[str, Json]:
    """Give every local file the schema refers to, directly or not, under the URI the reference resolves to."""
    found: dict[str, Json] = {}
    waiting = [(schema, path.absolute().as_uri(), path.parent)]
    while waiting:
        document, own_uri, folder = waiting.pop()
        base = _base(document, own_uri)
        for uri, file in _neighbours(document, base, folder):
            if uri in found or uri == base or not file.is_file():
                continue
            if len(found) >= MAX_DOCUMENTS:
                raise SchemaError(f"the schema draws in more than {MAX_DOCUMENTS} files")
            found[uri] = _load(file).document.value
            waiting.append((found[uri], uri, file.parent))
    return found


def _neighbours(document: Json, base: str, folder: Path) -> list[tuple[str, Path]]:
    """Give the relative references of a document: the URI each resolves to, and the file it names."""
    found = []
    level: list[Json] = [document]
    while level:
        part = level.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and not urlsplit(reference).scheme and not reference.startswith(("#", "//")):
                target = urldefrag(reference).url
                found.append((urljoin(base, target), folder / unquote(target)))
            level.extend(part.values())
        elif isinstance(part, list):
            level.extend(part)
    return found


def _base(document: Json, file_uri: str) -> str:
    identity = document.get("$id") if isinstance(document, dict) else None
    return urldefrag(urljoin(file_uri, identity)).url if isinstance(identity, str) else file_uri


def _explained(loaded: _Loaded, error: BadSchemaError) -> str:
    findings = []
    for violation in error.violations:
        line, column = loaded.document.locate(violation.pointer)
        finding = Finding(Severity.CRITICAL, violation.rule, violation.message, violation.pointer, line, column)
        findings.append(finding._replace(suggestion=violation.suggestion))
    return _said(loaded.path, loaded.text, tuple(findings))


def _said(path: Path, text: str, findings: tuple[Finding, ...]) -> str:
    lines: list[str] = []
    notes = tuple(Note(None, finding) for finding in findings)
    TextReport(lines.append).file(FileReport(str(path), text, 1, notes))
    return f"the schema cannot be used\n{''.join(lines)}".rstrip()
