"""A FastMCP server with the equal tool: `fastmcp_server.py WORKFLOW [PORT]`; without a port it speaks stdio.

Above: tests.bench.peer_rows. Below: FastMCP, in the bench's scratch environment. Its fastest mode: stateless, JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fastmcp import FastMCP  # type: ignore[import-not-found]  # lives in the scratch environment only

STEPS = json.loads(Path(sys.argv[1]).read_bytes())["steps"]

server = FastMCP("peer")


@server.tool  # type: ignore[untyped-decorator]  # as the import
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
        server.run(
            transport="http",
            host="127.0.0.1",
            port=int(sys.argv[2]),
            path="/mcp",
            log_level="warning",
            show_banner=False,
            stateless_http=True,
            json_response=True,
            uvicorn_config={"access_log": False},
        )
    else:
        server.run(show_banner=False)
