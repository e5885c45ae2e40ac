"""An official Python SDK server with the equal tool: `sdk_server.py ANSWERS [PORT]`; without a port it speaks stdio.

Above: tests.bench.peer_rows, stdio_rows, start_rows. Below: mcp 2.x. Its fastest mode: stateless, JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer

ANSWERS = json.loads(Path(sys.argv[1]).read_bytes())

server = MCPServer("peer", log_level="WARNING")


@server.tool()
def workflow_next(
    workflowId: str,  # noqa: N803 - the equal tool has our argument names
    completedSteps: list[str],  # noqa: N803 - as above
    context: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Get the next step."""
    answer: dict[str, Any] = ANSWERS[len(completedSteps)]
    return answer


if __name__ == "__main__":
    if len(sys.argv) > 2:
        server.run("streamable-http", port=int(sys.argv[2]), stateless_http=True, json_response=True)
    else:
        server.run()
