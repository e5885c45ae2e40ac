"""`doctor`: is everything as it should be? Settings with their origins, sources, versions, and what is wrong.

Above: verbs.group. Below: settings, sources, versions.
"""

import os
import platform
import stat
from pathlib import Path
from typing import NamedTuple

import click

from schema.values import Json, JsonObject
from server.reports.model import plain
from server.setting_table import SETTINGS, shown_store
from server.settings import Loaded, load
from server.verbs import sources
from server.verbs.options import given, settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import library_of
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


def secret_check(home: Path) -> Check:
    """See whether the file `secret` is ours alone."""
    path = home / "secret"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return Check("secret", ok=True, text="not made yet; the first serve makes it")
    ok = not mode & 0o077
    return Check("secret", ok, f"{path} has mode {mode:03o}" + ("" if ok else f"; run chmod 600 {path}"))


def dependency_check(versions: dict[str, str | None]) -> Check:
    """See whether every dependency is installed."""
    missing = [name for name, found in versions.items() if found is None]
    return Check("dependencies", not missing, f"missing: {', '.join(missing)}" if missing else "all are installed")


@click.command(name="doctor")
@click.option("--json", "json_wanted", is_flag=True, help="As {version, settings, checks, sources, dependencies, ok}.")
@settings_flags(serving=True)
def command(*, json_wanted: bool, **values: object) -> None:
    """Show settings with their origins, sources with their counts, and what is wrong; exit 1 when something is."""
    loaded = load(given(values))
    home = home_check(loaded.settings.home)  # before the library puts its index there
    listing = library_of(loaded.settings).listing()
    counted = sources.count(loaded.settings, listing)
    versions = dependency_versions()
    checks = [home, secret_check(loaded.settings.home), dependency_check(versions)]
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
