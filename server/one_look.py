"""The library as the calls of one turn of the event loop see it: one look at the disk serves all of them.

Above: server.compose hands it to workflow_next, the tool agents call most. Below: asyncio, engine.definition.
An edit still shows on the next call. What a turn of the loop answers had arrived before the look: bytes that come in
after it are handled in a later turn, behind `clear`, which was queued at the look.
"""

import asyncio

from engine.definition import WorkflowEntry, Workflows


class OneLook:
    """Entries of the library, each looked up once a turn."""

    def __init__(self, library: Workflows) -> None:
        """Take the library to look into."""
        self._library = library
        self._seen: dict[str, WorkflowEntry] = {}

    def entry(self, workflow_id: str) -> WorkflowEntry:
        """Give the workflow of that id; raises WorkflowNotFoundError or WorkflowInvalidError."""
        found = self._seen.get(workflow_id)
        if found is None:
            found = self._library.entry(workflow_id)
            self._keep(workflow_id, found)
        return found

    def _keep(self, workflow_id: str, found: WorkflowEntry) -> None:
        """Keep an entry until the turn ends; where no loop runs, not at all."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if not self._seen:
            loop.call_soon(self._seen.clear)
        self._seen[workflow_id] = found
