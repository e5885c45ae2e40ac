"""`sources`: the folders workflows come from, weakest first, and what each holds and hides.

Above: verbs.group, doctor. Below: server.compose, engine.library.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import click

from engine.library import Library, Listing, SourceFinding, Summary
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.settings import Settings
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import open_from


class Counted(NamedTuple):
    """One source: its folders, which of them are there, and how many of its documents are what."""

    name: str
    folders: tuple[Path, ...]
    valid: int
    invalid: int
    shadowed: int


def count(settings: Settings, listing: Listing) -> list[Counted]:
    """Give every source with its counts, weakest first."""
    valid = Counter(each.source for each in listing.summaries if each.valid)
    invalid = Counter(each.source for each in listing.summaries if not each.valid)
    shadowed = Counter(each.source for each in listing.shadowed)
    folders: dict[str, list[Path]] = {}
    from server.compose import sources_of  # noqa: PLC0415 - as shared_library does, only when asked

    for source in sources_of(settings):
        folders.setdefault(source.name, []).append(Path(source.root))
    return [Counted(name, tuple(found), valid[name], invalid[name], shadowed[name]) for name, found in folders.items()]


def place(found: SourceFinding, counted: list[Counted]) -> str:
    """Say where a finding of a source is: the file in it, else the source's own folder."""
    roots = [str(folder) for each in counted if each.name == found.source for folder in each.folders]
    return f"{found.source} {found.path or ', '.join(roots)}".rstrip()


def file_of(settings: Settings, summary: Summary) -> Path:
    """Give the path of a document's file on this machine."""
    from server.compose import sources_of  # noqa: PLC0415 - as above

    fitting = [each for each in sources_of(settings) if each.name == summary.source]
    chosen = [each for each in fitting if each.prefix and summary.path.startswith(each.prefix)] or fitting
    return Path(chosen[0].root) / summary.path.removeprefix(chosen[0].prefix)


def as_json(counted: list[Counted], listing: Listing) -> JsonObject:
    """Give {sources[], shadowed[], passedOver{}, findings[]}."""
    rows: list[Json] = []
    for each in counted:
        folders: list[Json] = [{"path": str(f), "exists": f.is_dir()} for f in each.folders]
        rows.append(
            {
                "source": each.name,
                "folders": folders,
                "valid": each.valid,
                "invalid": each.invalid,
                "shadowed": each.shadowed,
            }
        )
    hidden: list[Json] = [
        {"id": each.id, "version": each.version, "source": each.source, "path": each.path} for each in listing.shadowed
    ]
    passed: JsonObject = dict(listing.passed_over)
    findings: list[Json] = [
        {"source": each.source, "path": each.path, **each.finding.as_json()} for each in listing.findings
    ]
    return {"sources": rows, "shadowed": hidden, "passedOver": passed, "findings": findings}


def lines(counted: list[Counted], listing: Listing) -> list[str]:
    """Give the same for people."""
    said = []
    for row in counted:
        hidden = f", {row.shadowed} hidden by stronger ones" if row.shadowed else ""
        said.append(f"{row.name}: {row.valid} valid, {row.invalid} invalid{hidden}")
        said += [f"    {f}{'' if f.is_dir() else '  (not there)'}" for f in row.folders]
    winners = {each.id: each for each in listing.summaries}
    for each in listing.shadowed:
        by = winners.get(each.id)
        stronger = f" by {by.source} {by.version} {by.path}" if by else ""
        said.append(f"hidden: {each.id} {each.version} ({each.source} {each.path}){stronger}")
    said += [f"passed over: {number} x {kind}" for kind, number in sorted(listing.passed_over.items())]
    said += [f"{f.finding.severity.value}: {place(f, counted)}: {f.finding.message}" for f in listing.findings]
    return said


@click.command(name="sources")
@click.option("--json", "json_wanted", is_flag=True, help="As {sources, shadowed, passedOver, findings}.")
@settings_flags()
def command(*, json_wanted: bool, **values: object) -> None:
    """Show where workflows come from."""
    library, settings = open_from(values)
    show(library, settings, json_wanted=json_wanted)


def show(library: Library, settings: Settings, *, json_wanted: bool) -> None:
    """Look at everything and say it."""
    listing = library.listing()
    counted = count(settings, listing)
    if json_wanted:
        say_json(as_json(counted, listing))
        return
    click.echo("weakest first; by id, a later source wins", err=True)
    for line in lines(counted, listing):
        click.echo(plain(line))
