"""What every server under measurement serves: one five-step workflow, and the call that asks for its third step.

Above: the row modules. Below: nothing of ours. Peers read the same workflow file once and find the step that is not
done, which is less work than ours does; text and structured content have the same size everywhere.
"""

import json
from pathlib import Path
from typing import Final

from schema.values import JsonObject

WORKFLOW_ID: Final = "five-steps"
STEPS: Final = ("understand", "outline", "write-it", "check-it", "hand-over")
DONE: Final = STEPS[:2]
LEGACY: Final = "2025-11-25"
MODERN: Final = "2026-07-28"
PROMPT: Final = (
    "Read what is there before you change anything. Name the files you looked at, say in two sentences what they do, "
    "and list what you do not know yet. Do not guess: a question is worth more than an assumption. Write no code."
)
WORKFLOW: Final[JsonObject] = {
    "schemaVersion": "1.0.0",
    "id": WORKFLOW_ID,
    "name": "Five steps",
    "description": "Five plain steps, to measure with.",
    "version": "1.0.0",
    "steps": [{"id": name, "title": f"Step {name}", "prompt": f"{name}: {PROMPT}"} for name in STEPS],
}
HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
MODERN_HEADERS: Final = {
    **HEADERS,
    "MCP-Protocol-Version": MODERN,
    "Mcp-Method": "tools/call",
    "Mcp-Name": "workflow_next",
}
CLIENT: Final[JsonObject] = {"name": "bench", "version": "1"}


def write_workspace(folder: Path) -> Path:
    """Write a workspace that holds the workflow; gives the workspace."""
    target = folder / "workflows"
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{WORKFLOW_ID}.json").write_text(json.dumps(WORKFLOW))
    return folder


def answer(done: int) -> JsonObject:
    """Give what a server answers after `done` steps."""
    text = f"{STEPS[done]}: {PROMPT}"
    return {
        "step": {"id": STEPS[done], "title": f"Step {STEPS[done]}", "prompt": text},
        "stepKey": STEPS[done],
        "guidance": {"prompt": text, "requiresConfirmation": False, "validationCriteria": []},
        "isComplete": False,
        "context": {"subject": "the parser"},
        "progress": {"done": done, "total": len(STEPS), "percent": done * 100 // len(STEPS)},
    }


def call(number: int, *, modern: bool = False) -> JsonObject:
    """Make the tools/call that is measured."""
    arguments: JsonObject = {
        "workflowId": WORKFLOW_ID,
        "completedSteps": list(DONE),
        "context": {"subject": "the parser"},
    }
    params: JsonObject = {"name": "workflow_next", "arguments": arguments}
    if modern:
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": CLIENT,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def initialize() -> JsonObject:
    """Make the first message of the legacy era."""
    params: JsonObject = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}
    return {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}


def fixed_answer(number: int) -> bytes:
    """Give the bytes of the whole answer to `call(number)`, for servers that answer fixed bytes."""
    value = answer(len(DONE))
    text = json.dumps(value, separators=(",", ":"))
    result = {"content": [{"type": "text", "text": text}], "structuredContent": value}
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": result}, separators=(",", ":")).encode()


def line(message: JsonObject) -> bytes:
    """Give a message as one line of stdio."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
