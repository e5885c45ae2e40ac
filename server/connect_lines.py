"""Ready-to-paste lines that connect a client to this server; what `serve --http` prints; `init` uses the command.

Above: server.compose, server.verbs. Below: nothing but text.
"""

import shlex
import sys
from pathlib import Path
from typing import Final

import orjson

from server.settings import Settings

SCRIPT: Final = "workflow-lookup"
INSPECTOR: Final = "npx @modelcontextprotocol/inspector"
FIRST_CALL: Final = '{"jsonrpc":"2.0","id":1,"method":"workflow_list"}'


def command() -> list[str]:
    """Give the words that start this very program: the installed script beside the interpreter, else the launcher."""
    script = Path(sys.executable).with_name(SCRIPT)
    if script.exists():
        return [str(script)]
    return [sys.executable, str(Path(__file__).resolve().parent.parent / "workflowlookup.py")]


def stdio_entry() -> str:
    """Give the JSON entry with which VS Code and Cursor start the server on stdio."""
    words = [*command(), "serve", "--stdio"]
    return orjson.dumps({"command": words[0], "args": words[1:]}).decode()


def base_url(settings: Settings) -> str:
    """Give the URL clients on this machine use."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def connect_lines(settings: Settings, store: str) -> str:
    """Give the whole greeting: where sessions are kept, and a line for every client we know."""
    url = base_url(settings)
    start = shlex.join([*command(), "serve", "--stdio"])
    bearer = ' -H "Authorization: Bearer $WORKFLOWLOOKUP_TOKEN"' if settings.token else ""
    headers = ' --header "Authorization: Bearer $WORKFLOWLOOKUP_TOKEN"' if settings.token else ""
    return f"""\
workflow-lookup serves on {url}  (MCP at /mcp, plain JSON-RPC at /rpc; Ctrl-C ends)
Sessions are kept in {store}

MCP Inspector, HTTP    {INSPECTOR} --cli {url}/mcp --transport http{headers} --method tools/list
MCP Inspector, stdio   {INSPECTOR} --cli {start} --method tools/list
Claude Code, HTTP      claude mcp add --transport http workflow-lookup {url}/mcp{headers}
Claude Code, stdio     claude mcp add workflow-lookup -- {start}
VS Code                .vscode/mcp.json   {{"servers": {{"workflow-lookup": {stdio_entry()}}}}}
Cursor                 .cursor/mcp.json   {{"mcpServers": {{"workflow-lookup": {stdio_entry()}}}}}
curl                   curl -s {url}/rpc -H 'Content-Type: application/json'{bearer} -d '{FIRST_CALL}'
"""
