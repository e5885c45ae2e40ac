"""Import of a session file of the earlier tool: a new session of ours, found under its old id as well.

Above: the CLI. Below: engine.formats.earlier, engine.beginning (the document it is pinned to), the store's port.
"""

from pathlib import Path
from typing import NamedTuple

from engine.beginning import Terms, begin
from engine.clock import Clock
from engine.formats.earlier import read_earlier
from engine.formats.earlier_log import options_of, tell
from engine.projection import row_of
from engine.runner_model import Entries
from engine.sessions.codec import encode
from engine.sessions.ids import new_session_id
from engine.sessions.session_family import StartSession
from engine.store.port import Append, NewEvent, Store
from schema.finding import Finding, Severity
from schema.values import Json


class Setting(NamedTuple):
    """Where an import happens: `utc_offset` is how many seconds the file's local times are ahead of UTC."""

    clock: Clock
    workspace: Path | None
    utc_offset: float
    by: str


class Imported(NamedTuple):
    """The new session's id, None where a finding is critical and nothing was stored."""

    session_id: str | None
    findings: tuple[Finding, ...]


async def import_session(store: Store, library: Entries, said: Json, setting: Setting) -> Imported:
    """Import one session file, read as JSON; all of it or nothing is stored.

    WorkflowNotFoundError or WorkflowInvalidError for its workflow, ArgumentError and RefusedError where a dynamic
    workflow cannot be rendered with its options, StoreError.
    """
    read = read_earlier(said, setting.utc_offset)
    earlier = read.session
    if earlier is None:
        return Imported(None, read.findings)
    known = await store.row(earlier.session_id)
    if known is not None:
        message = f"the session is in the store already, as {known.session_id}"
        finding = Finding(Severity.CRITICAL, "earlier-known", message, "/session_id")
        return Imported(None, (*read.findings, finding))
    entry = library.entry(earlier.workflow_type)
    beginning = begin(entry, earlier.options, Terms(library, setting.workspace))
    workflow = beginning.pin.workflow
    options, dropped = options_of(earlier, workflow)
    start = StartSession(
        session_id=new_session_id(setting.clock),
        workflow_version=entry.summary.version,
        document=beginning.pinned.hash,
        target_file=earlier.target_file,
        workspace=str(setting.workspace or ""),
        options=options,
        variables=beginning.variables,
        imported_from=earlier.session_id,
        children=beginning.children,
    )
    told = tell(earlier, start, workflow)
    events = []
    for event, at in told.events:
        kind, version, data = encode(event)
        events.append(NewEvent(kind, version, at, setting.by, data))
    row = row_of(told.state, workflow)
    await store.append(Append(start.session_id, 0, tuple(events), row, beginning.documents))
    return Imported(start.session_id, (*read.findings, *dropped, *told.findings))
