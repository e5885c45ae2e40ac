"""Opens the sessions the flags, files and variables describe; what the verbs on sessions and stores share.

Above: sessions_*, store_*. Below: settings, compose.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

import click

from engine.library import Library
from engine.runner import Runner
from server.reports.model import plain
from server.settings import Settings, load
from server.verbs.options import given
from server.verbs.shared_library import library_of

Result = TypeVar("Result")
BY = "cli"  # who did it, in the log of a session and in the audit log of deletions


class Opened(NamedTuple):
    """An open store with what drives its sessions, the library, and the settings that named them."""

    runner: Runner
    library: Library
    settings: Settings


def on_sessions(
    values: dict[str, object], work: Callable[[Opened], Awaitable[Result]], *, makes: bool = False
) -> Result:
    """Open the store, do the work, close it. Raises SettingsError, StoreError, UsageError for a store in memory.

    `makes`: the work is what a new store is made for. Where it is not, one that is not there stays so, and the work
    finds an empty one.
    """
    settings = load(given(values)).settings
    if settings.store == "memory":
        raise click.UsageError(
            "the memory store lives inside its server's process; use --store sqlite, file or postgres://..."
        )
    return asyncio.run(_worked(settings if makes else _there(settings), work))


def _there(settings: Settings) -> Settings:
    """Give the settings, with an empty store in place of one that is not there."""
    from server.compose import store_place  # noqa: PLC0415 - as below

    place = store_place(settings)
    if place is None or place.exists():
        return settings
    shown = plain(click.format_filename(place))
    click.echo(f"workflow-lookup: there is no store at {shown} yet; the first `serve` makes it", err=True)
    return settings._replace(store="memory")


async def _worked(settings: Settings, work: Callable[[Opened], Awaitable[Result]]) -> Result:
    from engine.clock import SystemClock  # noqa: PLC0415 - after the settings, which may refuse
    from server.compose import opened_store, runner_of  # noqa: PLC0415 - as above

    async with opened_store(settings, SystemClock()) as store:
        library = library_of(settings)
        return await work(Opened(runner_of(store, library, settings), library, settings))
