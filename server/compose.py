"""The one place that names concrete classes: settings in, a running server out.

Above: server.verbs.serve and the other verbs. Below: everything. aiohttp is imported only to serve HTTP.
"""

import asyncio
import gc
from collections.abc import Callable
from typing import Final

from engine.clock import SystemClock
from engine.library import Library
from engine.sources import Source, ordered_sources
from server.dispatch import Dispatcher
from server.log_bridge import bridge
from server.one_look import OneLook
from server.secret import read_or_make
from server.service import Service
from server.settings import Settings, user_folder
from server.watch import LibraryChanges
from tools.contract import Catalogue
from tools.prompts import WorkflowPrompts
from tools.resources import LibraryCompleter, LibraryResources
from tools.table import Reveal, tools

INSTRUCTIONS: Final = (
    "Workflows hand you one step at a time. Find one with workflow_list, start with workflow_next "
    "(workflowId, completedSteps: []), do only what guidance.prompt says (where guidance.requiresConfirmation is true, "
    "after the user's yes) and check outputs with workflow_validate. Then call workflow_next again with the stepKey "
    "appended to completedSteps and all variables that prompts told you to set in context, until isComplete is true. "
    "Do not skip steps."
)


def open_library(settings: Settings) -> Library:
    """Open the library these settings name."""
    return Library(sources_of(settings), settings.home, SystemClock())


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """Give the folders these settings name, weakest first."""
    return tuple(ordered_sources(settings.workspace, settings.path, user_folder()))


def catalogue(library: Library, settings: Settings) -> Catalogue:
    """Give what the product offers over a library."""
    reveal: Reveal = "nothing" if settings.reveal == "nothing" else "steps"

    async def readable() -> str | None:
        return None if library.listing().valid else "no valid workflow in any source"

    def fingerprints() -> dict[str, str]:
        return {one.id: one.hash for one in library.listing().summaries}

    return Catalogue(
        tools=tools(library, reveal, OneLook(library)),
        prompts=WorkflowPrompts(library),
        resources=LibraryResources(library, reveal),
        completer=LibraryCompleter(library),
        instructions=INSTRUCTIONS,
        changes=LibraryChanges(fingerprints, settings.watch_seconds, SystemClock())
        if settings.watch_seconds > 0
        else None,
        checks={"library": readable},
    )


def dispatcher(offered: Catalogue, settings: Settings) -> Dispatcher:
    """Make a dispatcher over any catalogue, with the secret of the data folder."""
    clock = SystemClock()
    return Dispatcher(Service(offered, clock, read_or_make(settings.home, clock)))


def serve_stdio(settings: Settings) -> int:
    """Serve the product on stdin and stdout until they end; gives the exit code."""
    return run_stdio(dispatcher(catalogue(open_library(settings), settings), settings))


def run_stdio(serving: Dispatcher) -> int:
    """Serve a dispatcher on stdin and stdout until they end."""
    from server.stdio import Stdio  # noqa: PLC0415 - not for HTTP
    from server.stdio_pipes import guard_descriptors  # noqa: PLC0415 - as above

    pipes = guard_descriptors()
    bridge()
    gc.freeze()
    asyncio.run(Stdio(serving).run(pipes))
    return 0


def serve_http(settings: Settings) -> int:
    """Serve the product over HTTP until SIGTERM or Ctrl-C; gives the exit code."""
    from server.connect_lines import connect_lines  # noqa: PLC0415 - not on stdio

    library = open_library(settings)
    serving = dispatcher(catalogue(library, settings), settings)
    return run_http(serving, settings, lambda port: connect_lines(settings._replace(port=port)))


def run_http(serving: Dispatcher, settings: Settings, greeting: Callable[[int], str]) -> int:
    """Serve a dispatcher over HTTP; `greeting` is printed with the port once that is open."""
    from server.http_serve import serve  # noqa: PLC0415 - aiohttp, never on stdio

    bridge()
    gc.freeze()
    return asyncio.run(serve(serving, settings, greeting))
