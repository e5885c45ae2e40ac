"""The one place that names concrete classes: settings in, a running server out.

Above: server.verbs.serve and the other verbs. Below: everything. aiohttp is imported only to serve HTTP.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.clock import Clock, SystemClock
from engine.errors import StoreError
from engine.library import Library
from engine.runner import Runner, RunnerOptions
from engine.sessions.decide import Policy
from engine.sources import Source, ordered_sources
from engine.store.port import Query, Store
from server import retention, timers
from server.commanding import key_of, performer_of, rules_of
from server.dispatch import Dispatcher
from server.log_bridge import bridge
from server.metrics import Metrics
from server.one_look import OneLook
from server.service import Service
from server.setting_table import shown_store
from server.settings import Settings, user_folder
from server.timers import Told
from server.watch import LibraryChanges
from tools.contract import Catalogue
from tools.product_resources import ProductResources
from tools.prompts import WorkflowPrompts
from tools.resources import LibraryCompleter, LibraryResources
from tools.table import Reveal, tools

if TYPE_CHECKING:
    from server.stdio_pipes import Pipes

SQLITE_STORE: Final = "sessions.db"  # below the home folder
FILE_STORE: Final = ".agent-os/state/workflows"  # below the workspace

INSTRUCTIONS: Final = (
    "Workflows hand you one step at a time. Find one with workflow_list, start with workflow_next "
    "(workflowId, completedSteps: []), do only what guidance.prompt says (where guidance.requiresConfirmation is true, "
    "after the user's yes) and check outputs with workflow_validate. Then call workflow_next again with the stepKey "
    "appended to completedSteps and all variables that prompts told you to set in context, until isComplete is true. "
    "Do not skip steps. A run that is remembered, with gates that ask for evidence, begins with aos_workflow (action "
    "start); go on with its actions, or with workflow_next (sessionId; then stepKey and output of each step). "
    "Workflows that ask, wait, run commands or hand out tasks begin with workflow_session (action start, workflowId, "
    "inputs); go on with workflow_next, and with its sessionId and a taskId where you are given a task of one."
)

Offer = Callable[[Library, Settings, Runner], Catalogue]
"""What a server offers: the product's `catalogue`, or the fixtures of a test."""


def open_library(settings: Settings) -> Library:
    """Open the library these settings name."""
    return Library(sources_of(settings), settings.home, SystemClock())


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """Give the folders these settings name, weakest first."""
    return tuple(ordered_sources(settings.workspace, settings.path, user_folder()))


def store_place(settings: Settings) -> Path | None:
    """Give the file or folder the store of these settings lies in; None where it lies elsewhere."""
    kind, _, place = settings.store.partition(":")
    if kind not in ("file", "sqlite"):
        return None
    if place:
        return Path(place)
    return settings.home / SQLITE_STORE if kind == "sqlite" else (settings.workspace or settings.home) / FILE_STORE


def store_of(settings: Settings, clock: Clock) -> Store:
    """Make the store these settings name; nothing is opened. Only the kind that is wanted is imported."""
    kind, place = settings.store.partition(":")[0], store_place(settings)
    if kind == "memory":
        from engine.store.memory import MemoryStore  # noqa: PLC0415 - as said

        return MemoryStore(clock)
    if kind == "file" and place is not None:
        from engine.store.file import FileStore  # noqa: PLC0415 - as said

        _check_default(settings, place)
        return FileStore(place, clock)
    if place is not None:
        from engine.store.sqlite import SqliteStore  # noqa: PLC0415 - as said

        return SqliteStore(place, clock, settings.sqlite_synchronous.upper())
    from engine.store.postgres import PostgresStore  # noqa: PLC0415 - as said

    return PostgresStore(settings.store, clock)


def _check_default(settings: Settings, place: Path) -> None:
    """Refuse a default folder that a link leads out of the workspace; a folder that was named may lie anywhere."""
    workspace = settings.workspace
    if settings.store == "file" and workspace is not None and not place.resolve().is_relative_to(workspace.resolve()):
        details = f"{FILE_STORE} leads out of the workspace"
        raise StoreError(
            "open", details, retryable=False, advice="Remove the link, or name the folder: --store file:PATH"
        )


