"""What commands may run on this server: the settings as rules, the key that vouches for sessions, who runs programs.

Above: server.compose. Below: engine.command_run (imported only where commands are allowed), settings.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.clock import Clock
from engine.runner_model import NoPerformer, Performer
from engine.sessions.effect_model import NO_COMMANDS, CommandRules
from engine.store.port import Store
from server.settings import Settings, environment

KEY: Final = "commands.key"  # below the home folder
KEY_BYTES: Final = 32
NUMBERED: Final = "path-"  # what the names of the sources begin with that the setting `path` names
PROJECT: Final = "project"

Folder = tuple[str, str]
"""The name of a source of workflows and one of its folders."""
Key = Callable[[], Awaitable[bytes]]
"""Gives the bytes that vouch for sessions."""


def rules_of(settings: Settings, sources: Sequence[Folder]) -> CommandRules:
    """Give the rules these settings mean; whatever is not said is not allowed. `sources`: the library's folders."""
    if not settings.command_sources:
        return NO_COMMANDS
    workspace = settings.workspace
    if workspace is None:
        return CommandRules("this server has no workspace, and commands run in one")
    if settings.home.resolve().is_relative_to(workspace.resolve()):
        return CommandRules("the server's own folder (setting home) lies in the workspace, which must not decide")
    allowed = frozenset(settings.command_sources)
    return CommandRules(
        why_not="",
        kinds={name: _kind(name, sources, workspace.resolve()) for name, _ in sources},
        sources=allowed,
        programs=frozenset(settings.command_programs),
        lines=allowed & frozenset(settings.allow_shell_lines),
        workspace=str(workspace),
    )


def performer_of(settings: Settings, rules: CommandRules) -> Performer:
    """Give who runs commands."""
    if rules.why_not:
        return NoPerformer()
    from engine.command_run import Commands, surroundings_of  # noqa: PLC0415 - only where commands are allowed

    return Commands(surroundings_of(environment(), settings.workspace))


def is_there(program: str, settings: Settings) -> bool:
    """Tell whether a program can be found as commands look for it."""
    from engine.command_run import CannotRunError, find, surroundings_of  # noqa: PLC0415 - for doctor

    try:
        find(program, surroundings_of(environment(), settings.workspace).path)
    except CannotRunError:
        return False
    return True


def key_of(settings: Settings, store: Store, place: Path | None, clock: Clock) -> Key:
    """Give the key: the store's secret, which all who share it share; our own where the workspace holds the store.

    `place`: the store's file or folder, if it has one.
    """
    workspace = settings.workspace
    if place is None or workspace is None or not place.resolve().is_relative_to(workspace.resolve()):
        return store.secret

    async def own() -> bytes:
        return _own_key(settings.home / KEY, clock)

    return own


def _kind(name: str, sources: Sequence[Folder], workspace: Path) -> str:
    """Give what settings call a source; one of which a folder lies in the workspace is the project's."""
    folders = [Path(root).resolve() for source, root in sources if source == name]
    if any(folder.is_relative_to(workspace) for folder in folders):
        return PROJECT
    return "path" if name.startswith(NUMBERED) else name


def _own_key(path: Path, clock: Clock) -> bytes:
    """Read the key; the first who asks makes it, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{clock.random_bytes(8).hex()}.tmp")
    if not path.exists():
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(clock.random_bytes(KEY_BYTES))
        with suppress(FileExistsError):
            os.link(scratch, path)  # fails where another process was quicker
        scratch.unlink()
    return path.read_bytes()
