"""One file brought into the store: an archive of ours, or a session file of the earlier tool; all of it or nothing.

Above: sessions_files. Below: engine.archive, engine.importing, schema.source (text -> JSON with positions).
"""

from pathlib import Path
from typing import Final, NamedTuple

import orjson

from engine.archive import restore
from engine.archive_lines import FORMAT as ARCHIVE
from engine.clock import SystemClock, local_offset
from engine.errors import DomainError
from engine.importing import Setting, import_session
from engine.store.file_session import FORMAT as STORED
from schema.finding import Finding, Severity
from schema.source import SourceDocument, Syntax
from schema.source import read as read_source
from schema.values import Json, JsonObject
from server.reports.model import Unreadable
from server.verbs.inputs import Input, TooLarge, read
from server.verbs.refusals import NOT_THERE, UNREADABLE, exit_code, in_terminal
from server.verbs.shared_sessions import BY, Opened

MAX_BYTES: Final = 64_000_000  # of a session file of the earlier tool; its evidence is in it
HEAD_BYTES: Final = 200  # of a first line: enough to know an archive by
NOT_OURS: Final = "it is a file of a file store; use that store (--store file:FOLDER) and export the session from it"


class Brought(NamedTuple):
    """What came of one file: new ids or their number, findings, and where nothing was taken in why and which code."""

    file: str
    sessions: int = 0
    session_id: str = ""
    findings: tuple[Finding, ...] = ()
    error: str = ""
    code: int = 0

    @property
    def ok(self) -> bool:
        """Whether it was taken in."""
        return not self.error

    def as_json(self) -> JsonObject:
        """Give it as {file, ok, sessions, session_id?, findings, error?}."""
        findings: list[Json] = [finding.as_json() for finding in self.findings]
        answer: JsonObject = {"file": self.file, "ok": self.ok, "sessions": self.sessions, "findings": findings}
        if self.session_id:
            answer["session_id"] = self.session_id
        if self.error:
            answer["error"] = self.error
        return answer

    def lines(self) -> list[str]:
        """Give it as lines for a terminal."""
        taken = f"imported as {self.session_id}" if self.session_id else f"taken in (sessions: {self.sessions})"
        head = self.error or taken
        return [f"{self.file}: {head}", *(f"  {_line(finding)}" for finding in self.findings)]


class _Seen(NamedTuple):
    """The format a file's first line names, and when it was last changed, in seconds since 1970."""

    format: str | None
    modified: float


async def bring(opened: Opened, path: Path) -> Brought:
    """Take in one file. What is wrong with it is told, never raised."""
    seen = _look(path)
    if isinstance(seen, str):
        return Brought(str(path), error=seen, code=UNREADABLE)
    try:
        if seen.format == ARCHIVE:
            counts = await restore(opened.runner.store, path)
            return Brought(str(path), counts.sessions)
        return await _earlier(opened, path, seen.modified)
    except DomainError as error:
        return Brought(str(path), error=in_terminal(error), code=exit_code(error))


async def _earlier(opened: Opened, path: Path, modified: float) -> Brought:
    """Take in a session file of the earlier tool."""
    name = str(path)
    data = read(Input(name, path), MAX_BYTES)
    if isinstance(data, Unreadable):
        return Brought(name, error=data.reason, code=UNREADABLE)
    if isinstance(data, TooLarge):
        return Brought(name, error=f"more than {data.most:,} bytes", code=NOT_THERE)
    parsed = read_source(data, Syntax.JSON, MAX_BYTES)
    if parsed.findings or len(parsed.documents) != 1:
        return Brought(name, findings=parsed.findings, error="it is no JSON document", code=NOT_THERE)
    document = parsed.documents[0]
    if isinstance(document.value, dict) and document.value.get("format") == STORED:
        return Brought(name, error=NOT_OURS, code=NOT_THERE)
    setting = Setting(SystemClock(), opened.settings.workspace, local_offset(modified), BY)
    imported = await import_session(opened.runner.store, opened.library, document.value, setting)
    findings = tuple(_located(finding, document) for finding in imported.findings)
    if imported.session_id is None:
        return Brought(name, findings=findings, error="not imported", code=NOT_THERE)
    return Brought(name, 1, imported.session_id, findings)


def _look(path: Path) -> "_Seen | str":
    """Look at a file without reading it whole; gives why where it cannot be read."""
    try:
        if not path.is_file():
            return "there is no such file"
        with path.open("rb") as stream:
            return _Seen(_format(stream.readline(HEAD_BYTES)), path.stat().st_mtime)
    except OSError as error:
        return error.strerror or "it cannot be read"


def _format(head: bytes) -> str | None:
    """Give the format the first line of a file names."""
    try:
        said: Json = orjson.loads(head)
    except orjson.JSONDecodeError:
        return None
    found = said.get("format") if isinstance(said, dict) else None
    return found if isinstance(found, str) else None


def _located(finding: Finding, document: SourceDocument) -> Finding:
    line, column = document.locate(finding.pointer)
    return finding._replace(line=line, column=column)


def _line(finding: Finding) -> str:
    where = f"line {finding.line}: " if finding.line is not None and finding.pointer else ""
    what = f"{finding.pointer.removeprefix('/')}: " if finding.pointer else ""
    advice = f"; {finding.suggestion}" if finding.suggestion else ""
    word = "" if finding.severity is Severity.CRITICAL else f"{finding.severity.value}: "
    return f"{word}{where}{what}{finding.message}{advice}"
