"""An official Python SDK server with the equal tool: `sdk_server.py WORKFLOW [PORT]`; without a port it speaks stdio.

Above: tests.bench.peer_rows, stdio_rows, start_rows. Below: mcp 2.x. Its fastest mode: stateless, JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer

STEPS = json.loads(Path(sys.argv[1]).read_bytes())["steps"]

server = MCPServer("peer", log_level="WARNING")


@server.tool()
def workflow_next(
    workflowId: str,  # noqa: N803 - the equal tool has our argument names
    completedSteps: list[str],  # noqa: N803 - as above
    context: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Get the next step."""
    done = set(completedSteps)
    step = next(step for step in STEPS if step["id"] not in done)
    return {
        "step": step,
        "stepKey": step["id"],
        "guidance": {"prompt": step["prompt"], "requiresConfirmation": False, "validationCriteria": []},
        "isComplete": False,
        "context": context or {},
        "progress": {"done": len(done), "total": len(STEPS), "percent": len(done) * 100 // len(STEPS)},
    }


if __name__ == "__main__":
    if len(sys.argv) > 2:
        server.run("streamable-http", port=int(sys.argv[2]), stateless_http=True, json_response=True)
    else:
        server.run()
