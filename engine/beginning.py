"""What a session begins with: the documents it is pinned to, rendered where the workflow is dynamic, and its variables.

Above: engine.runner. Below: engine.child_pins, engine.workspace, engine.pinned, engine.library_model.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from engine.child_pins import take, take_children
from engine.definition import Workflow
from engine.errors import ArgumentError, WorkflowInvalidError
from engine.extent import check_context
from engine.library_model import Dynamic, Entry
from engine.pinned import Pin
from engine.runner_model import Entries
from engine.sessions.effect_model import NO_COMMANDS, CommandRules
from engine.store.port import Document
from engine.workspace import read_file
from schema.finding import Severity
from schema.values import Json, JsonObject, is_deeper

MAX_OPTIONS: Final = 64 * 1024
"""Bytes of a start's options as compact JSON, `context` not counted: it has its own bound."""
MAX_DEPTH: Final = 64
"""Levels of objects and lists in options."""
CONTEXT: Final = "context"


class Terms(NamedTuple):
    """On what terms a session begins: the library its children come from, the workspace, what commands may run."""

    library: Entries
    workspace: Path | None
    rules: CommandRules = NO_COMMANDS


class Beginning(NamedTuple):
    """What a session is pinned to, and its first variables.

    `children`: hashes by the ids they are entered by, `workflows` by the same ids; `documents`: all that is pinned, its
    own first; `sources`: where those of them come from that run commands.
    """

    pinned: Document
    pin: Pin
    variables: JsonObject
    children: Mapping[str, str]
    workflows: Mapping[str, Workflow]
    documents: tuple[Document, ...]
    sources: tuple[str, ...]


def begin(entry: Entry, options: JsonObject, terms: Terms) -> Beginning:
    """Give what a session of this workflow begins with.

    ArgumentError where an option is missing, too large or of the wrong kind; RefusedError for a path outside the
    workspace; WorkflowInvalidError where the rendered document has critical findings, or a child is not to be had.
    """
    variables = _variables(options)
    document = entry.document
    if entry.dynamic is not None:
        document = _rendered(entry.summary.id, entry.dynamic, options, terms.workspace)
    main = take(entry, document, terms.rules)
    children = take_children(terms.library, main.pin.workflow, terms.rules)
    taken = (main, *children.taken)
    return Beginning(
        pinned=main.pinned,
        pin=main.pin,
        variables=variables,
        children=children.hashes,
        workflows=children.workflows,
        documents=tuple({each.pinned.hash: each.pinned for each in taken}.values()),
        sources=tuple(sorted({each.source for each in taken if each.source})),
    )


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
