"""`serve`: start the server on stdio or HTTP. Shared by click's `serve` and the fast path in server.cli.

Above: server.cli. Below: settings, logs, compose (imported last: it pulls in the transport).
"""

import sys
from collections.abc import Mapping

from engine.errors import StoreError
from server import logs
from server.setting_table import shown_store
from server.settings import Settings, check_bind, load

USAGE = 2  # the exit code for a wrong call
UNREADABLE = 3  # and for a store that cannot be used
EXPLAIN = """\
`workflow-lookup serve` speaks JSON-RPC and MCP; on a terminal nobody is there to speak with.
  workflow-lookup serve --http      serve on http://127.0.0.1:8000 (/mcp, /rpc) until Ctrl-C
  workflow-lookup serve --stdio     talk on this terminal: one JSON object a line, Ctrl-D ends
  workflow-lookup init              prints the lines that make Claude Code, VS Code and Cursor start it"""


def run(flags: Mapping[str, object], *, http: bool | None) -> int:
    """Serve until the end; gives the exit code. Without a transport: stdio, but on a terminal an explanation.

    Raises SettingsError for settings that cannot be.
    """
    settings = load(flags).settings
    if http is None and sys.stdin.isatty():
        sys.stderr.write(EXPLAIN + "\n")
        return USAGE
    if http:
        check_bind(settings)
    _start_log(settings, "info" if http else "warning")
    try:
        return _serve(settings, http=bool(http))
    except StoreError as error:
        sys.stderr.write(_no_store(settings, error))
        return UNREADABLE


def _serve(settings: Settings, *, http: bool) -> int:
    if http:
        from server.compose import serve_http  # noqa: PLC0415 - aiohttp, never on stdio

        return serve_http(settings)
    from server.compose import serve_stdio  # noqa: PLC0415 - after the settings, which may refuse

    return serve_stdio(settings)


def _no_store(settings: Settings, error: StoreError) -> str:
    """Say which store failed and what serves meanwhile."""
    from server.compose import store_place  # noqa: PLC0415 - only on failure
    from server.reports.model import plain  # noqa: PLC0415 - as above

    place = plain(str(store_place(settings) or shown_store(settings.store)))
    lines = [
        f"workflow-lookup: {error.message()}",
        f"The store is {place}; --store or WORKFLOWLOOKUP_STORE names another.",
    ]
    return "\n".join([*lines, "`serve --store memory` serves at once, its sessions end with the process."]) + "\n"


def _start_log(settings: Settings, default_level: str) -> None:
    level = settings.log_level or default_level
    try:
        logs.configure(level, settings.log_file, settings.log_max_mb, settings.log_max_days)
    except OSError as error:
        from server.setting_table import SettingsError  # noqa: PLC0415 - only on failure

        raise SettingsError(f"log_file {settings.log_file} cannot be opened: {error.strerror}") from None
