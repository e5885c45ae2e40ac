"""`store`: the session store as a whole: migrate, back up, restore, check.

Above: verbs.group. Below: shared_sessions, engine.archive, engine.projection.
"""

from pathlib import Path

import click

from engine.archive import Verified, counted, restore, verify, write_store
from engine.archive_lines import Counts
from engine.errors import StoreError
from engine.projection import Rebuilt, rebuild
from schema.values import Json, JsonObject
from server.compose import store_place
from server.reports.model import plain
from server.setting_table import shown_store
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.sessions_files import refuse_present, say_verified, sessions_of
from server.verbs.shared_sessions import Opened, on_sessions


@click.group(name="store")
def command() -> None:
    """Migrate, back up, restore and check the session store as a whole."""


@command.command(name="migrate")
@click.option("--json", "as_json", is_flag=True, help="As {store, before, now, copy?}.")
@settings_flags(durable=True)
def migrate_command(*, as_json: bool, **values: object) -> None:
    """Bring the store's tables up to date, as the first `serve` of a new version would; make it where it is not."""
    answer = on_sessions(values, _migrated, makes=True)
    if as_json:
        say_json(answer)
        return
    before, now = answer["before"], answer["now"]
    if before == now:
        done = f"is at schema {now} already"
    else:
        done = f"brought from schema {before} to {now}" if before else f"made, at schema {now}"
    click.echo(plain(f"{answer['store']}: {done}"))
    if "copy" in answer:
        click.echo(plain(f"as it was before: {answer['copy']}"))


async def _migrated(opened: Opened) -> JsonObject:
    before, now = opened.runner.store.schema
    answer: JsonObject = {"store": _name(opened), "before": before, "now": now}
    place = store_place(opened.settings)
    if 0 < before < now and place is not None:
        answer["copy"] = str(place.with_name(f"{place.name}.before-{now:04}.bak"))
    return answer


@command.command(name="backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="As {sessions, events, documents, deletions}.")
@settings_flags(durable=True)
def backup_command(*, file: Path, force: bool, as_json: bool, **values: object) -> None:
    """Write everything into one file, and read it back; the store may be in use meanwhile."""
    refuse_present(file, force=force)

    async def backed_up(opened: Opened) -> Counts:
        _there("back up", opened)
        await write_store(opened.runner.store, file)
        return await counted(file)

    _say_counts(on_sessions(values, backed_up), f"in {click.format_filename(file)}", as_json=as_json)


@command.command(name="restore")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="As {sessions, events, documents, deletions}.")
@settings_flags(durable=True)
def restore_command(*, file: Path, as_json: bool, **values: object) -> None:
    """Take in everything of a backup, of any kind of store; nothing where the store has a session of it as another.

    Sessions it has event for event are passed over: a restore that was cut off is simply run again.
    """
    done = on_sessions(values, lambda opened: restore(opened.runner.store, file, again=True), makes=True)
    _say_counts(done, "restored", as_json=as_json)


def _say_counts(counts: Counts, done: str, *, as_json: bool) -> None:
    if as_json:
        say_json(counts._asdict())
        return
    click.echo(plain(f"{sessions_of(counts.sessions)}, {counts.events} events, {counts.documents} documents {done}"))


@command.command(name="check")
@click.option("--rebuild", "rebuilding", is_flag=True, help="First write what lists show anew, from the logs.")
@click.option("--json", "as_json", is_flag=True, help="As {ok, sessions, problems, rebuilt?}.")
@settings_flags(durable=True)
def check_command(*, rebuilding: bool, as_json: bool, **values: object) -> None:
    """Look for damage: the store's files or tables, every log, document and row."""

    async def checked(opened: Opened) -> tuple[Verified, Rebuilt | None]:
        _there("check", opened)
        rebuilt = await rebuild(opened.runner.store) if rebuilding else None
        return await verify(opened.runner.store), rebuilt

    found, rebuilt = on_sessions(values, checked)
    more: JsonObject = {}
    if rebuilt is not None:
        broken: list[Json] = [*rebuilt.broken]
        more["rebuilt"] = {"rows": rebuilt.rows, "broken": broken}
        if not as_json:
            click.echo(f"{rebuilt.rows} rows written anew", err=True)
    say_verified(found, more, as_json=as_json)


def _there(operation: str, opened: Opened) -> None:
    """Refuse a store that is not there: an empty backup, or one that is sound, would be believed."""
    if opened.runner.store.name == "memory":  # it stands in for a store that is not there
        raise StoreError(operation, "it is not there", retryable=False, advice="Name the store with --store")


def _name(opened: Opened) -> str:
    place = store_place(opened.settings)
    return click.format_filename(place) if place is not None else shown_store(opened.settings.store)
