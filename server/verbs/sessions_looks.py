"""`sessions list|show|events|explain`: what there is, where one stands, what happened in it and why.

Above: sessions_group. Below: shared_sessions, engine.sessions (the views), the store's port.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import click

from engine.clock import SystemClock
from engine.errors import DomainError
from engine.projection import shown_row
from engine.sessions import phase_view
from engine.sessions.audit import Entry, audit
from engine.sessions.explaining import decisions
from engine.sessions.recovery import recovery
from engine.store.port import Query, Row
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.verbs.options import settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_sessions import Opened, on_sessions
from tools.aos_arguments import STATUSES

UNITS: Final = {"m": 60.0, "h": 3600.0, "d": 86_400.0}  # seconds
MOST: Final = 100_000  # sessions one list shows; --limit says how many are wanted
PAGE: Final = 100


class Found(NamedTuple):
    """What a list shows: rows, and how many fit by status as they are shown."""

    rows: tuple[Row, ...]
    counts: Mapping[str, int]


class Age(click.ParamType[float]):
    """An age such as 30m, 12h or 7d, in seconds."""

    name = "AGE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the text; anything else is a usage error."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"([0-9]{1,6})([mhd])", str(value))
        if match is None:
            self.fail(f"{value!r} is no age; write 30m, 12h or 7d", param, ctx)
        return int(match[1]) * UNITS[match[2]]


@click.command(name="list")
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@click.option("--workflow", help="Only of this workflow.")
@click.option("--target", help="Only on this target file.")
@click.option("--older", type=Age(), help="Only those whose last change is longer ago: 30m, 12h, 7d.")
@click.option("--newer", type=Age(), help="Only those whose last change is not longer ago.")
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As {sessions, counts}.")
@settings_flags(durable=True)
def list_command(*, as_json: bool, **values: object) -> None:
    """List sessions, newest first."""
    now = SystemClock().now()
    found = on_sessions(values, lambda opened: _find(opened, values, now))
    rows: list[Json] = [shown_row(row, now) for row in found.rows]
    if as_json:
        say_json({"sessions": rows, "counts": dict(found.counts)})
        return
    for row in rows:
        click.echo(plain(_line(row)) if isinstance(row, dict) else "")
    said = ", ".join(f"{number} {status}" for status, number in found.counts.items())
    click.echo(f"{len(rows)} shown; {said or 'no session fits'}", err=True)


async def _find(opened: Opened, values: Mapping[str, object], now: float) -> Found:
    older, newer, status = values["older"], values["newer"], values["status"]
    query = Query(
        workflow_id=_workflow_id(opened, _text(values["workflow"])),
        target_file=_text(values["target"]),
        updated_before=now - older if isinstance(older, float) else None,
        updated_after=now - newer if isinstance(newer, float) else None,
    )
    store, limit = opened.runner.store, int(str(values["limit"]))
    wanted = query._replace(statuses=phase_view.stored_statuses(status)) if isinstance(status, str) else query
    rows: list[Row] = []
    cursor: str | None = None
    while len(rows) < limit:
        page = await store.sessions(wanted, cursor, min(PAGE, limit - len(rows)))
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    counts: dict[str, int] = {}
    for name, number in (await store.counts(query)).items():
        counts[phase_view.shown_status(name)] = counts.get(phase_view.shown_status(name), 0) + number
    return Found(tuple(rows), dict(sorted(counts.items())))


def _line(row: JsonObject) -> str:
    status = f"{row['status']}{' (stale)' if row['is_stale'] else ''}"
    where = f"phase {row['current_phase']} of {row['total_phases']}"
    what = f"{row['workflow_type']}  {row['target_file']}"
    return f"{row['session_id']}  {status:17} {where:15} {row['last_updated']}  {what}"


@click.command(name="show")
@click.argument("session_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As {session, history, recovery}.")
@settings_flags(durable=True)
def show_command(*, session_id: str, as_json: bool, **values: object) -> None:
    """Show where a session stands: what is done, what is next, what failed and why."""
    view = on_sessions(values, lambda opened: _view(opened, session_id))
    if as_json:
        say_json(view)
        return
    for line in _told(view, ""):
        click.echo(plain(line))


async def _view(opened: Opened, session_id: str) -> JsonObject:
    session = await opened.runner.session(session_id)
    state = session.state
    overview: JsonObject = {"session_id": state.session_id, **phase_view.overview(state, session.workflow)}
    overview["position"] = state.position
    overview["version"] = state.version
    warnings = phase_view.phase_warnings(state)
    if warnings:
        overview["phase_warnings"] = warnings
    return {
        "session": overview,
        "history": phase_view.history(state, SystemClock().now()),
        "approvals": phase_view.approvals(state),
        "recovery": recovery(state, session.workflow, session.document),
    }


def _told(value: Json, indent: str) -> list[str]:
    """Give nested values as indented lines of `name: value`."""
    lines: list[str] = []
    pairs = (
        value.items() if isinstance(value, dict) else [("-", each) for each in value] if isinstance(value, list) else []
    )
    for name, each in pairs:
        if isinstance(each, dict | list):
            if each:
                lines += [f"{indent}{name}:" if name != "-" else f"{indent}-", *_told(each, indent + "  ")]
        elif each is not None:
            said = str(each).lower() if isinstance(each, bool) else each
            lines.append(f"{indent}- {said}" if name == "-" else f"{indent}{name}: {said}")
    return lines


@click.command(name="events")
@click.argument("session_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As a list of {version, at, by, event, ...}.")
@settings_flags(durable=True)
def events_command(*, session_id: str, as_json: bool, **values: object) -> None:
    """Show everything that happened in a session, oldest first."""
    _say_entries(audit(on_sessions(values, lambda opened: _entries(opened, session_id))), as_json=as_json)


@click.command(name="explain")
@click.argument("session_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As a list of {version, at, step, kind, ..., reason}.")
@settings_flags(durable=True)
def explain_command(*, session_id: str, limit: int, as_json: bool, **values: object) -> None:
    """Show what was decided in a session and on which grounds, newest first."""
    found = decisions(on_sessions(values, lambda opened: _entries(opened, session_id)))[:limit]
    if as_json:
        say_json(found)
        return
    for each in found:
        if isinstance(each, dict):
            click.echo(plain(f"{each['version']:>5} {each['at']} {each['kind']:10} {each['step']}  {each['reason']}"))


async def _entries(opened: Opened, session_id: str) -> tuple[Entry, ...]:
    return tuple(Entry(each.seq, each.at, each.by, each.event) for each in await opened.runner.log(session_id))


def _say_entries(entries: list[Json], *, as_json: bool) -> None:
    if as_json:
        say_json(entries)
        return
    for entry in entries:
        if isinstance(entry, dict):
            facts = {name: each for name, each in entry.items() if name not in ("version", "at", "by", "event")}
            said = "; ".join(f"{name} {_inline(each)}" for name, each in facts.items())
            click.echo(plain(f"{entry['version']:>5} {entry['at']} {entry['by']:14} {entry['event']}  {said}".rstrip()))


def _inline(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}={each}" for name, each in value.items() if each is not None)
    return str(value)


def _workflow_id(opened: Opened, named: str | None) -> str | None:
    """Give the id a filter means: an alias stands for its workflow; a name nobody knows is looked for as it is."""
    try:
        return named and opened.library.entry(named).summary.id
    except DomainError:
        return named


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


COMMANDS: Final = (list_command, show_command, events_command, explain_command)
