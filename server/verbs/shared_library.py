"""Opens the library the flags, files and variables describe; what all verbs that look into it share.

Above: list, show, next, new, sources, doctor. Below: settings, compose.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import click

from engine.errors import WorkflowInvalidError
from engine.library import Library
from server.settings import Settings, load, user_folder
from server.verbs.options import given

NOT_THERE = 1


class BrokenFileError(click.ClickException):
    """A workflow was asked for whose file is invalid; the message names the file."""

    exit_code = NOT_THERE


def open_from(values: dict[str, object]) -> tuple[Library, Settings]:
    """Open the library the flags, files and variables describe. Raises SettingsError."""
    settings = load(given(values)).settings
    return library_of(settings), settings


def library_of(settings: Settings) -> Library:
    """Open the library of these settings; it remembers nothing where that would make the user's home folder itself."""
    from server.compose import open_library, sources_of  # noqa: PLC0415 - after the settings, which may refuse

    user = user_folder()
    if user.is_dir() or not settings.home.is_relative_to(user):
        return open_library(settings)
    from engine.clock import SystemClock  # noqa: PLC0415 - only here

    return Library(sources_of(settings), None, SystemClock())


@contextmanager
def naming_files(library: Library, settings: Settings) -> Iterator[None]:
    """Turn the error for an invalid workflow into one that names its file. Raises BrokenFileError."""
    try:
        yield
    except WorkflowInvalidError as error:
        from server.verbs.sources import file_of  # noqa: PLC0415 - only on failure

        found = [each for each in library.listing().summaries if each.id == error.workflow_id]
        if not found:
            raise
        path = click.format_filename(file_of(settings, found[0]))
        said = f"The workflow '{error.workflow_id}' is invalid and cannot be used: {error.details}.\n"
        said += f"It is in {path}; `workflow-lookup validate {shlex.quote(path)}` shows every error."
        raise BrokenFileError(said) from None
