"""`new`: a workflow file from a template, valid from the start.

Above: verbs.group. Below: templates, writing, verdicts (the same checks as validate).
"""

from pathlib import Path
from string import Template

import click
import orjson

from engine.library import Summary
from server.reports.model import plain
from server.reports.text import TextReport
from server.settings import load
from server.verbs.options import given, settings_flags
from server.verbs.saying import say_json
from server.verbs.shared_library import open_from
from server.verbs.templates import TEMPLATES
from server.verbs.verdicts import report, workflow_rules
from server.verbs.writing import CannotWriteError, write_new

FOLDER = "workflows"
PROJECT = "project"  # the source such files are in


def render(template: str, workflow_id: str, name: str | None, description: str | None) -> str:
    """Fill a template; texts go in as JSON strings, which YAML reads."""
    words = name or workflow_id.replace("-", " ").replace("_", " ").capitalize()
    said = description or f"{words}, step by step."
    texts = {"id": workflow_id, "name": words, "description": said}
    return Template(TEMPLATES[template]).substitute({key: _quoted(text) for key, text in texts.items()})


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def check(text: str, shown: str) -> None:
    """Refuse a text that is no valid workflow, with its findings; raises click.UsageError."""
    found = report(shown, text.encode(), workflow_rules())
    if found is not None and not found.valid:
        lines: list[str] = []
        TextReport(lines.append).file(found)
        raise click.UsageError("that would make no valid workflow:\n" + "".join(lines))


@click.command(name="new")
@click.argument("workflow_id", metavar="ID")
@click.option("--name", help="Its name; default made from ID.")
@click.option("--description", help="What it is for, in a sentence.")
@click.option("--template", type=click.Choice(list(TEMPLATES)), default="steps", show_default=True, help="The shape.")
@click.option("--output", metavar="FILE", help="Where to write; default workflows/ID.yaml in the workspace; - prints.")
@click.option("--json", "as_json", is_flag=True, help="Say what was made as {id, path}.")
@settings_flags()
def command(*, workflow_id: str, template: str, output: str | None, as_json: bool, **values: object) -> None:
    """Make a workflow from a template."""
    try:
        text = render(template, workflow_id, _text(values["name"]), _text(values["description"]))
    except orjson.JSONEncodeError:
        raise click.UsageError("ID, --name and --description must be UTF-8 text") from None
    check(text, output or f"{workflow_id}.yaml")
    if output == "-":
        click.echo(text, nl=False)
        return
    path = Path(output) if output else _default_path(workflow_id, values)
    hidden = None if output else _hidden(workflow_id, values)
    if not write_new(path, text):
        raise CannotWriteError(f"{path} is already there; choose another ID or --output")
    if as_json:
        say_json({"id": workflow_id, "path": str(path)})
    else:
        click.echo(f"made {path}; edit it, then: workflow-lookup validate {path}")
    if hidden is not None:
        click.echo(plain(f"it replaces the {hidden.source} workflow {hidden.id} in this workspace"), err=True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _hidden(workflow_id: str, values: dict[str, object]) -> Summary | None:
    """Give the workflow of a weaker source that a project's own of this id hides."""
    library, _ = open_from(values)
    same = (each for each in library.listing().summaries if each.id == workflow_id and each.valid)
    found = next(same, None)
    return found if found is not None and found.source != PROJECT else None


def _default_path(workflow_id: str, values: dict[str, object]) -> Path:
    workspace = load(given(values)).settings.workspace
    if workspace is None:
        raise click.UsageError("there is no workspace to write to: give --output FILE or --workspace DIR")
    return workspace / FOLDER / f"{workflow_id.replace(':', '.')}.yaml"
