"""The validation report of `doctor --actions`: date, environment, each action against its target, issues, advice.

Above: verbs.doctor. Below: doctor_actions (what was tried).
"""

import platform
from collections.abc import Sequence
from contextlib import closing
from typing import Protocol

import click

from engine.clock import SystemClock
from engine.sessions.audit import iso
from schema.values import Json, JsonObject
from server.reports.model import plain
from server.settings import Settings
from server.verbs.doctor_actions import Server, Trial, Tried, UnreachableError, Walked
from server.verbs.saying import say_json
from server.verbs.versions import own_version

FAILED = 1
UNREACHABLE = 3
GOOD = "Every action works within its target: this server can be relied on."
SLOW = "Every action works, some took longer than their target: look at the machine's load and the store's disk."
ENDED = "no session began, so nothing else could be tried"
BAD = "Do not rely on this server before the issues above are mended; its log says more."


def validate_server(settings: Settings, url: str, *, json_wanted: bool) -> int:
    """Try the server at `url` ("" = where the settings say), print the report, give the exit code."""
    clock = SystemClock()
    url = url or f"http://{settings.host}:{settings.port}"
    report: JsonObject = {
        "date": iso(clock.now()),
        "server": url,
        "environment": f"workflow-lookup {own_version()}, Python {platform.python_version()}, {platform.platform()}",
    }
    try:
        with closing(Server(url, settings.token, clock)) as server:
            trial = Trial(server)
            trial.run()
    except UnreachableError as error:
        click.echo(plain(f"workflow-lookup: {url} cannot be tried: {error}"), err=True)
        return UNREACHABLE
    report |= shown(trial)
    if json_wanted:
        say_json(report)
    else:
        for line in told(report):
            click.echo(plain(line))
    return 0 if report["ok"] else FAILED


class Seen(Protocol):
    """What was tried."""

    @property
    def tried(self) -> Sequence[Tried]:
        """The actions, in order."""
        ...

    @property
    def walked(self) -> Sequence[Walked]:
        """The workflows; none where no session began."""
        ...


def shown(trial: Seen) -> JsonObject:
    """Give what was tried as {ok, actions, workflows, issues, recommendation}."""
    actions: list[Json] = [
        {"action": each.action, "ok": each.ok, "slow": each.slow, "ms": round(each.ms, 1), "target_ms": each.target_ms}
        for each in trial.tried
    ]
    workflows: list[Json] = [
        {"workflow": each.workflow, "ok": each.ok, "phases_completed": each.phases} for each in trial.walked
    ]
    issues: list[Json] = [f"{each.action}: {each.issue}" for each in trial.tried if not each.ok]
    issues += [f"{each.workflow}: {each.issue}" for each in trial.walked if not each.ok]
    issues += [] if trial.walked else [ENDED]
    slow = [
        f"{each.action}: it took {each.ms:.0f} ms; the target is {each.target_ms:g} ms"
        for each in trial.tried
        if each.slow
    ]
    return {
        "ok": not issues,
        "actions": actions,
        "workflows": workflows,
        "issues": [*issues, *slow],
        "recommendation": BAD if issues else SLOW if slow else GOOD,
    }


def told(report: JsonObject) -> list[str]:
    """Give the report's lines for a terminal."""
    lines = [f"Validation of {report['server']}", f"  {report['date']}, {report['environment']}", "actions"]
    lines += [
        f"  {_word(each)} {each['action']:16} {each['ms']:>8} ms   target {each['target_ms']:g} ms"
        for each in _rows(report["actions"])
    ]
    lines.append("workflows")
    lines += [
        f"  {_word(each)} {each['workflow']}: {each['phases_completed']} phases completed"
        for each in _rows(report["workflows"])
    ]
    issues = report["issues"]
    lines += ["issues", *(f"  {issue}" for issue in (issues if isinstance(issues, list) and issues else ["none"]))]
    return [*lines, "recommendation", f"  {report['recommendation']}"]


def _word(row: JsonObject) -> str:
    if not row["ok"]:
        return "FAILED"
    return "slow  " if row.get("slow") else "ok    "


def _rows(value: Json) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
