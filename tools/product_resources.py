"""Everything that can be read besides calling tools: the library's resources, sessions, the manual of aos_workflow.

Above: server.compose puts it into the catalogue. Below: tools.resources, engine.runner, engine.sessions.audit.
"""

from pathlib import Path
from typing import Final

from engine.errors import SessionStateError
from engine.runner import Runner
from engine.sessions.audit import Entry, audit, iso
from schema.values import JsonObject
from tools.contract import Answer, Call, Resource
from tools.resources import JSON_TYPE, LibraryResources, contents

SESSION: Final = "session://"
SESSIONS: Final = Resource(
    SESSION + "{id}",
    "session",
    "Session",
    "The audit view of a session: who did what, when, and which gate decided what.",
    JSON_TYPE,
)
MANUAL: Final = Resource(
    "docs://aos_workflow",
    "aos_workflow.md",
    "Manual of aos_workflow",
    "Each action of aos_workflow with an example and its errors.",
    "text/markdown",
)
MANUAL_FILE: Final = Path(__file__).resolve().parent.parent / "spec" / "tools" / "aos_workflow.md"


class ProductResources:
    """The library's resources first, then the manual; sessions are a family of their own and not listed."""

    def __init__(self, library: LibraryResources, runner: Runner) -> None:
        """Take the library's resources and what reads sessions."""
        self._library = library
        self._runner = runner

    def all(self) -> tuple[Resource, ...]:
        """Give the library's resources and the manual."""
        return (*self._library.all(), MANUAL)

    def templates(self) -> tuple[Resource, ...]:
        """Give the families: workflows and sessions."""
        return (*self._library.templates(), SESSIONS)

    def tells_news(self, uri: str) -> bool:
        """Tell whether changes of it are announced: those of the library are."""
        return self._library.tells_news(uri)

    async def read(self, uri: str, call: Call) -> Answer | None:
        """Read one; None when there is no such resource. Raises StoreError, WorkflowInvalidError."""
        if uri == MANUAL.uri:
            return contents(uri, MANUAL.mime_type, MANUAL_FILE.read_text(encoding="utf-8"))
        if uri.startswith(SESSION):
            return await self._session(uri)
        return await self._library.read(uri, call)

    async def _session(self, uri: str) -> Answer | None:
        session_id = uri.removeprefix(SESSION)
        try:
            session = await self._runner.session(session_id)
        except SessionStateError:
            return None
        state = session.state
        log = await self._runner.log(state.session_id)
        view: JsonObject = {
            "session_id": state.session_id,
            "workflow": f"{state.workflow_id} {state.workflow_version}",
            "target_file": state.target_file,
            "status": state.status.value,
            "version": state.version,
            "created_at": iso(state.created_at),
            "last_updated": iso(state.updated_at),
            "entries": audit(tuple(Entry(each.seq, each.at, each.by, each.event) for each in log)),
        }
        return contents(uri, JSON_TYPE, view)
