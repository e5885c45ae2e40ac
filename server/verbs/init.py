"""`init`: make a project ready - settings file, a first workflow - and say how clients start the server.

Above: verbs.group. Below: templates, writing, connect_lines (what starts this very program).
"""

from pathlib import Path
from string import Template
from typing import NamedTuple

import click
import orjson

from schema.values import Json, JsonObject
from server.connect_lines import command as start_words
from server.setting_table import SETTINGS, Setting
from server.settings import PROJECT_FILE, load
from server.verbs.new import FOLDER, render
from server.verbs.options import given, settings_flags
from server.verbs.saying import say_json
from server.verbs.templates import CONFIG
from server.verbs.writing import write_new

EXAMPLE_ID = "first-steps"
NAME = "workflow-lookup"


class Client(NamedTuple):
    """How one client is told of the server: its name, the file to edit or command to run, what to put there."""

    name: str
    where: str
    what: str


def clients(words: list[str]) -> tuple[Client, ...]:
    """Give the configuration of each client; `words` start the server on stdio."""
    entry: JsonObject = {"command": words[0], "args": [*words[1:]]}
    typed: JsonObject = {"type": "stdio", **entry}
    servers: JsonObject = {NAME: entry}
    return (
        Client("Claude Code", ".mcp.json", _pretty({"mcpServers": servers})),
        Client("VS Code", ".vscode/mcp.json", _pretty({"servers": {NAME: typed}})),
        Client("Cursor", ".cursor/mcp.json", _pretty({"mcpServers": servers})),
    )


def config_text() -> str:
    """Give the project's settings file: every setting it may hold, as a comment."""
    allowed = [setting for setting in SETTINGS.values() if setting.in_project]
    return Template(CONFIG).substitute(settings="".join(_commented(setting) for setting in allowed))


@click.command(name="init")
@click.option("--json", "as_json", is_flag=True, help="As {made, kept, clients}.")
@settings_flags()
def command(*, as_json: bool, **values: object) -> None:
    """Make .workflowlookup/ and workflows/ in the workspace, and print what clients need. Existing files stay."""
    workspace = load(given(values)).settings.workspace
    if workspace is None:
        raise click.UsageError("there is no workspace to make ready: give --workspace DIR")
    wanted = {
        workspace / PROJECT_FILE: config_text(),
        workspace / FOLDER / f"{EXAMPLE_ID}.yaml": render("steps", EXAMPLE_ID, None, None),
    }
    made: list[Path] = []
    kept: list[Path] = []
    for path, text in wanted.items():
        (made if write_new(path, text) else kept).append(path)
    found = clients([*start_words(), "serve", "--stdio", "--workspace", str(workspace)])
    if as_json:
        _say_json(made, kept, found)
        return
    for path in made:
        click.echo(f"made  {path}")
    for path in kept:
        click.echo(f"kept  {path}")
    for client in found:
        click.echo(f"\n{client.name}: {client.where}\n{client.what}")
    click.echo(f"\nthen: workflow-lookup list, or workflow-lookup next {EXAMPLE_ID}")


def _say_json(made: list[Path], kept: list[Path], found: tuple[Client, ...]) -> None:
    shown: list[Json] = [{"name": c.name, "file": c.where, "content": orjson.loads(c.what)} for c in found]
    say_json({"made": [str(path) for path in made], "kept": [str(path) for path in kept], "clients": shown})


def _pretty(value: JsonObject) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _commented(setting: Setting) -> str:
    default: Json = [] if isinstance(setting.default, tuple) else _plain(setting)
    more = f"  # default: {setting.unset}" if setting.unset else ""
    return f"\n# {setting.description}\n# {setting.name} = {orjson.dumps(default).decode()}{more}\n"


def _plain(setting: Setting) -> Json:
    value = setting.default
    if value is None and setting.choices:
        return setting.unset.partition(" ")[0]
    return value if isinstance(value, str | int | float) else None
