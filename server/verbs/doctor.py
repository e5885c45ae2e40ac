"""`doctor`: is everything as it should be? Settings with their origins, sources, versions, and what is wrong.

Above: verbs.group. Below: settings, sources, versions.
"""

import os
import platform
from pathlib import Path
from typing import NamedTuple

import click

from engine.errors import StoreError
from engine.store.port import Query
from schema.values import Json, JsonObject
from server.commanding import is_there, rules_of
from server.compose import sources_of, store_place
from server.reports.model import plain
from server.setting_table import SETTINGS, shown_store
from server.settings import Loaded, Settings, load
from server.verbs import sources
from server.verbs.options import given, settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import library_of
from server.verbs.shared_sessions import on_sessions
from server.verbs.versions import dependency_versions, own_version

HIDDEN = "(hidden)"
UNHEALTHY = 1


class Check(NamedTuple):
    """One thing looked at: its name, whether it is well, what was seen."""

    name: str
    ok: bool
    text: str


def settings_rows(loaded: Loaded) -> list[JsonObject]:
    """Give each setting as {name, value, origin, description}; the token's value is never shown."""
    rows: list[JsonObject] = []
    for name, value in loaded.settings._asdict().items():
        shown: Json = HIDDEN if name == "token" and value else _shown(value)
        if name == "store":
            shown = shown_store(str(value))
        origin = loaded.origins[name]
        rows.append({"name": name, "value": shown, "origin": origin, "description": SETTINGS[name].description})
    return rows


def home_check(home: Path) -> Check:
    """Try whether a file can be made in our own folder or, where there is none yet, a folder in what would hold it."""
    present = home
    while not present.exists() and present != present.parent:
        present = present.parent
    trial = present / f".workflow-lookup-doctor-{os.getpid()}"
    try:
        if present == home:
            trial.touch(exist_ok=False)
            trial.unlink()
        else:
            trial.mkdir()
            trial.rmdir()
    except OSError as error:
        text = f"{home} cannot be written ({error.strerror}: {present}); set WORKFLOWLOOKUP_HOME"
        return Check("home", ok=False, text=text)
    return Check("home", ok=True, text=f"{home} can be {'written' if present == home else 'made'}")


def store_check(settings: Settings, values: dict[str, object]) -> Check:
    """See whether the session store opens and tells how many sessions it has; one that is not made yet stays so."""
    name = shown_store(settings.store)
    if settings.store == "memory":
        return Check("store", ok=True, text="memory: sessions end with their server's process")
    place = store_place(settings)
    if place is not None and not place.exists():
        return Check("store", ok=True, text=f"{place} is not made yet; the first serve makes it")
    try:
        counts = on_sessions(values, lambda opened: opened.runner.store.counts(Query()))
    except StoreError as error:
        return Check("store", ok=False, text=f"{place or name}: {error.message()}")
    return Check("store", ok=True, text=f"{place or name} holds {sum(counts.values())} sessions")


def commands_check(settings: Settings) -> Check:
    """Say which commands may run, and see whether their programs are there."""
    rules = rules_of(settings, [(each.name, each.root) for each in sources_of(settings)])
    if not settings.command_sources:
        return Check("commands", ok=True, text="off: workflows run no programs")
    if rules.why_not:
        return Check("commands", ok=False, text=rules.why_not)
    missing = [name for name in sorted(rules.programs) if not is_there(name, settings)]
    if missing:
        return Check("commands", ok=False, text=f"not found in PATH outside the workspace: {', '.join(missing)}")
    text = (
        f"workflows of {', '.join(sorted(rules.sources))} may run {', '.join(sorted(rules.programs)) or 'no program'}"
    )
    lines = f"; shell lines of {', '.join(sorted(rules.lines))} run" if rules.lines else ""
    return Check("commands", ok=True, text=text + lines)


def dependency_check(versions: dict[str, str | None]) -> Check:
    """See whether every dependency is installed."""
    missing = [name for name, found in versions.items() if found is None]
    return Check("dependencies", not missing, f"missing: {', '.join(missing)}" if missing else "all are installed")


@click.command(name="doctor")
@click.option("--json", "json_wanted", is_flag=True, help="As {version, settings, checks, sources, dependencies, ok}.")
@click.option(
    "--actions",
    metavar="[URL]",
    is_flag=False,
    flag_value="",
    help="Instead: try every action of aos_workflow and three workflows against a running server.",
)
@settings_flags(serving=True)
def command(*, json_wanted: bool, actions: str | None, **values: object) -> None:
    """Show settings with their origins, sources with their counts, and what is wrong; exit 1 when something is."""
    loaded = load(given(values))
    if actions is not None:
        from server.verbs.doctor_report import validate_server  # noqa: PLC0415 - only when asked

        click.get_current_context().exit(validate_server(loaded.settings, actions, json_wanted=json_wanted))
    home = home_check(loaded.settings.home)  # before the library puts its index there
    listing = library_of(loaded.settings).listing()
    counted = sources.count(loaded.settings, listing)
    versions = dependency_versions()
    checks = [home, store_check(loaded.settings, values), dependency_check(versions), commands_check(loaded.settings)]
    checks.append(Check("workflows", listing.invalid == 0, f"{listing.valid} valid, {listing.invalid} invalid"))
    missing = [f"{sources.place(each, counted)}: {each.finding.message}" for each in listing.findings]
    checks.append(Check("sources", not missing, "; ".join(missing) or "all can be read"))
    ok = all(check.ok for check in checks)
    if json_wanted:
        shown_checks: list[Json] = [{"name": c.name, "ok": c.ok, "text": c.text} for c in checks]
        rows: list[Json] = [*settings_rows(loaded)]
        found: JsonObject = dict(versions)
        answer: JsonObject = {"ok": ok, "version": own_version(), "python": platform.python_version()}
        answer |= {"settings": rows, "checks": shown_checks, "dependencies": found}
        say_json(answer | sources.as_json(counted, listing))
    else:
        _say(loaded, checks, versions)
        _section("sources, weakest first", sources.lines(counted, listing))
    click.get_current_context().exit(0 if ok else UNHEALTHY)


def _say(loaded: Loaded, checks: list[Check], versions: dict[str, str | None]) -> None:
    _section(
        f"workflow-lookup {own_version()}, Python {platform.python_version()}",
        [f"{'ok   ' if check.ok else 'WRONG'} {check.name}: {check.text}" for check in checks],
    )
    rows = settings_rows(loaded)
    _section("settings", [f"{row['name']} = {_words(row)}   ({row['origin']})" for row in rows])
    _section("dependencies", [f"{name} {found or '(not installed)'}" for name, found in versions.items()])


def _section(title: str, said: list[str]) -> None:
    click.echo(f"{title}\n" + "".join(f"  {plain(line)}\n" for line in said))


def _shown(value: object) -> Json:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return str(value) if isinstance(value, Path) else value if isinstance(value, str | int | float) else None


def _words(row: JsonObject) -> str:
    """Give a setting's value as people read it: switches as TOML has them, and what holds where none is set."""
    value = row["value"]
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return SETTINGS[str(row["name"])].unset or "(none)" if value is None else str(value)
