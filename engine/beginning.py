"""What a session begins with: the document it is pinned to, rendered where the workflow is dynamic, and its variables.

Above: engine.runner. Below: engine.build, engine.workspace, engine.pinned, engine.library_model.
"""

import json
from pathlib import Path
from typing import Final, NamedTuple

from engine.build import build
from engine.errors import ArgumentError, WorkflowInvalidError
from engine.extent import check_context
from engine.library_model import Dynamic, Entry
from engine.pinned import Pin, canonical
from engine.store.port import Document
from engine.workspace import read_file
from schema.finding import Severity
from schema.values import Json, JsonObject, is_deeper

MAX_OPTIONS: Final = 64 * 1024
"""Bytes of a start's options as compact JSON, `context` not counted: it has its own bound."""
MAX_DEPTH: Final = 64
"""Levels of objects and lists in options."""
CONTEXT: Final = "context"


class Beginning(NamedTuple):
    """What a session is pinned to, and its first variables."""

    pinned: Document
    pin: Pin
    variables: JsonObject


def begin(entry: Entry, options: JsonObject, workspace: Path | None) -> Beginning:
    """Give what a session of this workflow begins with.

    ArgumentError where an option is missing, too large or of the wrong kind; RefusedError for a path outside the
    workspace; WorkflowInvalidError where the rendered document has critical findings.
    """
    variables = _variables(options)
    document = (
        entry.document if entry.dynamic is None else _rendered(entry.summary.id, entry.dynamic, options, workspace)
    )
    workflow = entry.workflow if document is entry.document else build(document)
    return Beginning(canonical(document), Pin(document, workflow), variables)


def _variables(options: JsonObject) -> JsonObject:
    """Check the extent of the options and give the variables in them."""
    if is_deeper(options, MAX_DEPTH):
        raise ArgumentError("options", f"it is nested deeper than {MAX_DEPTH} levels")
    others = {name: value for name, value in options.items() if name != CONTEXT}
    if len(json.dumps(others, separators=(",", ":"))) > MAX_OPTIONS:
        raise ArgumentError("options", f"it has more than {MAX_OPTIONS} bytes of JSON; leave out what is not needed")
    context: Json = options.get(CONTEXT)
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise ArgumentError("options/context", "it must be an object of variables by name")
    check_context(context)
    return context


def _rendered(workflow_id: str, dynamic: Dynamic, options: JsonObject, workspace: Path | None) -> JsonObject:
    """Render a dynamic workflow for one session."""
    named, argument = options.get(dynamic.option), f"options/{dynamic.option}"
    if not isinstance(named, str):
        wanted = f"name the file {dynamic.file_name}, or its folder, as a path in the workspace"
        raise ArgumentError(argument, f"this workflow takes its phases from a file: {wanted}")
    rendered = dynamic.render(read_file(workspace, named, argument, dynamic.file_name))
    if any(finding.severity is Severity.CRITICAL for finding in rendered.findings):
        raise WorkflowInvalidError(workflow_id, rendered.findings)
    return rendered.document
