"""`sessions export|import|verify`: sessions to files and back, the earlier tool's files, and whether all is sound.

Above: sessions_group. Below: shared_sessions, bringing (one file to import), engine.archive.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

import click

from engine.archive import Verified, verify, write_session
from engine.store.port import Store
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.verbs.bringing import Brought, bring
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_sessions import Opened, on_sessions
from server.verbs.writing import CannotWriteError

UNSOUND: Final = 1


@click.command(name="export")
@click.argument("session_id", metavar="ID")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to; default: standard output.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@settings_flags(durable=True)
def export_command(*, session_id: str, output: Path | None, force: bool, **values: object) -> None:
    """Write a session as JSON Lines: its log, and the document it is pinned to."""
    if output is None:
        with TemporaryDirectory(prefix="workflow-lookup-") as folder:
            scratch = Path(folder, "session.jsonl")
            on_sessions(values, lambda opened: _export(opened, session_id, scratch))
            with scratch.open("rb") as written:
                shutil.copyfileobj(written, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    refuse_present(output, force=force)
    on_sessions(values, lambda opened: _export(opened, session_id, output))
    click.echo(plain(f"{session_id} is in {click.format_filename(output)}"), err=True)


async def _export(opened: Opened, session_id: str, path: Path) -> None:
    await write_session(opened.runner.store, await stored_id(opened.runner.store, session_id), path)


def refuse_present(path: Path, *, force: bool) -> None:
    """Raise CannotWriteError for a file that is there already, unless it may be replaced, and for a folder."""
    shown = click.format_filename(path)
    if path.is_dir():
        raise CannotWriteError(f"{shown} is a folder; name a file")
    if path.exists() and not force:
        raise CannotWriteError(f"{shown} exists already; --force writes over it")


async def stored_id(store: Store, session_id: str) -> str:
    """Give the id a session has in the store; the one it was imported from leads to it too."""
    row = await store.row(session_id)
    return session_id if row is None else row.session_id


@click.command(name="import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As a list of {file, ok, sessions, findings, error?}.")
@settings_flags(durable=True)
def import_command(*, files: tuple[Path, ...], as_json: bool, **values: object) -> None:
    """Take in exported sessions, and session files of the earlier tool; of each file all or nothing."""

    async def brought(opened: Opened) -> list[Brought]:
        return [await bring(opened, file) for file in files]

    done = on_sessions(values, brought, makes=True)
    if as_json:
        say_json([each.as_json() for each in done])
    else:
        for each in done:
            for line in each.lines():
                click.echo(plain(line), err=not each.ok)
    click.get_current_context().exit(max(each.code for each in done))


@click.command(name="verify")
@click.argument("session_ids", metavar="[ID...]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As {ok, sessions, problems}.")
@settings_flags(durable=True)
def verify_command(*, session_ids: tuple[str, ...], as_json: bool, **values: object) -> None:
    """Check that every log can be read and replayed, every document is whole, every row fits its log."""
    say_verified(on_sessions(values, lambda opened: _verified(opened, session_ids)), {}, as_json=as_json)


def say_verified(found: Verified, more: JsonObject, *, as_json: bool) -> NoReturn:
    """Say what a verification found, in JSON with what else is to be told, and end with its exit code."""
    if as_json:
        problems: list[Json] = [*found.problems]
        say_json({"ok": not problems, "sessions": found.sessions, "problems": problems, **more})
    else:
        for problem in found.problems:
            click.echo(plain(problem))
        said = "sound" if not found.problems else f"{len(found.problems)} wrong"
        click.echo(f"{sessions_of(found.sessions)} looked at: {said}", err=True)
    click.get_current_context().exit(UNSOUND if found.problems else 0)


def sessions_of(number: int) -> str:
    """Give a number of sessions in words.

    >>> sessions_of(1), sessions_of(0)
    ('1 session', '0 sessions')
    """
    return f"{number} session{'' if number == 1 else 's'}"


async def _verified(opened: Opened, session_ids: tuple[str, ...]) -> Verified:
    store = opened.runner.store
    return await verify(store, [await stored_id(store, each) for each in session_ids] or None)


COMMANDS: Final = (export_command, import_command, verify_command)
