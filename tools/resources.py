"""Resources: each workflow as `workflow://{id}`, and the Draft 7 schema they are checked against.

Above: server.compose puts it into the catalogue. Below: engine.library, schema.check, tools.workflow_get (the forms).
"""

from typing import Final

import orjson

from engine.errors import WorkflowInvalidError, WorkflowNotFoundError
from engine.library import Library
from schema.check import workflow_schema
from schema.values import JsonObject
from tools.contract import Answer, Call, Done, Resource
from tools.workflow_get import preview

SCHEME: Final = "workflow://"
SCHEMA_URI: Final = "workflow-schema://current"
JSON_TYPE: Final = "application/json"
SCHEMA: Final = Resource(
    SCHEMA_URI,
    "workflow.schema.json",
    "Workflow schema",
    "The JSON Schema (Draft 7) every workflow document is checked against.",
    "application/schema+json",
)
TEMPLATE: Final = Resource(
    SCHEME + "{id}", "workflow", "Workflow document", "One workflow, by the id workflow_list gives.", JSON_TYPE
)


class LibraryResources:
    """What can be read besides calling tools."""

    def __init__(self, library: Library, reveal: str) -> None:
        """With `reveal` = "nothing" a workflow is shown as its preview, not as the document."""
        self._library = library
        self._whole = reveal != "nothing"

    def all(self) -> tuple[Resource, ...]:
        """Give the schema, then every valid workflow by id."""
        documents = (
            Resource(SCHEME + one.id, one.id, one.name, one.description, JSON_TYPE)
            for one in self._library.listing().summaries
            if one.valid
        )
        return (SCHEMA, *documents)

    def templates(self) -> tuple[Resource, ...]:
        """Give the one family of resources."""
        return (TEMPLATE,)

    def tells_news(self, uri: str) -> bool:
        """Tell whether the URI is the schema's or of a workflow there is; being mended is news of a broken one."""
        if not uri.startswith(SCHEME):
            return uri == SCHEMA_URI
        try:
            self._library.entry(uri.removeprefix(SCHEME))
        except WorkflowNotFoundError:
            return False
        except WorkflowInvalidError:
            return True
        return True

    async def read(self, uri: str, call: Call) -> Answer | None:  # noqa: ARG002 - the contract's shape; nothing depends on the caller
        """Read the schema or a workflow; None when there is no such resource. Raises WorkflowInvalidError."""
        if uri == SCHEMA_URI:
            return contents(uri, SCHEMA.mime_type, workflow_schema())
        if not uri.startswith(SCHEME):
            return None
        try:
            entry = self._library.entry(uri.removeprefix(SCHEME))
        except WorkflowNotFoundError:
            return None
        return contents(uri, JSON_TYPE, entry.document if self._whole else preview(entry))


def contents(uri: str, mime_type: str, value: JsonObject | str) -> Done:
    """Give what reading one resource answers; an object as indented JSON."""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return Done({"contents": [{"uri": uri, "mimeType": mime_type, "text": text}]})


class LibraryCompleter:
    """Completions: workflow ids for the resource template; prompts have no arguments to complete."""

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library

    def complete(self, ref: JsonObject, argument: str, value: str) -> tuple[str, ...] | None:
        """Give the ids that begin with `value`, then those that contain it; None for an unknown ref."""
        ids = [one.id for one in self._library.listing().summaries if one.valid]
        if ref.get("type") == "ref/prompt":
            return () if ref.get("name") in ids else None
        if ref.get("type") != "ref/resource" or ref.get("uri") != TEMPLATE.uri or argument != "id":
            return None
        wanted = value.lower()
        fitting = [one for one in ids if wanted in one.lower()]
        return tuple(sorted(fitting, key=lambda one: (not one.lower().startswith(wanted), one)))
