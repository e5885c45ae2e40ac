"""Text to documents with positions: JSON, YAML (1.2) and JSONL. Bad text gives findings, never an exception.

Above: schema users that read files or pasted text (engine.review, engine.library, the CLI).
Below: orjson for the values of JSON; schema.positions and schema.yaml_builder for places.
A document with a finding of its own is left out of `documents`; the others of the same text are still given.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache, partial
from typing import NamedTuple

import orjson

from schema.finding import Finding, Severity
from schema.positions import DEPTH_LIMIT, Fault, Lines, scan
from schema.values import Json

DOCUMENT_LIMIT = 1_000_000  # bytes of one workflow file; hand-written documents stay below 100 KB
_DEEP_MARGIN = b"\n" + b"  " * DEPTH_LIMIT  # what orjson's two-space indentation puts before parts that deep
_JSON_ADVICE = "check the quotation marks, commas and brackets before this place"
_ENDINGS = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


class Syntax(StrEnum):
    """How a text is written."""

    JSON = "json"
    YAML = "yaml"
    JSONL = "jsonl"


class SourceDocument(NamedTuple):
    """One document: its value, and `locate(pointer)` -> 1-based (line, column) of the value there.

    A pointer that names nothing gives the place of its nearest existing parent. Locating is lazy: nothing is scanned
    before the first call.
    """

    value: Json
    locate: Callable[[str], tuple[int, int]]


class Parsed(NamedTuple):
    """What a text holds: sound documents in order, and the findings (all critical) of what could not be read."""

    documents: tuple[SourceDocument, ...]
    findings: tuple[Finding, ...]


def syntax_of(name: str) -> Syntax | None:
    """Tell the syntax from a file name's ending, None if it is none of ours.

    >>> syntax_of("a.YML")
    <Syntax.YAML: 'yaml'>
    >>> syntax_of("README.md")
    """
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return Syntax(_ENDINGS[ending]) if ending in _ENDINGS else None


def read(source: str | bytes, syntax: Syntax, limit: int = DOCUMENT_LIMIT) -> Parsed:
    r"""Read a text of at most `limit` bytes; a byte order mark at its start is passed over.

    >>> read('{"a": [1, 2]}', Syntax.JSON).documents[0].locate("/a/1")
    (1, 11)
    >>> [str(finding.line) + ": " + finding.message for finding in read("a: 1\na: 2", Syntax.YAML).findings]
    ["2: the key 'a' stands here twice"]
    """
    size = len(source)
    if size > limit:
        return _refused("size", f"{size:,} bytes are more than the {limit:,} allowed", "split the document")
    try:
        data = source if isinstance(source, bytes) else source.encode()
        text = source if isinstance(source, str) else source.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(errors="replace")
        return _misread(f"byte {error.start} is not UTF-8", before)
    except UnicodeEncodeError as error:
        return _misread("half of a surrogate pair is no character", error.object[: error.start])
    if len(data) > limit:
        return _refused("size", f"{len(data):,} bytes are more than the {limit:,} allowed", "split the document")
    text = text.removeprefix("\ufeff")
    if syntax is Syntax.YAML:
        return _yaml(text)
    return _json(text, 1) if syntax is Syntax.JSON else _jsonl(text)


def _refused(rule: str, message: str, suggestion: str) -> Parsed:
    return Parsed((), (Finding(Severity.CRITICAL, rule, message, suggestion=suggestion),))


def _misread(message: str, before: str) -> Parsed:
    """Refuse a text whose characters are broken; `before` is what precedes the first broken one."""
    line, column = Lines(before).at(len(before))
    finding = Finding(Severity.CRITICAL, "encoding", message, "", line, column, "save the file as UTF-8")
    return Parsed((), (finding,))


def _findings(faults: Iterable[Fault], lines: Lines) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            Severity.CRITICAL, fault.rule, fault.message, fault.pointer, *lines.at(fault.offset), _advice(fault, lines)
        )
        for fault in faults
    )


def _advice(fault: Fault, lines: Lines) -> str | None:
    """Give the suggestion of a fault, with the place where that began which is not closed."""
    if fault.opened is None:
        return fault.suggestion or (_JSON_ADVICE if fault.rule == "syntax" else None)
    line, column = lines.at(fault.opened)
    return f"{fault.suggestion} opened at line {line}, column {column}"


def _locator(table: Callable[[], tuple[dict[str, int], Lines]]) -> Callable[[str], tuple[int, int]]:
    """Make `locate` over a table that is computed at the first call."""
    kept: list[tuple[dict[str, int], Lines]] = []

    def locate(pointer: str) -> tuple[int, int]:
        if not kept:
            kept.append(table())
        offsets, lines = kept[0]
        while pointer and pointer not in offsets:
            pointer = pointer.rpartition("/")[0]
        return lines.at(offsets[pointer])

    return locate


def _json(text: str, first_line: int) -> Parsed:
    """Read one JSON text; the scanner runs only if something is, or may be, wrong."""
    try:
        value: Json = orjson.loads(text)
        sound = _certainly_sound(text, value)
        fallback: tuple[Fault, ...] = ()
    except orjson.JSONDecodeError as error:
        value, sound = None, False
        fallback = (Fault("syntax", f"this is not JSON: {error.msg}", min(error.pos, len(text))),)
    if not sound:
        faults = scan(text).faults or fallback
        if faults:
            return Parsed((), _findings(faults, Lines(text, first_line)))
    return Parsed((SourceDocument(value, _locator(lambda: (scan(text).offsets, Lines(text, first_line)))),), ())


def _certainly_sound(text: str, value: Json) -> bool:
    r"""Tell cheaply that no key repeats and nothing is too deep; False means: look closer.

    orjson keeps the last of repeated keys. Written out again such a value has fewer quotes than its text; only an
    escaped quote (\u0022) could make up for them. Few brackets make no depth; written with indentation a deep value
    has a deep margin.
    """
    is_shallow = text.count("{") + text.count("[") <= DEPTH_LIMIT
    try:
        written = orjson.dumps(value, option=None if is_shallow else orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:  # deeper than orjson itself goes
        return False
    if written.count(b'"') != text.count('"') or ("\\" in text and "\\u0022" in text):
        return False
    return is_shallow or _DEEP_MARGIN not in written


def _jsonl(text: str) -> Parsed:
    """Read one document a line; blank lines are passed over."""
    parts = [_json(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return Parsed(
        tuple(document for part in parts for document in part.documents),
        tuple(finding for part in parts for finding in part.findings),
    )


def _yaml(text: str) -> Parsed:
    from schema.yaml_builder import build  # noqa: PLC0415 - PyYAML is loaded only when there is YAML to read

    stream = build(text)
    lines = cache(lambda: Lines(text))
    documents = tuple(
        SourceDocument(document.value, _locator(partial(_table, document.offsets, lines)))
        for document in stream.documents
    )
    return Parsed(documents, _findings(stream.faults, lines()) if stream.faults else ())


def _table(offsets: dict[str, int], lines: Callable[[], Lines]) -> tuple[dict[str, int], Lines]:
    return offsets, lines()
