"""Fixture tools that answer without asking: content of every kind, logging, progress, errors, schemas, waiting.

Above: tests.conformance.everything. Below: tests.conformance.blocks.
"""

import asyncio

from schema.values import JsonObject
from tests.conformance.blocks import (
    NO_ARGUMENTS,
    PAUSE_S,
    embedded,
    failed,
    fixed_tool,
    image,
    said,
    text,
)
from tests.conformance.blocks import SILENT_WAV as WAV
from tools.contract import Call, Done, Tool

WAIT_LIMIT_S = 20.0
"""Seconds the waiting tool waits when nobody cancels it: longer than any client test, shorter than a test's limit."""
PENDING_SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
HEADER_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "description": "Goes into a header as well.", "x-mcp-header": "Region"},
    },
    "required": [],
    "additionalProperties": False,
}


async def tool_with_logging(arguments: JsonObject, call: Call) -> Done:
    """Log three messages, one by one."""
    await call.log("info", "Tool execution started")
    await asyncio.sleep(PAUSE_S)
    await call.log("info", "Tool processing data")
    await asyncio.sleep(PAUSE_S)
    await call.log("info", "Tool execution completed")
    return said(text("Tool with logging executed successfully"))


async def logging_tool(arguments: JsonObject, call: Call) -> Done:
    """Log one message, for a caller who did not ask for any."""
    await call.log("info", {"message": "nobody asked for this"}, "fixture")
    return said(text("Logged one message, if it was wanted."))


async def tool_with_progress(arguments: JsonObject, call: Call) -> Done:
    """Report 0, 50 and 100 of 100."""
    for done in (0, 50, 100):
        await call.progress(done, 100, f"{done} of 100")
        await asyncio.sleep(PAUSE_S)
    return said(text("Tool with progress executed successfully"))


def error_handling(arguments: JsonObject, call: Call) -> Done:
    """Fail, always."""
    return failed("This tool intentionally returns an error for testing")


def missing_capability(arguments: JsonObject, call: Call) -> Done:
    """Answer a client that declared sampling; others never get here."""
    return said(text("The client declared sampling."))


def accepted(arguments: JsonObject, call: Call) -> Done:
    """Answer that the arguments passed the schema."""
    return said(text("accepted"))


def waiting_tools() -> tuple[Tool, Tool]:
    """Make a tool that waits until it is cancelled, and one that tells how many calls of it were."""
    cancelled: list[str] = []

    async def wait(arguments: JsonObject, call: Call) -> Done:
        try:
            await call.progress(1, 2, "waiting")
            await asyncio.sleep(WAIT_LIMIT_S)
        except asyncio.CancelledError:
            cancelled.append("one")
            raise
        return failed("Nobody cancelled this call.")

    def count(arguments: JsonObject, call: Call) -> Done:
        return Done({"cancelled": len(cancelled)})

    return (
        Tool("test_wait", "Wait", "Waits until it is cancelled.", NO_ARGUMENTS, run_waiting=wait),
        Tool("test_count_cancelled", "Count", "Tells how many waiting calls were cancelled.", NO_ARGUMENTS, run=count),
    )


def plain_tools() -> tuple[Tool, ...]:
    """Make every tool of this module."""
    none = NO_ARGUMENTS
    mixed = embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}')
    resource = embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    audio: JsonObject = {"type": "audio", "data": WAV, "mimeType": "audio/wav"}
    return (
        fixed_tool("test_simple_text", "Answers a text.", text("This is a simple text response for testing.")),
        fixed_tool("test_image_content", "Answers an image.", image()),
        fixed_tool("test_audio_content", "Answers a sound.", audio),
        fixed_tool("test_embedded_resource", "Answers an embedded resource.", resource),
        fixed_tool(
            "test_multiple_content_types",
            "Answers a text, an image and a resource.",
            text("Multiple content types test:"),
            image(),
            mixed,
        ),
        Tool("test_tool_with_logging", "Logging", "Logs three times.", none, run_waiting=tool_with_logging),
        Tool("test_logging_tool", "Log once", "Logs once.", none, run_waiting=logging_tool),
        Tool("test_tool_with_progress", "Progress", "Reports progress.", none, run_waiting=tool_with_progress),
        Tool("test_error_handling", "Error", "Always fails.", none, run=error_handling),
        Tool(
            "test_missing_capability",
            "Needs sampling",
            "Refuses a client without sampling.",
            none,
            run=missing_capability,
            requires=("sampling",),
        ),
        Tool("json_schema_2020_12_tool", "Schema", "Has a 2020-12 input schema.", PENDING_SCHEMA, run=accepted),
        Tool("test_x_mcp_header", "Header", "Has an argument that is a header as well.", HEADER_SCHEMA, run=accepted),
        *waiting_tools(),
    )