@asynccontextmanager
async def opened_store(settings: Settings, clock: Clock) -> AsyncIterator[Store]:
    """Open the store these settings name and close it at the end. Raises StoreError."""
    store = store_of(settings, clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def runner_of(store: Store, library: Library, settings: Settings, metrics: Metrics | None = None) -> Runner:
    """Make what drives the sessions of an open store."""
    clock, rules = SystemClock(), rules_of(settings, [(each.name, each.root) for each in sources_of(settings)])
    options = RunnerOptions(
        policy=Policy(
            strict_gates=settings.strict_gates,
            verified=settings.approvals == "verified",
            serial=settings.serial,
            commands=rules,
        ),
        workspace=settings.workspace,
        max_active=settings.max_sessions,
        performer=performer_of(settings, rules),
        key=key_of(settings, store, store_place(settings), clock),
        trouble=Told(clock),
    )
    return Runner(store, clock, library, options, metrics or Metrics())


def catalogue(library: Library, settings: Settings, runner: Runner) -> Catalogue:
    """Give what the product offers over a library and an open store."""
    reveal: Reveal = "nothing" if settings.reveal == "nothing" else "steps"

    async def readable() -> str | None:
        return None if library.listing().valid else "no valid workflow in any source"

    async def storing() -> str | None:
        try:
            await runner.store.counts(Query())
        except StoreError as error:
            return error.details
        return None

    def fingerprints() -> dict[str, str]:
        return {one.id: one.hash for one in library.listing().summaries}

    return Catalogue(
        tools=tools(library, reveal, runner, SystemClock(), OneLook(library)),
        prompts=WorkflowPrompts(library),
        resources=ProductResources(LibraryResources(library, reveal), runner),
        completer=LibraryCompleter(library),
        instructions=INSTRUCTIONS,
        changes=LibraryChanges(fingerprints, settings.watch_seconds, SystemClock())
        if settings.watch_seconds > 0
        else None,
        checks={"library": readable, "store": storing},
    )


@asynccontextmanager
async def serving(settings: Settings, offer: Offer = catalogue) -> AsyncIterator[Dispatcher]:
    """Give a dispatcher over the open store of these settings; everything ends with the block. Raises StoreError."""
    clock, metrics = SystemClock(), Metrics()
    library = open_library(settings)
    async with opened_store(settings, clock) as store:
        metrics.watch(lambda: store.counts(Query()))
        runner = runner_of(store, library, settings, metrics)
        service = Service(offer(library, settings, runner), clock, await store.secret(), metrics)
        async with retention.running(settings, store, clock, metrics), timers.running(runner, clock):
            yield Dispatcher(service)


def serve_stdio(settings: Settings, offer: Offer = catalogue) -> int:
    """Serve on stdin and stdout until they end; gives the exit code. Raises StoreError where the store fails."""
    from server.stdio_pipes import guard_descriptors  # noqa: PLC0415 - not for HTTP

    pipes = guard_descriptors()
    bridge()
    asyncio.run(_on_stdio(settings, offer, pipes))
    return 0


async def _on_stdio(settings: Settings, offer: Offer, pipes: "Pipes") -> None:
    from server.stdio import Stdio  # noqa: PLC0415 - not for HTTP

    async with serving(settings, offer) as dispatcher:
        gc.freeze()
        await Stdio(dispatcher).run(pipes)


def serve_http(settings: Settings, offer: Offer = catalogue, greeting: Callable[[int], str] | None = None) -> int:
    """Serve over HTTP until SIGTERM or Ctrl-C; gives the exit code. Raises StoreError where the store fails.

    `greeting` makes what is printed of the port once that is open; by default how to connect clients.
    """
    bridge()
    return asyncio.run(_on_http(settings, offer, greeting))


async def _on_http(settings: Settings, offer: Offer, greeting: Callable[[int], str] | None) -> int:
    from server.connect_lines import connect_lines  # noqa: PLC0415 - not on stdio
    from server.http_serve import serve  # noqa: PLC0415 - aiohttp, never on stdio

    def lines(port: int) -> str:
        return connect_lines(settings._replace(port=port), str(store_place(settings) or shown_store(settings.store)))

    async with serving(settings, offer) as dispatcher:
        gc.freeze()
        return await serve(dispatcher, settings, greeting or lines)
