"""Content blocks and small shapes the fixture tools, prompts and resources are made of.

Above: the other modules of tests.conformance. Below: tools.contract.
"""

from schema.values import Json, JsonObject
from tools.contract import Call, Done, Question, Tool

RED_PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
SILENT_WAV = "UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQQAAACAgICA"
NO_ARGUMENTS: JsonObject = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
PAUSE_S = 0.05
"""Seconds between two notifications: the suite wants to see that they arrive one by one."""


def text(words: str) -> JsonObject:
    """Give a text block."""
    return {"type": "text", "text": words}


def image() -> JsonObject:
    """Give an image block: one red pixel."""
    return {"type": "image", "data": RED_PIXEL_PNG, "mimeType": "image/png"}


def embedded(uri: str, mime_type: str, words: str) -> JsonObject:
    """Give an embedded text resource."""
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": words}}


def said(*content: JsonObject) -> Done:
    """Answer with content blocks and nothing structured."""
    return Done(None, content)


def failed(words: str) -> Done:
    """Answer that the tool failed, in words."""
    return Done(None, (text(words),), failed=True)


def fixed_tool(name: str, description: str, *content: JsonObject) -> Tool:
    """Give a tool without arguments that always says the same."""

    def run(arguments: JsonObject, call: Call) -> Done:
        return said(*content)

    return Tool(name, name.replace("_", " "), description, NO_ARGUMENTS, run=run)


def form(message: str, properties: JsonObject, required: list[Json] | None = None) -> Question:
    """Give an elicitation: a message over a flat schema."""
    schema: JsonObject = {"type": "object", "properties": properties}
    if required is not None:
        schema["required"] = required
    return Question("elicitation/create", {"message": message, "requestedSchema": schema})


def sampling(prompt: str, max_tokens: int = 100) -> Question:
    """Give a sampling request: one user message."""
    message: JsonObject = {"role": "user", "content": text(prompt)}
    return Question("sampling/createMessage", {"messages": [message], "maxTokens": max_tokens})


def roots() -> Question:
    """Give a roots request."""
    return Question("roots/list", {})
