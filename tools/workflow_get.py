"""The tool workflow_get: one workflow - the document itself, its metadata, or metadata and the first step.

Above: tools.table; tools.resources shows the same forms. Below: engine.library, engine.walk.
"""

from typing import Literal

from engine.errors import RefusedError
from engine.library import Entry, Library
from engine.structure_sites import sequences
from engine.walk import next_step
from schema.values import JsonObject
from tools.contract import READ_ONLY, Call, Done, Tool

METADATA = "metadata"
PREVIEW = "preview"
FULL = "full"
NOT_METADATA = ("steps", "phases", "functionDefinitions", "tasks")
INPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Workflow id"},
        "mode": {
            "type": "string",
            "enum": [METADATA, PREVIEW, FULL],
            "description": "preview: metadata and first step; full: the document",
        },
    },
    "required": ["id"],
    "additionalProperties": False,
}
OUTPUT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Workflow id"},
        "firstStep": {"type": "object", "description": "In a preview"},
        "error": {"type": "object", "description": "If it failed"},
    },
}


def make(library: Library, reveal: Literal["steps", "nothing"] = "steps") -> Tool:
    """Give the tool over this library; with `reveal` nothing, agents are not shown whole documents."""

    def run(arguments: JsonObject, call: Call) -> Done:
        mode = arguments.get("mode") or (PREVIEW if call.over_mcp else FULL)
        if mode == FULL and call.over_mcp and reveal == "nothing":
            raise RefusedError("reveal", _HIDDEN)
        entry = library.entry(str(arguments["id"]))
        if mode == FULL:
            return Done(entry.document)
        return Done(preview(entry) if mode == PREVIEW else metadata(entry))

    return Tool(
        name="workflow_get",
        title="Get a workflow",
        description="Get one workflow.",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        annotations=READ_ONLY,
        run=run,
    )


_HIDDEN = "this server does not show whole workflows; use mode preview, and workflow_next for one step at a time"


def metadata(entry: Entry) -> JsonObject:
    """Give everything but steps, phases, tasks and functions, and `totalSteps`: steps or tasks at the top level."""
    known: JsonObject = {key: value for key, value in entry.document.items() if key not in NOT_METADATA}
    known["totalSteps"] = sum(len(steps) for _, steps in sequences(entry.document))
    return known


def preview(entry: Entry) -> JsonObject:
    """Give the metadata and `firstStep`, what workflow_next hands out first in an empty context; absent if nothing.

    Absent too where only a session can tell: in documents of the automation language.
    """
    known = metadata(entry)
    first = next_step(entry.workflow, (), {}).step if entry.workflow.automation is None else None
    if first is not None:
        known["firstStep"] = first
    return known
