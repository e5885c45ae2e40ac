"""`serve` as click sees it: its help and its errors. A call without errors takes the fast path in server.cli.

Above: verbs.group. Below: verbs.serve, verbs.options.
"""

import click

from server.verbs.options import given, settings_flags
from server.verbs.serve import run


@click.command(name="serve")
@click.option(
    "--stdio",
    "transports",
    flag_value="stdio",
    multiple=True,
    help="One JSON object a line on stdin and stdout; the default.",
)
@click.option(
    "--http",
    "transports",
    flag_value="http",
    multiple=True,
    help="HTTP on --host and --port: /mcp, /rpc, /livez, /readyz, /metrics.",
)
@settings_flags(serving=True)
def command(transports: tuple[str, ...], **values: object) -> None:
    """Serve workflows to agents (MCP) and programs (JSON-RPC 2.0)."""
    if len(set(transports)) > 1:
        raise click.UsageError("choose one of --stdio and --http")
    http = transports[0] == "http" if transports else None
    click.get_current_context().exit(run(given(values), http=http))
