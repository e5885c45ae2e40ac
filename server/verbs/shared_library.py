"""Opens the library the flags, files and variables describe; what all verbs that look into it share.

Above: list, show, next, sources, doctor. Below: settings, compose.
"""

from engine.library import Library
from server.settings import Settings, load
from server.verbs.options import given


def open_from(values: dict[str, object]) -> tuple[Library, Settings]:
    """Open the library the flags, files and variables describe. Raises SettingsError."""
    settings = load(given(values)).settings
    from server.compose import open_library  # noqa: PLC0415 - after the settings, which may refuse

    return open_library(settings), settings
